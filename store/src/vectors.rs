//! The vector index: made when comparing every vector gets slow, and searched as far as it was
//! measured to find what an exact search finds.
//!
//! Up to some 20,000 chunks every vector is compared: exact, and about ten milliseconds.
//! Beyond, vectors are grouped around centroids (IVF_FLAT: nothing is rounded) and a search
//! looks into the nearest groups. How many is not guessed: after every training, questions made
//! of stored sentences are put, exactly and through the index, and more groups are looked into
//! until [`ENOUGH`] of the ten nearest are found. Rows written later are compared
//! one by one until the next maintenance adds them.

use std::fmt;

use footnote_ingest::id::ChunkId;
use lancedb::index::Index;
use lancedb::index::vector::IvfFlatIndexBuilder;
use lancedb::query::{Select, VectorQuery};
use lancedb::table::{OptimizeAction, OptimizeOptions};
use lancedb::{DistanceType, Table};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::record::{COLUMNS, decode};
use crate::schema::column;
use crate::search::nearest_rows;
use crate::snapshot::batches;

/// Name of the index.
const NAME: &str = "vector_idx";
/// Questions put to measure it.
const SAMPLE: usize = 64;
/// Nearest chunks looked at for each.
const K: usize = 10;
/// Share of them that has to be found.
const ENOUGH: f64 = 0.985;
/// Sentences that make a question.
const BLEND: usize = 8;
/// Groups looked into at first; by half as many more each time.
const PROBES: usize = 8;
/// Most groups.
const MOST_PARTITIONS: usize = 4096;

/// How the vectors are indexed and how far a search looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VectorIndex {
    /// Rows it was trained on; it is made anew when there are twice as many.
    pub trained_rows: usize,
    /// Groups of vectors.
    pub partitions: usize,
    /// Groups that a search looks into, more if a filter leaves too few rows in them.
    pub probes: usize,
    /// Chunks that an exact search found when it was measured: the ten nearest of each question.
    pub nearest: usize,
    /// Those among them that the index found too.
    pub found: usize,
}

impl VectorIndex {
    /// Share of the ten nearest chunks that it finds, from 0 to 1, as measured.
    pub fn recall(&self) -> f64 {
        self.found as f64 / self.nearest.max(1) as f64
    }

    fn is_enough(&self) -> bool {
        self.recall() >= ENOUGH || self.probes == self.partitions
    }
}

impl fmt::Display for VectorIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (probes, partitions, recall) = (self.probes, self.partitions, self.recall());
        write!(
            f,
            "{probes} of {partitions} groups are searched, recall@{K} {recall:.3}"
        )
    }
}

/// How far a search for vectors looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// At every row.
    All,
    /// Into this many groups.
    Partitions(usize),
}

impl Reach {
    pub(crate) fn of(index: VectorIndex) -> Self {
        Self::Partitions(index.probes)
    }

    pub(crate) fn limit(self, query: VectorQuery) -> lancedb::Result<VectorQuery> {
        match self {
            Self::All => Ok(query.bypass_vector_index()),
            // Without effort of its own the engine looks into as many as it is told.
            Self::Partitions(probes) => query.search_effort(0.0)?.minimum_nprobes(probes),
        }
    }
}

/// Brings the index of `table` up to date: none below `from` rows, otherwise one that was
/// trained on at least half of them. `known` is what the last call returned.
pub(crate) async fn tend(
    table: &Table,
    from: usize,
    known: Option<VectorIndex>,
) -> Result<Option<VectorIndex>> {
    let rows = table
        .count_rows(None)
        .await
        .map_err(Error::index("count the chunks"))?;
    match known {
        // Not at once below the threshold, or it would come and go.
        Some(_) if rows < from / 2 => drop_index(table).await.map(|()| None),
        Some(index) if rows < 2 * index.trained_rows => {
            extend(table).await?;
            Ok(known)
        }
        None if rows < from => Ok(None),
        _ => train(table, rows).await.map(Some),
    }
}

async fn drop_index(table: &Table) -> Result<()> {
    table
        .drop_index(NAME)
        .await
        .map_err(Error::index("drop its vector index"))
}

/// Adds the rows that the index lacks to its groups.
async fn extend(table: &Table) -> Result<()> {
    let options = OptimizeOptions::append().index_names(vec![NAME.to_owned()]);
    table
        .optimize(OptimizeAction::Index(options))
        .await
        .map_err(Error::index("extend its vector index"))?;
    Ok(())
}

async fn train(table: &Table, rows: usize) -> Result<VectorIndex> {
    let partitions = rows.isqrt().clamp(1, MOST_PARTITIONS);
    let settings = IvfFlatIndexBuilder::default()
        .distance_type(DistanceType::Cosine)
        .num_partitions(u32::try_from(partitions).unwrap_or(u32::MAX));
    table
        .create_index(&[column::VECTOR], Index::IvfFlat(settings))
        .name(NAME.to_owned())
        .replace(true)
        .execute()
        .await
        .map_err(Error::index("make its vector index"))?;
    let untried = VectorIndex {
        trained_rows: rows,
        partitions,
        probes: PROBES.min(partitions),
        nearest: 0,
        found: 0,
    };
    measure(table, &questions(table, rows).await?, untried).await
}

/// `index` with as many groups to look into as it takes.
async fn measure(
    table: &Table,
    questions: &[Vec<f32>],
    mut index: VectorIndex,
) -> Result<VectorIndex> {
    let exact = nearest(table, questions, Reach::All).await?;
    index.nearest = exact.iter().map(Vec::len).sum();
    loop {
        let found = nearest(table, questions, Reach::of(index)).await?;
        index.found = common(&exact, &found);
        if index.is_enough() {
            return Ok(index);
        }
        index.probes = (index.probes * 3).div_ceil(2).min(index.partitions);
    }
}

/// Vectors of sentences of chunks spread over the table, [`BLEND`] summed up for each question.
///
/// A sentence alone lies in the middle of its own group, and eight groups would do. A real
/// question is less near to any chunk and its neighbours lie in many groups. Of 100,000 chunks
/// 8, 16, 32 and 64 groups of 316 held 0.58, 0.80, 0.94 and 0.985 of the ten nearest to
/// questions, 0.38, 0.67, 0.89 and 0.985 of those to sums of eight sentences, and 0.997 of those
/// to sentences.
async fn questions(table: &Table, rows: usize) -> Result<Vec<Vec<f32>>> {
    let count = SAMPLE.min(rows);
    let offsets = (0..count).map(|i| (i * rows / count) as u64).collect();
    let query = table
        .take_offsets(offsets)
        .select(Select::columns(&COLUMNS));
    let found = batches(query, "read chunks").await?;
    let chunks = found.iter().map(decode).collect::<Result<Vec<_>>>()?;
    let sentences = chunks.concat().into_iter().map(|stored| {
        let first = stored.sentence_vectors.into_iter().next();
        first.unwrap_or(stored.vector)
    });
    Ok(blends(&sentences.collect::<Vec<_>>()))
}

/// For each sentence the sum of [`BLEND`] of them, far apart in the table. Only its direction
/// counts.
fn blends(sentences: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let blend = |first: usize| {
        let mut sum = sentences[first].clone();
        for i in 1..BLEND {
            let other = &sentences[(first + i * sentences.len() / BLEND) % sentences.len()];
            sum.iter_mut().zip(other).for_each(|(sum, x)| *sum += x);
        }
        sum
    };
    (0..sentences.len()).map(blend).collect()
}

async fn nearest(table: &Table, questions: &[Vec<f32>], reach: Reach) -> Result<Vec<Vec<ChunkId>>> {
    let mut found = Vec::with_capacity(questions.len());
    for question in questions {
        let hits = nearest_rows(table, question, reach, K).await?;
        found.push(hits.into_iter().map(|hit| hit.chunk_id).collect());
    }
    Ok(found)
}

/// Chunks that are in a list of `exact` and in the list of `found` beside it.
fn common(exact: &[Vec<ChunkId>], found: &[Vec<ChunkId>]) -> usize {
    let lists = exact.iter().zip(found);
    lists
        .map(|(exact, found)| exact.iter().filter(|id| found.contains(id)).count())
        .sum()
}

#[cfg(test)]
mod tests;
