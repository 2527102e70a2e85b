//! Events of the file system, for what they are worth: a hint that a folder changed. Only the
//! folders that a sweep walked are watched, one by one, so ignored ones cost nothing and no
//! link leads out. Where events cannot be had, sweeps alone find every change, later.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// Watches the folders of one source.
pub(super) struct Events {
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
    /// Rung when something happened.
    pub(super) happened: Arc<Notify>,
    complained: bool,
}

impl Events {
    pub(super) fn new() -> Self {
        let happened = Arc::new(Notify::new());
        let bell = Arc::clone(&happened);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // An error may mean that events were lost.
            if event.map_or(true, |event| matters(&event.kind)) {
                bell.notify_one();
            }
        });
        let mut events = Self {
            watcher: None,
            watched: BTreeSet::new(),
            happened,
            complained: false,
        };
        match watcher {
            Ok(watcher) => events.watcher = Some(watcher),
            Err(error) => events.complain(&error),
        }
        events
    }

    /// Watches `folders` and nothing else; true when some are new: what happened in them
    /// before is to be found by another sweep.
    pub(super) fn follow(&mut self, folders: BTreeSet<PathBuf>) -> bool {
        let Some(watcher) = &mut self.watcher else {
            return false;
        };
        for folder in self.watched.difference(&folders) {
            // It is gone, most likely, and its watch with it.
            let _ = watcher.unwatch(folder);
        }
        self.watched.retain(|folder| folders.contains(folder));
        let (mut grown, mut failed) = (false, None);
        for folder in folders {
            if self.watched.contains(&folder) {
                continue;
            }
            match watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => grown |= self.watched.insert(folder),
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            self.complain(&error);
        }
        grown
    }

    /// Forgets all watches: a folder that comes back under its name is another one.
    pub(super) fn forget(&mut self) {
        self.follow(BTreeSet::new());
    }

    fn complain(&mut self, error: &notify::Error) {
        if !std::mem::replace(&mut self.complained, true) {
            let cause = error.to_string();
            tracing::warn!(
                cause,
                "no events for some folders; sweeps find what changes"
            );
        }
    }
}

/// Reading changes nothing, and sweeps read.
fn matters(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        _ => true,
    }
}
