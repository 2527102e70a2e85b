//! One write: change the table, make the change durable, show it. Three steps under one lock,
//! in an order that leaves every crash either before or after the change.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchIterator};
use footnote_ingest::id::DocumentId;
use lancedb::Table;

use super::open::sync;
use super::{Inner, Writing};
use crate::census::{Census, counted, saved};
use crate::crash;
use crate::error::{Error, Result};
use crate::index;
use crate::ledger::Ledger;
use crate::maintenance::{self, Maintenance, Policy};
use crate::schema::column;
use crate::snapshot::{Snapshot, belongs_to};
use crate::vectors::VectorIndex;

/// Rows that may wait for the full-text index while documents keep coming. A search reads each
/// of them again: a thousand cost it about 0.35 s in a debug build.
const CATCH_UP: usize = 500;

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Version of the table that has it; the snapshot may be later by an index update.
    pub version: u64,
    /// Chunks written.
    pub added: usize,
    /// Chunks of earlier versions that are gone.
    pub removed: usize,
}

/// What a write is to do: afterwards the chunks of the documents `ids` are those in `batch`.
pub(super) struct Change {
    pub(super) ids: Vec<DocumentId>,
    pub(super) batch: RecordBatch,
}

impl Inner {
    /// Applies `change` in one commit.
    pub(super) async fn commit(&self, change: Change) -> Result<Committed> {
        let mut writing = self.writing.lock().await;
        let before = self.current().await?;
        let outgoing = before.counted_of(&change.ids).await?;
        let incoming = counted(&change.batch)?;
        let committed = |version| Committed {
            version,
            added: incoming.len(),
            removed: outgoing.len(),
        };
        if incoming.is_empty() && outgoing.is_empty() {
            return Ok(committed(before.version));
        }
        let census = before.census().after(&outgoing, &incoming);
        apply(&self.table, &change).await?;
        crash::point("applied");
        let version = self.version().await?;
        writing.unindexed += incoming.len();
        self.catch_up(&mut writing).await;
        let durable = self.sync(&mut writing).await;
        crash::point("synced");
        // The change is in the table, durable or not: readers and the next write must see it.
        self.show(census).await?;
        durable.map(|()| committed(version))
    }

    /// Runs the maintenance of the table, if it changed since the last one.
    pub(super) async fn maintain(&self, ledger: &Ledger) -> Result<Maintenance> {
        let mut writing = self.writing.lock().await;
        let before = self.current().await?;
        if ledger.maintained_version().await? == Some(before.version) {
            return Ok(Maintenance::default());
        }
        let policy = Policy {
            rebuild_below: self.rebuild_below,
            vector_index_from: self.vector_index_from,
            retention: self.retention,
        };
        let done = maintenance::run(&self.table, policy, before.vector_index, ledger).await;
        if done.indexed.is_some() {
            writing.unindexed = 0;
        }
        let durable = self.sync(&mut writing).await;
        self.show_with(before.census(), done.vector_index).await?;
        durable?;
        if done.failures.is_empty() {
            let version = self.snapshot.load().version;
            ledger.set_maintained_version(version).await?;
        }
        self.save_census().await;
        Ok(done)
    }

    /// Keeps the counts for the next process, away from the async threads. A failure costs
    /// that one the time to count.
    async fn save_census(&self) {
        let (snapshot, root) = (self.snapshot.load_full(), self.root.clone());
        let save = move || saved::save(&root, &snapshot.index_version(), &snapshot.census());
        let done = tokio::task::spawn_blocking(save).await;
        if let Err(error) = done.map_err(Error::index("save its counts")).flatten() {
            tracing::warn!(%error, "the counts of words could not be saved");
        }
    }

    /// Drops old versions, and nothing else.
    pub(super) async fn prune(&self, ledger: &Ledger) -> Result<u64> {
        let mut writing = self.writing.lock().await;
        let pruned = maintenance::prune_only(&self.table, self.retention, ledger).await;
        // The marks of what is kept are files, too.
        self.sync(&mut writing).await?;
        pruned
    }

    /// Extends the full-text index when many rows wait for it: each of them is read anew by
    /// every search. A failure costs speed, not results, and is tried again later.
    async fn catch_up(&self, writing: &mut Writing) {
        if writing.unindexed < CATCH_UP {
            return;
        }
        if let Err(error) = maintenance::isolated(index::append(&self.table)).await {
            tracing::warn!(%error, "the full-text index could not be extended during ingestion");
        }
        writing.unindexed = 0;
    }

    async fn sync(&self, writing: &mut Writing) -> Result<()> {
        // Lost on an error, which makes the next call sync everything: slow and right.
        let synced = std::mem::take(&mut writing.synced);
        writing.synced = sync(synced, self.folder.clone()).await?;
        Ok(())
    }

    async fn version(&self) -> Result<u64> {
        self.table
            .version()
            .await
            .map_err(Error::index("read its version"))
    }

    /// The snapshot that the next write starts from. It lags behind the table when an earlier
    /// write was cut off between changing and showing; then the chunks are counted again.
    async fn current(&self) -> Result<Arc<Snapshot>> {
        if self.snapshot.load().version != self.version().await? {
            self.show(Census::of(&self.table).await?).await?;
        }
        Ok(self.snapshot.load_full())
    }

    /// Lets readers see the table as it is now.
    async fn show(&self, census: Census) -> Result<()> {
        let vector_index = self.snapshot.load().vector_index;
        self.show_with(census, vector_index).await
    }

    async fn show_with(&self, census: Census, vector_index: Option<VectorIndex>) -> Result<()> {
        let next = Snapshot::pin(&self.table, &self.generation, vector_index, census).await?;
        self.snapshot.store(Arc::new(next));
        Ok(())
    }
}

async fn apply(table: &Table, change: &Change) -> Result<()> {
    if change.batch.num_rows() > 0 {
        return replace(table, &change.ids, &change.batch).await;
    }
    table
        .delete(&belongs_to(&change.ids))
        .await
        .map_err(Error::index("delete documents"))?;
    Ok(())
}

/// Inserts, updates and deletes in a single commit: chunks of `ids` that are not in `batch`
/// are deleted "by source".
async fn replace(table: &Table, ids: &[DocumentId], batch: &RecordBatch) -> Result<()> {
    let rows = RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
    let mut merge = table.merge_insert(&[column::CHUNK_ID]);
    merge
        .when_matched_update_all(None)
        .when_not_matched_insert_all()
        .when_not_matched_by_source_delete_expr(belongs_to(ids));
    merge
        .execute(Box::new(rows))
        .await
        .map_err(Error::index("replace documents"))?;
    Ok(())
}
