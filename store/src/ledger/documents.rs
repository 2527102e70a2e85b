//! The documents' bookkeeping: what is shown and listed without touching the chunks table. A
//! row is written in the transaction that finishes its job (see [`super::jobs`]), or by
//! [`Ledger::repair_document`] at start-up; this module reads, lists and removes.

use std::collections::BTreeSet;

use footnote_ingest::id::DocumentId;
use serde_json::{Map, Value};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use time::OffsetDateTime;

use super::Ledger;
use super::page::{Cursor, Page, page};
use super::row::{count, get, json, parse, signed, time, to_json};
use crate::clock;
use crate::error::{Error, Result};

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

/// Writes `document` over what is stored under its id, which keeps its `created_at`.
pub(super) async fn upsert(
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
pub(super) async fn mark_stale(
    connection: &mut SqliteConnection,
    id: &DocumentId,
    reason: &str,
) -> Result<()> {
    set_stale(connection, id, Some(reason)).await
}

/// The document `id`, if there is one, is the newest again.
pub(super) async fn freshen(connection: &mut SqliteConnection, id: &DocumentId) -> Result<()> {
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
pub(super) async fn remove(connection: &mut SqliteConnection, id: &DocumentId) -> Result<()> {
    sqlx::query("DELETE FROM documents WHERE document_id = ?")
        .bind(id.as_str())
        .execute(connection)
        .await
        .map_err(Error::ledger("remove a document"))?;
    Ok(())
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

#[cfg(test)]
pub(super) mod tests {
    use super::super::tests::ledger;
    use super::*;

    /// A document called `uri` in `default`, at its `version`.
    pub(in crate::ledger) fn sample(uri: &str, version: &str) -> DocumentRow {
        let content_sha256 = footnote_ingest::id::sha256_hex(version.as_bytes());
        DocumentRow {
            document_id: DocumentId::derive("default", uri),
            collection: "default".into(),
            uri: uri.into(),
            version: version.into(),
            text_sha256: content_sha256.clone(),
            content_sha256,
            bytes: 9,
            title: "Leave".into(),
            media_type: "text/markdown".into(),
            language: Some("eng".into()),
            pages: None,
            chunks: 2,
            warnings: vec!["page 3 has no text".into()],
            metadata: Map::from_iter([("team".to_owned(), Value::from("hr"))]),
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
            stale: None,
        }
    }

    #[tokio::test]
    async fn a_row_comes_back_as_written_and_keeps_its_first_time() {
        let (_folder, ledger) = ledger().await;
        let first = sample("a.md", "1");
        ledger.repair_document(&first).await.unwrap();
        assert_eq!(ledger.document(&first.document_id).await.unwrap(), first);
        let later = OffsetDateTime::UNIX_EPOCH + time::Duration::DAY;
        let second = DocumentRow {
            created_at: later,
            updated_at: later,
            ..sample("a.md", "2")
        };
        ledger.repair_document(&second).await.unwrap();
        let found = ledger
            .document_by_uri("default", "a.md")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            found,
            DocumentRow {
                created_at: first.created_at,
                ..second
            }
        );
        ledger.forget_document(&first.document_id).await.unwrap();
        assert!(matches!(
            ledger.document(&first.document_id).await,
            Err(Error::NotFound { .. })
        ));
    }

    #[tokio::test]
    async fn pages_cover_the_list_once() {
        let (_folder, ledger) = ledger().await;
        for uri in ["c", "a", "", "b", "é"] {
            ledger.repair_document(&sample(uri, "1")).await.unwrap();
        }
        let (mut uris, mut cursor) = (Vec::new(), None);
        loop {
            let page = ledger
                .documents(&DocumentQuery::default(), cursor.as_ref(), 2)
                .await
                .unwrap();
            uris.extend(page.items.into_iter().map(|document| document.uri));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(uris, ["", "a", "b", "c", "é"]);
        let only = DocumentQuery {
            uri: Some("b".into()),
            ..DocumentQuery::default()
        };
        assert_eq!(
            ledger.documents(&only, None, 9).await.unwrap().items.len(),
            1
        );
        assert_eq!(ledger.count_documents().await.unwrap(), 5);
    }

    #[tokio::test]
    async fn a_document_needs_its_collection() {
        let (_folder, ledger) = ledger().await;
        let lost = DocumentRow {
            collection: "nowhere".into(),
            ..sample("a", "1")
        };
        assert!(matches!(
            ledger.repair_document(&lost).await,
            Err(Error::Engine { .. })
        ));
    }
}
