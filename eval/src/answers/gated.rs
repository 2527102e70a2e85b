//! What the gate was good for: how much was answered, how much of that was right, and how well
//! the confidence tells what can be answered from what cannot.

use footnote_answer::auc::auc;
use footnote_answer::outcome::{Answer, Status};
use serde::{Deserialize, Serialize};

use super::report::Tally;
use super::score::Score;
use crate::questions::Case;

/// One answer, as the gate let it through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gated {
    /// Whether the documents answer the question.
    pub answerable: bool,
    /// The confidence, answered or not.
    pub confidence: f32,
    /// Whether it was answered.
    pub answered: bool,
    /// Whether it was answered without reserve.
    pub sure: bool,
    /// Whether it was answered, and right.
    pub right: bool,
}

/// Reads `answer` to `case`, which is worth `score`.
pub fn gated(case: &Case, answer: &Answer, score: Score) -> Gated {
    let answered = answer.status == Status::Answered;
    Gated {
        answerable: case.answerable,
        confidence: answer.confidence,
        answered,
        sure: answered && answer.reason.is_none(),
        right: answered && score.is_right(),
    }
}

/// The sum of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Right ones of all answered: precision.
    pub answered: Tally,
    /// Right ones of those answered without reserve.
    pub sure: Tally,
    /// Answerable questions against others by confidence, area under the ROC curve; `null`
    /// where there are only the ones or only the others.
    pub auc: Option<f64>,
}

/// Sums up `all`.
pub fn summary(all: &[Gated]) -> Summary {
    let tally = |wanted: &dyn Fn(&&Gated) -> bool| {
        let mut tally = Tally::default();
        let wanted = all.iter().filter(wanted);
        wanted.for_each(|one| tally.count(one.right));
        tally
    };
    let of = |answerable: bool| -> Vec<f64> {
        let kind = all.iter().filter(|one| one.answerable == answerable);
        kind.map(|one| f64::from(one.confidence)).collect()
    };
    let (answerable, others) = (of(true), of(false));
    let both = !answerable.is_empty() && !others.is_empty();
    Summary {
        answered: tally(&|one| one.answered),
        sure: tally(&|one| one.sure),
        auc: both.then(|| auc(&answerable, &others)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_is_counted_with_and_without_reserve() {
        let one = |answerable, confidence, sure, right| Gated {
            answerable,
            confidence,
            answered: confidence >= 0.3,
            sure,
            right,
        };
        let found = summary(&[
            one(true, 0.9, true, true),
            one(true, 0.4, false, false),
            one(false, 0.5, false, false),
            one(false, 0.1, false, false),
        ]);
        assert_eq!(found.answered, Tally { right: 1, of: 3 });
        assert_eq!(found.sure, Tally { right: 1, of: 1 });
        assert_eq!(found.auc, Some(0.75));
        assert_eq!(summary(&[one(true, 0.9, true, true)]).auc, None);
    }
}
