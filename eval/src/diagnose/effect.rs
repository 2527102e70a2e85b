//! What a change does to the other questions of an eval set. A setting that brings one passage
//! back may lose others; this says which, and whether the difference is more than luck. Pure:
//! [`super::others`] asks the questions.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::gold::{Gold, Index};
use crate::harness::Ranking;
use crate::latency::percentiles;
use crate::metrics::{Measure, per_query};
use crate::report::deltas;
use crate::stats::{mean, randomisation};
use crate::trec::{Qrels, Run};

/// An effect, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weighed {
    /// The effect; `null` where it was not measured to its end.
    pub effect: Option<Effect>,
    /// Why it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect_reason: Option<String>,
}

impl Weighed {
    /// No effect, for `reason`.
    pub fn not(reason: impl Into<String>) -> Self {
        Self {
            effect: None,
            effect_reason: Some(reason.into()),
        }
    }
}

impl From<Effect> for Weighed {
    fn from(effect: Effect) -> Self {
        Self {
            effect: Some(effect),
            effect_reason: None,
        }
    }
}

/// The same questions before a change and after it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// Questions asked.
    pub questions: usize,
    /// As it is.
    pub before: Level,
    /// With the change.
    pub after: Level,
    /// Ids of the questions that are better with the change.
    pub gained: Vec<String>,
    /// Ids of those that are worse.
    pub lost: Vec<String>,
    /// How likely so large a difference is when the change makes none, see [`randomisation`].
    pub p: f64,
}

/// How well and how fast questions went.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Level {
    /// `success@K`: something relevant is among the K hits that an answer reads; `right`: the
    /// answer cites all of the evidence, or is refused where nothing answers.
    pub measure: String,
    /// Its mean, from 0 to 1.
    pub mean: f64,
    /// Median of a search or, for `right`, of an answer, in milliseconds.
    pub latency_ms: f64,
}

/// Questions under one setting.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcomes {
    /// What was measured.
    pub measure: String,
    /// By question, from 0 to 1.
    pub values: BTreeMap<String, f64>,
    /// One for each question.
    pub millis: Vec<f64>,
}

impl Outcomes {
    /// Whether each question of `qrels` has something relevant among the first `k` of
    /// `ranking`.
    pub fn hits(qrels: &Qrels, index: &Index, gold: Gold, k: usize, ranking: &Ranking) -> Self {
        // Rankings go on behind the hits, which no answer reads.
        let hits = ranking.chunks.iter().map(|(id, chunks)| {
            let hits = &chunks[..k.min(chunks.len())];
            (id.clone(), index.ranked(hits, gold))
        });
        let run = Run::ranked("hits", hits.collect());
        let measure = Measure::Success(k);
        Self {
            measure: measure.to_string(),
            values: per_query(measure, qrels, &run),
            millis: ranking.millis.get("total").cloned().unwrap_or_default(),
        }
    }

    fn level(&self) -> Level {
        let values: Vec<f64> = self.values.values().copied().collect();
        Level {
            measure: self.measure.clone(),
            mean: mean(&values),
            latency_ms: (percentiles(self.millis.clone()).p50 * 10.0).round() / 10.0,
        }
    }
}

/// What becomes of the questions that both have.
pub fn effect(before: &Outcomes, after: &Outcomes) -> Effect {
    let moved = |better: fn(f64) -> bool| -> Vec<String> {
        let shared = after
            .values
            .iter()
            .filter_map(|(id, new)| Some((id, new - before.values.get(id)?)));
        let moved = shared.filter(|(_, delta)| better(*delta));
        moved.map(|(id, _)| id.clone()).collect()
    };
    let deltas = deltas(&after.values, &before.values);
    Effect {
        questions: deltas.len(),
        before: before.level(),
        after: after.level(),
        gained: moved(|delta| delta > 0.0),
        lost: moved(|delta| delta < 0.0),
        p: randomisation(&deltas),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use footnote_ingest::id::{ChunkId, DocumentId};
    use footnote_ingest::span::Span;
    use footnote_store::places::Place;

    fn outcomes(values: &[(&str, f64)], millis: &[f64]) -> Outcomes {
        let values = values.iter().map(|(id, value)| ((*id).to_owned(), *value));
        Outcomes {
            measure: "success@8".into(),
            values: values.collect(),
            millis: millis.to_vec(),
        }
    }

    #[test]
    fn what_is_gained_and_lost_is_named_and_means_and_medians_are_of_each_side() {
        let before = outcomes(&[("a", 0.0), ("b", 1.0), ("c", 1.0), ("d", 0.0)], &[3.0]);
        let after = outcomes(
            &[("a", 1.0), ("b", 0.0), ("c", 1.0), ("d", 1.0)],
            &[9.0, 1.0, 4.26],
        );
        let effect = effect(&before, &after);
        assert_eq!(effect.questions, 4);
        assert_eq!(
            (&effect.gained[..], &effect.lost[..]),
            (&["a".to_owned(), "d".to_owned()][..], &["b".to_owned()][..])
        );
        assert_eq!((effect.before.mean, effect.after.mean), (0.5, 0.75));
        assert_eq!(
            (effect.before.latency_ms, effect.after.latency_ms),
            (3.0, 4.3)
        );
        assert!(effect.p > 0.5, "{}", effect.p);
    }

    #[test]
    fn a_change_that_changes_nothing_is_no_evidence() {
        let same = outcomes(&[("a", 1.0), ("b", 0.0)], &[1.0]);
        let effect = effect(&same, &same);
        assert_eq!(
            (effect.p, effect.gained, effect.lost),
            (1.0, vec![], vec![])
        );
    }

    #[test]
    fn only_hits_count_and_a_question_without_a_ranking_counts_as_missed() {
        let place = |uri: &str| Place {
            chunk_id: ChunkId::derive(&DocumentId::derive("c", uri), Span::new(0, 5), ""),
            collection: "c".into(),
            uri: uri.into(),
            span: Span::new(0, 5),
        };
        let places = [place("a"), place("b")];
        let index = Index::new(places.to_vec());
        let qrels = Qrels::parse("q1 0 b 1\nq2 0 b 1\n").unwrap();
        let ranking = Ranking {
            chunks: BTreeMap::from([("q1".into(), places.map(|p| p.chunk_id).to_vec())]),
            millis: BTreeMap::from([("total".into(), vec![2.0])]),
        };
        let of = |k| Outcomes::hits(&qrels, &index, Gold::Documents, k, &ranking);
        assert_eq!(of(1).level().mean, 0.0);
        assert_eq!(of(2).level().mean, 0.5);
        assert_eq!(of(2).level().measure, "success@2");
    }
}
