//! Polarity: does a claim say yes where its evidence says no?
//!
//! A negation belongs to the first content word after it (its head). A head that the claim
//! denies must be denied in the evidence and the other way round; of several occurrences in the
//! evidence the one in the most similar company counts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::words::{Company, Word, company, says, shared, words};

/// How the polarity of a claim compares with its evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// Both deny the same, or neither denies anything.
    Same,
    /// One denies what the other asserts.
    Different,
}

const NEGATIONS: [&str; 16] = [
    "not",
    "no",
    "never",
    "without",
    "cannot",
    "neither",
    "nor",
    "none",
    "nobody",
    "nothing",
    "nowhere",
    "unless",
    "except",
    "excluding",
    "hardly",
    "non",
];

/// Phrases with a negation that deny nothing.
const NO_DENIALS: [&str; 10] = [
    "no later than",
    "no more than",
    "no less than",
    "no fewer than",
    "no earlier than",
    "not more than",
    "not less than",
    "not later than",
    "not to mention",
    "no doubt",
];

/// After a negation: `not only` denies nothing.
const SOFTENING: [&str; 3] = ["only", "just", "merely"];

/// Words that deny without a negation; a claim's `not` may render them.
const IMPLICIT: [&str; 21] = [
    "fail",
    "fails",
    "failed",
    "lack",
    "lacks",
    "lacked",
    "lacking",
    "refuse",
    "refuses",
    "refused",
    "unable",
    "impossible",
    "prohibited",
    "forbidden",
    "absent",
    "absence",
    "deny",
    "denied",
    "prevent",
    "prevents",
    "prevented",
];

/// How far after a negation its head is looked for.
const HEAD: usize = 4;

/// How often `text` denies something.
pub fn denials(text: &str) -> usize {
    let words = words(text);
    words.iter().filter(|word| is_negation(&word.lower)).count()
}

/// Compares the polarity of `claim` with that of `evidence`, which may be several sentences.
pub fn polarity(claim: &str, evidence: &str) -> Polarity {
    let (claim, evidence) = (words(claim), words(evidence));
    let (denied, known) = (heads(&claim), heads(&evidence));
    let implied: Vec<usize> = (0..evidence.len())
        .filter(|at| implied(&evidence, *at))
        .collect();
    let anyhow = [known.as_slice(), &implied].concat();
    let flipped = |at: usize| {
        let denies = denied.contains(&at);
        let others = if denies { &anyhow } else { &known };
        match counterpart(&claim, at, &evidence, others, denies) {
            Some(is_denied) => is_denied != denies,
            None => denies && anyhow.is_empty(),
        }
    };
    let concerned = |at: &usize| {
        denied.contains(at) || known.iter().any(|k| evidence[*k].stem == claim[*at].stem)
    };
    if (0..claim.len()).filter(concerned).any(flipped) {
        Polarity::Different
    } else {
        Polarity::Same
    }
}

/// Whether `evidence` denies the word `claim[at]`, by its occurrence in the most similar
/// company, one that agrees with the claim first; `None` where it does not have the word in
/// like company.
fn counterpart(
    claim: &[Word],
    at: usize,
    evidence: &[Word],
    denied: &[usize],
    denies: bool,
) -> Option<bool> {
    let own = company(claim, at..at + 1);
    let own: Company<'_> = own
        .into_iter()
        .filter(|(stem, _)| !is_negation(stem))
        .collect();
    let same = (0..evidence.len()).filter(|i| evidence[*i].stem == claim[at].stem);
    let (near, agrees) = same
        .map(|i| {
            (
                shared(&own, &company(evidence, i..i + 1)),
                denied.contains(&i) == denies,
            )
        })
        .max()?;
    (near > 0 || own.is_empty()).then_some(agrees == denies)
}

/// Whether a word that denies without a negation stands shortly before `words[at]`.
fn implied(words: &[Word], at: usize) -> bool {
    let before = &words[at.saturating_sub(HEAD)..at];
    before
        .iter()
        .any(|word| IMPLICIT.contains(&word.lower.as_str()))
}

/// Indices of the words that `words` denies; denied twice is not denied.
fn heads(words: &[Word]) -> Vec<usize> {
    let mut denied = BTreeSet::new();
    for head in all_heads(words) {
        if !denied.remove(&head) {
            denied.insert(head);
        }
    }
    denied.into_iter().collect()
}

/// The head of each negation.
fn all_heads(words: &[Word]) -> Vec<usize> {
    let negations = (0..words.len()).filter(|at| is_negation(&words[*at].lower));
    negations
        .filter(|at| !denies_nothing(words, *at))
        .filter_map(|at| {
            let reach = (at + 1)..(at + 1 + HEAD).min(words.len());
            let is_head = |i: &usize| words[*i].content && !is_negation(&words[*i].lower);
            reach
                .take_while(|i| words[*i].clause == words[at].clause)
                .find(is_head)
                .or_else(|| (0..at).rev().find(is_head))
        })
        .collect()
}

/// Whether the negation at `at` is part of a phrase that denies nothing.
fn denies_nothing(words: &[Word], at: usize) -> bool {
    let softened = |word: &Word| SOFTENING.contains(&word.lower.as_str());
    let or_not = at > 0 && says(words, at - 1, "or not");
    or_not
        || words.get(at + 1).is_some_and(softened)
        || NO_DENIALS.iter().any(|phrase| says(words, at, phrase))
}

pub(super) fn is_negation(word: &str) -> bool {
    NEGATIONS.contains(&word) || word.ends_with("n't")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(claim: &str, evidence: &str, expected: Polarity) {
        assert_eq!(polarity(claim, evidence), expected, "{claim} / {evidence}");
    }

    #[test]
    fn flips_are_seen() {
        check("It is covered.", "It is not covered.", Polarity::Different);
        check(
            "The seal is not covered.",
            "The seal is covered.",
            Polarity::Different,
        );
        check(
            "It isn\u{2019}t covered.",
            "It is not covered.",
            Polarity::Same,
        );
        check("Leave is paid.", "Leave is paid.", Polarity::Same);
    }

    #[test]
    fn a_negation_counts_where_it_stands() {
        let evidence = "Damage by water is covered, although damage by fire is not covered.";
        check("Damage by water is covered.", evidence, Polarity::Same);
        check("Damage by fire is covered.", evidence, Polarity::Different);
        check("Damage by fire is not covered.", evidence, Polarity::Same);
        check(
            "Damage by water is not covered.",
            evidence,
            Polarity::Different,
        );
    }

    #[test]
    fn bounds_and_implied_denials_are_no_flips() {
        check("Apply by May.", "Apply no later than May.", Polarity::Same);
        check(
            "The pump did not start.",
            "The pump failed to start.",
            Polarity::Same,
        );
    }
}
