//! The job runner: carries each queued document through the stages.
//!
//! ```text
//! interactive  take -> parse -> embed \
//!                                      commit -> record -> upkeep
//! bulk         take -> parse -> embed /
//! ```
//!
//! Two lanes, so that what somebody waits for never waits behind a bulk load. In each, one
//! document is parsed while the one before it is embedded; commits are shared by whatever is
//! ready. A job is marked done only after the one commit that made its document visible, so a
//! crash at any point leaves either the old document or the new one, and a job to redo.

mod commit;
mod failure;
mod lane;
mod prepare;
mod reuse;
mod stages;
mod upkeep;

use std::sync::Arc;

use footnote_store::ledger::jobs::Priority;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::app::App;
use commit::Arrival;

/// Runs jobs until `stop` turns true; the jobs in hand are finished first.
pub async fn run(app: Arc<App>, stop: watch::Receiver<bool>) {
    // While one batch is committed the next one gathers, so that the model does not wait.
    let (ready, arrivals) = mpsc::channel::<Arrival>(commit::MOST);
    let mut stages = JoinSet::new();
    for priority in [Priority::Interactive, Priority::Bulk] {
        let (parsed, waiting) = mpsc::channel(lane::AHEAD);
        stages.spawn(lane::parse_each(
            Arc::clone(&app),
            priority,
            stop.clone(),
            parsed,
        ));
        stages.spawn(lane::embed_each(
            Arc::clone(&app),
            priority,
            waiting,
            ready.clone(),
        ));
    }
    drop(ready);
    stages.spawn(commit::run(app, arrivals));
    // A panic in a stage ends them all, and with them the service: jobs that seem to run and
    // do not would be worse, and the next start takes them up again.
    while let Some(ended) = stages.join_next().await {
        if let Err(error) = ended
            && error.is_panic()
        {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}
