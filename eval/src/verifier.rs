//! How well does the verifier tell true claims from false ones? Labelled pairs of a claim and
//! its evidence, corruptions made of the true ones, and what verdicts on them come to.
//!
//! Pure: who judges the claims (a service, a function) is the caller's business.

pub mod corrupt;
pub mod data;
mod phrases;
pub mod reword;

use std::collections::BTreeMap;

use footnote_answer::verify::Verdict;
use serde::{Deserialize, Serialize};

pub use footnote_answer::auc::auc;

use corrupt::Kind;

/// What the evidence says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// It is so.
    Supports,
    /// It is not so.
    Refutes,
    /// Nothing.
    Neither,
}

/// A claim with what it is judged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// One sentence, or a few.
    pub claim: String,
    /// Passages or sentences.
    pub evidence: Vec<String>,
    /// What the evidence says of it.
    pub label: Label,
    /// Whether [`reword`] made the claim.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reworded: bool,
    /// How it was corrupted; `None` for a claim as it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corruption: Option<Kind>,
}

/// The verdict on a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// Of the claim's worst sentence.
    pub verdict: Verdict,
    /// Of the claim's worst sentence, 0 to 1.
    pub support: f32,
}

/// One group of claims.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// A label, a kind of corruption, `reworded`, or `corrupted` for all corruptions.
    pub name: String,
    /// Claims in it.
    pub claims: usize,
    /// Chance that a true claim, reworded or not, has more support than one of these, ties
    /// counting half; `null` for groups of true claims.
    pub auc: Option<f64>,
    /// Share of these that the verifier calls supported.
    pub kept: f64,
}

/// Sums up verdicts, one for each of `pairs`; true claims first, then false ones.
pub fn report(pairs: &[Pair], judged: &[Judged]) -> Vec<Row> {
    let mut groups: BTreeMap<(usize, &str), Vec<Judged>> = BTreeMap::new();
    let mut true_ones = Vec::new();
    for (pair, judged) in pairs.iter().zip(judged) {
        if pair.label == Label::Supports {
            true_ones.push(*judged);
        }
        for group in groups_of(pair) {
            groups.entry(group).or_default().push(*judged);
        }
    }
    let row = |((place, name), group): ((usize, &str), Vec<Judged>)| Row {
        name: name.to_owned(),
        claims: group.len(),
        auc: (place >= FALSE).then(|| auc(&supports(&true_ones), &supports(&group))),
        kept: kept(&group),
    };
    groups.into_iter().map(row).collect()
}

/// Where the groups of false claims begin in the table.
const FALSE: usize = 2;

/// Names of the groups a pair belongs to, each with its place in the table.
fn groups_of(pair: &Pair) -> Vec<(usize, &'static str)> {
    match (pair.label, pair.corruption) {
        (Label::Supports, _) if pair.reworded => vec![(1, "reworded")],
        (Label::Supports, _) => vec![(0, "supports")],
        (_, Some(kind)) => vec![(4, kind.name()), (5, "corrupted")],
        (Label::Refutes, None) => vec![(FALSE, "refutes")],
        (Label::Neither, None) => vec![(3, "neither")],
    }
}

fn supports(judged: &[Judged]) -> Vec<f64> {
    judged.iter().map(|j| f64::from(j.support)).collect()
}

fn kept(judged: &[Judged]) -> f64 {
    let kept = judged.iter().filter(|j| j.verdict == Verdict::Supported);
    kept.count() as f64 / judged.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(label: Label, corruption: Option<Kind>) -> Pair {
        Pair {
            claim: "It is so.".into(),
            evidence: vec!["It is so.".into()],
            label,
            reworded: false,
            corruption,
        }
    }

    #[test]
    fn true_claims_are_compared_with_each_group() {
        let pairs = [
            pair(Label::Supports, None),
            pair(Label::Supports, None),
            pair(Label::Refutes, None),
            pair(Label::Refutes, Some(Kind::Number)),
        ];
        let judged = [
            (Verdict::Supported, 0.9),
            (Verdict::Weak, 0.5),
            (Verdict::Supported, 0.7),
            (Verdict::Unsupported, 0.0),
        ];
        let judged = judged.map(|(verdict, support)| Judged { verdict, support });
        let rows = report(&pairs, &judged);
        let rows = rows
            .iter()
            .map(|r| (r.name.as_str(), r.claims, r.auc, r.kept));
        assert_eq!(
            rows.collect::<Vec<_>>(),
            [
                ("supports", 2, None, 0.5),
                ("refutes", 1, Some(0.5), 1.0),
                ("number", 1, Some(1.0), 0.0),
                ("corrupted", 1, Some(1.0), 0.0)
            ]
        );
    }
}
