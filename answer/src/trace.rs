//! Everything an answer depended on, as data: what each leg saw, how fusion added up, which
//! sentences were kept or dropped and why, what the model was told and what it said. The
//! trace is what `explain` shows and what a receipt keeps; nothing downstream reads logs.

use footnote_ingest::id::ChunkId;
use serde::{Deserialize, Serialize};

use crate::evidence::{Dropped, Sentence};
use crate::fuse::{Candidate, Fusion, Place, term};
use crate::gate::Signals;
use crate::verify::{Checks, Verdict};

/// Version of the shape below; bumped when a field changes meaning.
pub const VERSION: u32 = 1;

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
    /// Every candidate with its fusion terms, best first.
    pub fused: Vec<FusedRow>,
    /// Candidates each leg was asked for.
    pub candidates: usize,
    /// Weights of the fusion.
    pub fusion: FusionRow,
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
    /// Position, from 1.
    pub rank: usize,
    /// Sum of the two terms.
    pub fused: f32,
    /// The vector leg's term; 0 when it did not see the chunk.
    pub vector_term: f32,
    /// The lexical leg's term; 0 when it did not see the chunk.
    pub lexical_term: f32,
    /// Why the chunk is not among the hits; `null` when it is.
    pub cut: Option<Cut>,
}

/// Why a candidate did not become a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// Its rank is beyond the `k` that was asked for.
    BeyondK,
}

/// The fusion's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FusionRow {
    /// The constant.
    pub k: f32,
    /// Weight of the vector leg.
    pub vector: f32,
    /// Weight of the lexical leg.
    pub lexical: f32,
}

/// How the answer was made of the passages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerTrace {
    /// The search before it.
    pub search: SearchTrace,
    /// Terms looked for in sentences, with their weights.
    pub wanted: Vec<(String, f32)>,
    /// What the gate saw; `null` when nothing was found.
    pub signals: Option<Signals>,
    /// What it needed.
    pub threshold: f32,
    /// Sentences kept as evidence, best first.
    pub evidence: Vec<SentenceRow>,
    /// Sentences left out; at most fifty are kept here.
    pub dropped: Vec<(SentenceRow, Dropped)>,
    /// What the generator was told and said; `null` when it was not asked.
    pub rewrite: Option<RewriteTrace>,
}

/// A scored sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentenceRow {
    /// Passage it stands in, from 0.
    pub passage: usize,
    /// Start in the document's canonical text.
    pub start: usize,
    /// End, exclusive.
    pub end: usize,
    /// Weighted score.
    pub score: f32,
    /// Cosine with the question.
    pub cosine: f32,
    /// Coverage of the question's terms.
    pub coverage: f32,
}

/// One pass through the generator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RewriteTrace {
    /// Version of the prompt's wording.
    pub prompt_version: String,
    /// Instruction.
    pub system: String,
    /// Evidence and question.
    pub user: String,
    /// What came back.
    pub text: String,
    /// Why it stopped.
    pub stopped: String,
    /// Whether it became part of the answer.
    pub used: bool,
    /// The verdict on each of its sentences.
    pub claims: Vec<RewriteClaim>,
}

/// One sentence the generator wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RewriteClaim {
    /// The sentence.
    pub text: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// Its support.
    pub support: f32,
    /// What each check found.
    pub checks: Checks,
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

/// Rows for the fused list; those past `k` are marked as cut.
pub fn fused(candidates: &[Candidate], fusion: Fusion, k: usize) -> Vec<FusedRow> {
    let share = |place: Option<Place>, weight| term(place, weight, fusion.k);
    candidates
        .iter()
        .enumerate()
        .map(|(i, candidate)| FusedRow {
            chunk_id: candidate.chunk_id.clone(),
            rank: i + 1,
            fused: candidate.fused,
            vector_term: share(candidate.vector, fusion.vector),
            lexical_term: share(candidate.lexical, fusion.lexical),
            cut: (i >= k).then_some(Cut::BeyondK),
        })
        .collect()
}

impl From<Fusion> for FusionRow {
    fn from(fusion: Fusion) -> Self {
        Self {
            k: fusion.k,
            vector: fusion.vector,
            lexical: fusion.lexical,
        }
    }
}

impl From<&Sentence> for SentenceRow {
    fn from(sentence: &Sentence) -> Self {
        Self {
            passage: sentence.passage,
            start: sentence.span.start,
            end: sentence.span.end,
            score: sentence.score,
            cosine: sentence.cosine,
            coverage: sentence.coverage,
        }
    }
}
