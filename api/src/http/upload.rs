//! `POST /v1/documents`: a form with a file, or JSON with text, becomes stored bytes and a
//! queued job. The bytes are on disk before the answer says so.

use std::sync::Arc;

use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use footnote_ingest::id::DocumentId;
use footnote_store::ledger::collections::DEFAULT;
use footnote_store::ledger::jobs::{Job, Op, Priority, Task};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::extract::{Json, Query, body_refused};
use super::jobs::succeeded;
use crate::app::App;
use crate::error::{ApiError, Code};
use crate::wire::{DocumentJson, JobJson};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Options {
    #[serde(default)]
    wait: bool,
    #[serde(default)]
    priority: Urgency,
}

/// Whether somebody waits for this document, or it is one of many.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Urgency {
    #[default]
    Interactive,
    Bulk,
}

impl From<Urgency> for Priority {
    fn from(urgency: Urgency) -> Self {
        match urgency {
            Urgency::Interactive => Priority::Interactive,
            Urgency::Bulk => Priority::Bulk,
        }
    }
}

/// What was sent, however it was sent.
struct Upload {
    uri: String,
    collection: String,
    media_type: Option<String>,
    metadata: Map<String, Value>,
    bytes: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextUpload {
    uri: String,
    text: String,
    media_type: Option<String>,
    collection: Option<String>,
    #[serde(default)]
    metadata: Map<String, Value>,
}

pub(super) async fn post(
    State(app): State<Arc<App>>,
    Query(options): Query<Options>,
    request: Request,
) -> Result<Response, ApiError> {
    let upload = receive(&app, request).await?;
    check(&app, &upload)?;
    let queueing = app.uploads.read().await;
    let content = app.store.blobs.put(&upload.bytes)?;
    let task = Task {
        op: Op::Put,
        document_id: DocumentId::derive(&upload.collection, &upload.uri),
        collection: upload.collection,
        uri: upload.uri,
        content_sha256: Some(content),
        media_type: upload.media_type,
        metadata: upload.metadata,
        priority: options.priority.into(),
    };
    let job = app.submit(&task).await?;
    drop(queueing);
    if options.wait {
        return waited(&app, job).await;
    }
    let body = axum::Json(json!({ "job": JobJson::from(job) }));
    Ok((StatusCode::ACCEPTED, body).into_response())
}

/// Waits for `job`; 201 for new content, 200 when the document was that already.
async fn waited(app: &App, job: Job) -> Result<Response, ApiError> {
    let job = app.ended(&job.id).await?;
    succeeded(&job)?;
    let row = app.store.ledger.document(&job.task.document_id).await?;
    let status = if row.updated_at < job.created_at {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let body = json!({ "job": JobJson::from(job), "document": DocumentJson::from(row) });
    Ok((status, axum::Json(body)).into_response())
}

async fn receive(app: &Arc<App>, request: Request) -> Result<Upload, ApiError> {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let content_type = content_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    if content_type.starts_with("multipart/form-data") {
        let form = Multipart::from_request(request, app)
            .await
            .map_err(|refused| body_refused(refused.status(), &refused.body_text()))?;
        from_form(form).await
    } else {
        let Json(sent) = Json::<TextUpload>::from_request(request, app).await?;
        Ok(Upload {
            uri: sent.uri,
            collection: sent.collection.unwrap_or_else(|| DEFAULT.to_owned()),
            media_type: sent.media_type,
            metadata: sent.metadata,
            bytes: sent.text.into_bytes(),
        })
    }
}

async fn from_form(mut form: Multipart) -> Result<Upload, ApiError> {
    let refused = |error: axum::extract::multipart::MultipartError| {
        body_refused(error.status(), &error.body_text())
    };
    let (mut file, mut name, mut media_type) = (None, None, None);
    let (mut uri, mut collection, mut metadata) = (None, None, Map::new());
    while let Some(field) = form.next_field().await.map_err(refused)? {
        match field.name().unwrap_or_default().to_owned().as_str() {
            "file" => {
                name = field.file_name().map(str::to_owned);
                media_type = field.content_type().map(str::to_owned);
                file = Some(field.bytes().await.map_err(refused)?.to_vec());
            }
            "uri" => uri = Some(field.text().await.map_err(refused)?),
            "collection" => collection = Some(field.text().await.map_err(refused)?),
            "metadata" => {
                let text = field.text().await.map_err(refused)?;
                metadata = serde_json::from_str(&text).map_err(|error| {
                    let hint = "`metadata` is a JSON object, such as `{\"team\":\"hr\"}`";
                    ApiError::invalid(format!("`metadata` is not valid: {error}"), hint)
                })?;
            }
            other => return Err(unknown_field(other)),
        }
    }
    let missing = |what: &str| {
        let hint = "send the document as the form field `file`, with a file name or a `uri`";
        ApiError::invalid(format!("the form has no {what}"), hint)
    };
    Ok(Upload {
        uri: uri
            .or(name)
            .ok_or_else(|| missing("`uri` and no file name"))?,
        collection: collection.unwrap_or_else(|| DEFAULT.to_owned()),
        media_type: media_type.filter(|claimed| claimed != "application/octet-stream"),
        metadata,
        bytes: file.ok_or_else(|| missing("field `file`"))?,
    })
}

fn unknown_field(name: &str) -> ApiError {
    let shown: String = name.chars().take(100).collect();
    let hint = "the fields are `file`, `uri`, `collection` and `metadata`";
    ApiError::invalid(format!("the form has an unknown field `{shown}`"), hint)
}

/// Longest name of a document.
const MAX_URI_CHARS: usize = 2_000;

fn check(app: &App, upload: &Upload) -> Result<(), ApiError> {
    let limit = app.config.limits.max_document_bytes;
    if upload.bytes.len() > limit {
        return Err(ApiError::new(
            Code::DocumentTooLarge,
            format!(
                "the document has {} bytes, at most {limit} are allowed",
                upload.bytes.len()
            ),
            "send a smaller document, or raise `limits.max_document_bytes`",
        ));
    }
    if upload.bytes.is_empty() {
        return Err(footnote_ingest::parse::ParseError::Empty.into());
    }
    check_uri(&upload.uri)
}

/// Whether a document may be called `uri`.
pub(crate) fn check_uri(uri: &str) -> Result<(), ApiError> {
    let too_long = uri.chars().count() > MAX_URI_CHARS;
    if uri.trim().is_empty() || too_long || uri.chars().any(char::is_control) {
        let hint = "name the document by a path or URI, such as `hr/leave.md`";
        let message = format!("`uri` must have 1 to {MAX_URI_CHARS} printable characters");
        return Err(ApiError::invalid(message, hint));
    }
    Ok(())
}
