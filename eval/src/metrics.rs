//! How good a ranking is. Definitions are those of trec_eval 9, averaged as with its `-c`:
//! over the queries that are judged, a query that the run lacks counting 0. A document is
//! relevant when its grade is above 0; gain is the grade itself, not a power of two.
//!
//! Checked against pytrec_eval to 1e-6, see `tests/golden.rs`.

mod binary;
mod gain;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::trec::{Grade, Qrels, Run};

/// A measure of a ranking, from 0 to 1, more being better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Normalised discounted cumulative gain of the first `k` (Järvelin and Kekäläinen 2002).
    Ndcg(usize),
    /// Average precision of the whole ranking.
    Map,
    /// One over the rank of the first relevant document, 0 without one.
    Mrr,
    /// The same, when that rank is at most `k`.
    MrrAt(usize),
    /// Part of the relevant documents that the first `k` hold.
    Recall(usize),
    /// Whether the first `k` hold a relevant document.
    Success(usize),
    /// Whether the first `k` hold all relevant documents: questions with several supports.
    Complete(usize),
    /// Part of the first `k` that is relevant; ranks that are not filled count as not.
    Precision(usize),
    /// Part of the documents among the first `k` that somebody judged: where it is low, the
    /// other measures say less. 1 for an empty ranking.
    Judged(usize),
}

impl Measure {
    /// What `ranking`, best first, is worth under the judgements of its query.
    pub fn of(self, ranking: &[&str], judged: &BTreeMap<String, Grade>) -> f64 {
        match self {
            Measure::Ndcg(k) => gain::ndcg(ranking, judged, k),
            Measure::Map => binary::average_precision(ranking, judged),
            Measure::Mrr => binary::reciprocal_rank(ranking, judged, usize::MAX),
            Measure::MrrAt(k) => binary::reciprocal_rank(ranking, judged, k),
            Measure::Recall(k) => binary::recall(ranking, judged, k),
            Measure::Success(k) => binary::success(ranking, judged, k),
            Measure::Complete(k) => f64::from(binary::recall(ranking, judged, k) >= 1.0),
            Measure::Precision(k) => binary::precision(ranking, judged, k),
            Measure::Judged(k) => binary::judged(ranking, judged, k),
        }
    }
}

/// `measure` for every query of `qrels`, in order of their ids.
pub fn per_query(measure: Measure, qrels: &Qrels, run: &Run) -> BTreeMap<String, f64> {
    let judged = qrels.queries.iter();
    let valued = judged.map(|(query, judged)| {
        let value = measure.of(&run.ranking(query), judged);
        (query.clone(), value)
    });
    valued.collect()
}

/// `measure` on the average over the queries of `qrels`; 0 when there are none.
pub fn mean(measure: Measure, qrels: &Qrels, run: &Run) -> f64 {
    let values = per_query(measure, qrels, run);
    values.values().sum::<f64>() / values.len().max(1) as f64
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Measure::Ndcg(k) => write!(f, "ndcg@{k}"),
            Measure::Map => write!(f, "map"),
            Measure::Mrr => write!(f, "mrr"),
            Measure::MrrAt(k) => write!(f, "mrr@{k}"),
            Measure::Recall(k) => write!(f, "recall@{k}"),
            Measure::Success(k) => write!(f, "success@{k}"),
            Measure::Complete(k) => write!(f, "complete@{k}"),
            Measure::Precision(k) => write!(f, "p@{k}"),
            Measure::Judged(k) => write!(f, "judged@{k}"),
        }
    }
}

/// A name that is no measure.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is not a measure; there are ndcg@K, map, mrr, mrr@K, recall@K, success@K, complete@K, p@K and judged@K, K from 1"
)]
pub struct NoMeasure(String);

impl FromStr for Measure {
    type Err = NoMeasure;

    fn from_str(name: &str) -> Result<Self, NoMeasure> {
        let wrong = || NoMeasure(name.to_owned());
        let Some((kind, k)) = name.split_once('@') else {
            return match name {
                "map" => Ok(Measure::Map),
                "mrr" => Ok(Measure::Mrr),
                _ => Err(wrong()),
            };
        };
        let k: std::num::NonZeroUsize = k.parse().map_err(|_| wrong())?;
        let k = k.get();
        match kind {
            "ndcg" => Ok(Measure::Ndcg(k)),
            "mrr" => Ok(Measure::MrrAt(k)),
            "recall" => Ok(Measure::Recall(k)),
            "success" => Ok(Measure::Success(k)),
            "complete" => Ok(Measure::Complete(k)),
            "p" => Ok(Measure::Precision(k)),
            "judged" => Ok(Measure::Judged(k)),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for name in [
            "ndcg@10",
            "map",
            "mrr",
            "mrr@5",
            "recall@100",
            "success@1",
            "complete@10",
            "p@3",
            "judged@10",
        ] {
            assert_eq!(name.parse::<Measure>().unwrap().to_string(), name);
        }
        for name in ["ndcg", "ndcg@0", "ndcg@x", "map@3", "", "@1"] {
            assert!(name.parse::<Measure>().is_err(), "{name}");
        }
    }

    #[test]
    fn a_query_that_the_run_lacks_counts_as_zero() {
        let qrels = Qrels::parse("1 0 a 1\n2 0 a 1\n").unwrap();
        let run = Run::parse("1 Q0 a 1 1.0 t\n3 Q0 a 1 1.0 t\n").unwrap();
        let values = per_query(Measure::Ndcg(10), &qrels, &run);
        assert_eq!(
            values,
            BTreeMap::from([("1".into(), 1.0), ("2".into(), 0.0)])
        );
        assert_eq!(mean(Measure::Map, &qrels, &run), 0.5);
        assert_eq!(mean(Measure::Map, &Qrels::default(), &run), 0.0);
    }
}
