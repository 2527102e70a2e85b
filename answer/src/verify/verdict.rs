//! What is checked, against what, and what comes of it.

use footnote_ingest::entailment::Inference;
use serde::{Deserialize, Serialize};

use crate::checks::negation::Polarity;

/// How well a claim stands, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every hard check passes and the evidence holds what the claim says.
    Supported,
    /// The hard checks pass but the evidence says it only in part or in other words.
    Weak,
    /// A hard check fails, or the evidence does not say it.
    Unsupported,
}

impl Verdict {
    /// Whether a claim of this verdict may be said; a weak one only where that is allowed.
    pub(crate) fn stands(self, strict: bool) -> bool {
        match self {
            Verdict::Supported => true,
            Verdict::Weak => !strict,
            Verdict::Unsupported => false,
        }
    }
}

/// What each check found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checks {
    /// Weighted share of the claim's content words that stand in the evidence, 0 to 1.
    pub token_support: f32,
    /// Best cosine similarity of claim and evidence; `null` when no vector was at hand.
    pub cosine: Option<f32>,
    /// Numbers of the claim that neither evidence nor question has.
    pub numbers_missing: Vec<String>,
    /// Quantities of the claim whose number is there, but of another unit.
    #[serde(default)]
    pub units_missing: Vec<String>,
    /// Figures of the claim that one sentence says of what another has a different figure for.
    #[serde(default)]
    pub crossed: Vec<String>,
    /// Dates of the claim that the evidence does not have.
    #[serde(default)]
    pub dates_missing: Vec<String>,
    /// Names and codes of the claim that neither evidence, headings nor question has.
    pub entities_missing: Vec<String>,
    /// Whether claim and evidence agree in polarity.
    pub negation: Polarity,
    /// Comparisons of the claim that the evidence turns round, such as `less than`.
    #[serde(default)]
    pub comparators: Vec<String>,
    /// Duties of the claim (must, should, may) that the evidence words as another.
    #[serde(default)]
    pub modality: Vec<String>,
    /// Words of the claim in the place of others of the sentence it otherwise repeats: they
    /// leave a claim weak at best.
    #[serde(default)]
    pub replaced: Vec<String>,
    /// What the model of inference makes of the claim; absent where none is configured, where
    /// the checks did not let the claim pass, and for quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inference: Option<Inference>,
}

impl Checks {
    /// Whether no hard check fails.
    pub fn pass(&self) -> bool {
        let lists = [
            &self.numbers_missing,
            &self.units_missing,
            &self.crossed,
            &self.dates_missing,
            &self.entities_missing,
            &self.comparators,
            &self.modality,
        ];
        lists.iter().all(|list| list.is_empty()) && self.negation == Polarity::Same
    }
}

/// The verdict on one claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// The verdict.
    pub verdict: Verdict,
    /// One number for it, 0 to 1; at most a quarter when a hard check fails.
    pub support: f32,
    /// What led to it.
    pub checks: Checks,
    /// Indices of the evidence that carries the claim, most helpful first; at most three.
    pub evidence: Vec<usize>,
}

/// A stored sentence offered as evidence.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'e> {
    /// The exact sentence.
    pub text: &'e str,
    /// Title and headings above it: they lend names, not facts.
    pub context: &'e str,
    /// Its vector, unit length.
    pub vector: &'e [f32],
}

/// A claim to check.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'c> {
    /// The sentence.
    pub text: &'c str,
    /// Its vector, unit length; empty when there is none.
    pub vector: &'c [f32],
    /// The question it answers; empty when there is none.
    pub question: &'c str,
}
