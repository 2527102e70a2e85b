//! What a receipt keeps of an escalation: why, what was sent, what came back, what became of it
//! and what it cost. A replay reads the reply from here and asks nobody.

use serde::{Deserialize, Serialize};

use super::policy::Need;
use crate::verify::{Checks, Verdict};

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// At least one sentence of the reply was verified: it is the answer.
    Used,
    /// Nothing of the reply could be verified.
    Unverified,
    /// What could be verified lacks the number, time or name that is asked for and that the
    /// quotes have.
    NoAnswer,
    /// The reply says that the evidence does not answer the question.
    Declined,
    /// Not asked: the endpoint failed too often a moment ago.
    BreakerOpen,
    /// Not asked: the day's money does not suffice.
    Budget,
    /// Not asked: no time was left.
    Deadline,
    /// Not asked: too many questions wait for the endpoint.
    Busy,
    /// Asked, and no usable reply came; [`EscalationTrace::failure`] says why.
    Failed,
    /// A replay would have sent something else than what the recorded reply answers.
    Unrecorded,
}

/// An endpoint that was, or would have been, asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EscalationTrace {
    /// Why it was wanted.
    pub needs: Vec<Need>,
    /// What became of it.
    pub status: Status,
    /// What failed; absent when nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Version of the prompt's wording.
    pub prompt_version: String,
    /// Instruction.
    pub system: String,
    /// Evidence and question: everything of the user's that is sent.
    pub user: String,
    /// Requests made, with those tried again.
    pub calls: u32,
    /// What came back; `null` when nothing did.
    pub reply: Option<Reply>,
    /// The verdict on each sentence of the reply.
    pub claims: Vec<EscalatedClaim>,
}

/// What an endpoint replied. It would reply otherwise next time, so this is what is replayed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The text, as it came.
    pub text: String,
    /// The model, as the server names it.
    pub model: Option<String>,
    /// The server's own name for its build and settings.
    pub fingerprint: Option<String>,
    /// Why the model stopped.
    pub finish: Option<String>,
    /// Whether the server held the model to the form of the reply.
    pub held_to_form: bool,
    /// Tokens read.
    pub prompt_tokens: usize,
    /// Tokens written.
    pub completion_tokens: usize,
    /// Whether the server counted the tokens; otherwise they are estimated, too high.
    pub counted: bool,
    /// What it cost, in dollars.
    pub cost_usd: f64,
}

/// One sentence of a reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EscalatedClaim {
    /// The sentence.
    pub text: String,
    /// The evidence that the reply names for it; what it cites is computed, not taken from here.
    pub named: Vec<String>,
    /// Its verdict.
    pub verdict: Verdict,
    /// Its support.
    pub support: f32,
    /// What each check found.
    pub checks: Checks,
    /// Whether it may be part of the answer.
    pub used: bool,
}
