//! Comparators and duties: does a claim say less where its evidence says more, after where it
//! says before, may where it says must?
//!
//! Words are kept in axes with two or three poles. A claim's word is compared with the word of
//! the same axis that stands in the most similar company in the evidence, so that a sentence
//! with both `more` and `less` is still read word by word.

mod axes;

use std::ops::Range;

use axes::{Axis, CALENDAR, COMPARISONS, DUTIES};

use super::words::{Company, Word, company, says, shared, words};

/// A word or phrase of an axis in a text.
struct Sign<'w> {
    axis: usize,
    pole: usize,
    at: Range<usize>,
    company: Company<'w>,
}

/// Comparisons of `claim` that `evidence` turns round, as they are written in the claim.
pub fn turned(claim: &str, evidence: &str) -> Vec<String> {
    differing(COMPARISONS, claim, evidence)
}

/// Duties of `claim` that `evidence` words as another: must, should or may.
pub fn duties_changed(claim: &str, evidence: &str) -> Vec<String> {
    differing(DUTIES, claim, evidence)
}

/// Weekdays and months of `claim` in whose place `evidence` has others.
pub fn calendar_changed(claim: &str, evidence: &str) -> Vec<String> {
    differing(CALENDAR, claim, evidence)
}

/// Whether `word` alone or in a phrase is one that is compared here.
pub(super) fn is_sign(word: &str) -> bool {
    let axes = [COMPARISONS, DUTIES, CALENDAR].concat();
    let phrases = axes.into_iter().flatten().copied().flatten();
    phrases
        .flat_map(|phrase| phrase.split(' '))
        .any(|part| part == word)
}

fn differing(axes: &[Axis], claim: &str, evidence: &str) -> Vec<String> {
    let (claimed, known) = (words(claim), words(evidence));
    let (claimed_signs, known_signs) = (signs(axes, &claimed), signs(axes, &known));
    claimed_signs
        .iter()
        .filter(|sign| is_turned(sign, &known_signs))
        .map(|sign| {
            let bytes = claimed[sign.at.start].range.start..claimed[sign.at.end - 1].range.end;
            claim[bytes].to_owned()
        })
        .collect()
}

/// Whether a sign of the same axis with another pole stands in clearly more similar company
/// than any with the same pole, and in company similar enough to be the same statement.
fn is_turned(sign: &Sign<'_>, known: &[Sign<'_>]) -> bool {
    let same_axis = known.iter().filter(|other| other.axis == sign.axis);
    let (mut same, mut turned) = (None, None);
    for other in same_axis {
        let near = Some(shared(&sign.company, &other.company));
        let best = if other.pole == sign.pole {
            &mut same
        } else {
            &mut turned
        };
        *best = near.max(*best);
    }
    let own: usize = sign.company.values().sum();
    turned.is_some_and(|near| {
        let clearly = same.is_none_or(|same| near * 4 > same * 5);
        clearly && near > 0 && near * LIKE >= own
    })
}

/// Companies that share less than one part in this many belong to different statements.
const LIKE: usize = 4;

/// The signs of `words`, the longest phrase first where several fit.
fn signs<'w>(axes: &[Axis], words: &'w [Word]) -> Vec<Sign<'w>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        match longest(axes, words, at) {
            Some((axis, pole, length)) => {
                let range = at..at + length;
                found.push(Sign {
                    axis,
                    pole,
                    at: range.clone(),
                    company: company(words, range),
                });
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

fn longest(axes: &[Axis], words: &[Word], at: usize) -> Option<(usize, usize, usize)> {
    // "Can not" forbids; "can" permits.
    if says(words, at, "can not") {
        return None;
    }
    let named = axes.iter().enumerate().flat_map(|(axis, poles)| {
        let poles = poles.iter().enumerate();
        poles.flat_map(move |(pole, phrases)| phrases.iter().map(move |p| (axis, pole, *p)))
    });
    named
        .filter(|(.., phrase)| says(words, at, phrase))
        .map(|(axis, pole, phrase)| (axis, pole, phrase.split(' ').count()))
        .max_by_key(|(.., length)| *length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(claim: &str, evidence: &str, expected: &[&str]) {
        assert_eq!(turned(claim, evidence), expected, "{claim} / {evidence}");
    }

    #[test]
    fn a_comparison_turned_round_is_seen() {
        check(
            "It takes less than 5 days.",
            "It takes more than 5 days.",
            &["less than"],
        );
        check("At most 5 days", "At least 5 days", &["At most"]);
        check("Apply after May.", "Apply before May.", &["after"]);
        check("Sales fell in Lyon.", "Sales in Lyon rose.", &["fell"]);
    }

    #[test]
    fn the_same_in_other_words_is_not() {
        check("It takes over 5 days.", "It takes more than 5 days.", &[]);
        check("It takes 5 days or more.", "It takes at least 5 days.", &[]);
        check("It takes 5 days.", "It takes at least 5 days.", &[]);
    }

    #[test]
    fn each_word_is_compared_with_the_one_in_its_place() {
        let evidence = "Pumps made before 2020 leak; those made after 2020 hold.";
        check("Pumps made before 2020 leak.", evidence, &[]);
        check(
            "Pumps made after 2020 leak.",
            "Pumps made before 2020 leak; later pumps hold.",
            &["after"],
        );
    }

    #[test]
    fn must_should_and_may_differ() {
        let duties = |claim| duties_changed(claim, "Staff must wear a badge.");
        assert_eq!(duties("Staff may wear a badge."), ["may"]);
        assert_eq!(duties("Staff should wear a badge."), ["should"]);
        assert!(duties("Staff are required to wear a badge.").is_empty());
    }
}
