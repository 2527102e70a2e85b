//! Answers that are never the same twice: where the clock or somebody else's server has a part in
//! an answer, the same question may get another one, and each needs an id, and a receipt, of its
//! own.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// When the first was drawn, in nanoseconds: a restarted service begins elsewhere.
static FIRST: LazyLock<u128> = LazyLock::new(|| {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_nanos())
});
static DRAWN: AtomicU64 = AtomicU64::new(0);

/// A text that no other question gets.
pub(crate) fn draw() -> String {
    let n = DRAWN.fetch_add(1, Ordering::Relaxed);
    format!("{:x}-{n:x}", *FIRST)
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_are_the_same() {
        let mut drawn: Vec<String> = (0..100).map(|_| super::draw()).collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 100);
    }
}
