//! What is said about a run: every measure of every configuration with its interval, the
//! differences from the baseline with their significance, and the values by query, from which
//! all of it can be computed again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::answers;
use crate::gold::Gold;
use crate::latency::{Percentiles, percentiles};
use crate::metrics::{Measure, per_query};
use crate::stats::{Difference, difference, holm, interval, mean};
use crate::trec::{Grade, Qrels, Run};

/// The outcome of an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Names the data set.
    pub name: String,
    /// What was ranked.
    pub gold: Gold,
    /// The index that was searched.
    pub index_version: String,
    /// Questions whose ranking was judged.
    pub judged: usize,
    /// Questions that nothing answers: they say nothing about a ranking.
    pub unanswerable: usize,
    /// Evidence that is not in the index.
    pub unresolved: Vec<String>,
    /// Hits asked for; rankings go on with the candidates behind them.
    pub k: usize,
    /// The judged questions, by id.
    pub questions: BTreeMap<String, String>,
    /// Names of the measures, the primary one first.
    pub measures: Vec<String>,
    /// The configuration that the others are compared with.
    pub baseline: String,
    /// One for each way to search.
    pub configurations: Vec<Outcome>,
    /// The judgements, where runs were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qrels: Option<BTreeMap<String, BTreeMap<String, Grade>>>,
    /// What answers scored, where they were asked for.
    pub answers: Option<answers::report::Report>,
}

/// What one configuration scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// What was set, as the caller said it.
    pub settings: serde_json::Value,
    /// By measure.
    pub values: BTreeMap<String, Value>,
    /// Recall at growing depths: pairs of depth and value.
    pub recall: Vec<(usize, f64)>,
    /// By stage, in milliseconds.
    pub latency_ms: BTreeMap<String, Percentiles>,
    /// By measure and question.
    pub by_question: BTreeMap<String, BTreeMap<String, f64>>,
    /// Against the baseline, by measure; `null` for the baseline itself.
    pub versus: Option<BTreeMap<String, Versus>>,
    /// What was returned, best first, where runs were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<BTreeMap<String, Vec<String>>>,
}

/// A mean with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// Over the judged questions.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A difference from the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Versus {
    /// The difference by itself.
    #[serde(flatten)]
    pub difference: Difference,
    /// Its p-value, corrected for the number of configurations compared (Holm).
    pub p_holm: f64,
    /// Questions on which it is better.
    pub better: usize,
    /// Questions on which it is worse.
    pub worse: usize,
}

/// One configuration, ranked.
pub struct Ranked {
    /// Its name.
    pub name: String,
    /// What was set.
    pub settings: serde_json::Value,
    /// Its rankings.
    pub run: Run,
    /// Milliseconds by stage.
    pub millis: BTreeMap<String, Vec<f64>>,
}

/// Depths of the recall curve.
const DEPTHS: [usize; 9] = [1, 2, 3, 5, 10, 20, 30, 50, 100];

/// Judges `ranked` by `qrels`; differences are taken from the configuration called `baseline`.
pub fn outcomes(
    qrels: &Qrels,
    ranked: &[Ranked],
    measures: &[Measure],
    baseline: &str,
) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = ranked
        .iter()
        .map(|ranked| outcome(qrels, ranked, measures))
        .collect();
    let against = outcomes.iter().find(|outcome| outcome.name == baseline);
    if let Some(against) = against.cloned() {
        for measure in measures {
            compare(&mut outcomes, &against, &measure.to_string());
        }
    }
    outcomes
}

fn outcome(qrels: &Qrels, ranked: &Ranked, measures: &[Measure]) -> Outcome {
    let by_question: BTreeMap<String, BTreeMap<String, f64>> = measures
        .iter()
        .map(|measure| (measure.to_string(), per_query(*measure, qrels, &ranked.run)))
        .collect();
    let values = by_question.iter().map(|(measure, values)| {
        let values: Vec<f64> = values.values().copied().collect();
        let (low, high) = interval(&values);
        let mean = mean(&values);
        (measure.clone(), Value { mean, low, high })
    });
    let recall = |k| crate::metrics::mean(Measure::Recall(k), qrels, &ranked.run);
    let latency = ranked.millis.iter();
    Outcome {
        name: ranked.name.clone(),
        settings: ranked.settings.clone(),
        values: values.collect(),
        recall: DEPTHS.map(|k| (k, recall(k))).to_vec(),
        latency_ms: latency
            .map(|(stage, millis)| (stage.clone(), percentiles(millis.clone())))
            .collect(),
        by_question,
        versus: None,
        run: None,
    }
}

/// Differences in `measure` of all `outcomes` but `against` itself.
fn compare(outcomes: &mut [Outcome], against: &Outcome, measure: &str) {
    let others = outcomes.iter_mut().filter(|o| o.name != against.name);
    let mut others: Vec<&mut Outcome> = others.collect();
    let deltas: Vec<Vec<f64>> = others
        .iter()
        .map(|other| deltas(&other.by_question[measure], &against.by_question[measure]))
        .collect();
    let differences: Vec<Difference> = deltas.iter().map(|d| difference(d)).collect();
    let corrected = holm(&differences.iter().map(|d| d.p).collect::<Vec<_>>());
    for (i, other) in others.iter_mut().enumerate() {
        let versus = Versus {
            difference: differences[i],
            p_holm: corrected[i],
            better: deltas[i].iter().filter(|d| **d > 0.0).count(),
            worse: deltas[i].iter().filter(|d| **d < 0.0).count(),
        };
        let all = other.versus.get_or_insert_default();
        all.insert(measure.to_owned(), versus);
    }
}

/// `a - b` for the questions that both have, in order of their ids.
pub fn deltas(a: &BTreeMap<String, f64>, b: &BTreeMap<String, f64>) -> Vec<f64> {
    let shared = a.iter().filter_map(|(id, a)| Some(a - b.get(id)?));
    shared.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(name: &str, run: &str) -> Ranked {
        Ranked {
            name: name.into(),
            settings: serde_json::Value::Null,
            run: Run::parse(run).unwrap(),
            millis: BTreeMap::from([("total".into(), vec![3.0, 1.0])]),
        }
    }

    #[test]
    fn configurations_are_compared_with_the_baseline() {
        let qrels = Qrels::parse("1 0 a 1\n2 0 b 1\n").unwrap();
        let good = ranked("good", "1 Q0 a 1 2 t\n1 Q0 b 2 1 t\n2 Q0 b 1 1 t\n");
        let poor = ranked("poor", "1 Q0 b 1 2 t\n1 Q0 a 2 1 t\n2 Q0 b 1 1 t\n");
        let measures = [Measure::Mrr, Measure::Recall(1)];
        let outcomes = outcomes(&qrels, &[good, poor], &measures, "poor");
        assert_eq!(outcomes[0].values["mrr"].mean, 1.0);
        assert_eq!(outcomes[1].values["mrr"].mean, 0.75);
        assert_eq!(outcomes[1].versus, None);
        let versus = outcomes[0].versus.as_ref().unwrap()["mrr"];
        assert_eq!((versus.better, versus.worse), (1, 0));
        assert_eq!((versus.difference.mean, versus.difference.n), (0.25, 2));
        assert_eq!(outcomes[0].latency_ms["total"].p50, 1.0);
        assert_eq!(outcomes[1].recall[..2], [(1, 0.5), (2, 1.0)]);
    }
}
