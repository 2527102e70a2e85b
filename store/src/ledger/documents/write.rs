//! How rows of documents come, change and go: in the transaction that ends their job, or on
//! their own when recovery finds that a job was cut off.

use footnote_ingest::id::DocumentId;
use sqlx::sqlite::SqliteConnection;

use super::DocumentRow;
use crate::clock;
use crate::error::{Error, Result};
use crate::ledger::Ledger;
use crate::ledger::row::{signed, to_json};

impl Ledger {
    /// Writes the row of a document whose chunks are in the index but whose job was cut off.
    pub async fn repair_document(&self, document: &DocumentRow) -> Result<()> {
        let mut connection = self
            .pool
            .acquire()
            .await
            .map_err(Error::ledger("repair a document"))?;
        upsert(&mut connection, document).await
    }

    /// Removes the row of a document whose chunks are gone; removing none is not an error.
    pub async fn forget_document(&self, id: &DocumentId) -> Result<()> {
        let mut connection = self
            .pool
            .acquire()
            .await
            .map_err(Error::ledger("remove a document"))?;
        remove(&mut connection, id).await
    }
}

/// Writes `document` over what is stored under its id, which keeps its `created_at`.
pub(in crate::ledger) async fn upsert(
    connection: &mut SqliteConnection,
    document: &DocumentRow,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO documents (document_id, collection, uri, version, content_sha256, bytes, text_sha256,
             title, media_type, language, pages, chunks, warnings, metadata, created_at, updated_at, stale)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (document_id) DO UPDATE SET
             version = excluded.version, content_sha256 = excluded.content_sha256, bytes = excluded.bytes,
             text_sha256 = excluded.text_sha256, title = excluded.title, media_type = excluded.media_type,
             language = excluded.language, pages = excluded.pages, chunks = excluded.chunks,
             warnings = excluded.warnings, metadata = excluded.metadata, updated_at = excluded.updated_at,
             stale = excluded.stale",
    )
    .bind(document.document_id.as_str())
    .bind(&document.collection)
    .bind(&document.uri)
    .bind(&document.version)
    .bind(&document.content_sha256)
    .bind(signed("bytes", document.bytes)?)
    .bind(&document.text_sha256)
    .bind(&document.title)
    .bind(&document.media_type)
    .bind(&document.language)
    .bind(document.pages)
    .bind(document.chunks)
    .bind(to_json(&document.warnings)?)
    .bind(to_json(&document.metadata)?)
    .bind(clock::micros(document.created_at))
    .bind(clock::micros(document.updated_at))
    .bind(&document.stale)
    .execute(connection)
    .await
    .map_err(Error::ledger("write a document"))?;
    Ok(())
}

/// Writes down why the document `id`, if there is one, is not the newest any more.
pub(in crate::ledger) async fn mark_stale(
    connection: &mut SqliteConnection,
    id: &DocumentId,
    reason: &str,
) -> Result<()> {
    set_stale(connection, id, Some(reason)).await
}

/// The document `id`, if there is one, is the newest again.
pub(in crate::ledger) async fn freshen(
    connection: &mut SqliteConnection,
    id: &DocumentId,
) -> Result<()> {
    set_stale(connection, id, None).await
}

async fn set_stale(
    connection: &mut SqliteConnection,
    id: &DocumentId,
    reason: Option<&str>,
) -> Result<()> {
    sqlx::query("UPDATE documents SET stale = ?1 WHERE document_id = ?2 AND stale IS NOT ?1")
        .bind(reason)
        .bind(id.as_str())
        .execute(connection)
        .await
        .map_err(Error::ledger("mark a document"))?;
    Ok(())
}

/// Removes the row of `id`, if there is one.
pub(in crate::ledger) async fn remove(
    connection: &mut SqliteConnection,
    id: &DocumentId,
) -> Result<()> {
    sqlx::query("DELETE FROM documents WHERE document_id = ?")
        .bind(id.as_str())
        .execute(connection)
        .await
        .map_err(Error::ledger("remove a document"))?;
    Ok(())
}
