//! Dying on purpose. Tests name a point in `FOOTNOTE_CRASH_AT` and see what a crash there
//! leaves behind. Release builds have no such points.

/// The variable that names the point, optionally with how often it is passed before: `texts`,
/// `texts:3`.
pub const VARIABLE: &str = "FOOTNOTE_CRASH_AT";

/// Ends the process as `kill -9` would, if tests asked for it here.
pub fn point(name: &str) {
    #[cfg(debug_assertions)]
    armed::pass(name);
    #[cfg(not(debug_assertions))]
    let _ = name;
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static ARMED: OnceLock<Option<(String, AtomicU32)>> = OnceLock::new();

    pub(super) fn pass(name: &str) {
        let armed = ARMED.get_or_init(|| {
            let asked = std::env::var(super::VARIABLE).ok()?;
            let (point, times) = asked.split_once(':').unwrap_or((&asked, "0"));
            Some((point.to_owned(), AtomicU32::new(times.parse().unwrap_or(0))))
        });
        if let Some((point, left)) = armed
            && point == name
            && left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1))
                .is_err()
        {
            std::process::abort();
        }
    }
}
