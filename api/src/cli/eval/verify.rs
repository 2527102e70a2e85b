//! `footnote eval verify`: how well the verifier tells true claims from false ones, on labelled
//! pairs and on corruptions of the true ones, asked over the service's own `/v1/verify`.

use std::path::PathBuf;

use axum::http::Method;
use clap::Args;
use footnote_answer::check::Checked;
use footnote_answer::verify::Verdict;
use footnote_eval::verifier::corrupt::corruptions;
use footnote_eval::verifier::reword::reworded;
use footnote_eval::verifier::{Judged, Pair, Row, data, report};
use indicatif::ProgressBar;
use serde::Deserialize;
use serde_json::{Value, json};

use super::data::spread;
use super::read;
use crate::cli::client::{Client, Payload, Target};
use crate::cli::{Exit, show};
use crate::error::ApiError;

/// What follows `footnote eval verify`.
#[derive(Debug, Args)]
pub(super) struct Flags {
    /// Pairs as JSON lines (`claim`, `evidence`, `label`; or SciFact, Climate-FEVER, or a `text` whose
    /// sentences are true), or text files
    #[arg(required = true, value_name = "DATA")]
    files: Vec<PathBuf>,
    /// Also judge the true claims reworded, and with a fact exchanged
    #[arg(long)]
    corrupt: bool,
    /// At most this many pairs as given, evenly spread
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
    /// What the corruptions are drawn with
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

pub(super) async fn run(mut target: Target, flags: Flags, json: bool) -> Result<Exit, ApiError> {
    target.config.models.generator = false;
    let pairs = pairs(&flags)?;
    let client = Client::open(target).await?;
    let judged = judge(&client, &pairs, json).await;
    client.close().await;
    let rows = report(&pairs, &judged?);
    if json {
        show::json(&json!({ "groups": rows }));
    } else {
        print(&rows);
    }
    Ok(Exit::Done)
}

fn pairs(flags: &Flags) -> Result<Vec<Pair>, ApiError> {
    let mut pairs = Vec::new();
    for file in &flags.files {
        let text = read(file)?;
        let lines = file.extension().is_some_and(|ending| ending == "jsonl");
        let found = match lines {
            true => data::pairs(&text).map_err(|error| {
                let hint = "one JSON object a line; see the README on `eval verify`";
                ApiError::invalid(format!("`{}`: {error}", file.display()), hint)
            })?,
            false => data::of_text(&text),
        };
        pairs.extend(found);
    }
    if let Some(limit) = flags.limit {
        pairs = spread(pairs, limit);
    }
    if pairs.is_empty() {
        let hint = "give pairs as JSON lines, or text with whole sentences";
        return Err(ApiError::invalid("there is no claim in the data", hint));
    }
    if flags.corrupt {
        let made = [reworded(&pairs), corruptions(&pairs, flags.seed)].concat();
        pairs.extend(made);
    }
    Ok(pairs)
}

async fn judge(client: &Client, pairs: &[Pair], json: bool) -> Result<Vec<Judged>, ApiError> {
    let bar = match json {
        true => ProgressBar::hidden(),
        false => ProgressBar::new(pairs.len() as u64),
    };
    let mut judged = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let request = Payload::Json(request(pair));
        let body = client.call(Method::POST, "/v1/verify", request).await?;
        let checked = Checked::deserialize(&body).map_err(|error| ApiError::internal(&error))?;
        judged.push(worst(&checked));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(judged)
}

fn request(pair: &Pair) -> Value {
    let passages = pair.evidence.iter().enumerate();
    let passages: Vec<Value> = passages
        .map(|(i, text)| json!({ "id": format!("e{i}"), "text": text }))
        .collect();
    json!({ "text": pair.claim, "passages": passages })
}

/// A claim of several sentences stands as well as the one that stands worst.
fn worst(checked: &Checked) -> Judged {
    let start = Judged {
        verdict: Verdict::Supported,
        support: 1.0,
    };
    let rank = |verdict| match verdict {
        Verdict::Unsupported => 0,
        Verdict::Weak => 1,
        Verdict::Supported => 2,
    };
    checked.claims.iter().fold(start, |worst, claim| Judged {
        verdict: if rank(claim.verdict) < rank(worst.verdict) {
            claim.verdict
        } else {
            worst.verdict
        },
        support: worst.support.min(claim.support),
    })
}

fn print(rows: &[Row]) {
    show::line(&format!(
        "{:<14}{:>8}{:>10}{:>10}",
        "", "claims", "AUC", "kept"
    ));
    for row in rows {
        let auc = row.auc.map_or(String::new(), |auc| format!("{auc:.4}"));
        let (name, claims, kept) = (&row.name, row.claims, row.kept);
        show::line(&format!("{name:<14}{claims:>8}{auc:>10}{kept:>10.4}"));
    }
}
