//! What is asked of the engine: a question with its wishes, and the settings it meets.

use crate::escalate::Escalating;
use crate::evidence::{Budget, Weights};
use crate::gate;
use crate::search::{Search, SearchSettings};

/// Who may word the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wording {
    /// Quotes, improved by the model where its words can be verified.
    Auto,
    /// Quotes only.
    Extractive,
    /// As `auto`, but it is an error when no generator is configured.
    Generate,
}

/// A question to answer.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Where the passages come from.
    pub search: Search,
    /// Who may word the answer.
    pub wording: Wording,
    /// Keep only sentences whose verdict is `supported`; otherwise weak ones stay too.
    pub strict: bool,
    /// At most this many sentences.
    pub max_claims: usize,
    /// Give up writing, and quote instead, when this moment passes.
    pub deadline: Option<std::time::Instant>,
    /// Quote, instead of failing, when too many questions wait for the generator.
    pub quote_when_busy: bool,
    /// Where a deadline cut the generator short when this was asked first: a replay is cut at
    /// the same tokens.
    pub cut: Cut,
    /// Whether an endpoint may be asked too.
    pub escalating: Escalating,
}

/// Tokens after which the generator stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Copying; [`Settings::max_tokens`] where there is none.
    pub copy: Option<usize>,
    /// Writing; [`Settings::max_tokens`] where there is none.
    pub write: Option<usize>,
    /// There was time to copy and none to write.
    pub unwritten: bool,
}

impl Ask {
    /// Whether an endpoint may be called for it.
    pub(crate) fn may_escalate(&self) -> bool {
        let allowed = matches!(self.escalating, Escalating::Allowed { .. });
        allowed && self.wording != Wording::Extractive
    }
}

/// What a generator is used for: what [`crate::probe`] found, where it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Abilities {
    /// Rewords the best sentence, under verification.
    pub rewrites: bool,
    /// Picks the short answer out of the best sentences, by copying.
    pub copies: bool,
}

impl Abilities {
    /// Of a model that nobody has tried: its words are verified, its choices cannot be.
    pub const UNTRIED: Abilities = Abilities {
        rewrites: true,
        copies: false,
    };
}

/// How answers are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The search.
    pub search: SearchSettings,
    /// The sentence score.
    pub weights: Weights,
    /// How much to quote; `max_claims` of the request lowers it.
    pub budget: Budget,
    /// The gate.
    pub gate: gate::Model,
    /// Confidence from which the evidence is quoted; below it the service abstains.
    pub threshold: f32,
    /// Confidence from which it is quoted without reserve, and may be reworded.
    pub sure: f32,
    /// Tokens the generator may write.
    pub max_tokens: usize,
    /// Documents listed as sources.
    pub sources: usize,
    /// Ask the endpoint where that is wanted; see [`crate::escalate`].
    pub escalate: bool,
}
