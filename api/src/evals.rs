//! Evaluations: questions with known answers, put to the open store in the background, their
//! reports kept.
//!
//! Each is two files in the folder `evals` of the data directory: a small record that changes
//! as it goes, and the report, written once. They are read whole, never joined or searched,
//! and may be deleted by hand; a table would only add a migration to each change of their
//! shape. Evaluations run one after another: two at once would measure each other.

mod cases;
mod files;
mod others;
mod request;
mod run;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use footnote_eval::report::Report;
use footnote_ingest::id::derive;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::app::App;
use crate::error::{ApiError, Code};
pub(crate) use cases::asked;
use files::Files;
pub(crate) use others::others;
pub(crate) use request::{EvalRequest, Wanted};

/// Evaluations that may wait for their turn.
const WAITING: usize = 16;

/// The evaluations of one data directory.
pub struct Evals {
    files: Files,
    /// Those of this process that have not ended.
    going: Mutex<BTreeMap<String, Arc<Going>>>,
    turn: tokio::sync::Mutex<()>,
    counter: AtomicU64,
}

/// How far an evaluation is.
#[derive(Debug, Default)]
struct Going {
    done: AtomicU64,
    of: u64,
}

/// Where an evaluation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Queued,
    Running,
    Succeeded,
    Failed,
}

/// An evaluation without its report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) state: State,
    /// Searches and answers so far, and in all.
    pub(crate) done: u64,
    pub(crate) of: u64,
    pub(crate) error: Option<Failure>,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) updated_at: OffsetDateTime,
}

/// Why an evaluation failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl Evals {
    /// The evaluations kept in the data directory `data`.
    pub fn at(data: &Path) -> Self {
        Self {
            files: Files::at(data.join("evals")),
            going: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            counter: AtomicU64::new(0),
        }
    }

    /// All evaluations, newest first.
    pub(crate) fn list(&self) -> Result<Vec<Record>, ApiError> {
        let going = self.going();
        let records = self.files.records()?.into_iter();
        let mut records: Vec<Record> = records.map(|record| current(record, &going)).collect();
        records.sort_by(|a, b| (b.created_at, &a.id).cmp(&(a.created_at, &b.id)));
        Ok(records)
    }

    /// One evaluation; its report once it has succeeded.
    pub(crate) fn get(&self, id: &str) -> Result<(Record, Option<Report>), ApiError> {
        let record = {
            let going = self.going();
            let record = self.files.record(id)?;
            current(
                record.ok_or_else(|| ApiError::not_found("eval", id))?,
                &going,
            )
        };
        let report = match record.state {
            State::Succeeded => Some(self.files.report(id)?),
            State::Queued | State::Running | State::Failed => None,
        };
        Ok((record, report))
    }

    /// Held while records are read and written: a record and the list of those that are going
    /// must not be of different moments.
    fn going(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Going>>> {
        self.going.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, name: &str, of: u64) -> Result<(Record, Arc<Going>), ApiError> {
        let now = OffsetDateTime::now_utc();
        let count = self.counter.fetch_add(1, Ordering::Relaxed);
        let parts = [now.unix_timestamp_nanos().to_string(), count.to_string()];
        let record = Record {
            id: derive("evl_", &parts.each_ref().map(|part| part.as_bytes())),
            name: name.to_owned(),
            state: State::Queued,
            done: 0,
            of,
            error: None,
            created_at: now,
            updated_at: now,
        };
        let progress = Arc::new(Going {
            done: AtomicU64::new(0),
            of,
        });
        let mut going = self.going();
        if going.len() >= WAITING {
            let message = format!("{WAITING} evaluations are waiting already");
            return Err(ApiError::new(
                Code::Overloaded,
                message,
                "try again when some have ended",
            ));
        }
        self.files.put_record(&record)?;
        going.insert(record.id.clone(), Arc::clone(&progress));
        Ok((record, progress))
    }

    fn end(&self, mut record: Record, outcome: Result<Report, ApiError>) {
        let kept = outcome.and_then(|report| self.files.put_report(&record.id, &report));
        let mut going = self.going();
        if let Some(progress) = going.remove(&record.id) {
            record.done = progress.done.load(Ordering::Relaxed);
        }
        record.state = State::Succeeded;
        if let Err(error) = kept {
            if let Some(cause) = &error.cause {
                tracing::error!(id = record.id, cause, "an evaluation failed");
            }
            record.state = State::Failed;
            record.error = Some(Failure {
                code: error.code,
                message: error.message,
                hint: error.hint,
            });
        }
        record.updated_at = OffsetDateTime::now_utc();
        if let Err(error) = self.files.put_record(&record) {
            tracing::error!(
                id = record.id,
                message = error.message,
                "an evaluation was not kept"
            );
        }
    }
}

/// `record` with how far it is now. One that no longer runs anywhere was cut off.
fn current(mut record: Record, going: &BTreeMap<String, Arc<Going>>) -> Record {
    match (record.state, going.get(&record.id)) {
        (State::Queued | State::Running, Some(going)) => {
            record.done = going.done.load(Ordering::Relaxed);
        }
        (State::Queued | State::Running, None) => {
            record.state = State::Failed;
            record.error = Some(Failure {
                code: Code::Unavailable,
                message: "the service stopped before the evaluation had ended".to_owned(),
                hint: "post it again".to_owned(),
            });
        }
        (State::Succeeded | State::Failed, _) => {}
    }
    record
}

/// Checks `request` and starts it in the background.
///
/// # Errors
/// The request is wrong, or too many are waiting.
pub(crate) async fn start(app: &Arc<App>, request: EvalRequest) -> Result<Record, ApiError> {
    let plan = request::check(app, request).await?;
    let (record, progress) = app.evals.begin(&plan.name, plan.steps())?;
    let (app, mut running) = (Arc::clone(app), record.clone());
    tokio::spawn(async move {
        let _turn = app.evals.turn.lock().await;
        running.state = State::Running;
        running.updated_at = OffsetDateTime::now_utc();
        let started = app.evals.files.put_record(&running);
        // A task of its own: a panic in it is a failure of this evaluation, not its end
        // without one.
        let task = tokio::spawn({
            let app = Arc::clone(&app);
            async move { run::run(&app, plan, &progress).await }
        });
        let ran = task.await.map_err(|panic| ApiError::internal(&panic));
        app.evals.end(running, started.and_then(|()| ran?));
    });
    Ok(record)
}

impl Going {
    fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed);
        debug_assert!(done < self.of, "more steps than were announced");
    }
}

#[cfg(test)]
mod tests;
