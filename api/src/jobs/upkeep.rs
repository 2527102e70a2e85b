//! Bringing things in order between commits, by itself and within bounds: the index after a
//! number of changes and when the queue is empty, old versions and unreferenced blobs a while
//! later. Each step stands alone, and the ledger remembers how its last run went.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::commit::unfinished;
use crate::app::App;
use crate::error::chain;

/// Changes after which the index is brought in order although more are waiting.
const MOST_CHANGES: usize = 4_096;
/// Index size up to which that is done before a caller that waits is answered: a fraction of
/// a second.
const AT_ONCE_BELOW: usize = 3_000;
/// How long the queue must have been empty before a larger index is brought in order: writes
/// wait meanwhile, and a change is often followed by another.
const QUIET: Duration = Duration::from_secs(2);
/// How often versions that nobody reads any more are dropped.
const PRUNE_EVERY: Duration = Duration::from_secs(15 * 60);

/// What is left to bring in order.
pub(super) struct Upkeep {
    changes: usize,
    settled: bool,
    pruned: Instant,
}

impl Default for Upkeep {
    /// After a start, whatever the last run left behind.
    fn default() -> Self {
        Self {
            changes: 0,
            settled: false,
            pruned: Instant::now(),
        }
    }
}

impl Upkeep {
    /// Notes changes that are about to be committed.
    pub(super) fn changed(&mut self, changes: usize) {
        self.changes += changes;
        self.settled = false;
    }

    /// Whether the index is brought in order before the `committing` jobs are called done: what
    /// a caller waited for is then settled when it returns. Not while more is coming.
    pub(super) async fn settles_at_once(&self, app: &App, committing: usize) -> bool {
        let small = async {
            let chunks = app.store.snapshot().count().await;
            chunks.is_ok_and(|chunks| chunks < AT_ONCE_BELOW)
        };
        self.changes >= MOST_CHANGES || (unfinished(app).await <= committing as u64 && small.await)
    }

    /// Does what is due; to be called, and dropped, while there is nothing to commit.
    pub(super) async fn tick(&mut self, app: &Arc<App>) {
        if !self.settled {
            tokio::time::sleep(QUIET).await;
            settle(app).await;
            // On its own, because it must not stop half-way with the uploads let go.
            let sweeping = Arc::clone(app);
            let _ = tokio::spawn(async move { collect_garbage(&sweeping).await }).await;
            (self.settled, self.changes) = (true, 0);
        }
        tokio::time::sleep(PRUNE_EVERY.saturating_sub(self.pruned.elapsed())).await;
        prune(app).await;
        self.pruned = Instant::now();
    }
}

/// Brings the index in order after changes.
pub(super) async fn settle(app: &App) {
    if let Err(error) = app.store.maintain().await {
        tracing::error!(cause = chain(&error), "index maintenance");
    }
}

async fn prune(app: &App) {
    if let Err(error) = app.store.prune().await {
        tracing::error!(cause = chain(&error), "dropping old versions");
    }
}

/// Removes blobs nothing refers to. Uploads wait meanwhile: their bytes are stored a moment
/// before the job that refers to them.
async fn collect_garbage(app: &App) {
    let _no_uploads = app.uploads.write().await;
    let started = Instant::now();
    let swept = match app.store.ledger.referenced_blobs().await {
        Ok(keep) => {
            let blobs = app.store.blobs.clone();
            let swept = tokio::task::spawn_blocking(move || blobs.remove_unreferenced(&keep));
            swept
                .await
                .map_err(|panic| panic.to_string())
                .and_then(|swept| swept.map_err(|error| chain(&error)))
        }
        Err(error) => Err(chain(&error)),
    };
    let outcome = swept.map(|removed| format!("removed {removed} files"));
    if let Err(cause) = &outcome {
        tracing::error!(cause, "removing unreferenced files");
    }
    let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let outcome = outcome.as_deref().map_err(String::as_str);
    if let Err(error) = app.store.ledger.record_step("blobs", took, outcome).await {
        tracing::error!(cause = chain(&error), "recording the upkeep");
    }
}
