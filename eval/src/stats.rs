//! Is a difference more than luck? Two systems answer the same queries, so everything here
//! works on the differences by query. Numbers are drawn from a fixed seed: the same values
//! give the same verdict, everywhere.

use serde::{Deserialize, Serialize};

/// Draws of the randomisation test and of the bootstrap: p is then known to about 0.005.
const DRAWS: u32 = 10_000;
const SEED: u64 = 0x5eed;

/// What the differences of two systems come to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// On the average.
    pub mean: f64,
    /// 95 % interval of the mean, lower end.
    pub low: f64,
    /// 95 % interval of the mean, upper end.
    pub high: f64,
    /// How likely a mean this far from 0 is when the systems are equally good.
    pub p: f64,
    /// Queries compared.
    pub n: usize,
    /// The smallest true difference that a test on these queries would mostly find: at 5 %
    /// and with a power of 80 %, about 2.8 standard errors.
    pub detectable: f64,
}

/// Sums up `differences`, one a query.
pub fn difference(differences: &[f64]) -> Difference {
    let (low, high) = interval(differences);
    Difference {
        mean: mean(differences),
        low,
        high,
        p: randomisation(differences),
        n: differences.len(),
        detectable: 2.8 * deviation(differences) / (differences.len().max(1) as f64).sqrt(),
    }
}

/// The arithmetic mean; 0 of nothing.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Sample standard deviation.
fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    (squares / values.len().saturating_sub(1).max(1) as f64).sqrt()
}

/// Paired randomisation test, two-sided: each difference may as well have had the other sign.
/// p = (1 + draws at least as far from 0) / (1 + draws), so it is never 0 (Smucker, Allan and
/// Carterette 2007).
pub fn randomisation(differences: &[f64]) -> f64 {
    let mut random = Random(SEED);
    let observed: f64 = differences.iter().sum::<f64>().abs();
    // Sums of the same numbers in the same order differ from their exact value by rounding
    // only; a draw that ties with what was observed has to count.
    let slack = 1e-12 * differences.iter().map(|d| d.abs()).sum::<f64>();
    let as_far = (0..DRAWS).filter(|_| {
        let flipped = differences
            .iter()
            .map(|d| if random.coin() { *d } else { -d });
        flipped.sum::<f64>().abs() >= observed - slack
    });
    (1 + as_far.count()) as f64 / f64::from(1 + DRAWS)
}

/// Percentile bootstrap of the mean: where its middle 95 % lie when queries are drawn anew
/// (Efron 1979). Zeros for nothing.
pub fn interval(values: &[f64]) -> (f64, f64) {
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let mut random = Random(SEED);
    let n = values.len();
    let mut means: Vec<f64> = (0..DRAWS)
        .map(|_| (0..n).map(|_| values[random.below(n)]).sum::<f64>() / n as f64)
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |part: f64| means[((means.len() - 1) as f64 * part).round() as usize];
    (at(0.025), at(0.975))
}

/// Holm's correction: the p-values, in their order, raised so that the chance of even one
/// false alarm among them stays what a single test promises (Holm 1979).
pub fn holm(ps: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ps.len()).collect();
    order.sort_by(|a, b| ps[*a].total_cmp(&ps[*b]).then(a.cmp(b)));
    let mut adjusted = vec![0.0; ps.len()];
    let mut least: f64 = 0.0;
    for (i, index) in order.into_iter().enumerate() {
        least = least.max(ps[index] * (ps.len() - i) as f64).min(1.0);
        adjusted[index] = least;
    }
    adjusted
}

/// SplitMix64: fast, even, and the same on every machine.
pub(crate) struct Random(u64);

impl Random {
    /// The numbers that `seed` stands for.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }

    /// A number below `end`, which is more than 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(value: f64, expected: f64, within: f64) {
        assert!(
            (value - expected).abs() <= within,
            "{value} is not {expected}"
        );
    }

    /// All 2^n sign patterns, for few differences.
    fn exact(differences: &[f64]) -> f64 {
        let observed = differences.iter().sum::<f64>().abs() - 1e-12;
        let patterns = 1u32 << differences.len();
        let sum = |signs: u32| {
            let signed = differences.iter().enumerate();
            signed
                .map(|(i, d)| if signs >> i & 1 == 1 { *d } else { -d })
                .sum::<f64>()
        };
        let as_far = (0..patterns).filter(|signs| sum(*signs).abs() >= observed);
        as_far.count() as f64 / f64::from(patterns)
    }

    #[test]
    fn the_test_agrees_with_all_sign_patterns() {
        for differences in [
            vec![0.1, 0.2, 0.3, -0.1, 0.05, 0.4],
            vec![0.5, -0.4, 0.1, -0.2],
            vec![0.1; 10],
            vec![0.3, 0.3, -0.3, 0.0, 0.1, 0.1, 0.2, -0.2],
        ] {
            near(randomisation(&differences), exact(&differences), 0.015);
        }
    }

    #[test]
    fn no_difference_is_no_evidence() {
        near(randomisation(&[0.0; 20]), 1.0, 0.0);
        near(randomisation(&[]), 1.0, 0.0);
        assert_eq!(interval(&[0.0; 20]), (0.0, 0.0));
        assert_eq!(interval(&[]), (0.0, 0.0));
    }

    #[test]
    fn a_steady_gain_is_significant_and_its_interval_leaves_zero_out() {
        let gains: Vec<f64> = (0..100).map(|i| 0.05 + 0.001 * f64::from(i % 7)).collect();
        let found = difference(&gains);
        assert!(found.p < 0.001 && found.low > 0.0 && found.low < found.mean);
        assert!(found.mean < found.high && found.n == 100);
        assert_eq!(found, difference(&gains));
    }

    #[test]
    fn the_interval_is_as_wide_as_theory_has_it() {
        // Fair coins: the mean of 400 has a standard error of 0.025.
        let coins: Vec<f64> = (0..400).map(|i| f64::from(i % 2)).collect();
        let (low, high) = interval(&coins);
        near(low, 0.5 - 1.96 * 0.025, 0.004);
        near(high, 0.5 + 1.96 * 0.025, 0.004);
    }

    #[test]
    fn holm_raises_the_smallest_most_and_keeps_the_order() {
        let adjusted = holm(&[0.01, 0.04, 0.03]);
        for (value, expected) in adjusted.iter().zip([0.03, 0.06, 0.06]) {
            near(*value, expected, 1e-12);
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }
}
