//! Is the process alive, and can it answer?

use std::sync::Arc;

use axum::extract::State;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{ApiError, Code, chain};

pub(super) async fn alive() -> axum::Json<Value> {
    axum::Json(json!({ "status": "alive" }))
}

/// Models and store are open; says which is not.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Result<axum::Json<Value>, ApiError> {
    let mut reasons = Vec::new();
    if let Err(error) = app.engine.embedder.check() {
        reasons.push(chain(&error));
    }
    if let Some(Err(error)) = app.engine.generator.as_ref().map(|worker| worker.check()) {
        reasons.push(chain(&error));
    }
    if let Some(Err(error)) = app.engine.reranker.as_ref().map(|one| one.worker.check()) {
        reasons.push(chain(&error));
    }
    if let Some(Err(error)) = app.engine.inferring.as_ref().map(|one| one.worker.check()) {
        reasons.push(chain(&error));
    }
    if let Err(error) = app.store.ledger.collections().await {
        reasons.push(chain(&error));
    }
    if !reasons.is_empty() {
        let hint = "wait a moment; if it stays, run `footnote doctor`";
        return Err(ApiError::new(Code::Unavailable, reasons.join("; "), hint));
    }
    let index_version = app.store.snapshot().index_version();
    Ok(axum::Json(
        json!({ "status": "ready", "index_version": index_version }),
    ))
}
