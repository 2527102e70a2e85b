//! What a search finds, with the scores and ranks that each leg gave.

use footnote_answer::evidence::Passage;
use footnote_answer::fuse::Candidate;
use footnote_answer::trace::SearchTrace;
use serde::Serialize;
use serde_json::{Map, Value};

/// What a search answers.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct SearchJson {
    pub hits: Vec<HitJson>,
    pub index_version: String,
    pub trace_id: String,
    pub timings_ms: SearchTimings,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<SearchTrace>,
}

/// How long a search took.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct SearchTimings {
    pub embed: u64,
    pub search: u64,
    pub total: u64,
}

/// A hit.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct HitJson {
    pub rank: usize,
    pub score: f32,
    pub document_id: String,
    pub document_version: String,
    pub chunk_id: String,
    pub uri: String,
    pub title: String,
    pub heading_path: Vec<String>,
    pub page: Option<u32>,
    pub text: String,
    pub start_char_index: usize,
    pub end_char_index: usize,
    pub metadata: Map<String, Value>,
    pub scores: PerLeg<f32>,
    pub ranks: PerLeg<usize>,
}

/// One value for each leg; `null` where a leg did not see the chunk.
#[derive(Debug, Serialize)]
pub struct PerLeg<T> {
    pub vector: Option<T>,
    pub lexical: Option<T>,
    pub fused: Option<T>,
    pub rerank: Option<T>,
}

impl HitJson {
    /// The hit at `rank`.
    pub fn new(rank: usize, candidate: Candidate, passage: Passage) -> Self {
        let stored = passage.stored;
        let chunk = stored.chunk;
        Self {
            rank,
            score: candidate.fused,
            document_id: stored.document_id.to_string(),
            document_version: stored.document_version,
            chunk_id: chunk.id.to_string(),
            uri: stored.uri,
            title: stored.title,
            heading_path: chunk.heading_path,
            page: chunk.page,
            text: chunk.text,
            start_char_index: chunk.span.start,
            end_char_index: chunk.span.end,
            metadata: stored.metadata,
            scores: PerLeg {
                vector: candidate.vector.map(|place| place.score),
                lexical: candidate.lexical.map(|place| place.score),
                fused: Some(candidate.fused),
                rerank: candidate.rerank.map(|place| place.score),
            },
            ranks: PerLeg {
                vector: candidate.vector.map(|place| place.rank),
                lexical: candidate.lexical.map(|place| place.rank),
                fused: Some(candidate.fused_rank),
                rerank: candidate.rerank.map(|place| place.rank),
            },
        }
    }
}
