//! How a job ends: done, together with its document's row; failed or given up, with the version
//! of the document that stays marked stale; or put off, to be tried again.

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use time::OffsetDateTime;

use super::model::{self, Job, JobError, JobId, State, Timings};
use crate::clock;
use crate::error::{Error, Result};
use crate::ledger::Ledger;
use crate::ledger::documents::{DocumentRow, freshen, mark_stale, remove, upsert};
use crate::ledger::row::{now, to_json};

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
    /// Marks running jobs succeeded and updates their documents' rows, all or nothing.
    pub async fn finish_all(&self, ends: &[(&Job, Done<'_>, &Timings)]) -> Result<Vec<Job>> {
        const WHAT: &str = "finish jobs";
        let mut work = self
            .pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(Error::ledger(WHAT))?;
        let mut jobs = Vec::with_capacity(ends.len());
        for (job, done, timings) in ends {
            match done {
                Done::Put(document) => upsert(&mut work, document).await?,
                Done::Deleted => remove(&mut work, &job.task.document_id).await?,
                Done::Unchanged => freshen(&mut work, &job.task.document_id).await?,
            }
            jobs.push(end(&mut work, &job.id, State::Succeeded, None, timings).await?);
        }
        work.commit().await.map_err(Error::ledger(WHAT))?;
        Ok(jobs)
    }

    /// Marks a running job failed, and the version of its document that stays as stale.
    pub async fn fail(&self, job: &Job, error: &JobError, timings: &Timings) -> Result<Job> {
        self.give_up(job, State::Failed, error, timings).await
    }

    /// Marks a running job dead: it took its worker down too often to be started again
    /// without being asked. Its document is stale as after [`Ledger::fail`].
    pub async fn bury(&self, job: &Job, error: &JobError, timings: &Timings) -> Result<Job> {
        self.give_up(job, State::Dead, error, timings).await
    }

    /// Queues a running job again, to start at `not_before` or later; `error` says why. When a
    /// newer job of its document is waiting, trying this one again is pointless: it fails.
    pub async fn put_off(
        &self,
        job: &Job,
        error: &JobError,
        not_before: OffsetDateTime,
        timings: &Timings,
    ) -> Result<Job> {
        const WHAT: &str = "put a job off";
        let mut work = self
            .pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(Error::ledger(WHAT))?;
        let superseded = newer(&mut work, job).await?;
        let state = if superseded {
            State::Failed
        } else {
            State::Queued
        };
        let job = end(&mut work, &job.id, state, Some(error), timings).await?;
        sqlx::query("UPDATE jobs SET not_before = ? WHERE id = ?")
            .bind(clock::micros(not_before))
            .bind(job.id.as_str())
            .execute(&mut *work)
            .await
            .map_err(Error::ledger(WHAT))?;
        work.commit().await.map_err(Error::ledger(WHAT))?;
        Ok(job)
    }

    async fn give_up(
        &self,
        job: &Job,
        state: State,
        error: &JobError,
        timings: &Timings,
    ) -> Result<Job> {
        const WHAT: &str = "finish a job";
        let mut work = self
            .pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(Error::ledger(WHAT))?;
        mark_stale(&mut work, &job.task.document_id, &error.message).await?;
        let job = end(&mut work, &job.id, state, Some(error), timings).await?;
        work.commit().await.map_err(Error::ledger(WHAT))?;
        Ok(job)
    }

    /// Queues a failed or dead job again, in its old place and with all its attempts.
    ///
    /// # Errors
    /// [`Error::Conflict`] for a job in any other state and for one whose document was changed
    /// by a newer job, [`Error::NotFound`] for none.
    pub async fn retry(&self, id: &JobId) -> Result<Job> {
        const WHAT: &str = "retry a job";
        let mut work = self
            .pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(Error::ledger(WHAT))?;
        let job = self.job(id).await?;
        if !matches!(job.state, State::Failed | State::Dead) {
            let reason = format!(
                "is {}: only failed and dead jobs can be tried again",
                job.state
            );
            return Err(conflict(id, reason));
        }
        if newer(&mut work, &job).await? {
            let reason = "is out of date: a newer job changed its document since";
            return Err(conflict(id, reason.to_owned()));
        }
        let row = sqlx::query(
            "UPDATE jobs SET state = 'queued', attempt = 0, not_before = 0, stage = NULL,
                 error_code = NULL, error_message = NULL, error_hint = NULL, timings = '{}', updated_at = ?
             WHERE id = ? RETURNING *",
        )
        .bind(now())
        .bind(id.as_str())
        .fetch_one(&mut *work)
        .await
        .map_err(Error::ledger(WHAT))?;
        work.commit().await.map_err(Error::ledger(WHAT))?;
        model::job(&row)
    }
}

/// True when a newer job of the same document exists, whatever became of it.
async fn newer(connection: &mut SqliteConnection, job: &Job) -> Result<bool> {
    let found: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM jobs WHERE document_id = ? AND seq > ? LIMIT 1")
            .bind(job.task.document_id.as_str())
            .bind(job.seq)
            .fetch_optional(connection)
            .await
            .map_err(Error::ledger("look for newer jobs"))?;
    Ok(found.is_some())
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
