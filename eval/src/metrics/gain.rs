//! Measures of graded relevance.

use std::collections::BTreeMap;

use crate::trec::Grade;

/// DCG of the first `k` over the DCG of the best ranking there could be, which takes the
/// judged documents by falling grade; 0 when nothing is relevant.
pub(super) fn ndcg(ranking: &[&str], judged: &BTreeMap<String, Grade>, k: usize) -> f64 {
    let mut best: Vec<Grade> = judged.values().copied().collect();
    best.sort_unstable_by(|a, b| b.cmp(a));
    let ideal = dcg(best.into_iter(), k);
    if ideal == 0.0 {
        return 0.0;
    }
    let found = ranking
        .iter()
        .map(|document| judged.get(*document).copied());
    dcg(found.map(Option::unwrap_or_default), k) / ideal
}

/// Σ grade / log2(rank + 1), ranks from 1. Grades below 0 gain nothing.
fn dcg(grades: impl Iterator<Item = Grade>, k: usize) -> f64 {
    let gains = grades.take(k).zip(2u32..);
    gains
        .map(|(grade, discount)| f64::from(grade.max(0)) / f64::from(discount).log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ranking: &[&str], k: usize, expected: f64) {
        let judged = [("a", 2), ("b", 1), ("c", -1), ("d", 0)];
        let judged = judged.map(|(document, grade)| (document.to_owned(), grade));
        let value = ndcg(ranking, &BTreeMap::from(judged), k);
        assert!((value - expected).abs() < 1e-12, "{ranking:?}@{k}: {value}");
    }

    #[test]
    fn gain_is_the_grade_discounted_by_rank() {
        let log3 = 3f64.log2();
        check(&["a", "b"], 10, 1.0);
        check(&["b", "a"], 10, (1.0 + 2.0 / log3) / (2.0 + 1.0 / log3));
        check(&["b", "a"], 1, 0.5);
        check(&["x", "c", "d"], 10, 0.0);
        check(&["c", "a"], 10, (2.0 / log3) / (2.0 + 1.0 / log3));
        check(&[], 10, 0.0);
    }

    #[test]
    fn nothing_to_find_is_worth_nothing() {
        assert_eq!(
            ndcg(&["a"], &BTreeMap::from([("a".to_owned(), 0)]), 10),
            0.0
        );
    }
}
