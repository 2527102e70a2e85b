//! The documents' bookkeeping: what is shown and listed without touching the chunks table. A
//! row is written in the transaction that finishes its job (see [`super::jobs`]), or by
//! [`Ledger::repair_document`] at start-up; this module reads and lists.

#[cfg(test)]
pub(super) mod tests;
mod write;

use std::collections::BTreeSet;

use footnote_ingest::id::DocumentId;
use serde_json::{Map, Value};
use sqlx::sqlite::SqliteRow;
use time::OffsetDateTime;

use super::Ledger;
use super::page::{Cursor, Page, page};
use super::row::{count, get, json, parse, time};
use crate::error::{Error, Result};

pub(super) use write::{freshen, mark_stale, remove, upsert};

/// The visible version of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentRow {
    /// Derived from collection and URI.
    pub document_id: DocumentId,
    /// Collection it belongs to, which must exist.
    pub collection: String,
    /// Its name inside the collection.
    pub uri: String,
    /// Changes with content and pipeline.
    pub version: String,
    /// SHA-256 of the original bytes: their name in the blobs.
    pub content_sha256: String,
    /// Length of the original.
    pub bytes: u64,
    /// SHA-256 of the canonical text in UTF-8: its name in the blobs.
    pub text_sha256: String,
    /// Title, from the document or its name.
    pub title: String,
    /// Media type of the original.
    pub media_type: String,
    /// ISO 639-3 code, where it could be told.
    pub language: Option<String>,
    /// Pages, where the format has them.
    pub pages: Option<u32>,
    /// Chunks in the index.
    pub chunks: u32,
    /// What was lost or guessed while parsing.
    pub warnings: Vec<String>,
    /// What the sender said about it.
    pub metadata: Map<String, Value>,
    /// When it was first seen; writing the row again keeps the stored value.
    pub created_at: OffsetDateTime,
    /// When this version was made.
    pub updated_at: OffsetDateTime,
    /// Why newer bytes could not replace this version; `None` while it is the newest.
    pub stale: Option<String>,
}

/// Which documents a list shows; a field left `None` does not narrow it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentQuery {
    /// Only this collection.
    pub collection: Option<String>,
    /// Only this URI, in whatever collection.
    pub uri: Option<String>,
}

impl Ledger {
    /// The document called `id`, or [`Error::NotFound`].
    pub async fn document(&self, id: &DocumentId) -> Result<DocumentRow> {
        let row = sqlx::query("SELECT * FROM documents WHERE document_id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::ledger("read a document"))?;
        document(&row.ok_or_else(|| Error::not_found("document", id.as_str()))?)
    }

    /// The document called `uri` in `collection`, if there is one.
    pub async fn document_by_uri(
        &self,
        collection: &str,
        uri: &str,
    ) -> Result<Option<DocumentRow>> {
        sqlx::query("SELECT * FROM documents WHERE collection = ? AND uri = ?")
            .bind(collection)
            .bind(uri)
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::ledger("read a document"))?
            .map(|row| document(&row))
            .transpose()
    }

    /// Documents whose original bytes hash to `content_sha256`, at most `limit`, by id.
    pub async fn documents_of_content(
        &self,
        content_sha256: &str,
        limit: u32,
    ) -> Result<Vec<DocumentRow>> {
        sqlx::query("SELECT * FROM documents WHERE content_sha256 = ? ORDER BY document_id LIMIT ?")
            .bind(content_sha256)
            .bind(limit)
            .fetch_all(&self.pool)
            .await
            .map_err(Error::ledger("read documents"))?
            .iter()
            .map(document)
            .collect()
    }

    /// At most `limit` documents by collection and URI, after `cursor`.
    pub async fn documents(
        &self,
        query: &DocumentQuery,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<DocumentRow>> {
        let (collection, uri) = match cursor {
            Some(cursor) => cursor.key::<(String, String)>()?,
            None => Default::default(),
        };
        let rows = sqlx::query(
            "SELECT * FROM documents
             WHERE (?1 IS NULL OR collection = ?1) AND (?2 IS NULL OR uri = ?2)
             AND (?3 OR (collection, uri) > (?4, ?5))
             ORDER BY collection, uri LIMIT ?6",
        )
        .bind(&query.collection)
        .bind(&query.uri)
        .bind(cursor.is_none())
        .bind(collection)
        .bind(uri)
        .bind(i64::from(limit) + 1)
        .fetch_all(&self.pool)
        .await
        .map_err(Error::ledger("list the documents"))?;
        let items = rows.iter().map(document).collect::<Result<Vec<_>>>()?;
        Ok(page(items, limit, |document| {
            (document.collection.clone(), document.uri.clone())
        }))
    }

    /// Number of documents.
    pub async fn count_documents(&self) -> Result<u64> {
        let row = sqlx::query("SELECT count(*) AS documents FROM documents")
            .fetch_one(&self.pool)
            .await
            .map_err(Error::ledger("count the documents"))?;
        count(&row, "documents")
    }

    /// Every blob that a document or an unfinished or failed job still needs.
    pub async fn referenced_blobs(&self) -> Result<BTreeSet<String>> {
        let names: Vec<String> = sqlx::query_scalar(
            "SELECT content_sha256 FROM documents UNION SELECT text_sha256 FROM documents
             UNION SELECT content_sha256 FROM jobs WHERE content_sha256 IS NOT NULL AND state <> 'succeeded'",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(Error::ledger("list the blobs in use"))?;
        Ok(names.into_iter().collect())
    }
}

fn document(row: &SqliteRow) -> Result<DocumentRow> {
    Ok(DocumentRow {
        document_id: parse(row, "document_id")?,
        collection: get(row, "collection")?,
        uri: get(row, "uri")?,
        version: get(row, "version")?,
        content_sha256: get(row, "content_sha256")?,
        bytes: count(row, "bytes")?,
        text_sha256: get(row, "text_sha256")?,
        title: get(row, "title")?,
        media_type: get(row, "media_type")?,
        language: get(row, "language")?,
        pages: get(row, "pages")?,
        chunks: count(row, "chunks")?,
        warnings: json(row, "warnings")?,
        metadata: json(row, "metadata")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        stale: get(row, "stale")?,
    })
}
