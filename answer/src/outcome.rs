//! The answer as it is published: the shapes of `POST /v1/ask`, which are also what a receipt
//! keeps. Field order is part of the contract: the same answer serialises to the same bytes.

use footnote_ingest::id::{ChunkId, DocumentId};
use serde::{Deserialize, Serialize};

use crate::gate::Reason;
use crate::verify::{Checks, Verdict};

/// Whether the question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// There is an answer.
    Answered,
    /// There is a reason instead.
    Abstained,
}

/// Who worded the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Stored sentences, quoted.
    Extractive,
    /// At least one sentence was written by the model and verified.
    Generated,
    /// Every sentence was written by the model of an endpoint and verified.
    Escalated,
}

/// An answer, or the reason there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Derived from the question, the parameters and the index version.
    pub id: String,
    /// Answered or abstained.
    pub status: Status,
    /// Who worded it; `null` when abstained.
    pub kind: Option<Kind>,
    /// The text, each sentence followed by its markers; empty when abstained.
    pub answer: String,
    /// The shortest stored span that answers, where one is sure.
    pub short_answer: Option<ShortAnswer>,
    /// Probability that the evidence answers the question.
    pub confidence: f32,
    /// Why not; beside an answer, what to doubt about it; else `null`.
    pub reason: Option<Reason>,
    /// The sentences of the answer, each with its verdict.
    pub claims: Vec<AnswerClaim>,
    /// What the markers point to.
    pub citations: Vec<Citation>,
    /// The nearest documents, cited or not.
    pub sources: Vec<SourceRef>,
    /// The index the answer was read from.
    pub index_version: String,
    /// Whether a cited document has a newer version waiting.
    pub stale: bool,
    /// Who computed it.
    pub models: Models,
    /// What it cost.
    pub usage: Usage,
    /// How long each stage took.
    pub timings_ms: Timings,
    /// The trace behind it.
    pub trace_id: String,
}

/// A span inside a cited sentence that answers by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShortAnswer {
    /// The exact slice.
    pub text: String,
    /// The citation it lies in.
    pub citation: usize,
    /// Start in the document's canonical text.
    pub start_char_index: usize,
    /// End in the document's canonical text, exclusive.
    pub end_char_index: usize,
}

/// One sentence of the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerClaim {
    /// The sentence without its markers: `answer[start..end]`.
    pub text: String,
    /// Start in `answer`, in Unicode scalar values.
    pub start: usize,
    /// End in `answer`, exclusive.
    pub end: usize,
    /// How well it stands.
    pub verdict: Verdict,
    /// One number for it, 0 to 1.
    pub support: f32,
    /// What each check found.
    pub checks: Checks,
    /// Numbers of the citations it rests on.
    pub citations: Vec<usize>,
}

/// An exact span of stored text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Citation {
    /// The number in the marker, from 1.
    pub n: usize,
    /// Always `char_location`.
    #[serde(rename = "type")]
    pub kind: CitationType,
    /// The document.
    pub document_id: DocumentId,
    /// The version that was read.
    pub document_version: String,
    /// Its name.
    pub uri: String,
    /// Its title.
    pub title: String,
    /// The chunk the span lies in.
    pub chunk_id: ChunkId,
    /// Headings above it, outermost first.
    pub heading_path: Vec<String>,
    /// The page it starts on, from 1.
    pub page: Option<u32>,
    /// Exactly `text[start_char_index..end_char_index]` of the document's canonical text.
    pub cited_text: String,
    /// Start in the document's canonical text.
    pub start_char_index: usize,
    /// End, exclusive.
    pub end_char_index: usize,
}

/// How a citation locates its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CitationType {
    /// By character offsets into canonical text.
    CharLocation,
}

/// A document near the question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceRef {
    /// The document.
    pub document_id: DocumentId,
    /// Its name.
    pub uri: String,
    /// Its title.
    pub title: String,
    /// Whether the answer cites it.
    pub cited: bool,
    /// Rank of its best passage, from 1.
    pub rank: usize,
    /// Fused score of its best passage.
    pub score: f32,
}

/// The models an answer went through, each as `name@sha256:digest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Models {
    /// Made the vectors.
    pub embedder: String,
    /// Worded the answer; `null` when none is loaded.
    pub generator: Option<String>,
    /// Put the passages in order; absent when none is loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reranker: Option<String>,
    /// Read again what the checks let pass; absent when none is loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entailment: Option<String>,
    /// The endpoint's, as configured: nobody knows its digest; absent when none is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
}

/// What the generator and the endpoint consumed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Prompt tokens that came from the prefix cache.
    pub cached_tokens: usize,
    /// Tokens written.
    pub completion_tokens: usize,
    /// What the endpoint took; local models cost nothing.
    pub cost_usd: f64,
}

/// Milliseconds per stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timings {
    /// Embedding the question.
    pub embed: u64,
    /// Both legs, fusion, fetching, reranking.
    pub search: u64,
    /// Scoring and choosing sentences, the gate.
    pub select: u64,
    /// Writing.
    pub generate: u64,
    /// Checking what was written.
    pub verify: u64,
    /// All of it.
    pub total: u64,
}
