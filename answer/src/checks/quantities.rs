//! Quantities: numbers with their multipliers and units, and whether those of a claim stand in
//! its evidence. `5.3 million` is `5,300,000`, `2 km` is `2000 metres`, `two hundred` is `200`.
//!
//! A number also has to stand in the company it has in the claim: that a 5 occurs somewhere in
//! three sentences does not make them say "5 days".

mod crossed;
mod read;
mod spelled;

use std::collections::BTreeSet;
use std::ops::Range;

use super::units::Unit;
use crate::evidence::stems;
pub use crossed::crossed;
use read::quantities;

/// A number in a text.
#[derive(Clone, Debug)]
struct Quantity {
    /// As it is shown: the plain value.
    shown: String,
    /// The value, multipliers included.
    value: f64,
    unit: Option<Unit>,
    /// Its unit as written.
    spelling: String,
    /// Stem of the content word right after it.
    counted: Option<String>,
    /// Stems of the content words around it.
    company: BTreeSet<String>,
    /// Its words in the text.
    words: Range<usize>,
}

/// What a claim's quantities lack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// Numbers that are not there.
    pub numbers: Vec<String>,
    /// Numbers that are there, but of something else.
    pub units: Vec<String>,
}

/// Quantities of `claim` that neither `evidence` nor `question` has.
pub fn missing(claim: &str, evidence: &str, question: &str) -> Missing {
    let (known, asked) = (quantities(evidence), quantities(question));
    let held = stems(evidence);
    let mut used = vec![false; known.len()];
    let mut missing = Missing::default();
    for quantity in quantities(claim) {
        let same: Vec<usize> = (0..known.len())
            .filter(|i| quantity.may_be(&known[*i]))
            .collect();
        let fitting = same.iter().filter(|i| quantity.agrees(&known[**i], &held));
        let free = fitting.clone().find(|i| !used[**i]).copied();
        if let Some(i) = free {
            used[i] = true;
            continue;
        }
        if asked.iter().any(|other| quantity.equals(other)) {
            continue;
        }
        if same.is_empty() || fitting.count() > 0 {
            // Not there, or said more often than it is there: two figures have become one.
            push(&mut missing.numbers, quantity.shown);
        } else {
            push(&mut missing.units, quantity.with_unit());
        }
    }
    missing
}

/// Whether `text` has a number of this value, whatever it counts.
pub(super) fn stands(value: u32, text: &str) -> bool {
    let found = quantities(text);
    found.iter().any(|q| close(q.value, f64::from(value)))
}

fn push(list: &mut Vec<String>, item: String) {
    if !list.contains(&item) {
        list.push(item);
    }
}

impl Quantity {
    /// The same number, in company that has a word in common.
    fn may_be(&self, other: &Self) -> bool {
        let alone = self.company.is_empty() || other.company.is_empty();
        self.equals(other) && (alone || !self.company.is_disjoint(&other.company))
    }

    /// The same value, or one that its unit converts into.
    fn equals(&self, other: &Self) -> bool {
        close(self.value, other.value) || self.converts(other)
    }

    fn converts(&self, other: &Self) -> bool {
        match (self.unit, other.unit) {
            (Some(a), Some(b)) => a.converts(b) && close(a.basic(self.value), b.basic(other.value)),
            _ => false,
        }
    }

    /// Whether the units agree. A side without one agrees, unless the claim counts something
    /// in the unit's place that the evidence (whose stems are `held`) does not speak of.
    fn agrees(&self, other: &Self, held: &BTreeSet<String>) -> bool {
        match (self.unit, other.unit) {
            (Some(_), Some(_)) => self.converts(other),
            (None, Some(_)) => self.counted.as_ref().is_none_or(|stem| held.contains(stem)),
            _ => true,
        }
    }

    fn with_unit(&self) -> String {
        let counted = self.counted.as_deref().unwrap_or_default();
        let unit = if self.unit.is_some() {
            &self.spelling
        } else {
            counted
        };
        format!("{} {unit}", self.shown)
    }
}

/// Equal but for what units and floats round away.
fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(claim: &str, evidence: &str, numbers: &[&str], units: &[&str]) {
        let found = missing(claim, evidence, "");
        assert_eq!(found.numbers, numbers, "{claim} / {evidence}");
        assert_eq!(found.units, units, "{claim} / {evidence}");
    }

    #[test]
    fn a_number_must_stand_in_the_evidence_or_the_question() {
        check("It is 30 days.", "It is 25 days.", &["30"], &[]);
        check("It is 25 days.", "Twenty-five days.", &[], &[]);
        let asked = missing("In 2025 it was 25 days.", "It is 25 days.", "In 2025?");
        assert_eq!(asked, Missing::default());
    }

    #[test]
    fn a_number_must_be_of_the_same() {
        check("It weighs 9 kg.", "It weighs 9 g.", &[], &["9 kg"]);
        check("It weighs 9kg.", "It weighs 9 kilograms.", &[], &[]);
        check("It weighs 9,000 g.", "It weighs 9 kg.", &[], &[]);
        check("It costs $25.", "It costs \u{20ac}25.", &[], &["25 $"]);
        check("A fee of 25 percent", "A fee of 25%", &[], &[]);
        check("A fee of 25 EUR", "A fee of 25%", &[], &["25 eur"]);
        check(
            "a 12-month term",
            "a term of one year; 12 days",
            &[],
            &["12 month"],
        );
        check("It covers 2 square km.", "It covers 2 km\u{b2}.", &[], &[]);
    }

    #[test]
    fn multipliers_and_words_are_part_of_the_value() {
        check("a fund of 5.3 million", "a fund of 5,300,000", &[], &[]);
        check(
            "a fund of 5 billion",
            "a fund of 5 million",
            &["5 billion"],
            &[],
        );
        check("two hundred pumps", "200 pumps", &[], &[]);
        check("a hundred and five pumps", "105 pumps", &[], &[]);
        check("the 10th pump", "the tenth pump", &[], &[]);
    }

    #[test]
    fn a_number_elsewhere_does_not_count() {
        let evidence =
            "Staff receive 25 days of leave each year. Nine pumps run at a pressure of 4 bar.";
        check("Nine pumps run at 25 bar.", evidence, &["25"], &[]);
    }

    #[test]
    fn codes_are_not_numbers() {
        check("See KB-2041 and v2.3.1.", "Nothing.", &[], &[]);
    }
}
