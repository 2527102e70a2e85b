//! What becomes of a job that did not work: a fault of the document fails it at once, a
//! passing fault puts it off for a while, and a document that takes its worker down again and
//! again is given up.

use std::time::Duration;

use footnote_ingest::embed::EmbedError;
use footnote_ingest::isolate::IsolateError;
use footnote_ingest::worker::WorkerError;
use footnote_store::ledger::jobs::{Job, JobError};
use time::OffsetDateTime;

use super::stages::Stages;
use crate::app::App;
use crate::error::{ApiError, Code, chain};

/// How often a document may take its worker down before it is left alone.
pub(super) const MOST_KILLS: u32 = 3;
/// How often a job is tried when the machine is at fault.
const MOST_ATTEMPTS: u32 = 6;

/// Why a stage did not work.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// The document, or a bug: the same would happen again.
    Permanent(ApiError),
    /// The machine: it may be over by the next time.
    Passing(ApiError),
    /// The document took its worker down.
    Killed(ApiError),
}

/// What is done about it.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Fail,
    Bury,
    PutOff(Duration),
}

impl Failure {
    fn error(&self) -> &ApiError {
        match self {
            Self::Permanent(error) | Self::Passing(error) | Self::Killed(error) => error,
        }
    }

    /// Exponential: the first second for a glitch, minutes for a full disk.
    fn verdict(&self, attempt: u32) -> Verdict {
        match self {
            Self::Permanent(_) => Verdict::Fail,
            Self::Killed(_) if attempt >= MOST_KILLS => Verdict::Bury,
            Self::Killed(_) => Verdict::PutOff(Duration::from_millis(200)),
            Self::Passing(_) if attempt >= MOST_ATTEMPTS => Verdict::Fail,
            Self::Passing(_) => Verdict::PutOff(Duration::from_secs(4u64.pow(attempt.max(1) - 1))),
        }
    }
}

/// Whether the document of a job that is tried again was with the model when the service went
/// down; whatever else ends an attempt leaves an error.
pub(super) fn suspected(job: &Job) -> bool {
    job.attempt > 1 && job.error.is_none()
}

/// Writes down that `job` did not work.
pub(super) async fn record(app: &App, job: &Job, failure: &Failure, stages: &Stages) {
    let error = failure.error();
    let verdict = failure.verdict(job.attempt);
    let (uri, code, cause) = (&job.task.uri, error.code.as_str(), &error.cause);
    match failure {
        // The sender is told; nothing is wrong here.
        Failure::Permanent(error) if error.code != Code::Internal => {
            tracing::info!(uri, code, error.message, "a document was refused");
        }
        _ => tracing::warn!(
            uri,
            code,
            cause,
            job.attempt,
            ?verdict,
            "a job did not work"
        ),
    }
    let shown = JobError {
        code: error.code.as_str().to_owned(),
        message: error.message.clone(),
        hint: Some(error.hint.clone()),
    };
    while let Err(error) = write(app, job, &verdict, &shown, stages).await
        && try_again(&error).await
    {}
    app.tell_finished();
}

async fn write(
    app: &App,
    job: &Job,
    verdict: &Verdict,
    error: &JobError,
    stages: &Stages,
) -> footnote_store::Result<Job> {
    let (ledger, timings) = (&app.store.ledger, &stages.timings);
    match verdict {
        Verdict::Fail => ledger.fail(job, error, timings).await,
        Verdict::Bury => ledger.bury(job, error, timings).await,
        Verdict::PutOff(wait) => {
            let then = OffsetDateTime::now_utc() + *wait;
            ledger.put_off(job, error, then, timings).await
        }
    }
}

/// Whether to try once more to write down how a job ended, after a pause. On a full disk that
/// may not work for a while, and until it does the job would seem to run for ever.
pub(super) async fn try_again(error: &footnote_store::Error) -> bool {
    tracing::error!(cause = chain(error), "cannot record how a job ended");
    if matches!(error, footnote_store::Error::Conflict { .. }) {
        return false;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    true
}

impl From<IsolateError> for Failure {
    fn from(error: IsolateError) -> Self {
        match error {
            IsolateError::Parse(error) => Self::Permanent(error.into()),
            IsolateError::Stopped { .. } => Self::Killed(error.into()),
            IsolateError::Start(_) => Self::Passing(error.into()),
        }
    }
}

impl From<footnote_store::Error> for Failure {
    fn from(error: footnote_store::Error) -> Self {
        use footnote_store::Error as Store;
        match error {
            Store::Io { .. } | Store::Engine { .. } => Self::Passing(error.into()),
            _ => Self::Permanent(error.into()),
        }
    }
}

impl From<WorkerError> for Failure {
    fn from(error: WorkerError) -> Self {
        match error {
            WorkerError::Gone { .. } => Self::Killed(error.into()),
            _ => Self::Passing(error.into()),
        }
    }
}

impl From<EmbedError> for Failure {
    fn from(error: EmbedError) -> Self {
        Self::Permanent(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_at_fault_decides_what_happens() {
        let error = || ApiError::new(Code::Internal, "", "");
        assert_eq!(Failure::Permanent(error()).verdict(1), Verdict::Fail);
        assert_eq!(Failure::Killed(error()).verdict(3), Verdict::Bury);
        let waits = (1..=6).map(|attempt| Failure::Passing(error()).verdict(attempt));
        let expected = [1, 4, 16, 64, 256].map(|s| Verdict::PutOff(Duration::from_secs(s)));
        assert!(waits.eq(expected.into_iter().chain([Verdict::Fail])));
    }
}
