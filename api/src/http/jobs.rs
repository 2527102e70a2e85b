//! Jobs: what is waiting, what happened, and trying again.

use std::sync::Arc;

use axum::extract::State;
use footnote_store::ledger::jobs::{Job, JobId, State as JobState};
use serde::Deserialize;

use super::extract::{Path, Query};
use crate::app::App;
use crate::error::{ApiError, Code};
use crate::wire::{JobJson, List, Paging};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    state: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(listing): Query<Listing>,
) -> Result<axum::Json<List<JobJson>>, ApiError> {
    let paging = Paging {
        cursor: listing.cursor,
        limit: listing.limit,
    };
    let (cursor, limit) = paging.check()?;
    let state: Option<JobState> = listing
        .state
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|_| {
            let hint = "one of `queued`, `running`, `succeeded`, `failed`, `dead`";
            ApiError::invalid("`state` is not a state of a job", hint)
        })?;
    let page = app.store.ledger.jobs(state, cursor.as_ref(), limit).await?;
    Ok(axum::Json(List::of(page, JobJson::from)))
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<axum::Json<JobJson>, ApiError> {
    Ok(axum::Json(app.store.ledger.job(&parse(&id)?).await?.into()))
}

pub(super) async fn retry(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<axum::Json<JobJson>, ApiError> {
    let job = app.store.ledger.retry(&parse(&id)?).await?;
    app.rouse();
    Ok(axum::Json(job.into()))
}

fn parse(id: &str) -> Result<JobId, ApiError> {
    id.parse().map_err(|_| ApiError::not_found("job", id))
}

/// A job that failed, as the error its caller waited for.
pub(super) fn succeeded(job: &Job) -> Result<(), ApiError> {
    match &job.error {
        None => Ok(()),
        Some(error) => {
            let code = Code::parse(&error.code).unwrap_or(Code::Internal);
            let hint = error.hint.clone().unwrap_or_default();
            Err(ApiError::new(code, error.message.clone(), hint))
        }
    }
}
