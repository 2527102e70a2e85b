//! Has every question of a data set answered, as `POST /v1/ask` would.

use std::collections::BTreeMap;

use footnote_answer::ask::{Ask, Cut, Settings, Wording};
use footnote_answer::engine::Engine;
use footnote_answer::error::Error;
use footnote_answer::escalate::Escalating;
use footnote_answer::outcome::Kind;
use footnote_answer::question::Question;
use footnote_answer::search::{Mode, Search};

use super::gated::gated;
use super::report::{Report, Run, report};
use super::score::{contains, score};
use super::sentences;
use super::short::judge;
use crate::calibrate::Row;
use crate::harness::Job;
use crate::questions::Case;

/// Sentences of an answer, where the caller does not say: the contract's default.
const CLAIMS: usize = 5;

/// How the questions are put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// Who may word the answers.
    pub wording: Wording,
    /// Leaves the gate open and keeps what it saw: what a calibration is made of.
    pub open: bool,
}

/// Answers `cases`, whose questions are those of `job`; `done` hears of each.
///
/// # Errors
/// The first answer that fails.
pub async fn run(
    job: &Job<'_>,
    cases: &[Case],
    manner: Manner,
    mut done: impl FnMut(),
) -> Result<Report, Error> {
    let questions: BTreeMap<&str, &Question> = job
        .questions
        .iter()
        .map(|(id, q)| (id.as_str(), q))
        .collect();
    let engine = engine(job, manner);
    let mut runs = Vec::with_capacity(cases.len());
    let mut rows = Vec::new();
    let mut evidence = sentences::Tally::default();
    for case in cases {
        let Some(question) = questions.get(case.id.as_str()) else {
            continue;
        };
        let ask = ask(job, question, manner.wording);
        let answered = engine.ask(job.snapshot, &ask).await?;
        let answer = answered.answer;
        let score = score(case, &answer);
        rows.extend(answered.trace.signals.map(|signals| Row {
            id: case.id.clone(),
            signals,
            right: score.evidence > 0 && score.is_right(),
            answerable: case.answerable,
        }));
        if case.answerable && !case.answers.is_empty() {
            let best = sentences::best(job, &ask.search).await?;
            evidence.count(&best, &case.answers);
        }
        runs.push(Run {
            case,
            score,
            short: judge(case, &answer),
            contains: contains(case, &answer),
            gated: gated(case, &answer, score),
            millis: answer.timings_ms.total,
            generated: answer.kind == Some(Kind::Generated),
        });
        done();
    }
    let rows = manner.open.then_some(rows);
    Ok(Report {
        rows,
        ..report(&runs, evidence)
    })
}

/// The engine of `job`, with its gate open where that is asked for.
fn engine(job: &Job<'_>, manner: Manner) -> Engine {
    let mut engine = job.engine.clone();
    if manner.open {
        engine.settings = Settings {
            threshold: 0.0,
            sure: 0.0,
            ..engine.settings
        };
    }
    engine
}

fn ask(job: &Job<'_>, question: &Question, wording: Wording) -> Ask {
    Ask {
        search: Search {
            question: question.clone(),
            scope: job.scope.clone(),
            k: job.k,
            mode: Mode::Hybrid,
        },
        wording,
        strict: true,
        max_claims: CLAIMS,
        deadline: None,
        quote_when_busy: false,
        cut: Cut::default(),
        escalating: Escalating::Never,
    }
}
