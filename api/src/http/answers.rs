//! `POST /v1/ask` and the receipts of what was answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use footnote_answer::ask::{Ask, Wording};
use footnote_answer::engine::Answered;
use footnote_answer::outcome::Answer;
use footnote_answer::search::{Mode, Search};
use footnote_answer::trace::AnswerTrace;
use footnote_store::Filter;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::extract::{Json, Path};
use super::search::{ScopeRequest, k, max_claims, question, scope};
use crate::app::App;
use crate::error::ApiError;

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

/// What is kept of an answer. Written as text, not through `Value`, which would widen every
/// number to 64 bits and print digits that were never computed.
#[derive(Serialize)]
struct Kept<'a> {
    answer: &'a Answer,
    receipt: Receipt<'a>,
}

/// Everything the answer depended on.
#[derive(Serialize)]
struct Receipt<'a> {
    request: Asked<'a>,
    service_version: &'static str,
    generation: String,
    pipeline: &'a str,
    search: &'a crate::config::Search,
    answer: &'a crate::config::Answer,
    trace: AnswerTrace,
}

/// The request with its defaults filled in.
#[derive(Serialize)]
struct Asked<'a> {
    question: &'a str,
    collections: &'a [String],
    filter: &'a Option<Filter>,
    k: usize,
    mode: Wording,
    strict: bool,
    max_claims: usize,
}

pub(super) async fn ask(
    State(app): State<Arc<App>>,
    Json(request): Json<AskRequest>,
) -> Result<axum::Json<Answer>, ApiError> {
    let started = Instant::now();
    let ask = check(&app, request, started).await?;
    let snapshot = app.store.snapshot();
    let Answered { mut answer, trace } = app.engine.ask(&snapshot, &ask).await?;
    let cited = answer
        .citations
        .iter()
        .map(|citation| &citation.document_id);
    answer.stale = app.store.ledger.any_pending(cited).await?;
    let kept = Kept {
        answer: &answer,
        receipt: receipt(&app, &ask, trace),
    };
    let kept = serde_json::to_string(&kept).map_err(|error| ApiError::internal(&error))?;
    app.store.ledger.put_receipt(&answer.id, &kept).await?;
    Ok(axum::Json(answer))
}

fn receipt<'a>(app: &'a App, ask: &'a Ask, trace: AnswerTrace) -> Receipt<'a> {
    let search = &ask.search;
    Receipt {
        request: Asked {
            question: search.question.as_str(),
            collections: &search.scope.collections,
            filter: &search.scope.filter,
            k: search.k,
            mode: ask.wording,
            strict: ask.strict,
            max_claims: ask.max_claims,
        },
        service_version: env!("CARGO_PKG_VERSION"),
        generation: app.store.generation().name(),
        pipeline: &app.pipeline,
        search: &app.config.search,
        answer: &app.config.answer,
        trace,
    }
}

async fn check(app: &App, request: AskRequest, started: Instant) -> Result<Ask, ApiError> {
    if request.stream {
        let hint = "leave `stream` out, or send `false`";
        return Err(ApiError::invalid(
            "`stream` is not available in this version",
            hint,
        ));
    }
    let max_claims = max_claims(request.max_claims)?;
    let named = ScopeRequest {
        collection: request.collection,
        collections: request.collections,
        filter: request.filter,
    };
    let latest = request.max_latency_ms.map(Duration::from_millis);
    Ok(Ask {
        search: Search {
            question: question(app, &request.question)?,
            scope: scope(app, named).await?,
            k: k(app, request.k, app.config.answer.passages)?,
            mode: Mode::Hybrid,
        },
        wording: request.mode.unwrap_or(Wording::Auto),
        strict: request.strict.unwrap_or(true),
        max_claims,
        deadline: latest.and_then(|latest| started.checked_add(latest)),
    })
}

/// The answer as it was given, with everything it was made of.
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<axum::Json<Value>, ApiError> {
    let (created_at, body) = app.store.ledger.receipt(&id).await?;
    let mut body: Value =
        serde_json::from_str(&body).map_err(|error| ApiError::internal(&error))?;
    let created_at = created_at
        .format(&time::format_description::well_known::Rfc3339)
        .map_err(|error| ApiError::internal(&error))?;
    if let Some(receipt) = body.get_mut("receipt").and_then(Value::as_object_mut) {
        receipt.insert("created_at".to_owned(), created_at.into());
    }
    Ok(axum::Json(body))
}
