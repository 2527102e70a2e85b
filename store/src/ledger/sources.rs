//! Sources: folders whose files are documents. This module keeps which there are and how they
//! do; [`files`] keeps what was last seen of each file. Nothing here touches the folders.

pub mod files;
mod model;

use std::path::Path;

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use time::OffsetDateTime;

use super::Ledger;
use super::row::{get, json, now, parse, time, to_json};
use crate::clock;
use crate::error::{Error, Result};

pub use model::{SourceId, SourceState};

/// What somebody asks to be watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSource {
    /// The folder, absolute and without links in it.
    pub path: String,
    /// The collection its documents go to, which must exist.
    pub collection: String,
    /// Patterns as in `.gitignore`; with any, only files that match one are taken.
    pub include: Vec<String>,
    /// Patterns as in `.gitignore`; files that match one are left out.
    pub exclude: Vec<String>,
    /// Whether links that stay inside the folder are followed.
    pub follow_symlinks: bool,
}

/// A watched folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Derived from path and collection.
    pub id: SourceId,
    /// What was asked for.
    pub settings: NewSource,
    /// How it does.
    pub state: SourceState,
    /// Why it is unavailable.
    pub reason: Option<String>,
    /// Which folder the path led to when it last had files, as the file system names it.
    pub root: Option<String>,
    /// When it was last compared with the disk.
    pub last_sweep: Option<OffsetDateTime>,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

impl Ledger {
    /// Remembers a folder to be watched.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the folder, one above it or one in it is watched for the same
    /// collection: one file would be two documents, or two sources would fight over one.
    pub async fn create_source(&self, new: &NewSource) -> Result<Source> {
        const WHAT: &str = "create a source";
        self.collection(&new.collection).await?;
        let id = SourceId::derive(&new.collection, &new.path);
        let mut work = self
            .pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(Error::ledger(WHAT))?;
        refuse_overlap(&mut work, new).await?;
        let row = sqlx::query(
            "INSERT INTO sources (id, path, collection, include, exclude, follow_symlinks, state, created_at)
             VALUES (?, ?, ?, ?, ?, ?, 'watched', ?) RETURNING *",
        )
        .bind(id.as_str())
        .bind(&new.path)
        .bind(&new.collection)
        .bind(to_json(&new.include)?)
        .bind(to_json(&new.exclude)?)
        .bind(new.follow_symlinks)
        .bind(now())
        .fetch_one(&mut *work)
        .await
        .map_err(Error::ledger(WHAT))?;
        work.commit().await.map_err(Error::ledger(WHAT))?;
        source(&row)
    }

    /// All sources, by path.
    pub async fn sources(&self) -> Result<Vec<Source>> {
        sqlx::query("SELECT * FROM sources ORDER BY path, collection")
            .fetch_all(&self.pool)
            .await
            .map_err(Error::ledger("list the sources"))?
            .iter()
            .map(source)
            .collect()
    }

    /// The source called `id`, or [`Error::NotFound`].
    pub async fn source(&self, id: &SourceId) -> Result<Source> {
        let row = sqlx::query("SELECT * FROM sources WHERE id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::ledger("read a source"))?;
        source(&row.ok_or_else(|| Error::not_found("source", id.as_str()))?)
    }

    /// The source was compared with the disk just now; `root` names the folder that was found
    /// if it had files.
    pub async fn source_swept(&self, id: &SourceId, root: Option<&str>) -> Result<()> {
        sqlx::query(
            "UPDATE sources SET last_sweep = ?, root = coalesce(?, root), reason = NULL,
                 state = CASE state WHEN 'removing' THEN state ELSE 'watched' END WHERE id = ?",
        )
        .bind(now())
        .bind(root)
        .bind(id.as_str())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(Error::ledger("update a source"))
    }

    /// The folder cannot be read; its documents stay as they are.
    pub async fn source_unavailable(&self, id: &SourceId, reason: &str) -> Result<()> {
        sqlx::query(
            "UPDATE sources SET state = 'unavailable', reason = ? WHERE id = ? AND state <> 'removing'",
        )
        .bind(reason)
        .bind(id.as_str())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(Error::ledger("update a source"))
    }

    /// From now on the source is on its way out; its documents are still to be deleted.
    pub async fn retire_source(&self, id: &SourceId) -> Result<Source> {
        let row = sqlx::query(
            "UPDATE sources SET state = 'removing', reason = NULL WHERE id = ? RETURNING *",
        )
        .bind(id.as_str())
        .fetch_optional(&self.pool)
        .await
        .map_err(Error::ledger("remove a source"))?;
        source(&row.ok_or_else(|| Error::not_found("source", id.as_str()))?)
    }

    /// Removes a source and what is known of its files; removing none is not an error.
    pub async fn forget_source(&self, id: &SourceId) -> Result<()> {
        sqlx::query("DELETE FROM sources WHERE id = ?")
            .bind(id.as_str())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(Error::ledger("remove a source"))
    }
}

async fn refuse_overlap(connection: &mut SqliteConnection, new: &NewSource) -> Result<()> {
    let taken: Vec<String> = sqlx::query_scalar("SELECT path FROM sources WHERE collection = ?")
        .bind(&new.collection)
        .fetch_all(connection)
        .await
        .map_err(Error::ledger("list the sources"))?;
    let wanted = Path::new(&new.path);
    let overlaps = |path: &&String| wanted.starts_with(path) || Path::new(path).starts_with(wanted);
    match taken.iter().find(overlaps) {
        None => Ok(()),
        Some(path) => Err(Error::Conflict {
            what: "source",
            name: new.path.clone(),
            reason: format!(
                "overlaps the source `{path}` of collection `{}`: use another collection, or delete that source first",
                new.collection
            ),
        }),
    }
}

fn source(row: &SqliteRow) -> Result<Source> {
    let last_sweep: Option<i64> = get(row, "last_sweep")?;
    Ok(Source {
        id: parse(row, "id")?,
        settings: NewSource {
            path: get(row, "path")?,
            collection: get(row, "collection")?,
            include: json(row, "include")?,
            exclude: json(row, "exclude")?,
            follow_symlinks: get::<i64>(row, "follow_symlinks")? != 0,
        },
        state: parse(row, "state")?,
        reason: get(row, "reason")?,
        root: get(row, "root")?,
        last_sweep: last_sweep.and_then(clock::time),
        created_at: time(row, "created_at")?,
    })
}

#[cfg(test)]
mod tests;
