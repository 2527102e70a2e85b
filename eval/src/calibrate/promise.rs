//! From which confidence on are at least so many answers right, and how sure is that?
//!
//! For one threshold an exact binomial bound says it (Clopper and Pearson, Biometrika 1934). To
//! look at many thresholds and take the best would make the bound a lie, so they are tested in
//! an order fixed beforehand, from strict to lenient up to the first that fails, from each of a
//! few starts that share what may go wrong: then the certainty of each is that of all (fixed
//! sequence testing with several starts: Angelopoulos et al., Learn then Test, 2021).

use serde::{Deserialize, Serialize};

/// A threshold that keeps a promise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    /// Answer from this confidence on.
    pub confidence: f64,
    /// Questions answered then.
    pub answered: usize,
    /// Those answered right.
    pub right: usize,
    /// Share that is right at least, with the certainty asked for.
    pub at_least: f64,
}

/// Shares of the questions, in per cent, that the first threshold of each sequence lets pass.
const STARTS: [usize; 3] = [10, 25, 50];
/// How many more the next one lets pass.
const STEP: usize = 5;

/// The lowest threshold from which at least `share` of the answers are right, with `certainty`;
/// `None` when no sequence begins with one that shows that. `judged` is confidence and outcome.
pub fn keep(judged: &[(f64, bool)], share: f64, certainty: f64) -> Option<Promise> {
    let mut judged = judged.to_vec();
    judged.sort_by(|a, b| b.0.total_cmp(&a.0));
    let each = 1.0 - (1.0 - certainty) / STARTS.len() as f64;
    let last_kept = |start: usize| {
        let lasts = (start..=100)
            .step_by(STEP)
            .map(|percent| judged.len() * percent / 100);
        let promises = lasts.map(|count| {
            let last = judged.get(count.checked_sub(1)?)?;
            Some(promise(&judged, last.0, each)).filter(|promise| promise.at_least >= share)
        });
        promises.take_while(Option::is_some).flatten().last()
    };
    let kept = STARTS.into_iter().filter_map(last_kept);
    kept.min_by(|a, b| a.confidence.total_cmp(&b.confidence))
}

fn promise(judged: &[(f64, bool)], confidence: f64, certainty: f64) -> Promise {
    // Rounded down as confidences are rounded, so that the last one still passes.
    let confidence = (confidence * 1e4).floor() / 1e4;
    let passing = judged.iter().filter(|(c, _)| *c >= confidence);
    let (answered, right) = passing.fold((0, 0), |(answered, right), (_, is_right)| {
        (answered + 1, right + usize::from(*is_right))
    });
    Promise {
        confidence,
        answered,
        right,
        at_least: lower_bound(right, answered, certainty),
    }
}

/// The least share that makes `right` or more of `of` as likely as one minus `certainty`.
fn lower_bound(right: usize, of: usize, certainty: f64) -> f64 {
    if right == 0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if upper_tail(right, of, middle) < 1.0 - certainty {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// Probability of `right` or more successes in `of` trials.
fn upper_tail(right: usize, of: usize, p: f64) -> f64 {
    let odds = p.ln() - (1.0 - p).ln();
    // ln of the probability of k successes, from k = 0 on.
    let mut log = of as f64 * (1.0 - p).ln();
    let mut sum = 0.0;
    for k in 0..=of {
        if k >= right {
            sum += log.exp();
        }
        log += ((of - k) as f64 / (k + 1) as f64).ln() + odds;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(right: usize, of: usize, expected: f64) {
        let bound = lower_bound(right, of, 0.95);
        assert!((bound - expected).abs() < 1e-4, "{right} of {of}: {bound}");
    }

    /// Values of scipy 1.15's `beta.ppf(0.05, right, of - right + 1)`.
    #[test]
    fn the_bound_is_the_one_in_the_books() {
        check(10, 10, 0.7411);
        check(9, 10, 0.6058);
        check(90, 100, 0.8363);
        check(0, 5, 0.0);
        check(950, 1000, 0.9371);
    }

    #[test]
    fn a_threshold_is_the_lowest_that_keeps_its_promise() {
        // Right down to 0.5, wrong below.
        let judged: Vec<(f64, bool)> = (0..200).map(|i| (f64::from(i) / 200.0, i >= 100)).collect();
        let found = keep(&judged, 0.9, 0.95).unwrap();
        assert!((0.45..=0.5).contains(&found.confidence), "{found:?}");
        assert!(found.at_least >= 0.9);
        assert_eq!(keep(&judged, 0.4, 0.95).unwrap().answered, 200);
        assert!(keep(&judged[..100], 0.5, 0.95).is_none());
        assert!(keep(&judged[100..110], 0.9, 0.95).is_none(), "too few");
        let mut early = judged;
        early[199].1 = false;
        assert!(
            keep(&early[..], 0.9, 0.95).is_some(),
            "one mistake at the top"
        );
        assert!(keep(&[], 0.5, 0.95).is_none());
    }
}
