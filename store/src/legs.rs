//! Both legs of a search, with the chunks that they found, in as few reads as that takes.
//!
//! A leg alone reads the id of every row it finds, to break ties by it. Whoever wants the
//! chunks anyway finds the ids in them: here the legs return rows, the chunks of both are read
//! at once, and the lists are put in order afterwards. They are the same as those of
//! [`Snapshot::nearest`] and [`Snapshot::matching`].

use std::collections::{BTreeMap, BTreeSet};

use footnote_ingest::id::ChunkId;
use futures::try_join;

use crate::error::Result;
use crate::record::StoredChunk;
use crate::search::{Leg, LegHit, MARGIN, Row, Scope, order, search_words};
use crate::snapshot::Snapshot;
use crate::terms::QueryTerms;
use crate::vectors::Reach;

/// What is looked for; a leg that is given nothing finds nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sought<'q> {
    /// The question's vector.
    pub vector: Option<&'q [f32]>,
    /// The question, for its words.
    pub words: Option<&'q str>,
    /// Compare every vector, also where an index is in between.
    pub exact: bool,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Legs {
    /// By meaning, as [`Snapshot::nearest`] has it.
    pub vector: Vec<LegHit>,
    /// By words, as [`Snapshot::matching`] has it.
    pub lexical: Vec<LegHit>,
    /// The chunks of both.
    pub chunks: BTreeMap<ChunkId, StoredChunk>,
}

impl Snapshot {
    /// The `limit` best chunks of each leg.
    ///
    /// # Errors
    /// As [`Snapshot::nearest`].
    pub async fn legs(&self, sought: Sought<'_>, scope: &Scope, limit: usize) -> Result<Legs> {
        let words = sought
            .words
            .map(|words| search_words(&QueryTerms::of(words)));
        let words = words.as_deref().filter(|words| !words.is_empty());
        let reach = match sought.exact {
            true => Reach::All,
            false => self.reach(),
        };
        if let Some(vector) = sought.vector {
            self.check(vector)?;
        }
        let vector = sought.vector.map(|vector| Leg::Vector(vector, reach));
        let (vector, lexical) = try_join!(
            self.leg(vector, scope, limit),
            self.leg(words.map(Leg::Words), scope, limit),
        )?;
        let rows: BTreeSet<Row> = vector.iter().chain(&lexical).map(|(row, _)| *row).collect();
        let chunks = self
            .read_rows(&rows.into_iter().collect::<Vec<_>>())
            .await?;
        let (vector, lexical) = (
            ordered(vector, &chunks, limit),
            ordered(lexical, &chunks, limit),
        );
        let listed: BTreeSet<Row> = vector.iter().chain(&lexical).map(|hit| hit.row).collect();
        let chunks = chunks.into_iter().filter(|(row, _)| listed.contains(row));
        Ok(Legs {
            vector,
            lexical,
            chunks: chunks
                .map(|(_, stored)| (stored.chunk.id.clone(), stored))
                .collect(),
        })
    }

    /// Rows with their scores, among them the `limit` best of `leg`.
    async fn leg(
        &self,
        leg: Option<Leg<'_>>,
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<(Row, f32)>> {
        let Some(leg) = leg.filter(|_| limit > 0 && !scope.collections.is_empty()) else {
            return Ok(Vec::new());
        };
        let rows = limit.saturating_add(MARGIN);
        let mut found = leg.rows(&self.table, self.condition(scope), rows).await?;
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        let score = |at: usize| found.get(at).map(|(_, score)| *score);
        if found.len() == rows && score(limit - 1) == score(rows - 1) {
            // A group of ties goes on past the last row: only ids tell who of them belongs.
            let hits = self.search(leg, scope, limit).await?;
            return Ok(hits.into_iter().map(|hit| (hit.row, hit.score)).collect());
        }
        if let Some(least) = score(limit - 1) {
            found.retain(|(_, score)| *score >= least);
        }
        Ok(found)
    }
}

/// The first `limit` in their total order.
fn ordered(
    rows: Vec<(Row, f32)>,
    chunks: &BTreeMap<Row, StoredChunk>,
    limit: usize,
) -> Vec<LegHit> {
    let hit = |(row, score): (Row, f32)| {
        let chunk_id = chunks.get(&row)?.chunk.id.clone();
        Some(LegHit {
            chunk_id,
            row,
            score,
        })
    };
    let mut hits: Vec<LegHit> = rows.into_iter().filter_map(hit).collect();
    order(&mut hits);
    hits.truncate(limit);
    hits
}
