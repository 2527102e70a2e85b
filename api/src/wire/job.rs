//! Jobs, and why they stopped.

use footnote_store::ledger::jobs::{Job, JobError, Timings};
use serde::Serialize;
use time::OffsetDateTime;

/// A job.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct JobJson {
    pub id: String,
    pub op: String,
    pub uri: String,
    pub document_id: String,
    pub state: String,
    pub stage: Option<String>,
    pub attempt: u32,
    pub error: Option<JobErrorJson>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    pub timings_ms: Timings,
}

/// Why a job stopped.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct JobErrorJson {
    pub code: String,
    pub message: String,
    pub hint: Option<String>,
}

impl From<JobError> for JobErrorJson {
    fn from(error: JobError) -> Self {
        Self {
            code: error.code,
            message: error.message,
            hint: error.hint,
        }
    }
}

impl From<Job> for JobJson {
    fn from(job: Job) -> Self {
        Self {
            id: job.id.as_str().to_owned(),
            op: job.task.op.as_str().to_owned(),
            uri: job.task.uri,
            document_id: job.task.document_id.to_string(),
            state: job.state.as_str().to_owned(),
            stage: job.stage,
            attempt: job.attempt,
            error: job.error.map(JobErrorJson::from),
            created_at: job.created_at,
            updated_at: job.updated_at,
            timings_ms: job.timings,
        }
    }
}
