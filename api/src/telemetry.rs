//! What is said on stderr: one line per event, coloured on a terminal. Questions and document
//! text never appear above `debug`.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

/// Starts logging. `filter` as in `RUST_LOG`; one that does not parse falls back to `info`.
pub(crate) fn init(filter: &str) {
    // The index and the model runtime log their own housekeeping; a failure reaches us as an
    // error, so only their errors are let through unless they are named.
    let quiet = "lance=error,lancedb=error,ort=error,sqlx=warn";
    let filter = EnvFilter::try_new(format!("{quiet},{filter}"))
        .unwrap_or_else(|_| EnvFilter::new(format!("{quiet},info")));
    // A second initialisation, as in tests, keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal())
        .with_target(false)
        .try_init();
}
