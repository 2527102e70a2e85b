//! The gate: is there enough evidence to answer at all? A small logistic model over what
//! retrieval saw turns [`Signals`] into a confidence, and the confidence decides between three
//! zones: answer, quote under reserve, abstain and say what is missing. Refusing is a value, not
//! an error.

mod reason;
mod signals;

use serde::{Deserialize, Serialize};

pub use reason::{Reason, ReasonCode};
pub use signals::{SIGNALS, Signals};

/// Coefficients of the logistic model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Intercept.
    pub bias: f32,
    /// One coefficient for each signal.
    pub weights: Signals,
}

impl Model {
    /// Fitted by `footnote eval calibrate` on SQuAD 2 and questions about other things; the
    /// README says which. `negated` is half of what was fitted: SQuAD's authors made questions
    /// unanswerable by denying something, and on other sets the full weight does harm.
    pub const MEASURED: Model = Model {
        bias: -3.18,
        weights: Signals {
            cosine: 2.88,
            passage: 1.69,
            coverage: 1.15,
            passage_coverage: -0.42,
            name_absent: -0.86,
            unknown: 0.08,
            form_mismatch: -0.56,
            missing: -0.85,
            negated: -1.11,
            span: 0.064,
            lead: 0.35,
        },
    };

    /// Knows nothing: every confidence is a half.
    pub const BLANK: Model = Model {
        bias: 0.0,
        weights: Signals::NONE,
    };
}

/// What becomes of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zone {
    /// It is answered.
    Sure,
    /// The evidence is quoted, with this reserve; no model words it.
    Unsure(Reason),
    /// It is not answered, for this reason.
    Refused(Reason),
}

/// Probability that the evidence answers the question, rounded to four places so that it is
/// the same text on every machine.
pub fn confidence(signals: &Signals, model: Model) -> f32 {
    let terms = signals.values().into_iter().zip(model.weights.values());
    let sum: f32 = terms.map(|(value, weight)| value * weight).sum();
    let p = 1.0 / (1.0 + (-(model.bias + sum)).exp());
    (p * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_rises_with_a_positive_signal() {
        let model = Model {
            bias: -1.0,
            weights: Signals {
                cosine: 2.0,
                ..Signals::default()
            },
        };
        let at = |cosine| {
            let signals = Signals {
                cosine,
                ..Signals::default()
            };
            confidence(&signals, model)
        };
        assert_eq!(at(0.5), 0.5);
        assert!(at(0.9) > at(0.1));
    }

    #[test]
    fn signals_keep_their_order() {
        let numbered: [f32; SIGNALS] = std::array::from_fn(|i| i as f32);
        assert_eq!(Signals::from_values(numbered).values(), numbered);
    }
}
