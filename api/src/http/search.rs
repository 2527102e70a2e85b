//! `POST /v1/search`.

use std::sync::Arc;

use axum::extract::State;
use footnote_answer::question::Question;
use footnote_answer::search::{Mode, Search};
use footnote_ingest::id::derive;
use footnote_store::ledger::collections::DEFAULT;
use footnote_store::{Filter, Scope};
use serde::Deserialize;
use serde_json::Value;

use super::extract::Json;
use crate::app::App;
use crate::error::ApiError;
use crate::wire::{HitJson, SearchJson, SearchTimings};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchRequest {
    question: String,
    collection: Option<String>,
    collections: Option<Vec<String>>,
    filter: Option<Value>,
    k: Option<usize>,
    mode: Option<Mode>,
    #[serde(default)]
    explain: bool,
}

/// Where to look: shared by search and ask.
pub(super) struct ScopeRequest {
    pub(super) collection: Option<String>,
    pub(super) collections: Option<Vec<String>>,
    pub(super) filter: Option<Value>,
}

pub(super) async fn search(
    State(app): State<Arc<App>>,
    Json(request): Json<SearchRequest>,
) -> Result<axum::Json<SearchJson>, ApiError> {
    let named = ScopeRequest {
        collection: request.collection,
        collections: request.collections,
        filter: request.filter,
    };
    let search = Search {
        question: question(&app, &request.question)?,
        scope: scope(&app, named).await?,
        k: k(&app, request.k, 10)?,
        mode: request.mode.unwrap_or(Mode::Hybrid),
    };
    let snapshot = app.store.snapshot();
    let (found, clock) = app.engine.search(&snapshot, &search).await?;
    let timings = clock.timings();
    let key = format!("{}|{search:?}", found.trace.index_version);
    let hits = found.hits.into_iter().enumerate();
    Ok(axum::Json(SearchJson {
        hits: hits.map(|(i, (c, p))| HitJson::new(i + 1, c, p)).collect(),
        index_version: found.trace.index_version.clone(),
        trace_id: derive("trc_", &[key.as_bytes()]),
        timings_ms: SearchTimings {
            embed: timings.embed,
            search: timings.search,
            total: timings.total,
        },
        trace: request.explain.then_some(found.trace),
    }))
}

/// The question, within limits.
pub(super) fn question(app: &App, text: &str) -> Result<Question, ApiError> {
    Ok(Question::new(text, app.config.limits.max_question_chars)?)
}

/// `k` or `usual`, within limits.
pub(crate) fn k(app: &App, k: Option<usize>, usual: usize) -> Result<usize, ApiError> {
    let (k, most) = (k.unwrap_or(usual), app.config.limits.max_k);
    if (1..=most).contains(&k) {
        return Ok(k);
    }
    let message = format!("`k` is {k}: it must be from 1 to {most}");
    Err(ApiError::invalid(
        message,
        "ask for fewer hits, or raise `limits.max_k`",
    ))
}

/// How many sentences an answer may have, five unless `given`.
pub(super) fn max_claims(given: Option<usize>) -> Result<usize, ApiError> {
    match given.unwrap_or(5) {
        claims @ 1..=20 => Ok(claims),
        claims => {
            let message = format!("`max_claims` is {claims}: it must be from 1 to 20");
            Err(ApiError::invalid(message, "ask for fewer sentences"))
        }
    }
}

/// Existing collections, `default` when none is named.
pub(super) async fn scope(app: &App, request: ScopeRequest) -> Result<Scope, ApiError> {
    let collections = match (request.collection, request.collections) {
        (Some(_), Some(_)) => {
            let hint = "name one in `collection` or several in `collections`";
            return Err(ApiError::invalid(
                "`collection` and `collections` are both given",
                hint,
            ));
        }
        (Some(one), None) => vec![one],
        (None, Some(several)) if several.is_empty() => {
            let hint = "name at least one collection, or leave `collections` out";
            return Err(ApiError::invalid("`collections` is empty", hint));
        }
        (None, Some(several)) => several,
        (None, None) => vec![DEFAULT.to_owned()],
    };
    for name in &collections {
        app.store.ledger.collection(name).await?;
    }
    Ok(Scope {
        collections,
        filter: request.filter.as_ref().map(Filter::parse).transpose()?,
    })
}
