//! How an answer was made of the passages: what the gate saw, which sentences were kept, what
//! the model was told and said, and the verdict on it.

use serde::{Deserialize, Serialize};

use super::SearchTrace;
use crate::escalate::EscalationTrace;
use crate::evidence::{Dropped, Sentence};
use crate::gate::Signals;
use crate::verify::{Checks, Verdict};

/// How the answer was made of the passages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerTrace {
    /// The search before it.
    pub search: SearchTrace,
    /// Terms looked for in sentences, with their weights.
    pub wanted: Vec<(String, f32)>,
    /// What the gate saw; `null` when nothing was found.
    pub signals: Option<Signals>,
    /// What it needed to answer.
    pub threshold: f32,
    /// What it needed to answer without reserve.
    #[serde(default)]
    pub sure: f32,
    /// Sentences kept as evidence, best first.
    pub evidence: Vec<SentenceRow>,
    /// Sentences left out; at most fifty are kept here.
    pub dropped: Vec<(SentenceRow, Dropped)>,
    /// Whether the generator was not asked because too many questions waited for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub busy: bool,
    /// Whether the generator was not asked to reword, or for anything, because it would have
    /// been too late.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// What the generator copied for a short answer; absent when it was not asked to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<CopyTrace>,
    /// What the generator was told and said; `null` when it was not asked to reword.
    pub rewrite: Option<RewriteTrace>,
    /// What became of asking an endpoint; absent when there was no need or it is turned off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<EscalationTrace>,
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
    /// Tokens it had written by then.
    pub tokens: usize,
    /// Whether it became part of the answer.
    pub used: bool,
    /// The verdict on each of its sentences.
    pub claims: Vec<RewriteClaim>,
}

/// What the generator copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyTrace {
    /// Instruction.
    pub system: String,
    /// Evidence and question.
    pub user: String,
    /// The words; `null` when a limit came first.
    pub text: Option<String>,
    /// Why it stopped.
    pub stopped: String,
    /// Tokens it had written by then.
    pub tokens: usize,
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
