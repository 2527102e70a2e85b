//! `GET /v1/diagnostics`: what is wrong with the corpus.

use std::sync::Arc;

use axum::extract::State;
use footnote_eval::corpus::{self, CorpusReport, Measures};
use serde::Deserialize;

use super::extract::Query;
use crate::app::App;
use crate::error::ApiError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    collection: Option<String>,
}

pub(super) async fn report(
    State(app): State<Arc<App>>,
    Query(which): Query<Which>,
) -> Result<axum::Json<CorpusReport>, ApiError> {
    let collections = match which.collection {
        Some(name) => vec![app.store.ledger.collection(&name).await?.name],
        None => {
            let all = app.store.ledger.collections().await?;
            all.into_iter().map(|collection| collection.name).collect()
        }
    };
    let tokens = app.tokens.clone();
    let count = move |text: &str| tokens.count(text);
    let measures = Measures {
        max_tokens: app.config.chunking.max_tokens,
        count: &count,
    };
    let snapshot = app.store.snapshot();
    let report = corpus::report(&app.engine, &app.store, &snapshot, &collections, measures).await?;
    Ok(axum::Json(report))
}
