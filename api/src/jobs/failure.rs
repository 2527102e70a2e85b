//! What becomes of a job that did not work: a fault of the document fails it at once, a
//! passing fault puts it off for a while, and a document that takes its worker down again and
//! again is given up.

use std::time::Duration;

use footnote_ingest::embed::EmbedError;
use footnote_ingest::isolate::IsolateError;
use footnote_ingest::worker::WorkerError;
use footnote_store::ledger::jobs::{Job, JobError};
use time::OffsetDateTime;

use crate::app::App;
use crate::error::{ApiError, chain};

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

/// Writes down that `job` did not work. If that cannot be written, the job stays `running`
/// and is done again at the next start.
pub(super) async fn record(
    app: &App,
    job: &Job,
    failure: &Failure,
    timings: &super::stages::Stages,
) {
    let error = failure.error();
    let verdict = failure.verdict(job.attempt);
    tracing::warn!(
        uri = job.task.uri,
        code = error.code.as_str(),
        message = error.message,
        cause = error.cause,
        attempt = job.attempt,
        ?verdict,
        "a job did not work"
    );
    let shown = JobError {
        code: error.code.as_str().to_owned(),
        message: error.message.clone(),
        hint: Some(error.hint.clone()),
    };
    let (ledger, timings) = (&app.store.ledger, &timings.timings);
    let written = match verdict {
        Verdict::Fail => ledger.fail(job, &shown, timings).await,
        Verdict::Bury => ledger.bury(job, &shown, timings).await,
        Verdict::PutOff(wait) => {
            let then = OffsetDateTime::now_utc() + wait;
            ledger.put_off(job, &shown, then, timings).await
        }
    };
    if let Err(error) = written {
        tracing::error!(
            job = job.id.as_str(),
            cause = chain(&error),
            "cannot record a job's end"
        );
    }
    app.tell_finished();
    app.rouse();
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
    use crate::error::Code;

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
