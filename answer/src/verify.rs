//! Decides whether stored sentences support a claim. Four independent views: how much of the
//! claim's informative vocabulary the evidence holds, how close their vectors are, and the
//! hard checks of [`crate::checks`]. Pure and deterministic; no model judges here.
//!
//! Token support is K-precision (Adlakha et al., TACL 2024) weighted by inverse document
//! frequency, with the question's own words counted at a quarter: repeating the question
//! is not evidence.

use std::collections::BTreeSet;

use footnote_store::terms::{TermStats, analyse, is_stop_word};
use serde::{Deserialize, Serialize};

use crate::checks::negation::{Polarity, polarity};
use crate::checks::{comparators, dates, names, quantities, replaced};
use crate::evidence::{dot, stems};

/// How well a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every hard check passes and the evidence holds what the claim says.
    Supported,
    /// The hard checks pass but the evidence says it only in part or in other words.
    Weak,
    /// A hard check fails, or the evidence does not say it.
    Unsupported,
}

/// What each check found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checks {
    /// Weighted share of the claim's content words that stand in the evidence, 0 to 1.
    pub token_support: f32,
    /// Best cosine similarity of claim and evidence; `null` when no vector was at hand.
    pub cosine: Option<f32>,
    /// Numbers of the claim that neither evidence nor question has.
    pub numbers_missing: Vec<String>,
    /// Quantities of the claim whose number is there, but of another unit.
    #[serde(default)]
    pub units_missing: Vec<String>,
    /// Dates of the claim that the evidence does not have.
    #[serde(default)]
    pub dates_missing: Vec<String>,
    /// Names and codes of the claim that neither evidence, headings nor question has.
    pub entities_missing: Vec<String>,
    /// Whether claim and evidence agree in polarity.
    pub negation: Polarity,
    /// Comparisons of the claim that the evidence turns round, such as `less than`.
    #[serde(default)]
    pub comparators: Vec<String>,
    /// Duties of the claim (must, should, may) that the evidence words as another.
    #[serde(default)]
    pub modality: Vec<String>,
    /// Words of the claim in the place of others of the sentence it otherwise repeats: they
    /// leave a claim weak at best.
    #[serde(default)]
    pub replaced: Vec<String>,
}

impl Checks {
    /// Whether no hard check fails.
    pub fn pass(&self) -> bool {
        let lists = [
            &self.numbers_missing,
            &self.units_missing,
            &self.dates_missing,
            &self.entities_missing,
            &self.comparators,
            &self.modality,
        ];
        lists.iter().all(|list| list.is_empty()) && self.negation == Polarity::Same
    }
}

/// The verdict on one claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// The verdict.
    pub verdict: Verdict,
    /// One number for it, 0 to 1; at most a quarter when a hard check fails.
    pub support: f32,
    /// What led to it.
    pub checks: Checks,
    /// Indices of the evidence that carries the claim, most helpful first; at most three.
    pub evidence: Vec<usize>,
}

/// A stored sentence offered as evidence.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'e> {
    /// The exact sentence.
    pub text: &'e str,
    /// Title and headings above it: they lend names, not facts.
    pub context: &'e str,
    /// Its vector, unit length.
    pub vector: &'e [f32],
}

/// A claim to check.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'c> {
    /// The sentence.
    pub text: &'c str,
    /// Its vector, unit length; empty when there is none.
    pub vector: &'c [f32],
    /// The question it answers; empty when there is none.
    pub question: &'c str,
}

/// Token support from which a claim is supported without help from its vector.
const SUPPORTED_TOKENS: f32 = 0.6;
/// Token support below which no vector can carry a claim.
const WEAK_TOKENS: f32 = 0.35;
/// Cosine that lifts a claim of weak token support to supported.
const SUPPORTED_COSINE: f32 = 0.75;
/// Cosine that keeps a claim of little token support at weak.
const WEAK_COSINE: f32 = 0.65;
/// What a failed hard check leaves of a claim's support.
const FAILED: f32 = 0.25;
/// What replaced words leave of a claim's support.
const REPLACED: f32 = 0.5;
/// Weight of a word the question already had.
const ECHO: f32 = 0.25;
/// A claim rests on at most this many sentences.
const MOST_EVIDENCE: usize = 3;

/// Aligns `claim` with `evidence` and judges it.
pub fn verify(claim: Claim<'_>, evidence: &[Evidence<'_>], stats: &TermStats) -> Verified {
    let words = weighted_words(claim, stats);
    let chosen = align(claim, &words, evidence);
    let texts: Vec<&str> = chosen.iter().map(|i| evidence[*i].text).collect();
    let joined = texts.join(" ");
    let mut sources = vec![claim.question];
    sources.extend(
        chosen
            .iter()
            .flat_map(|i| [evidence[*i].text, evidence[*i].context]),
    );
    let held = stems(&joined);
    let undated = dates::without(claim.text);
    let quantities = quantities::missing(&undated, &joined, claim.question);
    let checks = Checks {
        token_support: support(&words, &held),
        cosine: cosine(claim, &chosen, evidence),
        numbers_missing: quantities.numbers,
        units_missing: quantities.units,
        dates_missing: dated(claim, &joined),
        entities_missing: names::missing(&undated, &sources)
            .into_iter()
            .map(str::to_owned)
            .collect(),
        negation: polarity(claim.text, &joined),
        comparators: comparators::turned(claim.text, &joined),
        modality: comparators::duties_changed(claim.text, &joined),
        replaced: texts.first().map_or(Vec::new(), |best| {
            replaced::replaced(claim.text, best, &stems(&sources.join(" ")))
        }),
    };
    let verdict = judge(&checks, chosen.is_empty());
    Verified {
        support: if chosen.is_empty() {
            0.0
        } else {
            strength(&checks)
        },
        verdict,
        checks,
        evidence: chosen,
    }
}

/// Dates that are nowhere, and weekdays and months that stand where the evidence has others.
fn dated(claim: Claim<'_>, evidence: &str) -> Vec<String> {
    let mut missing = dates::missing(claim.text, &format!("{evidence} {}", claim.question));
    for day in comparators::calendar_changed(claim.text, evidence) {
        if !missing.iter().any(|date| date.contains(&day)) {
            missing.push(day);
        }
    }
    missing
}

fn judge(checks: &Checks, nothing: bool) -> Verdict {
    let (tokens, cosine) = (checks.token_support, checks.cosine.unwrap_or(0.0));
    if nothing || !checks.pass() {
        Verdict::Unsupported
    } else if checks.replaced.is_empty()
        && (tokens >= SUPPORTED_TOKENS || (tokens >= WEAK_TOKENS && cosine >= SUPPORTED_COSINE))
    {
        Verdict::Supported
    } else if tokens >= WEAK_TOKENS || cosine >= WEAK_COSINE {
        Verdict::Weak
    } else {
        Verdict::Unsupported
    }
}

/// Mean of token support and cosine, where there is a cosine; half of it for a claim with
/// replaced words, a quarter for one that fails a hard check.
fn strength(checks: &Checks) -> f32 {
    let tokens = checks.token_support;
    let likeness = checks
        .cosine
        .map_or(tokens, |cosine| (tokens + cosine.clamp(0.0, 1.0)) / 2.0);
    match (checks.pass(), checks.replaced.is_empty()) {
        (true, true) => likeness,
        (true, false) => likeness * REPLACED,
        (false, _) => likeness * FAILED,
    }
}

/// Content stems of the claim with their weights, in order of appearance.
fn weighted_words(claim: Claim<'_>, stats: &TermStats) -> Vec<(String, f32)> {
    let asked = stems(claim.question);
    let mut seen = BTreeSet::new();
    analyse(claim.text)
        .into_iter()
        .filter(|token| !is_stop_word(&claim.text[token.range.clone()]))
        .filter(|token| seen.insert(token.stem.clone()))
        .map(|token| {
            let idf = stats.idf(&token.stem);
            let weight = if asked.contains(&token.stem) {
                idf * ECHO
            } else {
                idf
            };
            (token.stem, weight)
        })
        .collect()
}

fn support(words: &[(String, f32)], held: &BTreeSet<String>) -> f32 {
    let total: f32 = words.iter().map(|(_, weight)| weight).sum();
    let found: f32 = words
        .iter()
        .filter(|(stem, _)| held.contains(stem))
        .map(|(_, weight)| weight)
        .sum();
    if total > 0.0 { found / total } else { 0.0 }
}

/// Greedy set cover: first the sentence closest to the claim, then whatever adds most of the
/// claim's words that are still uncovered.
fn align(claim: Claim<'_>, words: &[(String, f32)], evidence: &[Evidence<'_>]) -> Vec<usize> {
    let held: Vec<BTreeSet<String>> = evidence.iter().map(|e| stems(e.text)).collect();
    let first = (0..evidence.len()).max_by(|a, b| {
        let closeness = |i: usize| closeness(claim, words, &held[i], evidence[i]);
        closeness(*a).total_cmp(&closeness(*b)).then(b.cmp(a))
    });
    let Some(first) = first else {
        return Vec::new();
    };
    let mut chosen = vec![first];
    let mut union = held[first].clone();
    while chosen.len() < MOST_EVIDENCE {
        let gain = |i: usize| {
            let with: BTreeSet<String> = union.union(&held[i]).cloned().collect();
            support(words, &with) - support(words, &union)
        };
        let next = (0..evidence.len())
            .filter(|i| !chosen.contains(i))
            .max_by(|a, b| gain(*a).total_cmp(&gain(*b)).then(b.cmp(a)));
        match next {
            Some(next) if gain(next) >= MIN_GAIN => {
                union.extend(held[next].iter().cloned());
                chosen.push(next);
            }
            _ => break,
        }
    }
    chosen
}

/// A further sentence must carry at least this share of the claim to be cited for it.
const MIN_GAIN: f32 = 0.15;

fn closeness(
    claim: Claim<'_>,
    words: &[(String, f32)],
    held: &BTreeSet<String>,
    evidence: Evidence<'_>,
) -> f32 {
    0.6 * support(words, held) + 0.4 * dot(claim.vector, evidence.vector)
}

fn cosine(claim: Claim<'_>, chosen: &[usize], evidence: &[Evidence<'_>]) -> Option<f32> {
    let with_vectors = chosen
        .iter()
        .filter(|i| !claim.vector.is_empty() && !evidence[**i].vector.is_empty());
    with_vectors
        .map(|i| dot(claim.vector, evidence[*i].vector))
        .max_by(f32::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(claim: &str, evidence: &[&str], expected: Verdict) -> Verified {
        let evidence: Vec<Evidence<'_>> = evidence
            .iter()
            .map(|text| Evidence {
                text,
                context: "Leave policy",
                vector: &[],
            })
            .collect();
        let claim = Claim {
            text: claim,
            vector: &[],
            question: "How long is annual leave?",
        };
        let verified = verify(claim, &evidence, &TermStats::default());
        assert_eq!(verified.verdict, expected, "{verified:?}");
        verified
    }

    const LEAVE: &str = "Employees receive 25 days of paid annual leave each calendar year.";

    #[test]
    fn a_quote_is_supported_by_itself() {
        let verified = check(LEAVE, &["Lunch is at noon.", LEAVE], Verdict::Supported);
        assert_eq!(verified.evidence, [1]);
    }

    #[test]
    fn a_rewrite_is_supported() {
        check(
            "Employees receive 25 days of paid leave.",
            &[LEAVE],
            Verdict::Supported,
        );
    }

    #[test]
    fn corruptions_are_not() {
        check(
            "Employees receive 30 days of paid leave.",
            &[LEAVE],
            Verdict::Unsupported,
        );
        check(
            "Employees receive 25 days in Paris.",
            &[LEAVE],
            Verdict::Unsupported,
        );
        check(
            "Employees do not receive 25 days of leave.",
            &[LEAVE],
            Verdict::Unsupported,
        );
        check(
            "The cafeteria sells fresh sandwiches.",
            &[LEAVE],
            Verdict::Unsupported,
        );
        check("Anything.", &[], Verdict::Unsupported);
    }

    #[test]
    fn a_word_for_another_in_a_quotation_is_weak() {
        let claim = "Contractors receive 25 days of paid annual leave each calendar year.";
        let verified = check(claim, &[LEAVE], Verdict::Weak);
        assert_eq!(verified.checks.replaced, ["contractors"]);
    }

    #[test]
    fn units_dates_and_duties_are_hard_checks() {
        let rule = "Staff must return 9 kg of tools by 5 May 2025.";
        for claim in [
            "Staff must return 9 g of tools by 5 May 2025.",
            "Staff must return 9 kg of tools by 5 June 2025.",
            "Staff may return 9 kg of tools by 5 May 2025.",
        ] {
            let verified = check(claim, &[rule], Verdict::Unsupported);
            assert!(verified.support <= FAILED);
        }
        check(
            "Staff must return 9 kg of tools by 2025-05-05.",
            &[rule],
            Verdict::Supported,
        );
    }

    #[test]
    fn two_sentences_carry_one_claim() {
        let both = [
            "The pump weighs nine kilograms.",
            "The seal is made of titanium.",
        ];
        let verified = check(
            "The pump weighs nine kilograms and its seal is titanium.",
            &both,
            Verdict::Supported,
        );
        assert_eq!(verified.evidence, [0, 1]);
    }
}
