//! What diagnosis asks of a snapshot: which chunks a scope lets through, how far the full-text
//! index is behind, and a walk over everything that is stored. Searches need none of it.

use std::collections::BTreeSet;

use datafusion_expr::lit;
use footnote_ingest::id::ChunkId;
use futures::TryStreamExt;
use lancedb::expr::col;
use lancedb::query::{ExecutableQuery, QueryBase, Select};

use crate::error::{Error, Result};
use crate::index;
use crate::record::{self, StoredChunk, decode, record_texts, texts};
use crate::schema::column;
use crate::search::Scope;
use crate::snapshot::{Snapshot, batches};

impl Snapshot {
    /// Which of `ids` lie in `scope`: the same condition that searches use.
    pub async fn visible(&self, ids: &[ChunkId], scope: &Scope) -> Result<BTreeSet<ChunkId>> {
        let names = ids.iter().map(|id| lit(id.as_str())).collect();
        let named = col(column::CHUNK_ID).in_list(names, false);
        let query = self
            .table
            .query()
            .only_if_expr(named.and(scope.to_expr()))
            .select(Select::columns(&[column::CHUNK_ID]));
        let mut visible = BTreeSet::new();
        for batch in batches(query, "apply a filter").await? {
            for id in texts(&batch, column::CHUNK_ID)? {
                visible.insert(chunk_id(id)?);
            }
        }
        Ok(visible)
    }

    /// Rows that the full-text index does not have yet. They are searched all the same, with
    /// scores that are slightly off.
    pub async fn unindexed(&self) -> Result<usize> {
        index::unindexed(&self.table).await
    }

    /// Hands every chunk in `scope` to `each`, batch by batch and in no particular order: for
    /// reports on the whole corpus, not for answering.
    pub async fn walk(&self, scope: &Scope, mut each: impl FnMut(StoredChunk)) -> Result<()> {
        const WHAT: &str = "walk the chunks";
        let query = self
            .table
            .query()
            .only_if_expr(scope.to_expr())
            .select(Select::columns(&record::COLUMNS));
        let mut stream = query.execute().await.map_err(Error::index(WHAT))?;
        while let Some(batch) = stream.try_next().await.map_err(Error::index(WHAT))? {
            decode(&batch)?.into_iter().for_each(&mut each);
        }
        Ok(())
    }

    /// Ids of the chunks in `scope` whose text `keep` accepts; reads no vectors.
    pub async fn grep(
        &self,
        scope: &Scope,
        mut keep: impl FnMut(&str) -> bool,
    ) -> Result<Vec<ChunkId>> {
        const WHAT: &str = "read the chunks' texts";
        let columns = [column::CHUNK_ID, column::RECORD];
        let query = self
            .table
            .query()
            .only_if_expr(scope.to_expr())
            .select(Select::columns(&columns));
        let mut stream = query.execute().await.map_err(Error::index(WHAT))?;
        let mut kept = Vec::new();
        while let Some(batch) = stream.try_next().await.map_err(Error::index(WHAT))? {
            let ids = texts(&batch, column::CHUNK_ID)?;
            for (id, text) in ids.zip(record_texts(&batch)?) {
                if keep(&text) {
                    kept.push(chunk_id(id)?);
                }
            }
        }
        kept.sort();
        Ok(kept)
    }
}

fn chunk_id(text: &str) -> Result<ChunkId> {
    text.parse()
        .map_err(|_| Error::corrupt(column::CHUNK_ID, "holds no id"))
}
