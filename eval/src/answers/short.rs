//! How near short answers come to the right ones: exact match and token F1 as SQuAD defines
//! them (Rajpurkar et al., EMNLP 2016), the best over the right answers, after lower case, no
//! punctuation and no articles.

use std::collections::BTreeMap;

use footnote_answer::outcome::{Answer, Status};
use serde::{Deserialize, Serialize};

use crate::questions::Case;

/// One answer to a question whose right answers are known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// Whether the service answered at all.
    pub answered: bool,
    /// Exact match and token F1 of its short answer, each from 0 to 1, if it gave one.
    pub short: Option<(f64, f64)>,
}

/// The sum of a run. Where a short answer is missing, it counts as 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Answerable questions whose right answers are known.
    pub questions: usize,
    /// Those that were answered.
    pub answered: usize,
    /// Those with a short answer.
    pub given: usize,
    /// Mean exact match over those answered.
    pub exact: f64,
    /// Mean token F1 over those answered.
    pub f1: f64,
    /// Mean token F1 over those with a short answer.
    pub f1_given: f64,
    /// Mean token F1 over all.
    pub f1_all: f64,
}

/// Judges `answer`; `None` where no right answer is known.
pub fn judge(case: &Case, answer: &Answer) -> Option<Judged> {
    if !case.answerable || case.answers.is_empty() {
        return None;
    }
    let short = answer.short_answer.as_ref().map(|short| {
        let scores = case.answers.iter().map(|gold| score(&short.text, gold));
        scores.fold((0.0, 0.0), |best: (f64, f64), next| {
            (best.0.max(next.0), best.1.max(next.1))
        })
    });
    Some(Judged {
        answered: answer.status == Status::Answered,
        short,
    })
}

/// Sums up `judged`.
pub fn tally(judged: &[Judged]) -> Tally {
    let sum = |part: fn((f64, f64)) -> f64| -> f64 {
        judged.iter().filter_map(|one| one.short).map(part).sum()
    };
    let share = |sum: f64, of: usize| sum / of.max(1) as f64;
    let (exact, f1) = (sum(|(exact, _)| exact), sum(|(_, f1)| f1));
    let answered = judged.iter().filter(|one| one.answered).count();
    let given = judged.iter().filter(|one| one.short.is_some()).count();
    Tally {
        questions: judged.len(),
        answered,
        given,
        exact: share(exact, answered),
        f1: share(f1, answered),
        f1_given: share(f1, given),
        f1_all: share(f1, judged.len()),
    }
}

/// Exact match and F1 of the words that `said` and `gold` share.
fn score(said: &str, gold: &str) -> (f64, f64) {
    let (said, gold) = (normalised(said), normalised(gold));
    if said.is_empty() || gold.is_empty() {
        let same = f64::from(u8::from(said == gold));
        return (same, same);
    }
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for word in &gold {
        *left.entry(word).or_default() += 1;
    }
    let shared = said
        .iter()
        .filter(|word| match left.get_mut(word.as_str()) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        });
    let f1 = 2.0 * shared.count() as f64 / (said.len() + gold.len()) as f64;
    (f64::from(u8::from(said == gold)), f1)
}

/// Words in lower case, ASCII punctuation taken out, articles left out.
fn normalised(text: &str) -> Vec<String> {
    let plain: String = text
        .to_lowercase()
        .chars()
        .filter(|c| !c.is_ascii_punctuation())
        .collect();
    let words = plain.split_whitespace();
    words
        .filter(|word| !matches!(*word, "a" | "an" | "the"))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, gold: &str, expected: (f64, f64)) {
        assert_eq!(score(said, gold), expected, "{said} / {gold}");
    }

    #[test]
    fn words_are_compared_as_squad_does() {
        check("The 18 weeks.", "18 weeks", (1.0, 1.0));
        check("18 weeks", "18", (0.0, 2.0 / 3.0));
        check("to be or to be", "to be", (0.0, 4.0 / 7.0));
        check("Lyon", "Paris", (0.0, 0.0));
        check("the", "a", (1.0, 1.0));
        check("the", "Paris", (0.0, 0.0));
    }

    #[test]
    fn what_is_missing_counts_as_nothing() {
        let one = |answered, short| Judged { answered, short };
        let tally = tally(&[
            one(true, Some((1.0, 1.0))),
            one(true, None),
            one(true, Some((0.0, 0.5))),
            one(false, None),
        ]);
        assert_eq!((tally.questions, tally.answered, tally.given), (4, 3, 2));
        assert_eq!((tally.f1, tally.f1_given, tally.f1_all), (0.5, 0.75, 0.375));
        assert_eq!(tally.exact, 1.0 / 3.0);
    }
}
