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
//! | [`mod@sweep`] | all of that, once |
//! | [`mod@drift`] | are folder, ledger and index equal? |
//! | [`task`] | when is the next sweep? |
//! | [`events`] | did something happen? |
//! | [`mod@left_out`] | which files are no documents, and why? |

mod diff;
mod drift;
mod events;
mod feed;
mod file;
mod left_out;
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
pub(crate) use left_out::left_out;
pub(crate) use rules::Patterns;
pub use sweep::Report;
pub(crate) use sweep::sweep;
pub use task::run;
use walk::Listing;

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
    /// Of the last walk: the folders, whose events matter, and how many files there were.
    walk: Mutex<(BTreeSet<PathBuf>, usize)>,
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

    /// Remembers what a sweep walked.
    fn walked(&self, id: &SourceId, listing: &Listing) {
        let slot = self.slot(id);
        *slot.walk.lock().unwrap_or_else(PoisonError::into_inner) =
            (listing.folders.clone(), listing.files.len());
    }

    /// The folders that the last sweep walked.
    fn folders(&self, id: &SourceId) -> BTreeSet<PathBuf> {
        let slot = self.slot(id);
        let walk = slot.walk.lock().unwrap_or_else(PoisonError::into_inner);
        walk.0.clone()
    }

    /// How many files the last sweep found; none before the first.
    pub(crate) fn files(&self, id: &SourceId) -> usize {
        let slot = self.slot(id);
        let walk = slot.walk.lock().unwrap_or_else(PoisonError::into_inner);
        walk.1
    }
}
