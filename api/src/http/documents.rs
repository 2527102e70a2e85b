//! Documents: read and delete.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use footnote_ingest::id::DocumentId;
use footnote_ingest::span::Span;
use footnote_store::ledger::documents::{DocumentQuery, DocumentRow};
use footnote_store::ledger::jobs::{Job, Op, Priority, Task};
use serde::Deserialize;
use serde_json::{Value, json};

use super::extract::{Path, Query};
use crate::app::App;
use crate::error::ApiError;
use crate::wire::{ChunkJson, DocumentJson, JobJson, List, Paging};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    collection: Option<String>,
    uri: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(listing): Query<Listing>,
) -> Result<axum::Json<List<DocumentJson>>, ApiError> {
    let paging = Paging {
        cursor: listing.cursor,
        limit: listing.limit,
    };
    let (cursor, limit) = paging.check()?;
    if let Some(name) = &listing.collection {
        app.store.ledger.collection(name).await?;
    }
    let query = DocumentQuery {
        collection: listing.collection,
        uri: listing.uri,
    };
    let page = app
        .store
        .ledger
        .documents(&query, cursor.as_ref(), limit)
        .await?;
    Ok(axum::Json(List::of(page, DocumentJson::from)))
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<axum::Json<DocumentJson>, ApiError> {
    Ok(axum::Json(find(&app, &id).await?.into()))
}

pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<axum::Json<Value>, ApiError> {
    let row = find(&app, &id).await?;
    let job = remove(&app, row).await?;
    Ok(axum::Json(json!({ "job": JobJson::from(job) })))
}

/// Deletes through the queue, so that it happens after whatever was queued before, and waits.
pub(super) async fn remove(app: &App, row: DocumentRow) -> Result<Job, ApiError> {
    let task = Task {
        op: Op::Delete,
        document_id: row.document_id,
        collection: row.collection,
        uri: row.uri,
        content_sha256: None,
        media_type: None,
        metadata: serde_json::Map::new(),
        priority: Priority::Interactive,
    };
    let job = app.submit(&task).await?;
    let job = app.ended(&job.id).await?;
    super::jobs::succeeded(&job)?;
    Ok(job)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Slice {
    start: Option<usize>,
    end: Option<usize>,
}

pub(super) async fn text(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(slice): Query<Slice>,
) -> Result<axum::Json<Value>, ApiError> {
    let row = find(&app, &id).await?;
    let text = String::from_utf8(app.store.blobs.get(&row.text_sha256)?)
        .map_err(|error| ApiError::internal(&error))?;
    let length = text.chars().count();
    let (start, end) = (slice.start.unwrap_or(0), slice.end.unwrap_or(length));
    let refused = || {
        ApiError::invalid(
            format!("`start` {start} and `end` {end} do not lie in a text of {length} characters"),
            "offsets count Unicode scalar values, `start` inclusive, `end` exclusive",
        )
    };
    if start > end {
        return Err(refused());
    }
    let part = Span::new(start, end).slice(&text).ok_or_else(refused)?;
    Ok(axum::Json(
        json!({ "text": part, "start": start, "end": end }),
    ))
}

pub(super) async fn chunks(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<axum::Json<List<ChunkJson>>, ApiError> {
    let row = find(&app, &id).await?;
    let stored = app.store.snapshot().chunks_of([&row.document_id]).await?;
    let chunks = stored.into_iter().map(|stored| {
        let chunk = stored.chunk;
        ChunkJson {
            id: chunk.id.to_string(),
            ordinal: chunk.ordinal,
            heading_path: chunk.heading_path,
            page: chunk.page,
            text: chunk.text,
            start_char_index: chunk.span.start,
            end_char_index: chunk.span.end,
            tokens: chunk.tokens,
            sentences: chunk.sentences,
        }
    });
    Ok(axum::Json(List::whole(chunks.collect())))
}

/// The original bytes, never to be run or rendered by a browser.
pub(super) async fn content(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let row = find(&app, &id).await?;
    let bytes = app.store.blobs.get(&row.content_sha256)?;
    let media_type = HeaderValue::from_str(&row.media_type)
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment"),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    Ok((headers, bytes).into_response())
}

pub(super) async fn find(app: &App, id: &str) -> Result<DocumentRow, ApiError> {
    let id: DocumentId = id
        .parse()
        .map_err(|_| ApiError::not_found("document", id))?;
    Ok(app.store.ledger.document(&id).await?)
}
