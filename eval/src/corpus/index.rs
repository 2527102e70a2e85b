//! Does the index hold what the ledger says, and does a search find what it holds?

use footnote_answer::Error;
use footnote_store::Snapshot;
use footnote_store::ledger::documents::DocumentRow;
use footnote_store::vectors::VectorIndex;
use serde::Serialize;

use super::Listed;

/// What the index lacks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndexState {
    /// Rows that the full-text index lacks.
    pub rows_without_full_text_index: usize,
    /// How well the nearest vectors are found.
    pub vectors: VectorState,
    /// Documents that the ledger has and the index lacks or has in another version.
    pub out_of_step: Listed<String>,
    /// Documents whose newest bytes could not be ingested.
    pub stale: Listed<String>,
}

/// How well the nearest vectors are found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct VectorState {
    /// Share of the ten nearest chunks that a search finds, as measured when the index was
    /// made; 1 while every vector is compared.
    pub recall_at_10: f64,
    /// The index; `null` while every vector is compared.
    pub index: Option<VectorIndex>,
}

/// Compares `snapshot` with the ledger's `rows`.
pub(super) async fn state(snapshot: &Snapshot, rows: &[DocumentRow]) -> Result<IndexState, Error> {
    let indexed = snapshot.document_versions().await?;
    let differs = |row: &&DocumentRow| {
        let held = indexed.get(&row.document_id);
        !held.is_some_and(|held| held.version == row.version && held.chunks == row.chunks as usize)
    };
    let names = |rows: Vec<&DocumentRow>| {
        let uris = rows.into_iter().map(|row| row.uri.clone());
        Listed::of(uris.collect())
    };
    let index = snapshot.vector_index;
    Ok(IndexState {
        rows_without_full_text_index: snapshot.unindexed().await?,
        vectors: VectorState {
            recall_at_10: index.map_or(1.0, |index| index.recall()),
            index,
        },
        out_of_step: names(rows.iter().filter(differs).collect()),
        stale: names(rows.iter().filter(|row| row.stale.is_some()).collect()),
    })
}
