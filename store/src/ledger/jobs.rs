//! Jobs: what is to be done to a document. Interactive jobs and bulk jobs are two queues; the
//! jobs of one document are taken one at a time and in the order they were asked, whatever
//! their queue. Exactly one caller gets each job; a job cut off by a crash is queued again at
//! start-up. A job is finished in the same transaction that writes or removes its document's
//! row, so the two never disagree.

mod ends;
mod latest;
mod model;

use std::collections::{BTreeMap, BTreeSet};

use footnote_ingest::id::{DocumentId, derive};
use sqlx::sqlite::SqliteConnection;
use time::OffsetDateTime;

use super::Ledger;
use super::page::{Cursor, Page, page};
use super::row::{count, now, parse, to_json};
use crate::clock;
use crate::error::{Error, Result};

pub use ends::Done;
pub use model::{Job, JobError, JobId, Op, Priority, State, Task, Timings, UnknownWord};

impl Ledger {
    /// Queues a job, unless `limit` jobs are unfinished.
    ///
    /// # Errors
    /// [`Error::QueueFull`], or [`Error::NotFound`] for an unknown collection; nothing is
    /// queued then.
    pub async fn enqueue(&self, task: &Task, limit: u64) -> Result<Job> {
        let mut jobs = self.enqueue_all(std::slice::from_ref(task), limit).await?;
        jobs.pop()
            .ok_or_else(|| Error::corrupt("jobs", "lost a job that was queued"))
    }

    /// Queues several jobs, all or none; see [`Ledger::enqueue`].
    pub async fn enqueue_all(&self, tasks: &[Task], limit: u64) -> Result<Vec<Job>> {
        const WHAT: &str = "queue jobs";
        let mut work = self
            .pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(Error::ledger(WHAT))?;
        refuse_if_full(&mut work, limit, tasks.len()).await?;
        let mut jobs = Vec::with_capacity(tasks.len());
        for task in tasks {
            refuse_unknown_collection(&mut work, &task.collection).await?;
            hurry_older(&mut work, task).await?;
            jobs.push(insert(&mut work, task).await?);
        }
        work.commit().await.map_err(Error::ledger(WHAT))?;
        Ok(jobs)
    }

    /// Takes the oldest job of a queue that may start, which is running from now on; `None`
    /// when there is none. A job may start when no older job of its document is unfinished
    /// and the time it was put off to has come.
    pub async fn next_job(&self, priority: Priority) -> Result<Option<Job>> {
        sqlx::query(
            "UPDATE jobs SET state = 'running', attempt = attempt + 1, updated_at = ?1
             WHERE seq = (SELECT seq FROM jobs AS job
                 WHERE state = 'queued' AND priority = ?2 AND not_before <= ?1
                 AND NOT EXISTS (SELECT 1 FROM jobs AS older
                     WHERE older.document_id = job.document_id AND older.seq < job.seq
                     AND older.state IN ('queued', 'running'))
                 ORDER BY seq LIMIT 1) RETURNING *",
        )
        .bind(now())
        .bind(priority.rank())
        .fetch_optional(&self.hints)
        .await
        .map_err(Error::ledger("take a job"))?
        .map(|row| model::job(&row))
        .transpose()
    }

    /// When the next job of a queue that was put off may start, be it past; `None` when none
    /// waits for its time alone.
    pub async fn next_due(&self, priority: Priority) -> Result<Option<OffsetDateTime>> {
        let due: Option<i64> = sqlx::query_scalar(
            "SELECT min(not_before) FROM jobs AS job
             WHERE state = 'queued' AND priority = ? AND not_before > 0
             AND NOT EXISTS (SELECT 1 FROM jobs AS older
                 WHERE older.document_id = job.document_id AND older.seq < job.seq
                 AND older.state IN ('queued', 'running'))",
        )
        .bind(priority.rank())
        .fetch_one(&self.pool)
        .await
        .map_err(Error::ledger("look for the next job"))?;
        Ok(due.and_then(clock::time))
    }

    /// Says how far a running job is. Progress, not a promise: a power cut may lose it.
    pub async fn set_stage(&self, ids: &[JobId], stage: &str) -> Result<()> {
        let ids: Vec<&str> = ids.iter().map(JobId::as_str).collect();
        sqlx::query(
            "UPDATE jobs SET stage = ?, updated_at = ?
             WHERE id IN (SELECT value FROM json_each(?)) AND state = 'running'",
        )
        .bind(stage)
        .bind(now())
        .bind(to_json(&ids)?)
        .execute(&self.hints)
        .await
        .map_err(Error::ledger("update a job"))?;
        Ok(())
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

    /// Documents that an unfinished job is about to change.
    pub async fn pending_documents(&self) -> Result<BTreeSet<DocumentId>> {
        sqlx::query("SELECT DISTINCT document_id FROM jobs WHERE state IN ('queued', 'running')")
            .fetch_all(&self.pool)
            .await
            .map_err(Error::ledger("list unfinished jobs"))?
            .iter()
            .map(|row| parse(row, "document_id"))
            .collect()
    }

    /// Queues every running job again and returns how many there were. For start-up only:
    /// then no one can be working on them. Only what was with the model may have taken the
    /// service down, and only that counts as an attempt.
    pub async fn requeue_running(&self) -> Result<u64> {
        sqlx::query(
            "UPDATE jobs SET state = 'queued', stage = NULL, updated_at = ?,
                 attempt = attempt - (stage IS NOT 'embed')
             WHERE state = 'running'",
        )
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

async fn refuse_if_full(connection: &mut SqliteConnection, limit: u64, more: usize) -> Result<()> {
    let row = sqlx::query("SELECT count(*) AS jobs FROM jobs WHERE state IN ('queued', 'running')")
        .fetch_one(connection)
        .await
        .map_err(Error::ledger("count the jobs"))?;
    match count::<u64>(&row, "jobs")? + more as u64 <= limit {
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

/// A job never overtakes an older one of its document: what somebody waits for takes what is
/// before it along, and a retry that waits for its time is out of date.
async fn hurry_older(connection: &mut SqliteConnection, task: &Task) -> Result<()> {
    sqlx::query(
        "UPDATE jobs SET priority = min(priority, ?1) WHERE document_id = ?2 AND state = 'queued'",
    )
    .bind(task.priority.rank())
    .bind(task.document_id.as_str())
    .execute(&mut *connection)
    .await
    .map_err(Error::ledger("queue a job"))?;
    sqlx::query(
        "UPDATE jobs SET state = 'failed', updated_at = ?
         WHERE document_id = ? AND state = 'queued' AND not_before > 0",
    )
    .bind(now())
    .bind(task.document_id.as_str())
    .execute(connection)
    .await
    .map_err(Error::ledger("queue a job"))?;
    Ok(())
}

async fn insert(connection: &mut SqliteConnection, task: &Task) -> Result<Job> {
    let seq = next_seq(connection).await?;
    let row = sqlx::query(
        "INSERT INTO jobs (seq, id, op, document_id, collection, uri, content_sha256, media_type, metadata,
             priority, state, attempt, timings, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'queued', 0, '{}', ?11, ?11) RETURNING *",
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
    .bind(task.priority.rank())
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

#[cfg(test)]
mod tests;
