//! `footnote diagnose` without a question: what is wrong with the corpus, before anybody asks.

use axum::http::Method;
use serde_json::Value;

use crate::cli::Exit;
use crate::cli::client::{Payload, Target};
use crate::cli::read::{self, once};
use crate::cli::show::{items, line};
use crate::error::ApiError;

/// The report on the corpus, for which no question is needed.
pub(in crate::cli) async fn corpus(target: Target, json: bool) -> Result<Exit, ApiError> {
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
