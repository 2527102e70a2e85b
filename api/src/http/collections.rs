//! Collections: named sets of documents that are searched together.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::extract::{Json, Path};
use crate::app::App;
use crate::error::ApiError;
use crate::wire::{CollectionJson, List};

pub(super) async fn list(
    State(app): State<Arc<App>>,
) -> Result<axum::Json<List<CollectionJson>>, ApiError> {
    let collections = app.store.ledger.collections().await?;
    let items = collections.into_iter().map(CollectionJson::from);
    Ok(axum::Json(List::whole(items.collect())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCollection {
    name: String,
    #[serde(default)]
    description: String,
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    Json(new): Json<NewCollection>,
) -> Result<(StatusCode, axum::Json<CollectionJson>), ApiError> {
    let created = app
        .store
        .ledger
        .create_collection(&new.name, &new.description)
        .await?;
    Ok((StatusCode::CREATED, axum::Json(created.into())))
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<axum::Json<CollectionJson>, ApiError> {
    Ok(axum::Json(app.store.ledger.collection(&name).await?.into()))
}

/// Deletes the documents first, each through the queue.
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    for id in app.store.ledger.document_ids(&name).await? {
        super::documents::remove(&app, app.store.ledger.document(&id).await?).await?;
    }
    app.store.ledger.delete_collection(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}
