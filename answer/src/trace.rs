//! Everything an answer depended on, as data: what each leg saw, how fusion added up, which
//! sentences were kept or dropped and why, what the model was told and what it said. The
//! trace is what `explain` shows and what a receipt keeps; nothing downstream reads logs.

use footnote_ingest::id::ChunkId;
use footnote_store::terms::{Counts, QueryTerms, TermStats};
use serde::{Deserialize, Serialize};

mod answer;

use crate::closeness::Measured;
use crate::collapse::Copies;
use crate::fuse::{Candidate, Fusion, Method};
use crate::lexical::Bm25;
pub use answer::{AnswerTrace, CopyTrace, RewriteClaim, RewriteTrace, SentenceRow};

/// Version of the shape below; bumped when a field changes meaning.
pub const VERSION: u32 = 3;

/// How the passages were found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchTrace {
    /// Shape version.
    pub version: u32,
    /// The index that was read.
    pub index_version: String,
    /// Terms the lexical leg looked for, as the index knows them.
    pub lexical_terms: Vec<String>,
    /// What the vector leg embedded.
    pub vector_input: String,
    /// The vector leg's candidates, best first.
    pub vector: Vec<LegRow>,
    /// The lexical leg's candidates, best first.
    pub lexical: Vec<LegRow>,
    /// Every candidate with its fusion terms, best first, before any reranking.
    pub fused: Vec<FusedRow>,
    /// Candidates each leg was asked for.
    pub candidates: usize,
    /// Weights of the fusion.
    pub fusion: FusionRow,
    /// What the lexical score was made of.
    pub words: WordsRow,
    /// What read the first candidates again; absent when nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerank: Option<RerankRow>,
}

/// The reranker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RerankRow {
    /// The model.
    pub model: String,
    /// Candidates it was to read at most.
    pub depth: usize,
}

/// Where the reranker put a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RerankedRow {
    /// Position among all candidates, from 1.
    pub rank: usize,
    /// What the cross-encoder says of question and chunk; the order counts, not the number.
    pub score: f32,
}

/// One row of a leg.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LegRow {
    /// The chunk.
    pub chunk_id: ChunkId,
    /// Position, from 1.
    pub rank: usize,
    /// Cosine similarity or BM25.
    pub score: f32,
}

/// One fused candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FusedRow {
    /// The chunk.
    pub chunk_id: ChunkId,
    /// Position in the fused list, from 1.
    pub rank: usize,
    /// Sum of the three terms.
    pub fused: f32,
    /// What its cosine, or its rank in the vector leg, adds.
    pub vector_term: f32,
    /// What the cosine of its best sentence adds.
    pub sentence_term: f32,
    /// What its words, or its rank in the lexical leg, add.
    pub lexical_term: f32,
    /// Cosine of the chunk.
    pub cosine: f32,
    /// Cosine of its best sentence.
    pub sentence_cosine: f32,
    /// Its lexical score; the lexical term is its share of the best one, weighed.
    pub lexical_score: f32,
    /// How often it has each of the question's words and pairs; `null` where the lexical
    /// score is the leg's own.
    pub counts: Option<CountsRow>,
    /// Where the reranker put it; absent when it did not read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerank: Option<RerankedRow>,
    /// Why the chunk is not among the hits; `null` when it is.
    pub cut: Option<Cut>,
    /// The better candidate that says the same; absent where that is not why it was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<ChunkId>,
}

/// Why a candidate did not become a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// Its rank, after any reranking, is beyond the `k` that was asked for.
    BeyondK,
    /// A better candidate says the same: [`FusedRow::duplicate_of`].
    Duplicate,
}

/// The words of a question in one chunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountsRow {
    /// Words of the chunk in all.
    pub words: u32,
    /// For each of [`WordsRow::terms`].
    pub terms: Vec<u32>,
    /// For each of [`WordsRow::pairs`].
    pub pairs: Vec<u32>,
}

/// The lexical score's parameters: with them and [`CountsRow`] anyone can do the sum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WordsRow {
    /// BM25's `k1`.
    pub k1: f32,
    /// BM25's `b`.
    pub b: f32,
    /// Mean number of words in a chunk of the index.
    pub mean_words: f32,
    /// Each word looked for, as a stem, with what it is worth.
    pub terms: Vec<(String, f32)>,
    /// Each pair of neighbours looked for, as two stems, with what it is worth.
    pub pairs: Vec<(String, f32)>,
}

/// The fusion's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FusionRow {
    /// What is added up.
    pub method: Method,
    /// The constant of fusion by ranks.
    pub k: f32,
    /// Weight of the vector leg.
    pub vector: f32,
    /// Weight of the best sentence.
    pub sentence: f32,
    /// Weight of the lexical leg.
    pub lexical: f32,
}

/// Rows for a leg's list of candidates.
pub fn leg(hits: &[footnote_store::LegHit]) -> Vec<LegRow> {
    hits.iter()
        .enumerate()
        .map(|(i, hit)| LegRow {
            chunk_id: hit.chunk_id.clone(),
            rank: i + 1,
            score: hit.score,
        })
        .collect()
}

/// Rows for the fused list from the final one; copies, and those past `k` others, are marked as
/// cut.
pub fn fused(
    candidates: &[Candidate],
    measured: &Measured,
    copies: &Copies,
    k: usize,
) -> Vec<FusedRow> {
    let mut hits = 0;
    let mut cut = |copy: bool| match copy {
        true => Some(Cut::Duplicate),
        false => {
            hits += 1;
            (hits > k).then_some(Cut::BeyondK)
        }
    };
    let counts = |candidate: &Candidate| measured.counts.get(&candidate.chunk_id);
    let mut rows: Vec<FusedRow> = candidates
        .iter()
        .map(|candidate| FusedRow {
            chunk_id: candidate.chunk_id.clone(),
            rank: candidate.fused_rank,
            fused: candidate.fused,
            vector_term: candidate.terms.vector,
            sentence_term: candidate.terms.sentence,
            lexical_term: candidate.terms.lexical,
            cosine: candidate.closeness.cosine,
            sentence_cosine: candidate.closeness.sentence,
            lexical_score: candidate.closeness.lexical,
            counts: counts(candidate).map(CountsRow::from),
            rerank: candidate.rerank.map(|place| RerankedRow {
                rank: place.rank,
                score: place.score,
            }),
            cut: cut(copies.contains_key(&candidate.chunk_id)),
            duplicate_of: copies.get(&candidate.chunk_id).cloned(),
        })
        .collect();
    rows.sort_by_key(|row| row.rank);
    rows
}

impl SearchTrace {
    /// The candidates in their final order, best first: as the reranker has it, where it ran.
    pub fn ranked(&self) -> Vec<&FusedRow> {
        let mut rows: Vec<&FusedRow> = self.fused.iter().collect();
        // What it read are the first of the fused list, and they stay in front.
        rows.sort_by_key(|row| row.rerank.map_or(row.rank, |place| place.rank));
        rows
    }
}

/// The row for the words of a question.
pub fn words(query: &QueryTerms, measured: &Measured, stats: &TermStats, bm25: Bm25) -> WordsRow {
    let stem = |at: usize| query.terms[at].stem.as_str();
    let terms = query.terms.iter().map(|term| term.stem.clone());
    let pairs = query.pairs.iter();
    let pairs = pairs.map(|(a, b)| format!("{} {}", stem(*a), stem(*b)));
    WordsRow {
        k1: bm25.k1,
        b: bm25.b,
        mean_words: stats.mean_words(),
        terms: terms.zip(measured.worth.terms.iter().copied()).collect(),
        pairs: pairs.zip(measured.worth.pairs.iter().copied()).collect(),
    }
}

impl From<&Counts> for CountsRow {
    fn from(counts: &Counts) -> Self {
        Self {
            words: counts.words,
            terms: counts.terms.clone(),
            pairs: counts.pairs.clone(),
        }
    }
}

impl From<Fusion> for FusionRow {
    fn from(fusion: Fusion) -> Self {
        Self {
            method: fusion.method,
            k: fusion.k,
            vector: fusion.vector,
            sentence: fusion.sentence,
            lexical: fusion.lexical,
        }
    }
}
