//! Evaluations: start one, see how far it is, read its report.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use footnote_eval::report::Report;
use serde::Serialize;

use super::extract::{Json, Path, Query};
use crate::app::App;
use crate::error::ApiError;
use crate::evals::{EvalRequest, Record, start};
use crate::wire::{List, Paging};

/// An evaluation with its report, `null` until it has succeeded.
#[derive(Serialize)]
pub(super) struct EvalJson {
    #[serde(flatten)]
    record: Record,
    report: Option<Report>,
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    Json(request): Json<EvalRequest>,
) -> Result<(StatusCode, axum::Json<Record>), ApiError> {
    let record = start(&app, request).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(record)))
}

/// Newest first. A cursor is the digits of the last id that was shown.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(paging): Query<Paging>,
) -> Result<axum::Json<List<Record>>, ApiError> {
    let (cursor, limit) = paging.check()?;
    let mut records = app.evals.list()?;
    if let Some(cursor) = cursor {
        let last = format!("evl_{cursor}");
        let shown = records.iter().position(|record| record.id == last);
        let shown = shown.ok_or_else(|| {
            ApiError::invalid("`cursor` is not one of this list", "start again without it")
        })?;
        records.drain(..=shown);
    }
    let more = records.len() > limit as usize;
    records.truncate(limit as usize);
    let last = records.last().filter(|_| more);
    let next = last.map(|record| record.id.trim_start_matches("evl_").to_owned());
    Ok(axum::Json(List::until(records, next)))
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<axum::Json<EvalJson>, ApiError> {
    let (record, report) = app.evals.get(&id)?;
    Ok(axum::Json(EvalJson { record, report }))
}
