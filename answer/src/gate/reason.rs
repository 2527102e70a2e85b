//! Why the service does not answer, or answers under reserve, in words for people and a code for
//! programs.

use serde::{Deserialize, Serialize};

use crate::evidence::{Passage, Sentence};
use crate::question::Wanted;

use super::signals::held;

/// Why the service does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// The search found nothing.
    NoResults,
    /// What was found is not close enough to the question.
    LowConfidence,
    /// The question names something the stored documents do not.
    MissingTerms,
    /// An answer was written but nothing of it could be verified.
    UnsupportedAnswer,
    /// Time or tokens ran out before an answer could be made.
    Budget,
}

/// The reason in words, for the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// For programs.
    pub code: ReasonCode,
    /// For people.
    pub message: String,
    /// Words of the question that no stored passage at hand contains.
    pub missing_terms: Vec<String>,
}

impl Reason {
    /// Nothing was found at all.
    pub fn no_results() -> Self {
        Self {
            code: ReasonCode::NoResults,
            message: "no stored passage matches the question".into(),
            missing_terms: Vec::new(),
        }
    }

    /// Something was found, and it is not taken for an answer.
    pub(crate) fn refused(wanted: &[Wanted], best: &Sentence, passages: &[Passage]) -> Self {
        let otherwise = "the stored documents are about similar things, but none states this";
        Self::naming(wanted, best, passages, otherwise)
    }

    /// Something was found and is quoted, but may not be what was asked for.
    pub(crate) fn unsure(wanted: &[Wanted], best: &Sentence, passages: &[Passage]) -> Self {
        let otherwise = "the closest sentences may not answer the question";
        Self::naming(wanted, best, passages, otherwise)
    }

    /// The words of the question that the best passage lacks, if any of them is a name or
    /// unknown to the collection; what is said `otherwise`, if not.
    fn naming(wanted: &[Wanted], best: &Sentence, passages: &[Passage], otherwise: &str) -> Self {
        let held = held(&passages[best.passage]);
        let is_missing = |term: &&Wanted| !held.contains(&term.stem) && !asks_how_much(term);
        let missing: Vec<&Wanted> = wanted.iter().filter(is_missing).collect();
        let missing_terms: Vec<String> = missing.iter().map(|term| term.surface.clone()).collect();
        let (code, message) = if missing.iter().any(|term| term.name || !term.known) {
            let shown: Vec<String> = missing_terms.iter().map(|t| format!("`{t}`")).collect();
            let shown = shown.join(", ");
            let message = format!("the closest passage says nothing about {shown}");
            (ReasonCode::MissingTerms, message)
        } else {
            (ReasonCode::LowConfidence, otherwise.to_owned())
        };
        Self {
            code,
            message,
            missing_terms,
        }
    }
}

/// Words that ask for a quantity: no passage is expected to say them.
fn asks_how_much(term: &Wanted) -> bool {
    const QUANTITIES: [&str; 6] = ["many", "much", "long", "often", "far", "old"];
    QUANTITIES.contains(&term.surface.to_lowercase().as_str())
}
