//! Brings what changed into the queue, in portions. The order is what makes a crash harmless:
//! the source claims a name, then the bytes are stored and the job is queued, then the ledger
//! learns that the file was read. A file that moved is put under its new name and deleted
//! under its old one in one step, so its chunks are not computed again.

mod sorted;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use footnote_ingest::id::{DocumentId, sha256_hex};
use footnote_store::ledger::jobs::{Op, Priority, State, Task};
use footnote_store::ledger::sources::Source;
use footnote_store::ledger::sources::files::{FileNote, Stamp};
use serde_json::Map;

use super::diff::Plan;
use super::file::{Unread, read, too_large};
use super::picture::{Picture, blocking};
use super::sweep::Report;
use super::walk::Listing;
use crate::app::App;
use crate::error::ApiError;
use sorted::{Fresh, Sorted};

/// Unfinished jobs up to which a sweep fills the queue: what is uploaded meanwhile waits in a
/// queue of its own.
const AHEAD: usize = 256;

/// Files and bytes that are read before they are queued.
const PORTION: (usize, u64) = (64, 16 << 20);

/// The queue as one sweep fills it.
pub(super) struct Feed<'a> {
    app: &'a Arc<App>,
    source: &'a Source,
    picture: &'a Picture,
    /// Jobs that may still be queued.
    room: usize,
    /// Names whose documents were deleted along with the job of their new name.
    moved: BTreeSet<String>,
}

/// Most jobs of sweeps that wait at a time.
pub(super) fn ahead(app: &App) -> usize {
    AHEAD.min(app.config.limits.max_queued_jobs / 2).max(1)
}

/// Jobs that wait or run.
pub(super) async fn unfinished(app: &App) -> Result<usize, ApiError> {
    let counts = app.store.ledger.count_jobs().await?;
    let of = |state| counts.get(&state).copied().unwrap_or(0);
    Ok(usize::try_from(of(State::Queued) + of(State::Running)).unwrap_or(usize::MAX))
}

impl<'a> Feed<'a> {
    pub(super) async fn new(
        app: &'a Arc<App>,
        source: &'a Source,
        picture: &'a Picture,
    ) -> Result<Self, ApiError> {
        Ok(Self {
            app,
            source,
            picture,
            room: ahead(app).saturating_sub(unfinished(app).await?),
            moved: BTreeSet::new(),
        })
    }

    /// Reads the files that may have changed and queues those that did. Documents that are
    /// gone but whose content turns up again are deleted along with the new name's job.
    pub(super) async fn changed(
        &mut self,
        listing: &Listing,
        plan: &Plan,
        report: &mut Report,
    ) -> Result<(), ApiError> {
        let mut moved = self.by_content(&plan.gone);
        if self.app.config.limits.max_queued_jobs < 2 {
            moved.clear();
        }
        let mut left = plan.read.as_slice();
        while !left.is_empty() && self.room > 0 {
            let (portion, rest) = left.split_at(portion(left, listing, self.room));
            let fresh = self.read(portion, listing).await?;
            self.queue(fresh, &mut moved, report).await?;
            left = rest;
        }
        report.remaining += left.len();
        Ok(())
    }

    /// Queues the deletion of documents, unless a file that is still to be read may be one of
    /// them under another name.
    pub(super) async fn gone(
        &mut self,
        uris: &[String],
        report: &mut Report,
    ) -> Result<(), ApiError> {
        let done = |uri: &&String| !self.moved.contains(*uri);
        let mut left: Vec<&String> = uris.iter().filter(done).collect();
        let now = if report.remaining == 0 {
            self.room.min(left.len())
        } else {
            0
        };
        let rest = left.split_off(now);
        let tasks: Vec<Task> = left.iter().map(|uri| self.task(uri, None)).collect();
        if self.enqueue(&tasks).await? {
            report.deleted += tasks.len();
            report.remaining += rest.len();
        } else {
            report.remaining += rest.len() + tasks.len();
        }
        Ok(())
    }

    /// Names that are gone, by the content their documents have.
    fn by_content(&self, gone: &[String]) -> BTreeMap<String, Vec<String>> {
        let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for uri in gone {
            let held = self
                .picture
                .rows
                .get(uri)
                .and_then(|row| row.document.as_ref());
            if let Some(held) = held {
                names
                    .entry(held.content_sha256.clone())
                    .or_default()
                    .push(uri.clone());
            }
        }
        names
    }

    async fn read(&self, uris: &[String], listing: &Listing) -> Result<Vec<Fresh>, ApiError> {
        let root = PathBuf::from(&self.source.settings.path);
        let limit = self.app.config.limits.max_document_bytes;
        let wanted: Vec<(String, Stamp)> = uris
            .iter()
            .filter_map(|uri| Some((uri.clone(), *listing.files.get(uri)?)))
            .collect();
        blocking(move || {
            let read = |(uri, stamp): (String, Stamp)| {
                let outcome = if stamp.size > limit as u64 {
                    Err(Unread::Refused(too_large(stamp.size, limit)))
                } else {
                    read(&root.join(&uri), &stamp).map(|bytes| (sha256_hex(&bytes), bytes))
                };
                Fresh {
                    uri,
                    stamp,
                    outcome,
                }
            };
            wanted.into_iter().map(read).collect()
        })
        .await
    }

    /// Queues a portion. What the queue has no room for is read again by the next sweep.
    async fn queue(
        &mut self,
        fresh: Vec<Fresh>,
        moved: &mut BTreeMap<String, Vec<String>>,
        report: &mut Report,
    ) -> Result<(), ApiError> {
        let largest = self.app.config.limits.max_document_bytes as u64;
        let mut sorted = Sorted::of(fresh, self.picture, largest, report);
        let mut tasks: Vec<Task> = sorted.puts.iter().map(|put| self.put_task(put)).collect();
        // After all new names, so that few commits do.
        let old_names = sorted.old_names(moved);
        tasks.extend(old_names.iter().map(|old| self.task(old, None)));
        let (blobs, puts) = (sorted.bytes, sorted.puts);
        if self.put(&puts, blobs, &tasks).await? {
            report.queued += puts.len();
            report.deleted += old_names.len();
            self.moved.extend(old_names);
            sorted.notes.extend(puts);
        } else {
            report.remaining += puts.len();
        }
        self.note(&sorted.notes).await
    }

    async fn note(&self, notes: &[FileNote]) -> Result<(), ApiError> {
        if !notes.is_empty() {
            let ledger = &self.app.store.ledger;
            ledger.note_files(self.source, notes).await?;
        }
        Ok(())
    }

    /// Claims names, stores their bytes and queues their jobs; false when the queue is full.
    async fn put(
        &mut self,
        puts: &[FileNote],
        blobs: Vec<Vec<u8>>,
        tasks: &[Task],
    ) -> Result<bool, ApiError> {
        if puts.is_empty() {
            return Ok(true);
        }
        let claims: Vec<FileNote> = puts
            .iter()
            .filter(|put| !self.picture.owns(&put.uri))
            .map(claim)
            .collect();
        self.note(&claims).await?;
        let store = self.app.store.blobs.clone();
        // Bytes nothing refers to yet are not to be collected as garbage.
        let _queueing = self.app.uploads.read().await;
        blocking(move || {
            blobs
                .iter()
                .try_for_each(|bytes| store.put(bytes).map(drop))
        })
        .await??;
        self.enqueue(tasks).await
    }

    async fn enqueue(&mut self, tasks: &[Task]) -> Result<bool, ApiError> {
        if tasks.is_empty() {
            return Ok(true);
        }
        let limit = self.app.config.limits.max_queued_jobs as u64;
        match self.app.store.ledger.enqueue_all(tasks, limit).await {
            Ok(_) => {
                self.app.rouse();
                self.room = self.room.saturating_sub(tasks.len());
                Ok(true)
            }
            Err(footnote_store::Error::QueueFull { .. }) => {
                self.room = 0;
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn put_task(&self, put: &FileNote) -> Task {
        self.task(&put.uri, put.content_sha256.clone())
    }

    fn task(&self, uri: &str, content_sha256: Option<String>) -> Task {
        let collection = &self.source.settings.collection;
        Task {
            op: if content_sha256.is_some() {
                Op::Put
            } else {
                Op::Delete
            },
            document_id: DocumentId::derive(collection, uri),
            collection: collection.clone(),
            uri: uri.to_owned(),
            content_sha256,
            media_type: None,
            metadata: Map::new(),
            priority: Priority::Bulk,
        }
    }
}

/// What a name is claimed with before its document exists.
fn claim(put: &FileNote) -> FileNote {
    FileNote {
        stamp: None,
        content_sha256: None,
        ..put.clone()
    }
}

/// How many of `uris` make a portion: at least one, at most what there is room for.
fn portion(uris: &[String], listing: &Listing, room: usize) -> usize {
    let (files, mut bytes) = PORTION;
    let fits = |uri: &&String| {
        let size = listing.files.get(*uri).map_or(0, |stamp| stamp.size);
        let fits = size <= bytes;
        bytes = bytes.saturating_sub(size);
        fits
    };
    let most = files.min(room).min(uris.len());
    uris.iter().take(most).take_while(fits).count().max(1)
}
