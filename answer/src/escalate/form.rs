//! Whether a reply still holds what was asked for. Sentences can be true, verified and beside the
//! point: where a number, a time or a name is wanted and the quotes have one, so must the reply.
//! Pure.

use std::collections::BTreeSet;

use crate::question::{answer_type, can_answer};

/// Whether none of `said` holds an answer to `question` of the form it asks for, although
/// `quote` does.
pub(super) fn loses<'s>(
    question: &str,
    quote: &str,
    mut said: impl Iterator<Item = &'s str>,
) -> bool {
    holds(question, quote) && !said.any(|text| holds(question, text))
}

/// Whether `text` can answer with words that the question does not have; codes are names of
/// things, whatever digits they have.
fn holds(question: &str, text: &str) -> bool {
    let asked: BTreeSet<String> = words(question).map(str::to_lowercase).collect();
    let is_code = |word: &str| {
        word.starts_with(char::is_alphabetic) && word.contains(|c: char| c.is_ascii_digit())
    };
    let new = words(text).filter(|word| !asked.contains(&word.to_lowercase()) && !is_code(word));
    let new: Vec<&str> = new.collect();
    can_answer(answer_type(question), &new.join(" "))
}

/// Words without the punctuation around them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split_whitespace();
    words.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(question: &str, quote: &str, said: &[&str], expected: bool) {
        let lost = loses(question, quote, said.iter().copied());
        assert_eq!(lost, expected, "{question} {said:?}");
    }

    #[test]
    fn a_reply_must_have_the_number_that_the_quote_has() {
        let question = "How many readings fit in a GL-40?";
        let quote = "The GL-40 holds 260,000 readings.";
        let aside = "Fit the GL-40-CL clamp.";
        check(question, quote, &[aside], true);
        check(
            question,
            quote,
            &[aside, "It holds 260,000 readings."],
            false,
        );
        check(question, "The GL-40 measures pressure.", &[aside], false);
    }

    #[test]
    fn a_question_that_asks_for_anything_is_answered_by_anything() {
        check(
            "What is SHL?",
            "SHL is silt, 3 mm deep.",
            &["It is silt."],
            false,
        );
        check("What is SHL?", "SHL is silt.", &[], true);
    }
}
