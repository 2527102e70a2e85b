//! Watched folders: documents that equal the files of a folder, whatever happens to either.
//!
//! Everything rests on sweeps, which compare folder and ledger and need no memory of what
//! happened in between; events of the file system only bring the next sweep forward. So a
//! missed event, a network share without events, a crash or a restart loses nothing.
//!
//! | module | answers |
//! |---|---|
//! | [`rules`] | which names are documents? |
//! | [`walk`] | what is in the folder? |
//! | [`file`] | what is in the file? |
//! | [`diff`] | what is to be done? |
//! | [`picture`] | what is known? |
//! | [`feed`] | how does it get into the queue? |
//! | [`sweep`] | all of that, once |
//! | [`mod@drift`] | are folder, ledger and index equal? |
//! | [`task`] | when is the next sweep? |
//! | [`events`] | did something happen? |

mod diff;
mod drift;
mod events;
mod feed;
mod file;
mod picture;
mod rules;
mod sweep;
mod task;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use footnote_store::ledger::sources::SourceId;
use tokio::sync::{Mutex as AsyncMutex, Notify};

pub use drift::{Drift, drift};
pub(crate) use rules::Patterns;
pub use sweep::Report;
pub(crate) use sweep::sweep;
pub use task::run;

/// What is going on with the sources of this process.
#[derive(Debug, Default)]
pub struct Watching {
    slots: Mutex<BTreeMap<SourceId, Arc<Slot>>>,
    /// Rung when a source came or is to go.
    pub changed: Notify,
}

/// What is going on with one source.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    /// Held by whoever sweeps it.
    pub(crate) sweeping: AsyncMutex<()>,
    /// Rung when there is a reason to sweep.
    pub(crate) poke: Notify,
    /// Folders of the last walk: those whose events matter.
    folders: Mutex<BTreeSet<PathBuf>>,
}

impl Watching {
    /// The slot of a source, made if need be.
    pub(crate) fn slot(&self, id: &SourceId) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(id.clone()).or_default())
    }

    /// Whether a sweep of the source is under way.
    pub(crate) fn busy(&self, id: &SourceId) -> bool {
        self.slot(id).sweeping.try_lock().is_err()
    }

    /// Remembers the folders that a sweep walked.
    fn walked(&self, id: &SourceId, folders: BTreeSet<PathBuf>) {
        let slot = self.slot(id);
        *slot.folders.lock().unwrap_or_else(PoisonError::into_inner) = folders;
    }

    /// The folders that the last sweep walked.
    fn folders(&self, id: &SourceId) -> BTreeSet<PathBuf> {
        let slot = self.slot(id);
        let folders = slot.folders.lock().unwrap_or_else(PoisonError::into_inner);
        folders.clone()
    }
}
