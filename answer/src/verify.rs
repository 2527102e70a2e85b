//! Decides whether stored sentences support a claim. Four independent views: how much of the
//! claim's informative vocabulary the evidence holds, how close their vectors are, and the
//! hard checks of [`crate::checks`]. Pure and deterministic; no model judges here, and the one of
//! [`crate::inference`] comes after.
//!
//! Token support is K-precision (Adlakha et al., TACL 2024) weighted by inverse document
//! frequency, with the question's own words counted at a quarter: repeating the question
//! is not evidence.

mod verdict;

use std::collections::BTreeSet;

use footnote_store::terms::{TermStats, analyse, is_stop_word};

use crate::checks::negation::polarity;
use crate::checks::{comparators, dates, names, quantities, replaced};
use crate::evidence::{dot, stems};
pub use verdict::{Checks, Claim, Evidence, Verdict, Verified};

/// Token support from which a claim is supported without help from its vector.
const SUPPORTED_TOKENS: f32 = 0.6;
/// Token support below which no vector can carry a claim.
const WEAK_TOKENS: f32 = 0.35;
/// Cosine that lifts a claim of weak token support to supported.
const SUPPORTED_COSINE: f32 = 0.75;
/// Cosine that keeps a claim of little token support at weak.
const WEAK_COSINE: f32 = 0.65;
/// What a failed hard check leaves of a claim's support.
pub(crate) const FAILED: f32 = 0.25;
/// What replaced words leave of a claim's support.
pub(crate) const REPLACED: f32 = 0.5;
/// Weight of a word the question already had.
const ECHO: f32 = 0.25;
/// A claim rests on at most this many sentences.
const MOST_EVIDENCE: usize = 3;

/// Judges each sentence of `said`, whose vectors are `vectors`, as an answer to `question`.
pub(crate) fn verify_all(
    said: &[&str],
    vectors: &[Vec<f32>],
    question: &str,
    evidence: &[Evidence<'_>],
    stats: &TermStats,
) -> Vec<Verified> {
    let judge = |(text, vector): (&&str, &Vec<f32>)| {
        let claim = Claim {
            text,
            vector,
            question,
        };
        verify(claim, evidence, stats)
    };
    said.iter().zip(vectors).map(judge).collect()
}

/// Aligns `claim` with `evidence` and judges it.
pub fn verify(claim: Claim<'_>, evidence: &[Evidence<'_>], stats: &TermStats) -> Verified {
    let words = weighted_words(claim, stats);
    let chosen = align(claim, &words, evidence);
    let cited = chosen
        .iter()
        .map(|i| (evidence[*i].text, evidence[*i].context));
    let cited: Vec<(&str, &str)> = cited.collect();
    let texts: Vec<&str> = cited.iter().map(|(text, _)| *text).collect();
    let joined = texts.join(" ");
    let mut sources = vec![claim.question];
    sources.extend(cited.iter().flat_map(|(text, context)| [text, context]));
    let held = stems(&joined);
    let undated = dates::without(claim.text);
    let quantities = quantities::missing(&undated, &joined, claim.question);
    let checks = Checks {
        token_support: support(&words, &held),
        cosine: cosine(claim, &chosen, evidence),
        numbers_missing: quantities.numbers,
        units_missing: quantities.units,
        crossed: quantities::crossed(claim.text, &cited),
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
        inference: None,
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
mod tests;
