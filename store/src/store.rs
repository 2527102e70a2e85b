//! `Store`: the data directory, opened by the one process that may write it.
//!
//! ```text
//! <root>/.lock           held while open
//! <root>/ledger.sqlite   everything operational
//! <root>/blobs/          originals and canonical texts by hash
//! <root>/index/          LanceDB: one table of chunks per generation
//! <root>/census.json     how often each word occurs; counted anew if lost
//! <root>/damaged/        manifests that recovery moved aside
//! ```
//!
//! A document changes in one commit: a reader sees its old chunks or its new ones, never a mix
//! and never neither. Writes run one at a time and to their end, also when the caller stops
//! waiting. Whether a document needs to be written at all is the caller's question: compare its
//! version first, because writing the same version again costs a commit.

mod commit;
mod open;
mod past;

use std::fs::File;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use footnote_ingest::id::DocumentId;
use footnote_ingest::prepare::Prepared;
use lancedb::Table;
use tokio::sync::Mutex;

use crate::blobs::Blobs;
use crate::durability::Synced;
use crate::error::{Error, Result};
use crate::generation::Generation;
use crate::ledger::Ledger;
use crate::maintenance::Maintenance;
use crate::record;
use crate::retention::Retention;
use crate::snapshot::Snapshot;
use commit::Change;

pub use commit::Committed;

/// Where the data is and what it may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreConfig {
    /// The data directory; made if need be.
    pub root: PathBuf,
    /// Memory for index pages, in bytes: a sixth of what the index has on the disk when it is
    /// opened, within these bounds.
    pub index_cache_bytes: RangeInclusive<usize>,
    /// Memory for file metadata, in bytes.
    pub metadata_cache_bytes: usize,
    /// Number of chunks from which maintenance extends the full-text index instead of
    /// rebuilding it. Below, scores are exact after every maintenance.
    pub rebuild_below: usize,
    /// Number of chunks from which maintenance keeps a vector index. Below, every vector is
    /// compared.
    pub vector_index_from: usize,
    /// For how long what is kept of the past.
    pub retention: Retention,
}

impl StoreConfig {
    /// A data directory with settings for one machine: caches of 256 to 1,024 and of 64 MiB
    /// where LanceDB's own are 6 and 1 GiB, rebuilding up to 5,000 chunks, and comparing all vectors
    /// up to 20,000.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            index_cache_bytes: 256 << 20..=1 << 30,
            metadata_cache_bytes: 64 << 20,
            rebuild_below: 5_000,
            vector_index_from: 20_000,
            retention: Retention::default(),
        }
    }
}

/// An open data directory. Sharing it means sharing an `Arc<Store>`.
#[derive(Debug)]
pub struct Store {
    /// Jobs, documents' bookkeeping, collections, receipts.
    pub ledger: Ledger,
    /// Original bytes and canonical texts.
    pub blobs: Blobs,
    /// What was found damaged and mended while opening, in plain words.
    pub warnings: Vec<String>,
    inner: Arc<Inner>,
}

/// What a write needs, shared with the task that runs it.
#[derive(Debug)]
struct Inner {
    generation: Generation,
    rebuild_below: usize,
    vector_index_from: usize,
    retention: Retention,
    table: Table,
    root: PathBuf,
    folder: PathBuf,
    snapshot: ArcSwap<Snapshot>,
    /// Earlier versions that were asked for, the latest last.
    past: Mutex<Vec<Arc<Snapshot>>>,
    /// Held by whoever writes.
    writing: Mutex<Writing>,
    /// Locked until the last write has ended, even if the store is dropped before.
    lock: File,
}

/// What the writer remembers from one write to the next.
#[derive(Debug, Default)]
struct Writing {
    synced: Synced,
    /// Rows that the full-text index does not have yet.
    unindexed: usize,
}

impl Store {
    /// The newest version of the index. Cheap; take one per question.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.inner.snapshot.load_full()
    }

    /// The generation that this data directory holds.
    pub fn generation(&self) -> &Generation {
        &self.inner.generation
    }

    /// Makes `documents` what the index holds under their ids and removes the documents called
    /// `gone`, all in one commit. Chunks of earlier versions are gone in the same commit; other
    /// documents stay as they are. Unknown ids are ignored; without any change there is no
    /// commit.
    ///
    /// When it returns, the commit is on the disk and [`Store::snapshot`] shows it. Most of its
    /// cost (80 ms for ten chunks, in a debug build) is the commit's own and grows slowly with
    /// the table, whose ids it reads: give several documents at once rather than one by one.
    ///
    /// # Errors
    /// [`Error::Invalid`] before anything is written; after [`Error::Engine`] or
    /// [`Error::Io`] the commit may or may not have happened, and doing it again is safe.
    ///
    /// Cancel safe: a write that has begun goes on when the future is dropped.
    pub async fn change(&self, documents: &[&Prepared], gone: &[DocumentId]) -> Result<Committed> {
        let batch = record::encode(documents, self.inner.generation.dimension)?;
        let ids = documents.iter().map(|document| &document.document_id);
        let ids = ids.chain(gone).cloned().collect();
        let inner = Arc::clone(&self.inner);
        finish(tokio::spawn(async move {
            inner.commit(Change { ids, batch }).await
        }))
        .await
    }

    /// [`Store::change`] that only adds and replaces.
    pub async fn replace(&self, documents: &[Prepared]) -> Result<Committed> {
        let documents: Vec<&Prepared> = documents.iter().collect();
        self.change(&documents, &[]).await
    }

    /// [`Store::change`] that only removes.
    pub async fn delete(&self, ids: &[DocumentId]) -> Result<Committed> {
        self.change(&[], ids).await
    }

    /// Brings files and the full-text index in order if anything was written since it last
    /// ran, also in an earlier process; call it when nothing is queued. Searches go on, writes
    /// wait. Durable and cancel safe as [`Store::replace`].
    ///
    /// # Errors
    /// Only when its outcome cannot be made durable or visible; what failed inside is listed
    /// in [`Maintenance::failures`].
    pub async fn maintain(&self) -> Result<Maintenance> {
        let (inner, ledger) = (Arc::clone(&self.inner), self.ledger.clone());
        finish(tokio::spawn(async move { inner.maintain(&ledger).await })).await
    }

    /// Drops versions that [`Retention`] lets go, with their files, and old receipts. Part of
    /// [`Store::maintain`]; on its own for the hour after the last change.
    pub async fn prune(&self) -> Result<u64> {
        let (inner, ledger) = (Arc::clone(&self.inner), self.ledger.clone());
        finish(tokio::spawn(async move { inner.prune(&ledger).await })).await
    }

    /// Waits for a running write, closes the ledger and unlocks the directory.
    pub async fn close(self) {
        let _no_more_writes = self.inner.writing.lock().await;
        self.ledger.close().await;
        // A task that has just written may still hold the file; if this fails, its end unlocks.
        self.inner.lock.unlock().ok();
    }
}

/// Waits for a write on its own task, where a panic of the engine ends that write alone.
async fn finish<T>(task: tokio::task::JoinHandle<Result<T>>) -> Result<T> {
    task.await.map_err(Error::index("finish a write"))?
}
