//! `POST /v1/ask`, in one piece or streamed, and what was answered: receipts, replays, feedback.

mod cause;
mod compare;
mod feedback;
mod receipt;
mod replay;
mod stream;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use footnote_answer::ask::{Ask, Wording};
use footnote_answer::engine::Answered;
use footnote_answer::escalate::Escalating;
use footnote_answer::outcome::Answer;
use footnote_answer::progress::Progress;
use serde::Deserialize;
use serde_json::Value;

use super::extract::{Json, Path};
use super::layers::Admission;
use super::search::{ScopeRequest, k, max_claims, question, scope};
use crate::app::App;
use crate::error::ApiError;
use receipt::{Asked, Receipt};

pub(super) use feedback::give as feedback;
pub(super) use replay::replay;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskRequest {
    question: String,
    collection: Option<String>,
    collections: Option<Vec<String>>,
    filter: Option<Value>,
    k: Option<usize>,
    mode: Option<Wording>,
    strict: Option<bool>,
    #[serde(default)]
    stream: bool,
    max_latency_ms: Option<u64>,
    max_claims: Option<usize>,
}

pub(super) async fn ask(
    State(app): State<Arc<App>>,
    Extension(admission): Extension<Admission>,
    Json(request): Json<AskRequest>,
) -> Result<Response, ApiError> {
    let (started, streamed) = (Instant::now(), request.stream);
    let asked = check(&app, request).await?;
    let deadline = asked.max_latency_ms.map(Duration::from_millis);
    let ask = Ask {
        deadline: deadline.and_then(|latest| started.checked_add(latest)),
        quote_when_busy: asked.mode == Wording::Auto,
        escalating: Escalating::Allowed {
            // The rest is for verifying what comes back, so that a slow endpoint costs the
            // question its escalation and not its answer.
            until: started.checked_add(admission.deadline.mul_f32(0.9)),
        },
        ..asked.ask()?
    };
    if streamed {
        return stream::answer(app, asked, ask, admission).await;
    }
    let answer = answer(&app, &asked, &ask, &Progress::silent()).await?;
    Ok(axum::Json(answer).into_response())
}

/// Answers, and keeps the receipt.
async fn answer(
    app: &App,
    asked: &Asked,
    ask: &Ask,
    progress: &Progress,
) -> Result<Answer, ApiError> {
    let snapshot = app.store.snapshot();
    let answered = app.engine.ask_telling(&snapshot, ask, progress).await?;
    let Answered { mut answer, trace } = answered;
    let cited = answer.citations.iter().map(|cited| &cited.document_id);
    answer.stale = app.store.ledger.any_pending(cited).await?;
    let kept = Receipt::of(app, asked, &trace).beside(&answer)?;
    let ledger = &app.store.ledger;
    ledger.put_receipt(&answer.id, &kept, &snapshot).await?;
    Ok(answer)
}

/// The request with its defaults, within limits.
async fn check(app: &App, request: AskRequest) -> Result<Asked, ApiError> {
    let max_claims = max_claims(request.max_claims)?;
    let named = ScopeRequest {
        collection: request.collection,
        collections: request.collections,
        filter: request.filter,
    };
    question(app, &request.question)?;
    let scope = scope(app, named).await?;
    Ok(Asked {
        question: request.question,
        collections: scope.collections,
        filter: scope.filter,
        k: k(app, request.k, app.config.answer.passages)?,
        mode: request.mode.unwrap_or(Wording::Auto),
        strict: request.strict.unwrap_or(true),
        max_claims,
        max_latency_ms: request.max_latency_ms,
    })
}

/// The answer as it was given, with everything it was made of.
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<axum::Json<Value>, ApiError> {
    receipt::read(&app, &id).await.map(axum::Json)
}
