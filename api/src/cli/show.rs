//! How results look to people. Results go to stdout and everything else to stderr; with
//! `--json` the REST body is printed as it is.

use std::io::Write;

use serde_json::Value;

use crate::config::Config;
use crate::error::ApiError;

/// One line on stdout. A reader that has gone away is not an error.
pub(super) fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A value as JSON for people who pipe.
pub(super) fn json(value: &Value) {
    line(&serde_json::to_string_pretty(value).unwrap_or_default());
}

/// The text of a JSON string; other values as they are written, `null` as nothing.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// An error, its hint, and its causes when there are any to show on this machine.
pub(super) fn error(error: &ApiError, json: bool) {
    if json {
        let body = serde_json::to_value(error.body("")).unwrap_or_default();
        line(&body.to_string());
    }
    eprintln!("error: {}", error.message);
    if let Some(cause) = &error.cause
        && *cause != error.message
    {
        eprintln!("cause: {cause}");
    }
    eprintln!("hint: {}", error.hint);
}

/// The configuration in force.
pub(super) fn config(config: &Config, explained: Option<String>, json: bool) {
    match explained {
        Some(text) => line(text.trim_end()),
        None if json => self::json(&serde_json::to_value(config).unwrap_or_default()),
        None => line(toml::to_string(config).unwrap_or_default().trim_end()),
    }
}

/// An answer with its citations, or the reason there is none.
pub(super) fn answer(body: &Value) {
    if body["status"] == "abstained" {
        line(&format!("No answer: {}.", text(&body["reason"]["message"])));
        for source in items(&body["sources"]).take(3) {
            line(&format!(
                "  nearest: {} ({})",
                text(&source["uri"]),
                text(&source["title"])
            ));
        }
        return;
    }
    line(&text(&body["answer"]));
    if !body["reason"].is_null() {
        line(&format!(
            "With reserve: {}.",
            text(&body["reason"]["message"])
        ));
    }
    line("");
    for citation in items(&body["citations"]) {
        let page = citation["page"]
            .as_u64()
            .map_or(String::new(), |page| format!(", page {page}"));
        line(&format!(
            "[{}] {}{page}, characters {} to {}",
            citation["n"],
            text(&citation["uri"]),
            citation["start_char_index"],
            citation["end_char_index"]
        ));
        line(&format!(
            "    \u{201c}{}\u{201d}",
            text(&citation["cited_text"])
        ));
    }
    line(&format!(
        "{} answer, confidence {}, {} ms",
        text(&body["kind"]),
        body["confidence"],
        body["timings_ms"]["total"]
    ));
}

/// Hits, one paragraph each.
pub(super) fn hits(body: &Value) {
    for hit in items(&body["hits"]) {
        let path: Vec<String> = items(&hit["heading_path"]).map(text).collect();
        line(&format!(
            "{}. {}  {}",
            hit["rank"],
            text(&hit["uri"]),
            path.join(" > ")
        ));
        line(&format!(
            "   fused {:.4}  vector {}  lexical {}{}",
            hit["scores"]["fused"].as_f64().unwrap_or(0.0),
            place(hit, "vector"),
            place(hit, "lexical"),
            reranked(hit)
        ));
        let excerpt: String = text(&hit["text"])
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        line(&format!(
            "   {}",
            excerpt.chars().take(300).collect::<String>()
        ));
    }
}

/// What the reranker says of a hit that it read.
fn reranked(hit: &Value) -> String {
    match hit["ranks"]["rerank"].is_null() {
        true => String::new(),
        false => format!(
            "  reranked {} from #{}",
            place(hit, "rerank"),
            hit["ranks"]["fused"]
        ),
    }
}

fn place(hit: &Value, leg: &str) -> String {
    match (hit["ranks"][leg].as_u64(), hit["scores"][leg].as_f64()) {
        (Some(rank), Some(score)) => format!("#{rank} ({score:.3})"),
        _ => "not seen".to_owned(),
    }
}

/// Verdicts, one line each.
pub(super) fn verdicts(body: &Value) {
    for claim in items(&body["claims"]) {
        line(&format!(
            "{:<11} {:.2}  {}",
            text(&claim["verdict"]),
            claim["support"].as_f64().unwrap_or(0.0),
            text(&claim["text"])
        ));
        for citation in items(&claim["citations"]) {
            line(&format!(
                "    {}: {}",
                text(&citation["source"]),
                text(&citation["cited_text"])
            ));
        }
    }
}

/// Rows of a list, the named fields of each, separated by tabs.
pub(super) fn rows(body: &Value, fields: &[&str]) {
    for item in items(&body["items"]) {
        let cells: Vec<String> = fields.iter().map(|field| text(&item[*field])).collect();
        line(&cells.join("\t"));
    }
}

/// The items of a JSON array; none of anything else.
pub(super) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
