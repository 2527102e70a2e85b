//! A run summed up: how many answers were right, by kind of question, and how long they took.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::gated::{self, Gated};
use super::score::Score;
use super::sentences;
use super::short;
use crate::calibrate::Row;
use crate::latency::{Percentiles, percentiles};
use crate::questions::Case;

/// One answered case.
#[derive(Clone, Debug)]
pub struct Run<'c> {
    /// The case.
    pub case: &'c Case,
    /// What its answer was worth.
    pub score: Score,
    /// What its short answer was worth, where a right one is known.
    pub short: Option<short::Judged>,
    /// Whether the text of an answer holds a right one; `None` where none was given or is known.
    pub contains: Option<bool>,
    /// How the gate let it through.
    pub gated: Gated,
    /// Milliseconds it took, as the service measured it.
    pub millis: u64,
    /// Whether the model worded it.
    pub generated: bool,
}

/// The sum of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// All cases.
    pub all: Tally,
    /// Answerable cases: right when every piece of evidence is cited.
    pub answerable: Tally,
    /// Unanswerable cases: right when the service abstained.
    pub unanswerable: Tally,
    /// By tag.
    pub by_tag: BTreeMap<String, Tally>,
    /// Answers worded by the model.
    pub generated: usize,
    /// How long answers took, in milliseconds.
    pub latency_ms: Percentiles,
    /// Where right answers stand in the evidence.
    pub sentences: sentences::Tally,
    /// How near the short answers come to right ones.
    #[serde(default)]
    pub short: short::Tally,
    /// Answers whose own text, not only what it cites, holds the words of a right one.
    #[serde(default)]
    pub contains: Tally,
    /// What the gate let through.
    #[serde(default)]
    pub gate: gated::Summary,
    /// Ids of the cases that went wrong.
    pub wrong: Vec<String>,
    /// What the gate saw of each question, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<Row>>,
}

/// How many of a kind were right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Right ones.
    pub right: usize,
    /// All of them.
    pub of: usize,
}

impl Tally {
    /// Counts one more.
    pub fn count(&mut self, right: bool) {
        self.of += 1;
        self.right += usize::from(right);
    }
}

/// Sums up `runs`.
pub fn report(runs: &[Run<'_>], sentences: sentences::Tally) -> Report {
    let tally = |wanted: &dyn Fn(&Run<'_>) -> bool| {
        let mut tally = Tally::default();
        runs.iter()
            .filter(|run| wanted(run))
            .for_each(|run| tally.count(run.score.is_right()));
        tally
    };
    let mut by_tag: BTreeMap<String, Tally> = BTreeMap::new();
    for run in runs {
        for tag in &run.case.tags {
            by_tag
                .entry(tag.clone())
                .or_default()
                .count(run.score.is_right());
        }
    }
    let mut contains = Tally::default();
    let told = runs.iter().filter_map(|run| run.contains);
    told.for_each(|holds| contains.count(holds));
    let gated: Vec<Gated> = runs.iter().map(|run| run.gated).collect();
    let judged: Vec<short::Judged> = runs.iter().filter_map(|run| run.short).collect();
    let wrong = runs.iter().filter(|run| !run.score.is_right());
    Report {
        all: tally(&|_| true),
        answerable: tally(&|run| run.case.answerable),
        unanswerable: tally(&|run| !run.case.answerable),
        by_tag,
        generated: runs.iter().filter(|run| run.generated).count(),
        latency_ms: percentiles(runs.iter().map(|run| run.millis as f64).collect()),
        sentences,
        short: short::tally(&judged),
        contains,
        gate: gated::summary(&gated),
        wrong: wrong.map(|run| run.case.id.clone()).collect(),
        rows: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_summed_up_by_kind() {
        let case = |id: &str, answerable| Case {
            id: id.into(),
            question: String::new(),
            tags: vec!["t".into()],
            answerable,
            answers: Vec::new(),
            evidence: Vec::new(),
            relevant: BTreeMap::new(),
        };
        let (a, b) = (case("a", true), case("b", false));
        let run = |case, cited, abstained, millis| Run {
            case,
            score: Score {
                cited,
                evidence: usize::from(case.answerable),
                abstained,
            },
            short: None,
            contains: (!abstained).then_some(cited > 0),
            gated: Gated {
                answerable: case.answerable,
                confidence: 0.5,
                answered: !abstained,
                sure: !abstained,
                right: cited > 0,
            },
            millis,
            generated: false,
        };
        let report = report(
            &[
                run(&a, 1, false, 10),
                run(&a, 0, false, 30),
                run(&b, 0, true, 20),
            ],
            sentences::Tally::default(),
        );
        assert_eq!(report.answerable, Tally { right: 1, of: 2 });
        assert_eq!(report.unanswerable, Tally { right: 1, of: 1 });
        assert_eq!(report.by_tag["t"], Tally { right: 2, of: 3 });
        assert_eq!((report.latency_ms.p50, report.latency_ms.p95), (20.0, 30.0));
        assert_eq!(report.contains, Tally { right: 1, of: 2 });
        assert_eq!(report.gate.answered, Tally { right: 1, of: 2 });
        assert_eq!(report.wrong, ["a"]);
    }
}
