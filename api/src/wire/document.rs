//! What is stored: collections, their documents, the documents' chunks.

use footnote_ingest::span::Span;
use footnote_store::ledger::collections::Collection;
use footnote_store::ledger::documents::DocumentRow;
use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

/// A document.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct DocumentJson {
    pub id: String,
    pub uri: String,
    pub collection: String,
    pub title: String,
    pub media_type: String,
    pub bytes: u64,
    pub content_sha256: String,
    pub version: String,
    pub chunks: u32,
    pub pages: Option<u32>,
    pub language: Option<String>,
    pub metadata: Map<String, Value>,
    pub warnings: Vec<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl From<DocumentRow> for DocumentJson {
    fn from(row: DocumentRow) -> Self {
        Self {
            id: row.document_id.to_string(),
            uri: row.uri,
            collection: row.collection,
            title: row.title,
            media_type: row.media_type,
            bytes: row.bytes,
            content_sha256: row.content_sha256,
            version: row.version,
            chunks: row.chunks,
            pages: row.pages,
            language: row.language,
            metadata: row.metadata,
            warnings: warnings(row.warnings, row.stale),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A document that is not the newest says so before anything else.
fn warnings(mut warnings: Vec<String>, stale: Option<String>) -> Vec<String> {
    let stale = stale.map(|reason| format!("stale: newer bytes could not be used: {reason}"));
    warnings.splice(0..0, stale);
    warnings
}

/// A chunk of a document.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct ChunkJson {
    pub id: String,
    pub ordinal: u32,
    pub heading_path: Vec<String>,
    pub page: Option<u32>,
    pub text: String,
    pub start_char_index: usize,
    pub end_char_index: usize,
    pub tokens: u32,
    pub sentences: Vec<Span>,
}

/// A collection.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct CollectionJson {
    pub name: String,
    pub description: String,
    pub documents: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

impl From<Collection> for CollectionJson {
    fn from(collection: Collection) -> Self {
        Self {
            name: collection.name,
            description: collection.description,
            documents: collection.documents,
            created_at: collection.created_at,
        }
    }
}
