//! `footnote diagnose`: a question and what should have come of it, as a funnel that is read
//! from top to bottom until the first cross.

mod corpus;
mod effect;

use std::path::PathBuf;

use axum::http::Method;
use clap::Args;
use serde_json::{Map, Value, json};

use super::client::{Payload, Target};
use super::read::{self, once};
use super::show::{items, line, text};
use super::{Exit, Scope, Wording, eval};
use crate::error::ApiError;
pub(super) use corpus::corpus;

/// What was expected, and how the question was asked.
#[derive(Debug, Args)]
pub(super) struct Flags {
    /// Name of the document that should have been found
    #[arg(long, value_name = "URI")]
    expect_uri: Option<String>,
    /// Words of the passage that should have been found
    #[arg(long, value_name = "TEXT")]
    expect_text: Option<String>,
    /// What the answer should say
    #[arg(long, value_name = "TEXT")]
    expect_answer: Option<String>,
    /// Who may word the answer
    #[arg(long, value_enum, default_value = "auto")]
    mode: Wording,
    /// Diagnose with another setting, such as search.candidates=20; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// How long changes may be tried, in milliseconds; 0 tries none
    #[arg(long, default_value_t = 5_000, value_name = "MS")]
    budget: u64,
    /// Also say what each suggestion does to the other questions of a file, as `eval` reads it
    #[arg(long, value_name = "FILE")]
    questions: Option<PathBuf>,
}

pub(super) async fn run(
    target: Target,
    question: String,
    scope: Scope,
    flags: Flags,
    json: bool,
) -> Result<Exit, ApiError> {
    let expected = [
        ("uri", &flags.expect_uri),
        ("passage_text", &flags.expect_text),
        ("answer", &flags.expect_answer),
    ];
    let given = |(name, value): (&str, &Option<String>)| {
        Some((name.to_owned(), Value::String(value.clone()?)))
    };
    let expected: Map<String, Value> = expected.into_iter().filter_map(given).collect();
    if expected.is_empty() {
        let hint = "add `--expect-uri`, `--expect-text`, `--expect-answer` or several of them";
        return Err(ApiError::invalid("nothing is expected", hint));
    }
    let fields = [
        ("question", question.into()),
        ("expected", expected.into()),
        ("mode", flags.mode.as_str().into()),
        ("settings", settings(&flags.settings)?.into()),
        ("counterfactuals", (flags.budget > 0).into()),
        ("budget_ms", flags.budget.into()),
    ];
    let mut request = read::request(scope, fields)?;
    if let Some(file) = &flags.questions {
        request["questions"] = json!(eval::cases(file)?);
    }
    let body = once(target, Method::POST, "/v1/diagnose", Payload::Json(request)).await?;
    read::print(&body, json, print);
    Ok(Exit::Done)
}

fn settings(given: &[String]) -> Result<Map<String, Value>, ApiError> {
    let pair = |given: &String| {
        let (key, value) = given.split_once('=').ok_or_else(|| {
            let message = format!("`--set {given}` has no `=`");
            ApiError::invalid(message, "write it as `--set search.candidates=20`")
        })?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
        Ok((key.to_owned(), value))
    };
    given.iter().map(pair).collect()
}

fn print(body: &Value) {
    match body["primary"].as_str() {
        None => line("The expectation is met: nothing was lost."),
        Some(stage) => {
            let also: Vec<String> = items(&body["contributing"]).map(text).collect();
            let also = match also.as_slice() {
                [] => String::new(),
                stages => format!(" (then {})", stages.join(", ")),
            };
            line(&format!("Lost at {stage}{also}."));
        }
    }
    line("");
    for row in items(&body["funnel"]) {
        line(&funnel_row(row));
    }
    let runs: Vec<&Value> = items(&body["counterfactuals"]).collect();
    if !runs.is_empty() {
        line("");
        line("What if");
        runs.into_iter().for_each(|run| line(&counterfactual(run)));
    }
    let suggestions: Vec<&Value> = items(&body["suggestions"]).collect();
    if !suggestions.is_empty() {
        line("");
        line("Do");
        for suggestion in suggestions {
            line(&format!("  {}", text(&suggestion["text"])));
            line(&format!("      {}", suggestion["change"]));
            if let Some(effect) = effect::said(suggestion) {
                line(&format!("      {effect}"));
            }
        }
    }
}

fn funnel_row(row: &Value) -> String {
    let mark = match row["status"].as_str() {
        Some("pass") => "\u{2713}",
        Some("fail") => "\u{2717}",
        _ => "\u{b7}",
    };
    let place = match (&row["rank"], &row["k"]) {
        (_, Value::Null) => String::new(),
        (Value::Null, k) => format!("not in top {k}"),
        (rank, k) => format!("rank {rank}, top {k}"),
    };
    let note = note(&row["stage"], &row["evidence"]);
    let row = format!("  {mark} {:<13} {place:<20} {note}", text(&row["stage"]));
    row.trim_end().to_owned()
}

/// The one piece of evidence that says most about a stage.
fn note(stage: &Value, evidence: &Value) -> String {
    let list = |key: &str| -> String {
        let names: Vec<String> = items(&evidence[key]).map(text).collect();
        names.join(", ")
    };
    let said = |key: &str, label: &str| match &evidence[key] {
        Value::Null => String::new(),
        value => format!("{label}{}", text(value)),
    };
    match stage.as_str() {
        _ if !evidence["reason"].is_null() && evidence["reason"].is_string() => {
            text(&evidence["reason"])
        }
        Some("ingested") => {
            let uris = items(&evidence["documents"]).map(|document| text(&document["uri"]));
            uris.take(3).collect::<Vec<_>>().join(", ")
        }
        Some("extracted") => said("share", "share of the words: "),
        Some("chunked") => said("share", "share in one chunk: "),
        Some("filter") => {
            let clauses = items(&evidence["failing"]);
            let clauses =
                clauses.map(|failing| format!("{} has {}", failing["clause"], failing["value"]));
            clauses.collect::<Vec<_>>().join("; ")
        }
        Some("vector_rank") => said("cosine", "cosine ") + &said("best_cosine", ", best "),
        Some("ann") => said("exact_rank", "rank without the index ") + &said("recall", ", recall "),
        Some("lexical_rank") => {
            let terms = [
                ("has", list("matched_terms")),
                ("lacks", list("missing_terms")),
            ];
            let said = terms.iter().filter(|(_, terms)| !terms.is_empty());
            let said = said.map(|(word, terms)| format!("{word} {terms}"));
            said.collect::<Vec<_>>().join("; ")
        }
        Some("fusion") => said("score", "score ") + &said("score_needed", ", the last hit has "),
        Some("rerank") => said("rank_before", "rank before ") + &said("score", ", score "),
        Some("context") => said("dropped", "dropped: "),
        Some("gate") => said("confidence", "confidence ") + &said("threshold", ", threshold "),
        Some("generator") => said("text", "said: "),
        Some("verifier") => said("used", "used: "),
        _ => String::new(),
    }
}

fn counterfactual(run: &Value) -> String {
    let mark = match (run["answer_ok"] == true, run["in_context"] == true) {
        (true, _) => "\u{2713} answered",
        (false, true) => "~ in context",
        (false, false) if run["rank"].is_null() => "\u{2717} lost",
        (false, false) => "~ found",
    };
    let rank = match &run["rank"] {
        Value::Null => "no rank".to_owned(),
        rank => format!("rank {rank}"),
    };
    format!(
        "  {mark:<13} {rank:<10} {:>+6} ms  {}",
        run["latency_delta_ms"].as_i64().unwrap_or(0),
        run["change"]
    )
}
