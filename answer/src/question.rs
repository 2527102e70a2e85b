//! What a question asks for: its searchable terms with their weights, and the kind of answer
//! it expects. Read once, used by evidence selection, the gate and the verifier.

use std::collections::BTreeSet;

use footnote_store::terms::{TermStats, analyse, is_stop_word};

use crate::calendar::{MONTHS, WEEKDAYS};
use crate::checks::names;

/// A question as the user typed it, within limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question(String);

/// Why a text is not a question we take.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidQuestion {
    /// Nothing but blanks.
    #[error("`question` is empty")]
    Empty,
    /// Longer than the configured limit.
    #[error("`question` has {chars} characters, at most {limit} are allowed")]
    TooLong {
        /// Length given.
        chars: usize,
        /// Length allowed.
        limit: usize,
    },
}

impl Question {
    /// Trims `text` and checks its length, in Unicode scalar values.
    pub fn new(text: &str, limit: usize) -> Result<Self, InvalidQuestion> {
        let chars = text.chars().count();
        if chars > limit {
            return Err(InvalidQuestion::TooLong { chars, limit });
        }
        match text.trim() {
            "" => Err(InvalidQuestion::Empty),
            text => Ok(Self(text.to_owned())),
        }
    }

    /// The text, trimmed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A term that a good passage should contain.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Stem, as the index knows words.
    pub stem: String,
    /// The word as typed.
    pub surface: String,
    /// Inverse document frequency in the collection: how much finding it says.
    pub weight: f32,
    /// Whether any stored chunk contains it.
    pub known: bool,
    /// Whether it is a proper name, an acronym, a code or a figure: its absence says most.
    pub name: bool,
}

/// Content terms of `question` in order of appearance, without repeats and stop words.
pub fn wanted(question: &str, stats: &TermStats) -> Vec<Wanted> {
    let names: BTreeSet<String> = names::names(question)
        .into_iter()
        .flat_map(analyse)
        .map(|token| token.stem)
        .collect();
    let mut seen = BTreeSet::new();
    analyse(question)
        .into_iter()
        .filter(|token| !is_stop_word(&question[token.range.clone()]))
        .filter(|token| seen.insert(token.stem.clone()))
        .map(|token| {
            let known = stats.knows(&token.stem);
            let name = names.contains(&token.stem) || is_figure(token.surface);
            Wanted {
                surface: question[token.range].to_owned(),
                weight: weight(stats.idf(&token.stem), known, name),
                known,
                name,
                stem: token.stem,
            }
        })
        .collect()
}

/// Whether `word` is a year, an amount or a code: two digits or more. A single digit counts
/// things and says little.
fn is_figure(word: &str) -> bool {
    word.chars().filter(char::is_ascii_digit).count() >= 2
}

/// A common word the collection never uses is more often small talk than a missing fact, so
/// it counts half; an unknown name counts fully.
fn weight(idf: f32, known: bool, name: bool) -> f32 {
    if known || name { idf } else { idf / 2.0 }
}

/// The weighted share of `wanted` that `has` holds, from 0 to 1; 0 when nothing is wanted.
pub fn coverage(wanted: &[Wanted], has: impl Fn(&str) -> f32) -> f32 {
    let total: f32 = wanted.iter().map(|term| term.weight).sum();
    let found: f32 = wanted
        .iter()
        .map(|term| term.weight * has(&term.stem))
        .sum();
    if total > 0.0 { found / total } else { 0.0 }
}

/// The form an answer must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerType {
    /// `how many`, `how much`, `how long`: a number.
    Number,
    /// `when`, `what date`, `which year`: a date, a time or a span of time.
    Time,
    /// `who`, `whose`: a name.
    Person,
    /// Anything else.
    Open,
}

/// Guesses the form from the question's opening words.
pub fn answer_type(question: &str) -> AnswerType {
    let lower = question.to_lowercase();
    let starts = |openings: &[&str]| openings.iter().any(|opening| has_phrase(&lower, opening));
    if starts(&[
        "how many",
        "how much",
        "how long",
        "how far",
        "how old",
        "what percentage",
    ]) {
        AnswerType::Number
    } else if starts(&["when", "what date", "what year", "which year", "what time"]) {
        AnswerType::Time
    } else if starts(&["who", "whom", "whose"]) {
        AnswerType::Person
    } else {
        AnswerType::Open
    }
}

/// Whether `text` can hold an answer of this form.
pub fn can_answer(kind: AnswerType, text: &str) -> bool {
    match kind {
        AnswerType::Number | AnswerType::Time => {
            !crate::checks::numbers::numbers(text).is_empty() || names_a_time(text)
        }
        AnswerType::Person => !names::names(text).is_empty(),
        AnswerType::Open => true,
    }
}

const RHYTHMS: [&str; 6] = [
    "daily",
    "weekly",
    "monthly",
    "yearly",
    "quarterly",
    "annually",
];

fn names_a_time(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut times = MONTHS.iter().chain(&WEEKDAYS).chain(&RHYTHMS);
    times.any(|time| has_phrase(&lower, time))
}

/// Whether `phrase` stands in `text` between word boundaries.
pub(crate) fn has_phrase(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + phrase.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_has_text_and_a_limit() {
        assert_eq!(Question::new("  ", 10), Err(InvalidQuestion::Empty));
        assert_eq!(
            Question::new("abcdef", 5),
            Err(InvalidQuestion::TooLong { chars: 6, limit: 5 })
        );
        assert_eq!(Question::new(" why? ", 10).unwrap().as_str(), "why?");
    }

    #[test]
    fn the_opening_tells_the_form() {
        assert_eq!(answer_type("How many days?"), AnswerType::Number);
        assert_eq!(answer_type("And since when?"), AnswerType::Time);
        assert_eq!(answer_type("Who signs?"), AnswerType::Person);
        assert_eq!(answer_type("Whole milk?"), AnswerType::Open);
        assert!(can_answer(
            AnswerType::Time,
            "On the first Monday of March."
        ));
        assert!(!can_answer(AnswerType::Number, "As often as needed."));
    }

    #[test]
    fn absent_terms_lower_the_coverage() {
        let term = |stem: &str, weight| Wanted {
            stem: stem.into(),
            surface: stem.into(),
            weight,
            known: true,
            name: false,
        };
        let wanted = [term("leave", 1.0), term("mars", 3.0)];
        let has = |stem: &str| f32::from(u8::from(stem == "leave"));
        assert_eq!(coverage(&wanted, has), 0.25);
        assert_eq!(coverage(&[], has), 0.0);
    }
}
