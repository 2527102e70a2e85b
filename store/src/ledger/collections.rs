//! Collections: named groups of documents. `default` always exists. A collection's documents
//! are removed one by one through jobs, so deleting a collection that has some is refused.

use footnote_ingest::id::DocumentId;
use sqlx::sqlite::SqliteRow;
use time::OffsetDateTime;

use super::Ledger;
use super::row::{count, get, now, time};
use crate::error::{Error, Result};

/// The collection that always exists.
pub const DEFAULT: &str = "default";

/// Longest name of a collection.
const MAX_NAME: usize = 64;

/// A named group of documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// Unique; letters, digits, `.`, `_` and `-`, at most 64, starting with a letter or digit.
    pub name: String,
    /// What it is for, in its creator's words; may be empty.
    pub description: String,
    /// When it was made; 1970 for `default`.
    pub created_at: OffsetDateTime,
    /// Documents in it.
    pub documents: u64,
}

impl Ledger {
    /// Makes a collection.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an unusable name, [`Error::Conflict`] for one that is taken.
    pub async fn create_collection(&self, name: &str, description: &str) -> Result<Collection> {
        check(name)?;
        let inserted = sqlx::query(
            "INSERT INTO collections (name, description, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(name)
        .bind(description)
        .bind(now())
        .execute(&self.pool)
        .await
        .map_err(Error::ledger("create a collection"))?;
        match inserted.rows_affected() {
            0 => Err(conflict(name, "exists already")),
            _ => self.collection(name).await,
        }
    }

    /// All collections by name.
    pub async fn collections(&self) -> Result<Vec<Collection>> {
        sqlx::query(
            "SELECT *, (SELECT count(*) FROM documents WHERE collection = name) AS documents
             FROM collections ORDER BY name",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(Error::ledger("list the collections"))?
        .iter()
        .map(collection)
        .collect()
    }

    /// The collection called `name`, or [`Error::NotFound`].
    pub async fn collection(&self, name: &str) -> Result<Collection> {
        let row = sqlx::query(
            "SELECT *, (SELECT count(*) FROM documents WHERE collection = name) AS documents
             FROM collections WHERE name = ?",
        )
        .bind(name)
        .fetch_optional(&self.pool)
        .await
        .map_err(Error::ledger("read a collection"))?;
        collection(&row.ok_or_else(|| missing(name))?)
    }

    /// Removes an empty collection.
    ///
    /// # Errors
    /// [`Error::Conflict`] for `default`, for a collection with documents and for one with
    /// unfinished jobs; [`Error::NotFound`] for an unknown one.
    pub async fn delete_collection(&self, name: &str) -> Result<()> {
        let found = self.collection(name).await?;
        if name == DEFAULT {
            return Err(conflict(name, "always exists and cannot be deleted"));
        }
        let deleted = sqlx::query(
            "DELETE FROM collections WHERE name = ?1
             AND NOT EXISTS (SELECT 1 FROM documents WHERE collection = ?1)
             AND NOT EXISTS (SELECT 1 FROM sources WHERE collection = ?1)
             AND NOT EXISTS (SELECT 1 FROM jobs WHERE collection = ?1 AND state IN ('queued', 'running'))",
        )
        .bind(name)
        .execute(&self.pool)
        .await
        .map_err(Error::ledger("delete a collection"))?;
        match deleted.rows_affected() {
            0 => Err(conflict(
                name,
                &format!(
                    "has {} documents, watched folders or unfinished jobs: delete those first",
                    found.documents
                ),
            )),
            _ => Ok(()),
        }
    }

    /// The documents of a collection by id: what deleting all of it must delete.
    pub async fn document_ids(&self, collection: &str) -> Result<Vec<DocumentId>> {
        sqlx::query("SELECT document_id FROM documents WHERE collection = ? ORDER BY document_id")
            .bind(collection)
            .fetch_all(&self.pool)
            .await
            .map_err(Error::ledger("list a collection's documents"))?
            .iter()
            .map(|row| super::row::parse(row, "document_id"))
            .collect()
    }
}

fn collection(row: &SqliteRow) -> Result<Collection> {
    Ok(Collection {
        name: get(row, "name")?,
        description: get(row, "description")?,
        created_at: time(row, "created_at")?,
        documents: count(row, "documents")?,
    })
}

fn check(name: &str) -> Result<()> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let fits = name.len() <= MAX_NAME
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(plain);
    fits.then_some(()).ok_or_else(|| {
        let reason =
            "use at most 64 letters, digits, `.`, `_` and `-`, starting with a letter or digit";
        Error::invalid("collection", reason)
    })
}

fn missing(name: &str) -> Error {
    Error::not_found(
        "collection",
        name.chars().take(MAX_NAME).collect::<String>(),
    )
}

fn conflict(name: &str, reason: &str) -> Error {
    Error::Conflict {
        what: "collection",
        name: name.to_owned(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::ledger;
    use super::*;

    #[tokio::test]
    async fn default_always_exists() {
        let (_folder, ledger) = ledger().await;
        assert_eq!(ledger.collection(DEFAULT).await.unwrap().documents, 0);
        assert!(matches!(
            ledger.delete_collection(DEFAULT).await,
            Err(Error::Conflict { .. })
        ));
    }

    #[tokio::test]
    async fn names_are_unique_plain_and_freed_by_deletion() {
        let (_folder, ledger) = ledger().await;
        ledger.create_collection("hr", "people").await.unwrap();
        assert!(matches!(
            ledger.create_collection("hr", "").await,
            Err(Error::Conflict { .. })
        ));
        for name in [
            "",
            "-a",
            "a b",
            "a/b",
            "é",
            "'; DROP TABLE jobs; --",
            &"x".repeat(65),
        ] {
            assert!(
                matches!(
                    ledger.create_collection(name, "").await,
                    Err(Error::Invalid { .. })
                ),
                "{name}"
            );
        }
        let names: Vec<_> = ledger
            .collections()
            .await
            .unwrap()
            .into_iter()
            .map(|c| c.name)
            .collect();
        assert_eq!(names, ["default", "hr"]);
        ledger.delete_collection("hr").await.unwrap();
        assert!(matches!(
            ledger.delete_collection("hr").await,
            Err(Error::NotFound { .. })
        ));
    }
}
