//! `footnote sources`: lists, shows, compares and deletes watched folders; and what `doctor`
//! says about them.

use std::sync::Arc;

use axum::http::Method;
use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Client, Payload, Target};
use super::read::{all, escape, print};
use super::{Exit, show};
use crate::app::App;
use crate::error::ApiError;
use crate::watch::drift;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List watched folders
    List,
    /// Show one
    Get {
        /// Its id
        id: String,
    },
    /// Stop watching it and delete its documents; the files stay
    Delete {
        /// Its id
        id: String,
    },
    /// Look for changes now
    Sweep {
        /// Its id
        id: String,
    },
    /// Compare folder and index; exits with 3 when they differ
    Drift {
        /// Its id
        id: String,
        /// Hash every file, not only those whose size or times changed
        #[arg(long)]
        deep: bool,
    },
}

pub(super) async fn run(target: Target, command: Command, json: bool) -> Result<Exit, ApiError> {
    let client = match command {
        Command::List => {
            let fields = ["id", "status", "collection", "path", "last_sweep"];
            return all(target, "/v1/sources?", &fields, json).await;
        }
        _ => Client::open(target).await?,
    };
    let done = one(&client, command, json).await;
    client.close().await;
    done
}

async fn one(client: &Client, command: Command, json: bool) -> Result<Exit, ApiError> {
    let path = |id: &str, rest: &str| format!("/v1/sources/{}{rest}", escape(id));
    let call =
        |method, path: String| async move { client.call(method, &path, Payload::Nothing).await };
    let body = match command {
        Command::List => return Ok(Exit::Done),
        Command::Get { id } => call(Method::GET, path(&id, "")).await?,
        Command::Sweep { id } => call(Method::POST, path(&id, "/sweep")).await?,
        Command::Delete { id } => {
            while call(Method::DELETE, path(&id, "")).await? != Value::Null {
                eprintln!("still deleting documents of `{id}`");
            }
            eprintln!("`{id}` is not watched any more, and its documents are deleted");
            return Ok(Exit::Done);
        }
        Command::Drift { id, deep } => {
            let body = call(Method::GET, path(&id, &format!("/drift?deep={deep}"))).await?;
            print(&body, json, |body| differences(body, usize::MAX));
            let equal = body["in_sync"] == true;
            return Ok(if equal { Exit::Done } else { Exit::Below });
        }
    };
    print(&body, json, show::json);
    Ok(Exit::Done)
}

/// A drift for people: at most `most` differences, one a line.
pub(super) fn differences(drift: &Value, most: usize) {
    let lines = lines(drift);
    if lines.is_empty() {
        show::line("in sync");
    }
    lines.iter().take(most).for_each(|line| show::line(line));
    if lines.len() > most {
        show::line(&format!("and {} more", lines.len() - most));
    }
}

/// Every difference, with its reason.
pub(super) fn lines(drift: &Value) -> Vec<String> {
    let kinds = [
        ("missing", "the file has no searchable document"),
        ("orphaned", "the document has no file"),
        ("stale", "the document is of older bytes than the file"),
        ("pending", "being worked on"),
    ];
    let named = kinds.iter().flat_map(|(kind, reason)| {
        show::items(&drift[*kind])
            .map(move |uri| format!("{kind:<9} {}: {reason}", show::text(uri)))
    });
    let failed = show::items(&drift["failed"]).map(|file| {
        let error = &file["error"];
        format!(
            "failed    {}: {} ({})",
            show::text(&file["uri"]),
            show::text(&error["message"]),
            show::text(&error["hint"])
        )
    });
    named.chain(failed).collect()
}

/// What `doctor` found about one source.
pub(super) struct Finding {
    pub(super) path: String,
    /// What is wrong; `None` when folder and index are equal.
    pub(super) problem: Option<String>,
    /// Every difference, one a line.
    pub(super) differences: Vec<String>,
    /// The whole comparison; `null` when there was none.
    pub(super) drift: Value,
}

/// Compares every source with its folder, byte for byte.
pub(super) async fn findings(app: &Arc<App>) -> Result<Vec<Finding>, ApiError> {
    let mut findings = Vec::new();
    for source in app.store.ledger.sources().await? {
        let path = source.settings.path;
        findings.push(match drift(app, &source.id, true).await {
            Err(error) => Finding {
                path,
                problem: Some(error.message),
                differences: Vec::new(),
                drift: Value::Null,
            },
            Ok(drift) => {
                let drift = json!(drift);
                let differences = lines(&drift);
                let count = differences.len();
                Finding {
                    path,
                    problem: (count > 0).then(|| format!("{count} differences from the index")),
                    differences,
                    drift,
                }
            }
        });
    }
    Ok(findings)
}
