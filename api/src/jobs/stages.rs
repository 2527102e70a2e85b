//! How long each stage of a job took.

use std::collections::BTreeMap;
use std::time::Instant;

use footnote_store::ledger::jobs::Timings;

/// A stopwatch with names. Waiting between two stages counts for neither.
pub(super) struct Stages {
    pub(super) timings: Timings,
    since: Instant,
}

impl Default for Stages {
    fn default() -> Self {
        Self {
            timings: BTreeMap::new(),
            since: Instant::now(),
        }
    }
}

impl Stages {
    /// A stage begins now.
    pub(super) fn begin(&mut self) {
        self.since = Instant::now();
    }

    /// The stage that began last ends now, in milliseconds.
    pub(super) fn end(&mut self, stage: &str) {
        let millis = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.timings.insert(stage.to_owned(), millis);
    }
}
