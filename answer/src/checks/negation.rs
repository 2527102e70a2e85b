//! Polarity: does a claim say yes where its evidence says no, or more where it says less?

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// How the polarity of a claim compares with its evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// Both deny, or neither does.
    Same,
    /// One denies what the other asserts, or a comparison or duty is turned round.
    Different,
}

const NEGATIONS: [&str; 14] = [
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
];

/// Words that turn a statement round when one side has the first and the other the second.
const OPPOSITES: [(&str, &str); 20] = [
    ("more", "less"),
    ("more", "fewer"),
    ("before", "after"),
    ("minimum", "maximum"),
    ("least", "most"),
    ("above", "below"),
    ("over", "under"),
    ("increase", "decrease"),
    ("increased", "decreased"),
    ("must", "may"),
    ("mandatory", "optional"),
    ("allowed", "forbidden"),
    ("allowed", "prohibited"),
    ("always", "never"),
    ("first", "last"),
    ("paid", "unpaid"),
    ("open", "closed"),
    ("enabled", "disabled"),
    ("internal", "external"),
    ("include", "exclude"),
];

/// How often `text` denies something.
pub fn denials(text: &str) -> usize {
    listed(text).filter(|word| is_negation(word)).count()
}

/// Compares the polarity of `claim` with that of `evidence`.
pub fn polarity(claim: &str, evidence: &str) -> Polarity {
    let (claim, evidence) = (words(claim), words(evidence));
    let denies = |words: &BTreeSet<String>| words.iter().any(|word| is_negation(word));
    if denies(&claim) != denies(&evidence) || turned_round(&claim, &evidence) {
        Polarity::Different
    } else {
        Polarity::Same
    }
}

fn is_negation(word: &str) -> bool {
    NEGATIONS.contains(&word) || word.ends_with("n't")
}

fn turned_round(claim: &BTreeSet<String>, evidence: &BTreeSet<String>) -> bool {
    let only = |one: &str, other: &str| {
        claim.contains(one)
            && !claim.contains(other)
            && evidence.contains(other)
            && !evidence.contains(one)
    };
    OPPOSITES.iter().any(|(a, b)| only(a, b) || only(b, a))
}

fn words(text: &str) -> BTreeSet<String> {
    listed(text).collect()
}

fn listed(text: &str) -> impl Iterator<Item = String> {
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'');
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    words.into_iter()
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
            "It isn\u{2019}t covered.",
            "It is not covered.",
            Polarity::Same,
        );
        check("At least 5 days", "At most 5 days", Polarity::Different);
        check("Staff may apply.", "Staff must apply.", Polarity::Different);
        check("Leave is paid.", "Leave is paid.", Polarity::Same);
    }
}
