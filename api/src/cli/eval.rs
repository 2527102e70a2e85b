//! `footnote eval`: asks every question of a file and reports how many answers were right.

use std::path::Path;

use axum::http::Method;
use footnote_answer::outcome::{Answer, Kind};
use footnote_eval::answers::report::{Report, Run, Tally, report};
use footnote_eval::answers::score::score;
use footnote_eval::questions::{Case, read};
use indicatif::ProgressBar;
use serde_json::json;

use super::client::{Client, Payload, Target};
use super::{Exit, Wording, show};
use crate::error::ApiError;

pub(super) async fn run(
    target: Target,
    questions: &Path,
    mode: Wording,
    json: bool,
) -> Result<Exit, ApiError> {
    let cases = load(questions)?;
    let client = Client::open(target).await?;
    let runs = ask_all(&client, &cases, mode, json).await;
    client.close().await;
    let report = report(&runs?);
    if json {
        show::json(&serde_json::to_value(&report).unwrap_or_default());
    } else {
        table(&report);
    }
    Ok(Exit::Done)
}

fn load(path: &Path) -> Result<Vec<Case>, ApiError> {
    let hint = "one JSON object per line, as in `fixtures/questions.jsonl`";
    let text = std::fs::read_to_string(path).map_err(|error| {
        ApiError::invalid(
            format!("`{}` cannot be read: {error}", path.display()),
            hint,
        )
    })?;
    read(&text).map_err(|error| ApiError::invalid(format!("`{}`: {error}", path.display()), hint))
}

async fn ask_all<'c>(
    client: &Client,
    cases: &'c [Case],
    mode: Wording,
    json: bool,
) -> Result<Vec<Run<'c>>, ApiError> {
    let bar = if json {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(cases.len() as u64)
    };
    let mut runs = Vec::with_capacity(cases.len());
    for case in cases {
        let request = json!({ "question": case.question, "mode": mode.as_str() });
        let body = client
            .call(Method::POST, "/v1/ask", Payload::Json(request))
            .await?;
        let answer: Answer = serde_json::from_value(body).map_err(|e| ApiError::internal(&e))?;
        runs.push(Run {
            case,
            score: score(case, &answer),
            millis: answer.timings_ms.total,
            generated: answer.kind == Some(Kind::Generated),
        });
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(runs)
}

fn table(report: &Report) {
    let row = |name: &str, tally: Tally| {
        show::line(&format!("{name:<16}{:>4} of {}", tally.right, tally.of))
    };
    row("answerable", report.answerable);
    row("unanswerable", report.unanswerable);
    for (tag, tally) in &report.by_tag {
        row(&format!("  {tag}"), *tally);
    }
    let latency = report.latency_ms;
    show::line(&format!("generated       {:>4}", report.generated));
    show::line(&format!(
        "latency         {} ms median, {} ms p95",
        latency.p50, latency.p95
    ));
    show::line(&format!("wrong           {}", report.wrong.join(" ")));
}
