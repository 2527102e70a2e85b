//! The area under the receiver operating characteristic: how well a score tells two kinds
//! apart. The probe of models and the measurement of the verifier use it.

/// Chance that a score of `positives` is higher than one of `negatives`, ties counting half:
/// the area under the ROC curve, by Mann and Whitney's rank sum (Hanley and McNeil 1982).
/// 0.5 when either is empty.
pub fn auc(positives: &[f64], negatives: &[f64]) -> f64 {
    if positives.is_empty() || negatives.is_empty() {
        return 0.5;
    }
    let mut negatives = negatives.to_vec();
    negatives.sort_by(f64::total_cmp);
    let below = |score: f64| {
        let lower = negatives.partition_point(|n| *n < score);
        let not_higher = negatives.partition_point(|n| *n <= score);
        (lower + not_higher) as f64 / 2.0
    };
    let wins: f64 = positives.iter().map(|score| below(*score)).sum();
    wins / (positives.len() * negatives.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_pairs_in_order() {
        assert_eq!(auc(&[0.9, 0.8], &[0.1, 0.2]), 1.0);
        assert_eq!(auc(&[0.1], &[0.9]), 0.0);
        assert_eq!(auc(&[0.5, 0.5], &[0.5]), 0.5);
        assert_eq!(auc(&[0.7, 0.3], &[0.5, 0.3]), 0.625);
        assert_eq!(auc(&[], &[0.5]), 0.5);
    }
}
