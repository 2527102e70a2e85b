//! Replaced words: a claim that repeats a sentence of its evidence word for word, but for one
//! place, has put something there. It may be a synonym or a falsehood that no other check
//! knows (another animal, another verb); either way the evidence does not say it.

use std::collections::BTreeSet;

use super::words::{Word, words};
use super::{comparators, negation, numbers, units};

/// Share of the claim's words, of ten, that stand in the sentence in the same order.
const QUOTED: usize = 7;
/// A replacement is at most this long, on either side.
const LONGEST: usize = 4;

/// Content words of `claim` that stand in the place of others in the sentence `evidence`, and
/// nowhere in `held`, the stems of all that the claim may rest on.
pub fn replaced(claim: &str, evidence: &str, held: &BTreeSet<String>) -> Vec<String> {
    let (claim, evidence) = (words(claim), words(evidence));
    let pairs = common(&claim, &evidence);
    if pairs.len() * 10 < claim.len() * QUOTED {
        return Vec::new();
    }
    let ends = [(claim.len(), evidence.len())];
    let (mut found, mut from) = (Vec::new(), (0, 0));
    for (own, other) in pairs.iter().copied().chain(ends) {
        found.extend(strange(&claim[from.0..own], &evidence[from.1..other], held));
        from = (own + 1, other + 1);
    }
    found
}

/// The words of `put` when they replace `gone`: both say something, and it is nothing that
/// another check compares.
fn strange(put: &[Word], gone: &[Word], held: &BTreeSet<String>) -> Vec<String> {
    let short = put.len() <= LONGEST && (1..=LONGEST).contains(&gone.len());
    let said = gone.iter().any(|word| word.content && !is_compared(word));
    let strange = put
        .iter()
        .filter(|word| word.content && !is_compared(word) && !held.contains(&word.stem));
    strange
        .filter(|_| short && said)
        .map(|word| word.lower.clone())
        .collect()
}

/// Whether other checks compare the word: numbers, units, negations, comparators.
fn is_compared(word: &Word) -> bool {
    let lower = word.lower.as_str();
    lower.starts_with(|c: char| c.is_ascii_digit())
        || numbers::word_value(&[lower]).0.is_some()
        || units::unit(lower).is_some()
        || negation::is_negation(lower)
        || comparators::is_sign(lower)
}

/// A longest common subsequence of the stems, as pairs of indices in order.
fn common(a: &[Word], b: &[Word]) -> Vec<(usize, usize)> {
    let mut best = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            best[i][j] = match a[i].stem == b[j].stem {
                true => best[i + 1][j + 1] + 1,
                false => best[i + 1][j].max(best[i][j + 1]),
            };
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < a.len() && j < b.len() {
        if a[i].stem == b[j].stem {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if best[i + 1][j] >= best[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::stems;

    const SENTENCE: &str = "The Normans conquered most of southern Italy in 25 years.";

    #[track_caller]
    fn check(claim: &str, expected: &[&str]) {
        assert_eq!(
            replaced(claim, SENTENCE, &stems(SENTENCE)),
            expected,
            "{claim}"
        );
    }

    #[test]
    fn a_word_in_the_place_of_another_is_found() {
        check(
            "The Franks conquered most of southern Italy in 25 years.",
            &["franks"],
        );
        check("The Normans lost most of southern Italy in 25 years.", &[]);
        check(
            "The Normans painted most of southern Italy in 25 years.",
            &["painted"],
        );
    }

    #[test]
    fn what_is_left_out_or_otherwise_written_replaces_nothing() {
        check("The Normans conquered most of Italy.", &[]);
        check(
            "The Normans conquered most of Italy in twenty-five years.",
            &[],
        );
        check(
            "Within 25 years southern Italy was Norman for the most part.",
            &[],
        );
    }
}
