//! Measures that only ask whether a document is relevant.

use std::collections::BTreeMap;

use crate::trec::Grade;

type Judged = BTreeMap<String, Grade>;

/// The ranks of `ranking` that hold a relevant document, from 1, rising.
fn hits<'r>(ranking: &'r [&str], judged: &'r Judged) -> impl Iterator<Item = usize> + 'r {
    let relevant = |document: &str| judged.get(document).is_some_and(|grade| *grade > 0);
    let ranked = ranking.iter().enumerate();
    ranked.filter_map(move |(i, document)| relevant(document).then_some(i + 1))
}

fn hits_within(ranking: &[&str], judged: &Judged, k: usize) -> usize {
    hits(ranking, judged).take_while(|rank| *rank <= k).count()
}

fn relevant(judged: &Judged) -> usize {
    judged.values().filter(|grade| **grade > 0).count()
}

/// A part of a whole; 0 of nothing.
fn part(some: f64, of: usize) -> f64 {
    if of == 0 { 0.0 } else { some / of as f64 }
}

/// Precision at each relevant document, over all relevant ones.
pub(super) fn average_precision(ranking: &[&str], judged: &Judged) -> f64 {
    let found = hits(ranking, judged).zip(1u32..);
    let precisions = found.map(|(rank, so_far)| f64::from(so_far) / rank as f64);
    part(precisions.sum(), relevant(judged))
}

pub(super) fn reciprocal_rank(ranking: &[&str], judged: &Judged, k: usize) -> f64 {
    let first = hits(ranking, judged).next().filter(|rank| *rank <= k);
    first.map_or(0.0, |rank| 1.0 / rank as f64)
}

pub(super) fn recall(ranking: &[&str], judged: &Judged, k: usize) -> f64 {
    part(hits_within(ranking, judged, k) as f64, relevant(judged))
}

pub(super) fn success(ranking: &[&str], judged: &Judged, k: usize) -> f64 {
    f64::from(hits_within(ranking, judged, k) > 0)
}

pub(super) fn precision(ranking: &[&str], judged: &Judged, k: usize) -> f64 {
    part(hits_within(ranking, judged, k) as f64, k)
}

pub(super) fn judged(ranking: &[&str], judged: &Judged, k: usize) -> f64 {
    let first = &ranking[..ranking.len().min(k)];
    if first.is_empty() {
        return 1.0;
    }
    let known = first.iter().filter(|d| judged.contains_key(**d)).count();
    part(known as f64, first.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Measure;

    /// Judged: a and b relevant, c not.
    #[track_caller]
    fn check(measure: Measure, ranking: &[&str], expected: f64) {
        let grades = [("a", 1), ("b", 2), ("c", 0)];
        let judged = grades.map(|(document, grade)| (document.to_owned(), grade));
        let value = measure.of(ranking, &BTreeMap::from(judged));
        assert!((value - expected).abs() < 1e-12, "{measure}: {value}");
    }

    #[test]
    fn each_measure_counts_what_it_says() {
        let ranking = ["x", "a", "c", "b"];
        check(Measure::Map, &ranking, (1.0 / 2.0 + 2.0 / 4.0) / 2.0);
        check(Measure::Mrr, &ranking, 0.5);
        check(Measure::MrrAt(1), &ranking, 0.0);
        check(Measure::Recall(2), &ranking, 0.5);
        check(Measure::Recall(4), &ranking, 1.0);
        check(Measure::Success(1), &ranking, 0.0);
        check(Measure::Success(2), &ranking, 1.0);
        check(Measure::Complete(3), &ranking, 0.0);
        check(Measure::Complete(4), &ranking, 1.0);
        check(Measure::Precision(10), &ranking, 0.2);
        check(Measure::Judged(2), &ranking, 0.5);
        check(Measure::Judged(100), &ranking, 0.75);
    }

    #[test]
    fn an_empty_ranking_is_worth_nothing_and_hides_nothing() {
        check(Measure::Map, &[], 0.0);
        check(Measure::Precision(5), &[], 0.0);
        check(Measure::Judged(5), &[], 1.0);
    }
}
