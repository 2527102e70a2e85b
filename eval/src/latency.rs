//! How long things took, as percentiles. Means hide the tail that users notice.

use serde::{Deserialize, Serialize};

/// Percentiles by the nearest-rank method, in the unit of the samples; 0 for no samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    /// Median.
    pub p50: f64,
    /// 90th.
    pub p90: f64,
    /// 95th.
    pub p95: f64,
    /// 99th.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

/// The percentiles of `samples`, in any order.
pub fn percentiles(mut samples: Vec<f64>) -> Percentiles {
    samples.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        let rank = (samples.len() * percent).div_ceil(100);
        samples.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
    };
    Percentiles {
        p50: at(50),
        p90: at(90),
        p95: at(95),
        p99: at(99),
        max: at(100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(samples: impl IntoIterator<Item = u32>, expected: [f64; 5]) {
        let p = percentiles(samples.into_iter().map(f64::from).collect());
        assert_eq!([p.p50, p.p90, p.p95, p.p99, p.max], expected);
    }

    #[test]
    fn a_percentile_is_a_sample() {
        check((1..=100).rev(), [50.0, 90.0, 95.0, 99.0, 100.0]);
        check([7], [7.0; 5]);
        check([1, 2], [1.0, 2.0, 2.0, 2.0, 2.0]);
        check([], [0.0; 5]);
    }
}
