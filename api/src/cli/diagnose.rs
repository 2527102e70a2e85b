//! `footnote diagnose`: a question and what should have come of it, as a funnel that is read
//! from top to bottom until the first cross.

use axum::http::Method;
use clap::Args;
use serde_json::{Map, Value, json};

use super::client::{Payload, Target};
use super::read::{self, once};
use super::show::{items, line, text};
use super::{Exit, Scope, Wording};
use crate::error::ApiError;

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
    let request = read::request(scope, fields)?;
    let body = once(target, Method::POST, "/v1/diagnose", Payload::Json(request)).await?;
    read::print(&body, json, print);
    Ok(Exit::Done)
}

/// The report on the corpus, for which no question is needed.
pub(super) async fn corpus(target: Target, json: bool) -> Result<Exit, ApiError> {
    let body = once(target, Method::GET, "/v1/diagnostics", Payload::Nothing).await?;
    read::print(&body, json, print_corpus);
    Ok(Exit::Done)
}

/// Parts of the report that list what is wrong, and what they are called.
const LISTS: [(&str, &str); 10] = [
    (
        "/near_duplicates/groups",
        "groups of chunks that say the same",
    ),
    ("/tiny_chunks", "chunks of fewer than 20 tokens"),
    ("/oversized_chunks", "chunks over the configured size"),
    (
        "/truncated_chunks",
        "chunks whose end the embedder does not read",
    ),
    ("/boilerplate", "lines that many documents share"),
    ("/lost_text", "documents with text that is in no chunk"),
    ("/hubs/hubs", "chunks that are near everything"),
    (
        "/index/out_of_step",
        "documents that the index has not as the ledger has them",
    ),
    (
        "/index/stale",
        "documents whose newest bytes could not be ingested",
    ),
    ("/content_gaps", "kinds of questions without a good answer"),
];

fn print_corpus(body: &Value) {
    line(&format!(
        "{} documents, {} chunks",
        body["documents"], body["chunks"]
    ));
    for (path, name) in LISTS {
        let list = body.pointer(path).unwrap_or(&Value::Null);
        let count = list["count"].as_u64().unwrap_or(0);
        let mark = if count == 0 { "\u{2713}" } else { "\u{2717}" };
        line(&format!("  {mark} {count:>5} {name}"));
        for item in items(&list["items"]).take(3) {
            let shown = ["uri", "line", "question"]
                .iter()
                .find_map(|key| item[*key].as_str());
            let shown = shown.map_or_else(|| item.to_string(), str::to_owned);
            line(&format!(
                "            {}",
                shown.chars().take(100).collect::<String>()
            ));
        }
    }
    let behind = &body["index"]["rows_without_full_text_index"];
    line(&format!(
        "    {behind:>5} rows wait for the full-text index"
    ));
    let recall = body.pointer("/index/vectors/recall_at_10");
    if let Some(recall) = recall.and_then(Value::as_f64) {
        line(&format!(
            "    {recall:>5.3} of the ten nearest chunks are found"
        ));
    }
    if let Some(chunks) = body["never_retrieved"].as_u64() {
        line(&format!(
            "    {chunks:>5} chunks were among the hits of no recorded answer"
        ));
    }
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
