//! One write: change the table, make the change durable, show it. Three steps under one lock,
//! in an order that leaves every crash either before or after the change.

use arrow::array::{RecordBatch, RecordBatchIterator};
use footnote_ingest::id::DocumentId;
use lancedb::Table;

use super::Inner;
use super::open::sync;
use crate::error::{Error, Result};
use crate::ledger::Ledger;
use crate::maintenance::{self, Maintenance};
use crate::record::texts;
use crate::schema::column;
use crate::snapshot::{Snapshot, belongs_to, count_terms};
use crate::terms::TermStats;

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Version of the table that has it.
    pub version: u64,
    /// Chunks written.
    pub added: usize,
    /// Chunks of earlier versions that are gone.
    pub removed: usize,
}

/// What a write is to do.
pub(super) enum Change {
    /// `batch` holds all chunks of the documents `ids`.
    Replace {
        ids: Vec<DocumentId>,
        batch: RecordBatch,
    },
    /// The documents go.
    Delete { ids: Vec<DocumentId> },
}

impl Inner {
    /// Applies `change` in one commit.
    pub(super) async fn commit(&self, change: Change) -> Result<Committed> {
        let mut synced = self.writing.lock().await;
        let before = self.current().await?;
        let outgoing = before.search_texts_of(change.ids()).await?;
        let incoming = change.search_texts()?;
        let committed = |version| Committed {
            version,
            added: incoming.len(),
            removed: outgoing.len(),
        };
        if incoming.is_empty() && outgoing.is_empty() {
            return Ok(committed(before.version));
        }
        let terms = recount(&before.terms, &outgoing, &incoming);
        apply(&self.table, &change).await?;
        let measure_me = std::time::Instant::now();
        let done = sync(std::mem::take(&mut *synced), self.folder.clone()).await;
        if std::env::var_os("MEASURE").is_some() { eprintln!("sync {:?}", measure_me.elapsed()); }
        // The change is in the table, durable or not: readers and the next write must see it.
        self.show(terms).await?;
        *synced = done?;
        Ok(committed(self.snapshot.load().version))
    }

    /// Runs the maintenance of the table, if it changed since the last one.
    pub(super) async fn maintain(&self, ledger: &Ledger) -> Result<Maintenance> {
        let mut synced = self.writing.lock().await;
        let before = self.current().await?;
        if ledger.maintained_version().await? == Some(before.version) {
            return Ok(Maintenance::default());
        }
        let done = maintenance::run(&self.table, self.rebuild_below).await;
        *synced = sync(std::mem::take(&mut *synced), self.folder.clone()).await?;
        self.show(TermStats::clone(&before.terms)).await?;
        if done.failures.is_empty() {
            ledger
                .set_maintained_version(self.snapshot.load().version)
                .await?;
        }
        Ok(done)
    }

    /// The snapshot that the next write starts from. It lags behind the table when an earlier
    /// write was cut off between changing and showing; then the words are counted again.
    async fn current(&self) -> Result<std::sync::Arc<Snapshot>> {
        let version = self
            .table
            .version()
            .await
            .map_err(Error::index("read its version"))?;
        if self.snapshot.load().version != version {
            self.show(count_terms(&self.table).await?).await?;
        }
        Ok(self.snapshot.load_full())
    }

    /// Lets readers see the table as it is now.
    async fn show(&self, terms: TermStats) -> Result<()> {
        let generation = &self.generation;
        let next =
            Snapshot::pin(&self.table, &generation.name(), generation.dimension, terms).await?;
        self.snapshot.store(std::sync::Arc::new(next));
        Ok(())
    }
}

impl Change {
    fn ids(&self) -> &[DocumentId] {
        match self {
            Self::Replace { ids, .. } | Self::Delete { ids } => ids,
        }
    }

    fn search_texts(&self) -> Result<Vec<String>> {
        match self {
            Self::Replace { batch, .. } => Ok(texts(batch, column::SEARCH_TEXT)?
                .map(str::to_owned)
                .collect()),
            Self::Delete { .. } => Ok(Vec::new()),
        }
    }
}

async fn apply(table: &Table, change: &Change) -> Result<()> {
    match change {
        Change::Replace { ids, batch } => replace(table, ids, batch).await,
        Change::Delete { ids } => {
            let gone = belongs_to(ids);
            table
                .delete(&gone)
                .await
                .map_err(Error::index("delete documents"))?;
            Ok(())
        }
    }
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

fn recount(terms: &TermStats, outgoing: &[String], incoming: &[String]) -> TermStats {
    let mut terms = terms.clone();
    incoming.iter().for_each(|text| terms.add(text));
    outgoing.iter().for_each(|text| terms.subtract(text));
    terms
}
