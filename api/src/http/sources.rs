//! Sources: folders whose files are documents. The path is the server's; whoever may call a
//! loopback server may read what it reads.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use footnote_store::ledger::collections::DEFAULT;
use footnote_store::ledger::sources::{NewSource, Source, SourceId};
use serde::Deserialize;

use super::extract::{Json, Path, Query};
use crate::app::App;
use crate::error::{ApiError, Code};
use crate::watch::{self, Drift, Patterns, Report};
use crate::wire::{List, SourceJson};

/// How long a caller who deletes a source waits for its documents to go.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn list(
    State(app): State<Arc<App>>,
) -> Result<axum::Json<List<SourceJson>>, ApiError> {
    let mut items = Vec::new();
    for source in app.store.ledger.sources().await? {
        items.push(shown(&app, source).await?);
    }
    Ok(axum::Json(List::whole(items)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    path: String,
    collection: Option<String>,
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
    #[serde(default)]
    follow_symlinks: bool,
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    Json(wanted): Json<Wanted>,
) -> Result<(StatusCode, axum::Json<SourceJson>), ApiError> {
    let path = PathBuf::from(&wanted.path);
    let found = tokio::task::spawn_blocking(move || folder(&path)).await;
    let new = NewSource {
        path: found.map_err(|panic| ApiError::internal(&panic))??,
        collection: wanted.collection.unwrap_or_else(|| DEFAULT.to_owned()),
        include: wanted.include,
        exclude: wanted.exclude,
        follow_symlinks: wanted.follow_symlinks,
    };
    Patterns::of(&new)?;
    let source = app.store.ledger.create_source(&new).await?;
    app.watching.changed.notify_one();
    Ok((StatusCode::CREATED, axum::Json(shown(&app, source).await?)))
}

/// The folder `path` without links and dots, as text.
fn folder(path: &FilePath) -> Result<String, ApiError> {
    let refused = |reason: &str| {
        ApiError::invalid(
            format!("`path` is `{}`: {reason}", path.display()),
            "give the absolute path of a folder on the server's machine",
        )
    };
    if !path.is_absolute() {
        return Err(refused("it is not absolute"));
    }
    let real = std::fs::canonicalize(path).map_err(|error| refused(&error.to_string()))?;
    std::fs::read_dir(&real).map_err(|error| refused(&error.to_string()))?;
    let text = real.to_str().ok_or_else(|| refused("it is not UTF-8"))?;
    Ok(text.to_owned())
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<axum::Json<SourceJson>, ApiError> {
    let source = app.store.ledger.source(&parse(&id)?).await?;
    Ok(axum::Json(shown(&app, source).await?))
}

/// Deletes the documents of the source, then the source. 204 when that is done; 202 when it
/// goes on, also after a restart.
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = parse(&id)?;
    let source = app.store.ledger.retire_source(&id).await?;
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        match watch::sweep(&app, &id).await {
            Ok(Report { gone: true, .. }) => return Ok(StatusCode::NO_CONTENT.into_response()),
            Err(error) if error.code == Code::NotFound => {
                return Ok(StatusCode::NO_CONTENT.into_response());
            }
            Ok(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(error) => return Err(error),
        }
    }
    app.watching.slot(&id).poke.notify_one();
    let body = axum::Json(shown(&app, source).await?);
    Ok((StatusCode::ACCEPTED, body).into_response())
}

pub(super) async fn sweep(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<axum::Json<Report>, ApiError> {
    let id = parse(&id)?;
    let report = watch::sweep(&app, &id).await?;
    if report.remaining + report.pending > 0 {
        app.watching.slot(&id).poke.notify_one();
    }
    Ok(axum::Json(report))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Depth {
    #[serde(default)]
    deep: bool,
}

pub(super) async fn drift(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(depth): Query<Depth>,
) -> Result<axum::Json<Drift>, ApiError> {
    let drift = watch::drift(&app, &parse(&id)?, depth.deep).await?;
    Ok(axum::Json(drift))
}

async fn shown(app: &App, source: Source) -> Result<SourceJson, ApiError> {
    let mut files = app.store.ledger.source_counts(&source.id).await?;
    files.found = files.found.max(app.watching.files(&source.id) as u64);
    let busy = app.watching.busy(&source.id);
    Ok(SourceJson::new(source, busy, files))
}

fn parse(id: &str) -> Result<SourceId, ApiError> {
    id.parse().map_err(|_| ApiError::not_found("source", id))
}
