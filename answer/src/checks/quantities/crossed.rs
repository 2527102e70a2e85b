//! Figures that changed their subject. A claim that rests on several sentences may take its
//! words from one and its figure from another, and every word and figure of it stands somewhere:
//! "new parents get 25 days", of parents who get 18 weeks and employees who get 25 days.

use std::collections::BTreeSet;

use super::read::quantities;
use super::{Quantity, push};
use crate::evidence::stems;

/// Of the words around a figure, at least one in this many has to come from a sentence with
/// another figure before it counts as taken from there.
const ONE_IN: usize = 3;

/// Openings of sentences whose subject is named before them.
const BACKWARD: [&str; 12] = [
    "it", "its", "they", "their", "this", "that", "these", "those", "he", "she", "his", "her",
];

struct Read {
    quantities: Vec<Quantity>,
    stems: BTreeSet<String>,
    context: BTreeSet<String>,
    /// Whether its subject is named before it.
    backward: bool,
}

/// Figures of `claim` that its sources, sentences with the headings above them, say of something
/// else: words around them are only in another of `sources`, which has a figure of the same kind
/// that the claim leaves out.
pub fn crossed(claim: &str, sources: &[(&str, &str)]) -> Vec<String> {
    let mut crossed = Vec::new();
    if sources.len() < 2 {
        return crossed;
    }
    let read: Vec<Read> = sources.iter().map(read).collect();
    let claimed = quantities(claim);
    for quantity in &claimed {
        let holds = |read: &&Read| read.quantities.iter().any(|other| quantity.equals(other));
        let mut holders = read.iter().filter(holds).peekable();
        let taken = |holder: &Read| {
            let mut others = read.iter();
            !holder.backward && others.any(|other| is_of(quantity, other, holder, &claimed))
        };
        if holders.peek().is_some() && holders.all(taken) {
            push(&mut crossed, quantity.with_unit().trim_end().to_owned());
        }
    }
    crossed
}

fn read((text, context): &(&str, &str)) -> Read {
    let first = text.split_whitespace().next().unwrap_or_default();
    Read {
        quantities: quantities(text),
        stems: stems(text),
        context: stems(context),
        backward: BACKWARD.contains(&first.to_lowercase().as_str()),
    }
}

/// Whether the words around `quantity` speak of what `other` is about rather than `holder`,
/// where the figure is from, and `other` has a figure for it.
fn is_of(quantity: &Quantity, other: &Read, holder: &Read, claimed: &[Quantity]) -> bool {
    let strange = |stem: &&String| !holder.stems.contains(*stem) && !holder.context.contains(*stem);
    let around = quantity.company.iter();
    let taken = around
        .filter(strange)
        .filter(|stem| other.stems.contains(*stem));
    let taken = taken.count();
    let rival = |figure: &Quantity| {
        quantity.is_like(figure) && !claimed.iter().any(|own| own.equals(figure))
    };
    taken > 0 && taken * ONE_IN >= quantity.company.len() && other.quantities.iter().any(rival)
}

impl Quantity {
    /// Whether both measure or count the same kind of thing.
    fn is_like(&self, other: &Self) -> bool {
        match (self.unit, other.unit) {
            (Some(own), Some(unit)) => own.converts(unit),
            (None, None) => self.counted == other.counted,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENTS: &str = "New parents get 18 weeks of leave.";
    const STAFF: &str = "Every employee gets 25 days of annual leave.";

    #[track_caller]
    fn check(claim: &str, sources: &[&str], expected: &[&str]) {
        let sources: Vec<(&str, &str)> = sources.iter().map(|text| (*text, "")).collect();
        assert_eq!(crossed(claim, &sources), expected, "{claim}");
    }

    #[test]
    fn a_figure_of_one_sentence_is_not_that_of_another() {
        let both = [PARENTS, STAFF];
        check("New parents get 25 days of leave.", &both, &["25 days"]);
        check(
            "Every employee gets 18 weeks of annual leave.",
            &both,
            &["18 weeks"],
        );
        check("New parents get 18 weeks of leave.", &both, &[]);
        check("New parents get 25 days of leave.", &[STAFF], &[]);
        check(
            "The depot in Lyon opened in 2004.",
            &[
                "The depot in Lyon opened in 1998.",
                "The bridge in Metz closed in 2004.",
            ],
            &["2004"],
        );
    }

    #[test]
    fn two_sentences_may_become_one() {
        check(
            "New parents get 18 weeks of leave and every employee gets 25 days of annual leave.",
            &[PARENTS, STAFF],
            &[],
        );
        check(
            "The depot in Lyon, which opened in 1998, holds 400 litres.",
            &[
                "The depot in Lyon opened in 1998.",
                "The depot holds 400 litres.",
            ],
            &[],
        );
        check(
            "The tank in Lyon holds 400 litres.",
            &[
                "The tank in Lyon is newer than the one of 300 litres.",
                "It holds 400 litres.",
            ],
            &[],
        );
    }

    #[test]
    fn a_heading_names_the_subject() {
        let sources = [
            ("The leave is 25 days.", "Handbook, Parental leave"),
            ("Parental leave was 20 days before.", "Handbook, History"),
        ];
        assert_eq!(crossed("Parental leave is 25 days.", &sources), [""; 0]);
    }
}
