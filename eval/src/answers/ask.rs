//! Has every question of a data set answered, as `POST /v1/ask` would.

use std::collections::BTreeMap;

use footnote_answer::ask::{Ask, Wording};
use footnote_answer::error::Error;
use footnote_answer::outcome::Kind;
use footnote_answer::question::Question;
use footnote_answer::search::{Mode, Search};

use super::report::{Report, Run, report};
use super::score::score;
use super::sentences;
use super::short::judge;
use crate::harness::Job;
use crate::questions::Case;

/// Sentences of an answer, where the caller does not say: the contract's default.
const CLAIMS: usize = 5;

/// Answers `cases`, whose questions are those of `job`; `done` hears of each.
///
/// # Errors
/// The first answer that fails.
pub async fn run(
    job: &Job<'_>,
    cases: &[Case],
    wording: Wording,
    mut done: impl FnMut(),
) -> Result<Report, Error> {
    let questions: BTreeMap<&str, &Question> = job
        .questions
        .iter()
        .map(|(id, q)| (id.as_str(), q))
        .collect();
    let mut runs = Vec::with_capacity(cases.len());
    let mut evidence = sentences::Tally::default();
    for case in cases {
        let Some(question) = questions.get(case.id.as_str()) else {
            continue;
        };
        let ask = ask(job, question, wording);
        let answer = job.engine.ask(job.snapshot, &ask).await?.answer;
        if case.answerable && !case.answers.is_empty() {
            let best = sentences::best(job, &ask.search).await?;
            evidence.count(&best, &case.answers);
        }
        runs.push(Run {
            case,
            score: score(case, &answer),
            short: judge(case, &answer),
            millis: answer.timings_ms.total,
            generated: answer.kind == Some(Kind::Generated),
        });
        done();
    }
    Ok(report(&runs, evidence))
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
        max_tokens: None,
    }
}
