//! False claims made of true ones: one fact of a sentence is exchanged, everything else stays.
//! The kinds are those that a similarity of words or vectors does not see. Deterministic.

mod edits;

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use self::edits::{comparators, counts, dates, entities, names, negations, numbers, units};
use super::{Label, Pair};
use crate::stats::Random;

/// What was exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A number for another.
    Number,
    /// A number for that of another claim, whose evidence stands beside its own.
    Crossed,
    /// A unit for another of its sort.
    Unit,
    /// A name for one from elsewhere in the data.
    Entity,
    /// A `not` put in or taken out.
    Negation,
    /// A month, a day of the week, or a year.
    Date,
    /// More for less, before for after, must for may.
    Comparator,
    /// The evidence: another claim's.
    Topic,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 8] = [
        Kind::Number,
        Kind::Crossed,
        Kind::Unit,
        Kind::Entity,
        Kind::Negation,
        Kind::Date,
        Kind::Comparator,
        Kind::Topic,
    ];

    /// As it is written in tables.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Number => "number",
            Kind::Crossed => "other's number",
            Kind::Unit => "unit",
            Kind::Entity => "entity",
            Kind::Negation => "negation",
            Kind::Date => "date",
            Kind::Comparator => "comparator",
            Kind::Topic => "other topic",
        }
    }
}

/// A place in a text and what to put there.
type Edit = (Range<usize>, String);

/// One corruption of each kind that fits, for each supported pair of `pairs`.
pub fn corruptions(pairs: &[Pair], seed: u64) -> Vec<Pair> {
    let supported = pairs.iter().filter(|pair| pair.label == Label::Supports);
    let supported: Vec<&Pair> = supported.collect();
    let names: Vec<String> = supported
        .iter()
        .flat_map(|pair| names(&pair.claim))
        .map(|(range, claim)| claim[range].to_owned())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut random = Random::new(seed);
    let mut made = Vec::new();
    for (i, pair) in supported.iter().enumerate() {
        for kind in Kind::ALL {
            let corrupted = match kind {
                Kind::Topic => elsewhere(&supported, i, &mut random),
                Kind::Crossed => crossed(&supported, i, &mut random),
                _ => edited(pair, edits(kind, pair, &names, &mut random), &mut random),
            };
            made.extend(corrupted.map(|(claim, evidence)| Pair {
                claim,
                evidence,
                reworded: false,
                label: if kind == Kind::Topic {
                    Label::Neither
                } else {
                    Label::Refutes
                },
                corruption: Some(kind),
            }));
        }
    }
    made
}

/// The claim with the evidence of another, half of the data away or more.
fn elsewhere(pairs: &[&Pair], at: usize, random: &mut Random) -> Option<(String, Vec<String>)> {
    let far = pairs.len() / 2 + random.below(pairs.len() / 4 + 1);
    let other = pairs[(at + far) % pairs.len()];
    let differs = !other
        .evidence
        .iter()
        .any(|e| pairs[at].evidence.contains(e));
    differs.then(|| (pairs[at].claim.clone(), other.evidence.clone()))
}

/// The claim with a figure of the nearest claim after it that counts or measures with the same
/// word, and the evidence of both.
fn crossed(pairs: &[&Pair], at: usize, random: &mut Random) -> Option<(String, Vec<String>)> {
    let pair = pairs[at];
    let stated = pair.evidence.concat();
    let counted = counts(&pair.claim);
    let (own, word) = counted.get(random.below(counted.len().max(1)))?.clone();
    let others = pairs.iter().cycle().skip(at + 1).take(pairs.len() - 1);
    let fitting = |other: &&Pair| {
        let theirs = counts(&other.claim).into_iter();
        let same = theirs.filter(|(_, counted)| *counted == word);
        let number = same.map(|(number, _)| other.claim[number].to_owned());
        let mut different = number.filter(|number| !stated.contains(number));
        different
            .next()
            .map(|number| (number, other.evidence.clone()))
    };
    let (number, theirs) = others.copied().find_map(|other| fitting(&other))?;
    let mut claim = pair.claim.clone();
    claim.replace_range(own, &number);
    Some((claim, [pair.evidence.clone(), theirs].concat()))
}

/// The claim with one of `edits` done.
fn edited(pair: &Pair, edits: Vec<Edit>, random: &mut Random) -> Option<(String, Vec<String>)> {
    let usable: Vec<Edit> = edits
        .into_iter()
        .filter(|(range, text)| pair.claim[range.clone()] != **text)
        .collect();
    let (range, text) = usable.get(random.below(usable.len().max(1)))?;
    let mut claim = pair.claim.clone();
    claim.replace_range(range.clone(), text);
    Some((claim, pair.evidence.clone()))
}

fn edits(kind: Kind, pair: &Pair, names: &[String], random: &mut Random) -> Vec<Edit> {
    match kind {
        Kind::Number => numbers(&pair.claim, random),
        Kind::Unit => units(&pair.claim, random),
        Kind::Entity => entities(pair, names, random),
        Kind::Negation => negations(&pair.claim),
        Kind::Date => dates(&pair.claim, random),
        Kind::Comparator => comparators(&pair.claim),
        Kind::Topic | Kind::Crossed => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(claim: &str) -> Pair {
        Pair {
            claim: claim.into(),
            evidence: vec![claim.into()],
            label: Label::Supports,
            reworded: false,
            corruption: None,
        }
    }

    const PUMP: &str = "The pump in Leeds weighs at least 9 kg and was not sold before May 2020.";
    const GATE: &str = "Visitors to Lyon must sign the book.";

    /// Kinds of corruption made of `claim`, next to a claim about something else.
    #[track_caller]
    fn check(claim: &str, kinds: &[Kind]) {
        let made = corruptions(&[pair(claim), pair(GATE)], 7);
        let of_it = made
            .iter()
            .filter(|made| made.evidence[0] == claim || made.claim == claim);
        let mut found: Vec<Kind> = of_it.filter_map(|made| made.corruption).collect();
        found.dedup();
        assert_eq!(found, kinds, "{made:#?}");
    }

    #[test]
    fn each_kind_that_fits_is_made_once() {
        let fitting = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Crossed);
        check(PUMP, &fitting.collect::<Vec<_>>());
        check("Tea is hot.", &[Kind::Negation, Kind::Topic]);
    }

    #[test]
    fn a_number_is_taken_from_a_sentence_that_counts_the_same() {
        let other = "The valve in Metz weighs 7 kg and was sold in 9 towns.";
        let made = corruptions(&[pair(PUMP), pair(GATE), pair(other)], 7);
        let crossed = made
            .iter()
            .find(|made| made.corruption == Some(Kind::Crossed));
        let crossed = crossed.unwrap();
        assert_eq!(crossed.claim, PUMP.replace("9 kg", "7 kg"));
        assert_eq!(crossed.evidence, [PUMP, other]);
    }

    #[test]
    fn a_corrupted_claim_differs_and_keeps_its_evidence() {
        for made in corruptions(&[pair(PUMP), pair(GATE)], 7) {
            let original = made.evidence[0].as_str();
            assert_ne!(made.claim, original);
            assert_ne!(made.label, Label::Supports);
        }
    }

    #[test]
    fn the_same_seed_makes_the_same() {
        let pairs = [pair(PUMP), pair(GATE)];
        assert_eq!(corruptions(&pairs, 7), corruptions(&pairs, 7));
        assert_ne!(corruptions(&pairs, 7), corruptions(&pairs, 8));
    }
}
