//! `footnote doctor`: proves that the models are the pinned ones, that the data directory
//! opens, and that ledger, index and blobs tell the same story.

use std::collections::BTreeSet;

use footnote_store::ledger::documents::{DocumentQuery, DocumentRow};
use footnote_store::ledger::jobs::State;
use footnote_store::ledger::upkeep::StepRun;
use serde_json::json;

use super::sources::{self, Finding};
use super::{Exit, models, show};
use crate::app::{App, manifest};
use crate::config::Config;
use crate::error::ApiError;

/// One finding.
struct Check {
    name: &'static str,
    /// What is wrong; `None` when nothing is.
    problem: Option<String>,
    detail: String,
}

pub(super) async fn run(config: Config, json: bool) -> Result<Exit, ApiError> {
    let mut checks = vec![models_check(&config)];
    let mut folders = Vec::new();
    match App::open(config).await {
        Ok(app) => {
            checks.extend(data_checks(&app).await?);
            folders = sources::findings(&app).await?;
        }
        Err(error) => checks.push(Check {
            name: "data directory",
            problem: Some(format!("{} ({})", error.message, error.hint)),
            detail: String::new(),
        }),
    }
    let sound = checks.iter().all(|check| check.problem.is_none())
        && folders.iter().all(|folder| folder.problem.is_none());
    report(&checks, &folders, sound, json);
    Ok(if sound { Exit::Done } else { Exit::Below })
}

fn models_check(config: &Config) -> Check {
    let rows = match manifest(config) {
        Ok(manifest) => models::inventory(config, &manifest),
        Err(error) => {
            return Check {
                name: "models",
                problem: Some(error.to_string()),
                detail: String::new(),
            };
        }
    };
    let bad: Vec<String> = rows
        .iter()
        .filter(|row| row["status"] != "present")
        .map(|row| {
            format!(
                "{} is {}",
                show::text(&row["name"]),
                show::text(&row["status"])
            )
        })
        .collect();
    let problem =
        (!bad.is_empty()).then(|| format!("{}; run `footnote models pull`", bad.join(", ")));
    Check {
        name: "models",
        problem,
        detail: format!("{} files hashed", rows.len()),
    }
}

async fn data_checks(app: &App) -> Result<Vec<Check>, ApiError> {
    let documents = every_document(app).await?;
    let snapshot = app.store.snapshot();
    let indexed = snapshot.document_versions().await?;
    let pending = app.store.ledger.pending_documents().await?;
    let differing: Vec<&str> = documents
        .iter()
        // An interrupted job may have changed the index and not yet said so.
        .filter(|row| !pending.contains(&row.document_id))
        .filter(|row| {
            let found = indexed.get(&row.document_id);
            let same = |i: &footnote_store::snapshot::IndexedDocument| {
                i.version == row.version && i.chunks == row.chunks as usize
            };
            // A document without chunks has no rows in the index.
            !found.map_or(row.chunks == 0, same)
        })
        .map(|row| row.uri.as_str())
        .collect();
    let known: BTreeSet<_> = documents.iter().map(|row| &row.document_id).collect();
    let orphans = indexed
        .keys()
        .filter(|id| !known.contains(id) && !pending.contains(*id))
        .count();
    let missing: Vec<&str> = documents
        .iter()
        .filter(|row| {
            let blobs = &app.store.blobs;
            blobs.get(&row.content_sha256).is_err() || blobs.get(&row.text_sha256).is_err()
        })
        .map(|row| row.uri.as_str())
        .collect();
    let jobs = app.store.ledger.count_jobs().await?;
    let dead = jobs.get(&State::Dead).copied().unwrap_or(0);
    let jobs: Vec<String> = jobs
        .iter()
        .map(|(state, n)| format!("{n} {}", state.as_str()))
        .collect();
    Ok(vec![
        Check {
            name: "index",
            problem: problem(&differing, "differ from the ledger; ingest them again").or_else(
                || (orphans > 0).then(|| format!("{orphans} documents are unknown to the ledger")),
            ),
            detail: format!(
                "{} documents, {}",
                documents.len(),
                snapshot.index_version()
            ),
        },
        Check {
            name: "originals",
            problem: problem(&missing, "cannot be read back; ingest them again"),
            detail: format!("{} documents read back", documents.len()),
        },
        versions_check(app).await?,
        upkeep_check(app).await?,
        Check {
            name: "jobs",
            problem: (dead > 0).then(|| {
                format!("{dead} were given up; `footnote jobs list --state dead` says why")
            }),
            detail: if jobs.is_empty() {
                "none".to_owned()
            } else {
                jobs.join(", ")
            },
        },
    ])
}

/// How many versions of the index can be read, and for whom old ones are kept.
async fn versions_check(app: &App) -> Result<Check, ApiError> {
    let readable = app.store.versions().await?;
    let kept = app.store.ledger.read_versions().await?;
    let present = kept.iter().filter(|v| readable.contains(v)).count();
    let (replayable, receipts) = app.store.ledger.count_receipts().await?;
    let storage = &app.config.storage;
    Ok(Check {
        name: "versions",
        problem: None,
        detail: format!(
            "{} can be read, {present} of them kept to replay {replayable} of {receipts} answers \
             (for {} days, at most {})",
            readable.len(),
            storage.replay_days,
            storage.replay_versions,
        ),
    })
}

/// When files, index, old versions and blobs were last brought in order.
async fn upkeep_check(app: &App) -> Result<Check, ApiError> {
    let steps = app.store.ledger.steps().await?;
    let say = |step: &StepRun| format!("{} ({} ms): {}", step.step, step.took_ms, step.outcome);
    let failed: Vec<String> = steps.iter().filter(|step| step.failed).map(say).collect();
    let all: Vec<String> = steps.iter().map(say).collect();
    Ok(Check {
        name: "upkeep",
        problem: (!failed.is_empty()).then(|| failed.join("; ")),
        detail: if all.is_empty() {
            "nothing was due yet".to_owned()
        } else {
            all.join("; ")
        },
    })
}

fn problem(uris: &[&str], what: &str) -> Option<String> {
    let shown: Vec<String> = uris.iter().take(5).map(|uri| format!("`{uri}`")).collect();
    (!uris.is_empty()).then(|| format!("{} documents {what}: {}", uris.len(), shown.join(", ")))
}

async fn every_document(app: &App) -> Result<Vec<DocumentRow>, ApiError> {
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let query = DocumentQuery::default();
        let page = app
            .store
            .ledger
            .documents(&query, cursor.as_ref(), 500)
            .await?;
        rows.extend(page.items);
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(rows),
        }
    }
}

/// Differences of a folder that people are shown; programs get all.
const SHOWN: usize = 20;

fn report(checks: &[Check], folders: &[Finding], sound: bool, json: bool) {
    if json {
        let checks: Vec<_> = checks
            .iter()
            .map(|check| {
                json!({ "name": check.name, "ok": check.problem.is_none(),
                    "problem": check.problem, "detail": check.detail })
            })
            .collect();
        let folders: Vec<_> = folders
            .iter()
            .map(|folder| {
                json!({ "path": folder.path, "ok": folder.problem.is_none(),
                    "problem": folder.problem, "drift": folder.drift })
            })
            .collect();
        show::json(&json!({ "ok": sound, "checks": checks, "sources": folders }));
        return;
    }
    for check in checks {
        match &check.problem {
            None => show::line(&format!("ok       {}: {}", check.name, check.detail)),
            Some(problem) => show::line(&format!("problem  {}: {problem}", check.name)),
        }
    }
    for folder in folders {
        let path = &folder.path;
        match &folder.problem {
            None => show::line(&format!("ok       {path}: equals its documents")),
            Some(problem) => show::line(&format!("problem  {path}: {problem}")),
        }
        let more = folder.differences.len().saturating_sub(SHOWN);
        for line in folder.differences.iter().take(SHOWN) {
            show::line(&format!("         {line}"));
        }
        if more > 0 {
            show::line(&format!("         and {more} more; `--json` lists all"));
        }
    }
}
