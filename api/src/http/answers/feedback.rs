//! `POST /v1/answers/{id}/feedback`: what somebody says of an answer. `footnote eval gen
//! --from-feedback` makes questions of it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use footnote_store::ledger::feedback::Feedback;
use serde::Serialize;
use time::OffsetDateTime;

use super::{Json, Path};
use crate::app::App;
use crate::error::ApiError;

/// Characters that a note or an expected answer may have.
const MOST_CHARS: usize = 10_000;

/// Feedback, as it was kept.
#[derive(Serialize)]
pub(in crate::http) struct Given {
    answer_id: String,
    #[serde(flatten)]
    feedback: Feedback,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

pub(in crate::http) async fn give(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Json(mut feedback): Json<Feedback>,
) -> Result<(StatusCode, axum::Json<Given>), ApiError> {
    feedback.note = text("note", feedback.note)?;
    feedback.expected = text("expected", feedback.expected)?;
    let created_at = app.store.ledger.put_feedback(&id, &feedback).await?;
    let given = Given {
        answer_id: id,
        feedback,
        created_at,
    };
    Ok((StatusCode::CREATED, axum::Json(given)))
}

/// A text within bounds; a blank one is none.
fn text(field: &str, text: Option<String>) -> Result<Option<String>, ApiError> {
    let chars = text.as_ref().map_or(0, |text| text.chars().count());
    if chars > MOST_CHARS {
        let message = format!("`{field}` has {chars} characters: {MOST_CHARS} are allowed");
        return Err(ApiError::invalid(message, "say it in fewer words"));
    }
    Ok(text.filter(|text| !text.trim().is_empty()))
}
