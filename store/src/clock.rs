//! One unit for stored times, in the table and in the ledger: microseconds since 1970 UTC.
//! Finer parts are cut off when something is written, so that a value read back equals itself
//! when written again.

use time::{Duration, OffsetDateTime};

/// Microseconds since 1970, rounded towards the past.
pub(crate) fn micros(time: OffsetDateTime) -> i64 {
    let micros = time.unix_timestamp_nanos().div_euclid(1000);
    // `time` ends at the year 9999, which is 2.5e17 microseconds: far inside an i64.
    i64::try_from(micros).unwrap_or(i64::MAX)
}

/// The time `micros` after 1970, or `None` outside the calendar.
pub(crate) fn time(micros: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::UNIX_EPOCH.checked_add(Duration::microseconds(micros))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn times_survive_storage(value in -62_000_000_000_000_000_i64..253_000_000_000_000_000) {
            prop_assert_eq!(time(value).map(micros), Some(value));
        }
    }
}
