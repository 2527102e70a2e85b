//! Is it worse than it was? A run against a committed baseline, under the rules of a file.
//!
//! A measure fails when its mean is under the floor, or has dropped by more than is allowed
//! and the drop is significant: a drop that luck explains stops nobody, a real one that is
//! small enough does not either. Latency is compared only where a bound is set, and only says
//! something on the same kind of machine.

mod rules;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use rules::{Rule, Rules, RulesError};

use crate::report::{Outcome, deltas};
use crate::stats::{Difference, difference, holm, mean};

/// What a later run is compared with; committed, so it holds nothing that changes by itself
/// but the one latency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Names the data set.
    pub name: String,
    /// The configuration.
    pub configuration: String,
    /// 95th percentile of the latency, in milliseconds.
    pub p95_ms: f64,
    /// By measure and question.
    pub by_question: BTreeMap<String, BTreeMap<String, f64>>,
}

impl Baseline {
    /// The baseline that `outcome` on the data set called `name` makes.
    pub fn of(name: &str, outcome: &Outcome) -> Self {
        // Six digits tell queries apart and keep the file's diffs quiet.
        let rounded = |value: &f64| (value * 1e6).round() / 1e6;
        let by_question = outcome.by_question.iter().map(|(measure, values)| {
            let values = values
                .iter()
                .map(|(id, value)| (id.clone(), rounded(value)));
            (measure.clone(), values.collect())
        });
        Self {
            name: name.to_owned(),
            configuration: outcome.name.clone(),
            p95_ms: rounded(&p95(outcome)),
            by_question: by_question.collect(),
        }
    }
}

fn p95(outcome: &Outcome) -> f64 {
    outcome.latency_ms.get("total").map_or(0.0, |p| p.p95)
}

/// The judgement on one measure, or on the latency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What was judged.
    pub name: String,
    /// What is wrong, one line each; empty when it passed.
    pub failures: Vec<String>,
    /// What was found, for people.
    pub summary: String,
    /// The difference from the baseline; `null` for the latency, or without a baseline.
    pub difference: Option<Difference>,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Judges `outcome` by `rules` against `baseline`.
pub fn judge(rules: &Rules, baseline: &Baseline, outcome: &Outcome) -> Vec<Verdict> {
    // Rounded as the baseline is, or every value would differ in its seventh digit.
    let now = Baseline::of(&baseline.name, outcome);
    let compared: Vec<(&String, &Rule, Option<Difference>)> = rules
        .measures
        .iter()
        .map(|(name, rule)| (name, rule, against(baseline, &now, name)))
        .collect();
    let ps = compared.iter().map(|(.., d)| d.map_or(1.0, |d| d.p));
    let corrected = holm(&ps.collect::<Vec<_>>());
    let mut verdicts: Vec<Verdict> = compared
        .into_iter()
        .zip(corrected)
        .map(|((name, rule, difference), p)| measure(name, *rule, outcome, difference, p))
        .collect();
    verdicts.extend(
        rules
            .latency_ratio
            .map(|most| latency(most, baseline, outcome)),
    );
    verdicts
}

fn against(baseline: &Baseline, now: &Baseline, name: &str) -> Option<Difference> {
    let was = baseline.by_question.get(name)?;
    let is = now.by_question.get(name)?;
    Some(difference(&deltas(is, was))).filter(|d| d.n > 0)
}

fn measure(
    name: &str,
    rule: Rule,
    outcome: &Outcome,
    difference: Option<Difference>,
    p: f64,
) -> Verdict {
    let values = outcome.by_question.get(name);
    let values: Vec<f64> = values
        .into_iter()
        .flatten()
        .map(|(_, value)| *value)
        .collect();
    let value = mean(&values);
    let mut failures = Vec::new();
    if let Some(floor) = rule.floor.filter(|floor| value < *floor) {
        failures.push(format!(
            "{name} is {value:.4}, under its floor of {floor:.4}"
        ));
    }
    let mut summary = format!("{value:.4}");
    match difference {
        None => failures.push(format!(
            "the baseline has no {name} for these questions; make it again with `--update`"
        )),
        Some(d) => {
            summary = format!("{value:.4} ({:+.4}, p {p:.4}, n {})", d.mean, d.n);
            if d.mean < -rule.max_drop && p < rule.alpha {
                let (drop, most) = (-d.mean, rule.max_drop);
                failures.push(format!(
                    "{name} dropped by {drop:.4} (p {p:.4}); {most:.4} is allowed"
                ));
            }
        }
    }
    Verdict {
        name: name.to_owned(),
        failures,
        summary,
        difference,
    }
}

fn latency(most: f64, baseline: &Baseline, outcome: &Outcome) -> Verdict {
    let ratio = p95(outcome) / baseline.p95_ms.max(f64::MIN_POSITIVE);
    let failure = (ratio > most).then(|| {
        let (is, was) = (p95(outcome), baseline.p95_ms);
        format!("the 95th percentile is {is:.1} ms, {ratio:.2} times the baseline's {was:.1} ms; {most:.2} times is allowed")
    });
    Verdict {
        name: "latency".to_owned(),
        failures: failure.into_iter().collect(),
        summary: format!("{:.1} ms ({ratio:.2} times)", p95(outcome)),
        difference: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latency::percentiles;

    fn outcome(values: &[f64], millis: f64) -> Outcome {
        let by_question = values
            .iter()
            .enumerate()
            .map(|(i, v)| (format!("q{i}"), *v));
        Outcome {
            name: "hybrid".into(),
            settings: serde_json::Value::Null,
            values: BTreeMap::new(),
            recall: Vec::new(),
            latency_ms: BTreeMap::from([("total".into(), percentiles(vec![millis]))]),
            by_question: BTreeMap::from([("ndcg@10".into(), by_question.collect())]),
            versus: None,
            run: None,
        }
    }

    #[track_caller]
    fn check(rules: &str, is: &[f64], failing: &[&str]) {
        let was = Baseline::of("d", &outcome(&[0.8; 40], 10.0));
        let verdicts = judge(&Rules::parse(rules).unwrap(), &was, &outcome(is, 20.0));
        let failures: Vec<String> = verdicts.into_iter().flat_map(|v| v.failures).collect();
        assert_eq!(failures.len(), failing.len(), "{failures:?}");
        for (failure, wanted) in failures.iter().zip(failing) {
            assert!(failure.contains(wanted), "{failure}");
        }
    }

    const PLAIN: &str = "[measures.\"ndcg@10\"]\nmax_drop = 0.01\n";

    #[test]
    fn a_significant_drop_fails_and_a_chance_one_does_not() {
        check(PLAIN, &[0.8; 40], &[]);
        check(PLAIN, &[0.7; 40], &["dropped by 0.1000"]);
        check(PLAIN, &[0.9; 40], &[]);
        // Far lower, but on three questions of forty.
        let mut few = [0.8; 40];
        few[..3].fill(0.0);
        check(PLAIN, &few, &[]);
        // Significant, but within what is allowed.
        check(PLAIN, &[0.795; 40], &[]);
    }

    #[test]
    fn a_run_does_not_differ_from_the_baseline_it_made() {
        let outcome = outcome(&[1.0 / 3.0, 2.0 / 3.0, 0.1], 10.0);
        let rules = Rules::parse(PLAIN).unwrap();
        let verdicts = judge(&rules, &Baseline::of("d", &outcome), &outcome);
        let difference = verdicts[0].difference.unwrap();
        assert_eq!((difference.mean, difference.p), (0.0, 1.0));
    }

    #[test]
    fn floors_and_latency_hold_without_significance() {
        check(
            "[measures.\"ndcg@10\"]\nfloor = 0.9\n",
            &[0.8; 40],
            &["under its floor"],
        );
        check(
            &format!("latency_ratio = 1.25\n{PLAIN}"),
            &[0.8; 40],
            &["2.00 times"],
        );
        check(&format!("latency_ratio = 2.5\n{PLAIN}"), &[0.8; 40], &[]);
    }

    #[test]
    fn a_measure_that_the_baseline_lacks_fails() {
        check("[measures.\"mrr\"]\n", &[0.8; 40], &["has no mrr"]);
    }
}
