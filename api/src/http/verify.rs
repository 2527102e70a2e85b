//! `POST /v1/verify`: checks a text against passages sent along, or stored documents.

use std::sync::Arc;

use axum::extract::State;
use footnote_answer::check::{Checked, Ground, check, grounds};
use footnote_store::StoredChunk;
use serde::Deserialize;

use super::documents::find;
use super::extract::Json;
use crate::app::App;
use crate::error::ApiError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifyRequest {
    text: String,
    #[serde(default)]
    passages: Vec<PassageJson>,
    #[serde(default)]
    document_ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PassageJson {
    id: String,
    text: String,
}

/// Characters of text and of all passages that are checked at once.
const MAX_TEXT: usize = 20_000;
const MAX_PASSAGES: usize = 200_000;
/// Documents that are checked against at once.
const MAX_DOCUMENTS: usize = 50;

pub(super) async fn verify(
    State(app): State<Arc<App>>,
    Json(request): Json<VerifyRequest>,
) -> Result<axum::Json<Checked>, ApiError> {
    within_limits(&request)?;
    let snapshot = app.store.snapshot();
    let mut found: Vec<Ground> = Vec::new();
    for passage in &request.passages {
        found.extend(grounds(&app.engine, &passage.id, &passage.text).await?);
    }
    for id in &request.document_ids {
        let row = find(&app, id).await?;
        for stored in snapshot.chunks_of([&row.document_id]).await? {
            found.extend(stored_grounds(stored));
        }
    }
    Ok(axum::Json(
        check(&app.engine, &snapshot, &request.text, &found).await?,
    ))
}

fn within_limits(request: &VerifyRequest) -> Result<(), ApiError> {
    let too_long = |what: &str, most: usize| {
        let message = format!("`{what}` is over the limit of {most}");
        Err(ApiError::invalid(message, "check less at once"))
    };
    let passages: usize = request
        .passages
        .iter()
        .map(|p| p.text.chars().count())
        .sum();
    if request.text.trim().is_empty() {
        return Err(ApiError::invalid(
            "`text` is empty",
            "send the text to check",
        ));
    }
    if request.text.chars().count() > MAX_TEXT {
        return too_long("text", MAX_TEXT);
    }
    if passages > MAX_PASSAGES {
        return too_long("passages", MAX_PASSAGES);
    }
    if request.document_ids.len() > MAX_DOCUMENTS {
        return too_long("document_ids", MAX_DOCUMENTS);
    }
    if request.passages.is_empty() && request.document_ids.is_empty() {
        let hint = "send `passages`, `document_ids` or both";
        return Err(ApiError::invalid(
            "there is nothing to check the text against",
            hint,
        ));
    }
    Ok(())
}

fn stored_grounds(stored: StoredChunk) -> Vec<Ground> {
    let chunk = stored.chunk;
    let context = format!("{} {}", stored.title, chunk.heading_path.join(" "));
    let sentences = chunk.sentences.iter().zip(stored.sentence_vectors);
    sentences
        .filter_map(|(span, vector)| {
            let text = span.relative_to(chunk.span.start).slice(&chunk.text)?;
            Some(Ground {
                source: stored.document_id.to_string(),
                context: context.clone(),
                text: text.to_owned(),
                span: *span,
                vector,
            })
        })
        .collect()
}
