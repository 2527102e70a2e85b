//! Jobs: what is to be done to a document, in the order it was asked. Exactly one caller gets
//! each job; a job cut off by a crash is queued again at start-up. A job is finished in the
//! same transaction that writes or removes its document's row, so the two never disagree.

mod model;

use std::collections::BTreeMap;

use footnote_ingest::id::{DocumentId, derive};
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::Ledger;
use super::documents::{DocumentRow, remove, upsert};
use super::page::{Cursor, Page, page};
use super::row::{count, now, parse, to_json};
use crate::error::{Error, Result};

pub use model::{Job, JobError, JobId, Op, State, Task, Timings, UnknownWord};

/// What a successful job leaves behind.
#[derive(Clone, Debug)]
pub enum Done<'a> {
    /// The document now is this.
    Put(&'a DocumentRow),
    /// The document is gone.
    Deleted,
    /// The document was that already.
    Unchanged,
}

impl Ledger {
    /// Queues a job, unless `limit` jobs are unfinished.
    ///
    /// # Errors
    /// [`Error::QueueFull`], or [`Error::NotFound`] for an unknown collection; nothing is
    /// queued then.
    pub async fn enqueue(&self, task: &Task, limit: u64) -> Result<Job> {
        const WHAT: &str = "queue a job";
        let mut work = self
            .pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(Error::ledger(WHAT))?;
        refuse_if_full(&mut work, limit).await?;
        refuse_unknown_collection(&mut work, &task.collection).await?;
        let job = insert(&mut work, task).await?;
        work.commit().await.map_err(Error::ledger(WHAT))?;
        Ok(job)
    }

    /// Takes the oldest queued job, which is running from now on; `None` when none is queued.
    pub async fn next_job(&self) -> Result<Option<Job>> {
        sqlx::query(
            "UPDATE jobs SET state = 'running', attempt = attempt + 1, updated_at = ?
             WHERE seq = (SELECT seq FROM jobs WHERE state = 'queued' ORDER BY seq LIMIT 1) RETURNING *",
        )
        .bind(now())
        .fetch_optional(&self.pool)
        .await
        .map_err(Error::ledger("take a job"))?
        .map(|row| model::job(&row))
        .transpose()
    }

    /// Says how far a running job is.
    pub async fn set_stage(&self, id: &JobId, stage: &str) -> Result<()> {
        sqlx::query("UPDATE jobs SET stage = ?, updated_at = ? WHERE id = ? AND state = 'running'")
            .bind(stage)
            .bind(now())
            .bind(id.as_str())
            .execute(&self.pool)
            .await
            .map_err(Error::ledger("update a job"))?;
        Ok(())
    }

    /// Marks a running job succeeded and updates its document's row, both or neither.
    pub async fn finish(&self, job: &Job, done: Done<'_>, timings: &Timings) -> Result<Job> {
        const WHAT: &str = "finish a job";
        let mut work = self
            .pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(Error::ledger(WHAT))?;
        match done {
            Done::Put(document) => upsert(&mut work, document).await?,
            Done::Deleted => remove(&mut work, &job.task.document_id).await?,
            Done::Unchanged => {}
        }
        let job = end(&mut work, &job.id, State::Succeeded, None, timings).await?;
        work.commit().await.map_err(Error::ledger(WHAT))?;
        Ok(job)
    }

    /// Marks a running job failed: it may be tried again, now or when asked.
    pub async fn fail(&self, id: &JobId, error: &JobError, timings: &Timings) -> Result<Job> {
        self.give_up(id, State::Failed, error, timings).await
    }

    /// Marks a running job dead: trying again cannot help, the document itself is at fault.
    pub async fn bury(&self, id: &JobId, error: &JobError, timings: &Timings) -> Result<Job> {
        self.give_up(id, State::Dead, error, timings).await
    }

    async fn give_up(
        &self,
        id: &JobId,
        state: State,
        error: &JobError,
        timings: &Timings,
    ) -> Result<Job> {
        let mut connection = self
            .pool
            .acquire()
            .await
            .map_err(Error::ledger("finish a job"))?;
        end(&mut connection, id, state, Some(error), timings).await
    }

    /// Queues a failed or dead job again, in its old place.
    ///
    /// # Errors
    /// [`Error::Conflict`] for a job in any other state, [`Error::NotFound`] for none.
    pub async fn retry(&self, id: &JobId) -> Result<Job> {
        let row = sqlx::query(
            "UPDATE jobs SET state = 'queued', stage = NULL, error_code = NULL, error_message = NULL,
                 error_hint = NULL, timings = '{}', updated_at = ?
             WHERE id = ? AND state IN ('failed', 'dead') RETURNING *",
        )
        .bind(now())
        .bind(id.as_str())
        .fetch_optional(&self.pool)
        .await
        .map_err(Error::ledger("retry a job"))?;
        match row {
            Some(row) => model::job(&row),
            None => {
                let state = self.job(id).await?.state;
                let reason = format!("is {state}: only failed and dead jobs can be tried again");
                Err(conflict(id, reason))
            }
        }
    }

    /// Whether an unfinished job is about to change one of `documents`.
    pub async fn any_pending<'d>(
        &self,
        documents: impl IntoIterator<Item = &'d DocumentId>,
    ) -> Result<bool> {
        let ids: Vec<&str> = documents.into_iter().map(DocumentId::as_str).collect();
        let pending: Option<i64> = sqlx::query_scalar(
            "SELECT 1 FROM jobs WHERE state IN ('queued', 'running')
             AND document_id IN (SELECT value FROM json_each(?)) LIMIT 1",
        )
        .bind(to_json(&ids)?)
        .fetch_optional(&self.pool)
        .await
        .map_err(Error::ledger("look for unfinished jobs"))?;
        Ok(pending.is_some())
    }

    /// Queues every running job again and returns how many there were. For start-up only:
    /// then no one can be working on them.
    pub async fn requeue_running(&self) -> Result<u64> {
        sqlx::query("UPDATE jobs SET state = 'queued', stage = NULL, updated_at = ? WHERE state = 'running'")
            .bind(now())
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected())
            .map_err(Error::ledger("queue interrupted jobs again"))
    }

    /// The job called `id`, or [`Error::NotFound`].
    pub async fn job(&self, id: &JobId) -> Result<Job> {
        let row = sqlx::query("SELECT * FROM jobs WHERE id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::ledger("read a job"))?;
        model::job(&row.ok_or_else(|| Error::not_found("job", id.as_str()))?)
    }

    /// At most `limit` jobs, newest first, after `cursor`; with `state`, only those in it.
    pub async fn jobs(
        &self,
        state: Option<State>,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<Job>> {
        let before = cursor.map(Cursor::key::<i64>).transpose()?;
        let rows = sqlx::query(
            "SELECT * FROM jobs WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR seq < ?2)
             ORDER BY seq DESC LIMIT ?3",
        )
        .bind(state.map(State::as_str))
        .bind(before)
        .bind(i64::from(limit) + 1)
        .fetch_all(&self.pool)
        .await
        .map_err(Error::ledger("list the jobs"))?;
        let items = rows.iter().map(model::job).collect::<Result<Vec<_>>>()?;
        Ok(page(items, limit, |job| job.seq))
    }

    /// How many jobs are in each state; states without jobs are left out.
    pub async fn count_jobs(&self) -> Result<BTreeMap<State, u64>> {
        sqlx::query("SELECT state, count(*) AS jobs FROM jobs GROUP BY state")
            .fetch_all(&self.pool)
            .await
            .map_err(Error::ledger("count the jobs"))?
            .iter()
            .map(|row| Ok((parse(row, "state")?, count(row, "jobs")?)))
            .collect()
    }
}

async fn refuse_if_full(connection: &mut SqliteConnection, limit: u64) -> Result<()> {
    let row = sqlx::query("SELECT count(*) AS jobs FROM jobs WHERE state IN ('queued', 'running')")
        .fetch_one(connection)
        .await
        .map_err(Error::ledger("count the jobs"))?;
    match count::<u64>(&row, "jobs")? < limit {
        true => Ok(()),
        false => Err(Error::QueueFull { limit }),
    }
}

async fn refuse_unknown_collection(connection: &mut SqliteConnection, name: &str) -> Result<()> {
    let found = sqlx::query("SELECT 1 FROM collections WHERE name = ?")
        .bind(name)
        .fetch_optional(connection)
        .await
        .map_err(Error::ledger("read a collection"))?;
    found
        .map(drop)
        .ok_or_else(|| Error::not_found("collection", name))
}

async fn insert(connection: &mut SqliteConnection, task: &Task) -> Result<Job> {
    let seq = next_seq(connection).await?;
    let row = sqlx::query(
        "INSERT INTO jobs (seq, id, op, document_id, collection, uri, content_sha256, media_type, metadata,
             state, attempt, timings, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'queued', 0, '{}', ?10, ?10) RETURNING *",
    )
    .bind(seq)
    .bind(derive_id(task, seq))
    .bind(task.op.as_str())
    .bind(task.document_id.as_str())
    .bind(&task.collection)
    .bind(&task.uri)
    .bind(&task.content_sha256)
    .bind(&task.media_type)
    .bind(to_json(&task.metadata)?)
    .bind(now())
    .fetch_one(connection)
    .await
    .map_err(Error::ledger("queue a job"))?;
    model::job(&row)
}

/// One more than any number given out before, deleted jobs included.
async fn next_seq(connection: &mut SqliteConnection) -> Result<i64> {
    let last: Option<i64> =
        sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'")
            .fetch_optional(connection)
            .await
            .map_err(Error::ledger("number a job"))?;
    Ok(last.unwrap_or(0) + 1)
}

fn derive_id(task: &Task, seq: i64) -> String {
    let content = task.content_sha256.as_deref().unwrap_or_default();
    let seq = seq.to_string();
    let parts = [task.document_id.as_str(), content, task.op.as_str(), &seq];
    derive(model::PREFIX, &parts.map(str::as_bytes))
}

async fn end(
    connection: &mut SqliteConnection,
    id: &JobId,
    state: State,
    error: Option<&JobError>,
    timings: &Timings,
) -> Result<Job> {
    let row: Option<SqliteRow> = sqlx::query(
        "UPDATE jobs SET state = ?, stage = NULL, error_code = ?, error_message = ?, error_hint = ?,
             timings = ?, updated_at = ?
         WHERE id = ? AND state = 'running' RETURNING *",
    )
    .bind(state.as_str())
    .bind(error.map(|error| &error.code))
    .bind(error.map(|error| &error.message))
    .bind(error.and_then(|error| error.hint.as_ref()))
    .bind(to_json(timings)?)
    .bind(now())
    .bind(id.as_str())
    .fetch_optional(connection)
    .await
    .map_err(Error::ledger("finish a job"))?;
    model::job(&row.ok_or_else(|| conflict(id, "is not running".to_owned()))?)
}

fn conflict(id: &JobId, reason: String) -> Error {
    Error::Conflict {
        what: "job",
        name: id.as_str().to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests;
