//! A snapshot: one version of the chunks table, pinned, with the term statistics that belong
//! to it. A question is answered from a single snapshot, so its two searches, the texts it
//! fetches and the weights of its words agree, whatever is ingested meanwhile. A snapshot
//! cannot change anything.
//!
//! It costs no copy of the table. Files of a version are kept for an hour, or for as long as
//! answers read from it are to be replayed ([`crate::retention`]): hold a snapshot for a
//! question, not for a day.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion_expr::{Expr, lit};
use footnote_ingest::id::{ChunkId, DocumentId};
use futures::TryStreamExt;
use lancedb::Table;
use lancedb::expr::col;
use lancedb::query::{ExecutableQuery, QueryBase, Select};

use crate::census::{self, Census, Counted, counted};
use crate::error::{Error, Result};
use crate::generation::Generation;
use crate::record::{self, StoredChunk, decode, texts};
use crate::schema::column;
use crate::search::{Row, Scope};
use crate::terms::TermStats;
use crate::vectors::VectorIndex;

/// A read-only view of the index at one version.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(crate) table: Table,
    pub(crate) version: u64,
    index_version: String,
    dimension: usize,
    /// The index that finds the nearest vectors, if the table has one.
    pub vector_index: Option<VectorIndex>,
    /// How rare each word is in this version.
    pub terms: Arc<TermStats>,
    /// Chunks of each collection that has any.
    collections: BTreeMap<String, u64>,
}

/// What the index holds of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedDocument {
    /// Its version.
    pub version: String,
    /// Its chunks.
    pub chunks: usize,
}

impl Snapshot {
    /// Pins the version that `table` is at.
    pub(crate) async fn pin(
        table: &Table,
        generation: &Generation,
        vector_index: Option<VectorIndex>,
        census: Census,
    ) -> Result<Self> {
        const WHAT: &str = "pin a version";
        let table = table.checkout_current().await.map_err(Error::index(WHAT))?;
        let version = table.version().await.map_err(Error::index(WHAT))?;
        Ok(Self {
            table,
            version,
            index_version: generation.index_version(version),
            dimension: generation.dimension,
            vector_index,
            terms: Arc::new(census.terms),
            collections: census.collections,
        })
    }

    /// Names everything a result depended on in the index: `g<12 digits>.v<version>`.
    pub fn index_version(&self) -> String {
        self.index_version.clone()
    }

    /// Numbers in one vector.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Number of chunks.
    pub async fn count(&self) -> Result<usize> {
        self.table
            .count_rows(None)
            .await
            .map_err(Error::index("count the chunks"))
    }

    /// The chunks in `rows`, which the legs of this snapshot found, by id. Reads those rows
    /// and no others.
    pub async fn read(&self, rows: &[Row]) -> Result<Vec<StoredChunk>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let mut found: Vec<_> = self.read_rows(rows).await?.into_values().collect();
        found.sort_by(|a, b| a.chunk.id.cmp(&b.chunk.id));
        Ok(found)
    }

    /// The same by row.
    pub(crate) async fn read_rows(&self, rows: &[Row]) -> Result<BTreeMap<Row, StoredChunk>> {
        let query = self
            .table
            .take_row_ids(rows.iter().map(|row| row.0).collect())
            .with_row_id()
            .select(Select::columns(&record::COLUMNS));
        let mut found = BTreeMap::new();
        for batch in batches(query, "read chunks").await? {
            let rows = record::rows(&batch)?.iter().map(|row| Row(*row));
            found.extend(rows.zip(decode(&batch)?));
        }
        Ok(found)
    }

    /// The chunks called `ids`, in that order; those that do not exist are left out.
    ///
    /// Reads the id column of the whole table, as there is no index on it: see
    /// [`Snapshot::read`] for what a search found.
    pub async fn fetch(&self, ids: &[ChunkId]) -> Result<Vec<StoredChunk>> {
        let names = ids.iter().map(|id| lit(id.as_str())).collect::<Vec<_>>();
        let found = self
            .chunks(col(column::CHUNK_ID).in_list(names, false))
            .await?;
        let by_id: BTreeMap<_, _> = found
            .iter()
            .map(|stored| (&stored.chunk.id, stored))
            .collect();
        Ok(ids
            .iter()
            .filter_map(|id| by_id.get(id).copied().cloned())
            .collect())
    }

    /// All chunks of the given documents, one document after the other and in reading order;
    /// nothing for those that are not there. Reads the table once.
    pub async fn chunks_of<'a>(
        &self,
        documents: impl IntoIterator<Item = &'a DocumentId>,
    ) -> Result<Vec<StoredChunk>> {
        let mut found = self.chunks(belongs_to(documents)).await?;
        found.sort_by(|a, b| {
            let place = |stored: &StoredChunk| stored.chunk.ordinal;
            let by_document = a.document_id.cmp(&b.document_id);
            by_document.then_with(|| place(a).cmp(&place(b)))
        });
        Ok(found)
    }

    /// Every document with its version and number of chunks: what recovery and checks compare
    /// the ledger with. Reads two columns of the whole table.
    pub async fn document_versions(&self) -> Result<BTreeMap<DocumentId, IndexedDocument>> {
        let columns = [column::DOCUMENT_ID, column::DOCUMENT_VERSION];
        let query = self.table.query().select(Select::columns(&columns));
        let mut documents = BTreeMap::new();
        for batch in batches(query, "list the documents").await? {
            let ids = texts(&batch, column::DOCUMENT_ID)?;
            for (id, version) in ids.zip(texts(&batch, column::DOCUMENT_VERSION)?) {
                let id = id
                    .parse()
                    .map_err(|_| Error::corrupt(column::DOCUMENT_ID, "holds no id"))?;
                let indexed = documents.entry(id).or_insert_with(|| IndexedDocument {
                    version: version.to_owned(),
                    chunks: 0,
                });
                indexed.chunks += 1;
            }
        }
        Ok(documents)
    }

    /// The chunks of the given documents, as far as they are counted: what a commit that
    /// replaces them takes out.
    pub(crate) async fn counted_of(&self, documents: &[DocumentId]) -> Result<Vec<Counted>> {
        let query = self
            .table
            .query()
            .only_if_expr(belongs_to(documents))
            .select(Select::columns(&census::COLUMNS));
        let found = batches(query, "read the replaced chunks").await?;
        let found: Vec<_> = found.iter().map(counted).collect::<Result<_>>()?;
        Ok(found.concat())
    }

    /// What a chunk has to meet to lie in `scope`; `None` when every chunk does.
    ///
    /// The engine checks a condition on every row before it looks at its indexes: with a
    /// million rows that takes longer than the search.
    pub(crate) fn condition(&self, scope: &Scope) -> Option<Expr> {
        let asked = |name: &String| scope.collections.contains(name);
        let everywhere = self.collections.keys().all(asked);
        match (everywhere, &scope.filter) {
            (true, None) => None,
            (true, Some(filter)) => Some(filter.to_expr()),
            (false, _) => Some(scope.to_expr()),
        }
    }

    /// What a commit starts counting from.
    pub(crate) fn census(&self) -> Census {
        Census {
            terms: TermStats::clone(&self.terms),
            collections: self.collections.clone(),
        }
    }

    /// The rows that meet `condition`, in no particular order.
    async fn chunks(&self, condition: Expr) -> Result<Vec<StoredChunk>> {
        let columns = Select::columns(&record::COLUMNS);
        let query = self.table.query().only_if_expr(condition).select(columns);
        let found = batches(query, "read chunks").await?;
        let found = found.iter().map(decode).collect::<Result<Vec<_>>>();
        found.map(|found| found.concat())
    }
}

/// True for the rows of `documents`.
pub(crate) fn belongs_to<'a>(documents: impl IntoIterator<Item = &'a DocumentId>) -> Expr {
    let names = documents.into_iter().map(|id| lit(id.as_str())).collect();
    col(column::DOCUMENT_ID).in_list(names, false)
}

/// Runs a query to its end.
pub(crate) async fn batches(
    query: impl ExecutableQuery,
    action: &'static str,
) -> Result<Vec<RecordBatch>> {
    let stream = query.execute().await.map_err(Error::index(action))?;
    stream.try_collect().await.map_err(Error::index(action))
}
