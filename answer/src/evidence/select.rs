//! Which scored sentences to quote: the best, then what adds to it, until the budget is used up.
//! A sentence adds by its own score and by terms of the question that nothing kept so far holds
//! (maximal marginal relevance with coverage in place of dissimilarity; Carbonell and Goldstein,
//! SIGIR 1998). Pure.

use std::collections::BTreeSet;

use super::{Sentence, stems};
use crate::question::Wanted;

/// How many sentences to quote, and how close to the best they must come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// At most this many sentences.
    pub sentences: usize,
    /// At most this many characters in all; the best sentence is always kept.
    pub chars: usize,
    /// A further sentence must be worth at least the best score minus this.
    pub margin: f32,
    /// What a further sentence is worth beside its score, for each share of the question's
    /// terms that it alone holds.
    pub coverage: f32,
}

/// Why a sentence was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dropped {
    /// What it is worth fell too far behind the best.
    BehindBest,
    /// It says what a kept sentence says already.
    Repeats,
    /// The budget was used up.
    OverBudget,
}

/// Splits `scored` sentences (best first) into those to quote, in the order chosen, and those
/// left out, with reasons.
pub fn select(
    scored: Vec<Sentence>,
    wanted: &[Wanted],
    budget: Budget,
) -> (Vec<Sentence>, Vec<(Sentence, Dropped)>) {
    let least = scored.first().map_or(0.0, |best| best.score) - budget.margin;
    // No term can lift what is further behind.
    let near = scored.partition_point(|s| s.score >= least - budget.coverage);
    let mut pool = scored;
    let far = pool.split_off(near);
    let pool = pool.into_iter().map(|s| Candidate::new(s, wanted));
    let mut choice = Choice {
        wanted,
        budget,
        least,
        pool: pool.collect(),
        kept: Vec::new(),
    };
    let mut dropped = choice.fill();
    let rest = std::mem::take(&mut choice.pool).into_iter();
    dropped.extend(rest.map(|candidate| {
        let reason = choice.refusal(&candidate).unwrap_or(Dropped::OverBudget);
        (candidate.sentence, reason)
    }));
    dropped.extend(far.into_iter().map(|s| (s, Dropped::BehindBest)));
    (
        choice.kept.into_iter().map(|c| c.sentence).collect(),
        dropped,
    )
}

/// A sentence, its stems, and which of the question's terms it holds.
struct Candidate {
    sentence: Sentence,
    stems: BTreeSet<String>,
    holds: Vec<bool>,
}

impl Candidate {
    fn new(sentence: Sentence, wanted: &[Wanted]) -> Self {
        let stems = stems(&sentence.text);
        Self {
            holds: wanted
                .iter()
                .map(|term| stems.contains(&term.stem))
                .collect(),
            stems,
            sentence,
        }
    }
}

/// What is chosen from, and what is chosen.
struct Choice<'w> {
    wanted: &'w [Wanted],
    budget: Budget,
    /// What a sentence must be worth.
    least: f32,
    /// Best first.
    pool: Vec<Candidate>,
    kept: Vec<Candidate>,
}

impl Choice<'_> {
    /// Keeps what is worth most, again and again; returns what was met on the way and left out.
    fn fill(&mut self) -> Vec<(Sentence, Dropped)> {
        let mut dropped = Vec::new();
        while self.kept.len() < self.budget.sentences {
            let worths = self.pool.iter().map(|candidate| self.worth(candidate));
            // Of equals the last of the reversed, which comes first.
            let best = worths.enumerate().rev().max_by(|a, b| a.1.total_cmp(&b.1));
            let Some((at, _)) = best.filter(|(_, worth)| *worth >= self.least) else {
                break;
            };
            let candidate = self.pool.remove(at);
            match self.refusal(&candidate) {
                Some(reason) => dropped.push((candidate.sentence, reason)),
                None => self.kept.push(candidate),
            }
        }
        dropped
    }

    /// The score, and what is new in it once there is something to compare with.
    fn worth(&self, candidate: &Candidate) -> f32 {
        let Some(all) = self.total().filter(|_| !self.kept.is_empty()) else {
            return candidate.sentence.score;
        };
        let covered = |term: usize| self.kept.iter().any(|kept| kept.holds[term]);
        let terms = self.wanted.iter().enumerate();
        let new = terms.filter(|(i, _)| candidate.holds[*i] && !covered(*i));
        let new: f32 = new.map(|(_, term)| term.weight).sum();
        candidate.sentence.score + self.budget.coverage * new / all
    }

    /// The weight of all terms; `None` when there is none.
    fn total(&self) -> Option<f32> {
        let all: f32 = self.wanted.iter().map(|term| term.weight).sum();
        (all > 0.0).then_some(all)
    }

    /// Why `candidate` is not kept, the budget of sentences aside.
    fn refusal(&self, candidate: &Candidate) -> Option<Dropped> {
        let chars: usize = self.kept.iter().map(|kept| kept.sentence.span.len()).sum();
        let too_long = chars + candidate.sentence.span.len() > self.budget.chars;
        if self.worth(candidate) < self.least {
            Some(Dropped::BehindBest)
        } else if self.kept.iter().any(|other| repeats(candidate, other)) {
            Some(Dropped::Repeats)
        } else if !self.kept.is_empty() && too_long {
            Some(Dropped::OverBudget)
        } else {
            None
        }
    }
}

/// Two sentences repeat each other when they share more than four fifths of their stems and
/// the same numbers: pages that differ in one figure are not repeats.
fn repeats(a: &Candidate, b: &Candidate) -> bool {
    let shared = a.stems.intersection(&b.stems).count();
    let all = a.stems.union(&b.stems).count();
    let numbers = |c: &Candidate| crate::checks::numbers::numbers(&c.sentence.text);
    shared * 5 > all * 4 && numbers(a) == numbers(b)
}

#[cfg(test)]
mod tests {
    use footnote_ingest::span::Span;

    use super::*;

    fn sentence(text: &str, score: f32) -> Sentence {
        Sentence {
            passage: 0,
            index: 0,
            span: Span::new(0, text.chars().count()),
            text: text.into(),
            score,
            cosine: 0.0,
            coverage: 0.0,
        }
    }

    fn wanted(words: &[&str]) -> Vec<Wanted> {
        let term = |word: &&str| Wanted {
            stem: (*word).to_owned(),
            surface: (*word).to_owned(),
            weight: 1.0,
            known: true,
            name: false,
        };
        words.iter().map(term).collect()
    }

    const BUDGET: Budget = Budget {
        sentences: 2,
        chars: 80,
        margin: 0.5,
        coverage: 1.0,
    };

    #[track_caller]
    fn check(sentences: &[(&str, f32)], asked: &[&str], kept: &[&str], reasons: &[Dropped]) {
        let scored = sentences.iter().map(|(t, s)| sentence(t, *s)).collect();
        let (got, dropped) = select(scored, &wanted(asked), BUDGET);
        assert_eq!(
            got.iter().map(|s| s.text.as_str()).collect::<Vec<_>>(),
            kept
        );
        assert_eq!(dropped.iter().map(|d| d.1).collect::<Vec<_>>(), reasons);
    }

    #[test]
    fn selection_stops_at_margin_budget_and_repeats() {
        check(
            &[
                ("The Lyon depot opens at 7.", 2.0),
                ("The Lyon depot opens at 7!", 1.9),
                ("The Lyon depot opens at 8.", 1.8),
                ("Trucks unload on the north side.", 1.7),
                ("Lunch is at noon.", 0.2),
            ],
            &[],
            &["The Lyon depot opens at 7.", "The Lyon depot opens at 8."],
            &[Dropped::Repeats, Dropped::OverBudget, Dropped::BehindBest],
        );
    }

    #[test]
    fn a_sentence_that_holds_the_rest_of_the_question_comes_before_a_closer_one() {
        check(
            &[
                ("The depot opens at 7.", 2.0),
                ("The depot opens early.", 1.9),
                ("Lunch is at noon.", 1.5),
            ],
            &["depot", "lunch"],
            &["The depot opens at 7.", "Lunch is at noon."],
            &[Dropped::OverBudget],
        );
    }

    #[test]
    fn the_best_sentence_is_kept_whatever_its_length() {
        let long = "word ".repeat(40);
        check(&[(&long, 1.0)], &[], &[&long], &[]);
    }
}
