//! The gate: is there enough evidence to answer at all? A small logistic model over what
//! retrieval saw turns signals into a confidence; below the threshold the service abstains
//! and says what is missing. Refusing is a value, not an error.

use serde::{Deserialize, Serialize};

use crate::evidence::{Passage, Sentence, stems};
use crate::question::{Wanted, coverage};

/// What the gate looks at. Each is 0 to 1, except where said otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Signals {
    /// Cosine of the best sentence with the question.
    pub cosine: f32,
    /// Cosine of the best passage with the question.
    pub passage: f32,
    /// Coverage of the question's terms by the best sentence, headings counted in part.
    pub coverage: f32,
    /// Coverage of the question's terms by the best sentence's whole passage.
    pub passage_coverage: f32,
    /// 1 when a name, code or figure of the question is absent from the best passage.
    pub name_absent: f32,
    /// 1 when a name, code or figure of the question occurs nowhere in the collection.
    pub name_unknown: f32,
    /// Weighted share of the question's terms that occur nowhere in the collection.
    pub unknown: f32,
    /// 1 when the best sentence cannot hold an answer of the asked form.
    pub form_mismatch: f32,
}

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

/// Coefficients of the logistic model; fitted as the README's section on the gate tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    /// Intercept.
    pub bias: f32,
    /// One coefficient for each signal, in the order of [`Signals`].
    pub weights: [f32; 8],
}

impl Model {
    /// Fitted by logistic regression; the README says on which questions.
    pub const MEASURED: Model = Model {
        bias: -2.48,
        weights: [4.2, 1.1, 0.2, -0.2, -1.25, -0.5, -1.55, -0.95],
    };
}

impl Signals {
    /// Reads the signals off the best sentence and its passage.
    pub fn read(wanted: &[Wanted], best: &Sentence, passages: &[Passage], form_fits: bool) -> Self {
        let passage = &passages[best.passage];
        let held = held(passage);
        let has = |stem: &str| f32::from(u8::from(held.contains(stem)));
        let any = |telling: &dyn Fn(&Wanted) -> bool| {
            f32::from(u8::from(
                wanted.iter().any(|term| term.name && telling(term)),
            ))
        };
        Self {
            cosine: best.cosine,
            passage: passage.cosine,
            coverage: best.coverage,
            passage_coverage: coverage(wanted, has),
            name_absent: any(&|term| !held.contains(&term.stem)),
            name_unknown: any(&|term| !term.known),
            unknown: coverage(wanted, |stem| unknown(wanted, stem)),
            form_mismatch: f32::from(u8::from(!form_fits)),
        }
    }

    fn values(&self) -> [f32; 8] {
        [
            self.cosine,
            self.passage,
            self.coverage,
            self.passage_coverage,
            self.name_absent,
            self.name_unknown,
            self.unknown,
            self.form_mismatch,
        ]
    }
}

/// Probability that the evidence answers the question, rounded to four places so that it is
/// the same text on every machine.
pub fn confidence(signals: &Signals, model: Model) -> f32 {
    let sum: f32 = signals
        .values()
        .iter()
        .zip(model.weights)
        .map(|(value, weight)| value * weight)
        .sum();
    let p = 1.0 / (1.0 + (-(model.bias + sum)).exp());
    (p * 1e4).round() / 1e4
}

/// The reason for abstaining although something was found: the words that are missing if any
/// is a name or unknown to the collection, low confidence otherwise.
pub fn reason(wanted: &[Wanted], best: &Sentence, passages: &[Passage]) -> Reason {
    let held = held(&passages[best.passage]);
    let missing: Vec<&Wanted> = wanted
        .iter()
        .filter(|term| !held.contains(&term.stem))
        .collect();
    let telling = missing.iter().any(|term| term.name || !term.known);
    let missing_terms: Vec<String> = missing.iter().map(|term| term.surface.clone()).collect();
    if telling {
        Reason {
            code: ReasonCode::MissingTerms,
            message: format!(
                "the closest passage says nothing about {}",
                quoted(&missing_terms)
            ),
            missing_terms,
        }
    } else {
        Reason {
            code: ReasonCode::LowConfidence,
            message: "the stored documents are about similar things, but none states this".into(),
            missing_terms,
        }
    }
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
}

fn held(passage: &Passage) -> std::collections::BTreeSet<String> {
    stems(&format!(
        "{} {}",
        passage.context(),
        passage.stored.chunk.text
    ))
}

fn unknown(wanted: &[Wanted], stem: &str) -> f32 {
    let known = wanted.iter().any(|term| term.stem == stem && term.known);
    f32::from(u8::from(!known))
}

fn quoted(terms: &[String]) -> String {
    let shown: Vec<String> = terms.iter().map(|term| format!("`{term}`")).collect();
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_rises_with_a_positive_signal() {
        let model = Model {
            bias: -1.0,
            weights: [2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        };
        let at = |cosine| {
            confidence(
                &Signals {
                    cosine,
                    ..Signals::default()
                },
                model,
            )
        };
        assert_eq!(at(0.5), 0.5);
        assert!(at(0.9) > at(0.1));
    }
}
