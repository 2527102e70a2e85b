//! The words of the job queue: what a job is, which states it goes through, how it is named.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use footnote_ingest::id::DocumentId;
use serde_json::{Map, Value};
use sqlx::sqlite::SqliteRow;
use time::OffsetDateTime;

use crate::error::Result;
use crate::ledger::row::{count, get, json, parse, time};

/// What every job id starts with.
pub(super) const PREFIX: &str = "job_";

/// Milliseconds by stage name.
pub type Timings = BTreeMap<String, u64>;

/// A text that is not the id or word it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct UnknownWord {
    text: String,
    expected: &'static str,
}

impl UnknownWord {
    fn new(text: &str, expected: &'static str) -> Self {
        let text = text.chars().take(80).collect();
        Self { text, expected }
    }
}

/// Names a job: derived from the document, the content, what is done, and a running number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(String);

impl JobId {
    /// The id as text, prefix included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for JobId {
    type Err = UnknownWord;

    fn from_str(text: &str) -> std::result::Result<Self, UnknownWord> {
        let digits = text.strip_prefix(PREFIX).unwrap_or_default();
        let valid = digits.len() == 32
            && digits
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        valid.then(|| Self(text.to_owned())).ok_or_else(|| {
            UnknownWord::new(text, "a job id: expected `job_` and 32 hexadecimal digits")
        })
    }
}

/// A closed list of words, written and read alike.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $expected:literal { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// The word that is stored and shown.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> std::result::Result<Self, UnknownWord> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord::new(text, $expected)),
                }
            }
        }
    };
}

words! {
    /// What a job does to its document.
    Op, "an operation: use `put` or `delete`" {
        /// Ingest the content, replacing what is there.
        Put = "put",
        /// Remove the document.
        Delete = "delete",
    }
}

words! {
    /// Where a job stands.
    State, "a state: use `queued`, `running`, `succeeded`, `failed` or `dead`" {
        /// Waiting for its turn.
        Queued = "queued",
        /// Being worked on.
        Running = "running",
        /// Done, and its effect is visible.
        Succeeded = "succeeded",
        /// Ended without effect: trying again by itself would not help.
        Failed = "failed",
        /// Gave up on the document: it took its worker down once too often.
        Dead = "dead",
    }
}

/// Which jobs are taken first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Somebody waits for it.
    #[default]
    Interactive,
    /// One of many.
    Bulk,
}

impl Priority {
    /// As stored: smaller is taken first.
    pub(super) fn rank(self) -> i64 {
        self as i64
    }
}

/// What a job is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// What to do.
    pub op: Op,
    /// To which document.
    pub document_id: DocumentId,
    /// Its collection, which must exist.
    pub collection: String,
    /// Its name inside the collection.
    pub uri: String,
    /// The new content's name in the blobs; `None` when deleting.
    pub content_sha256: Option<String>,
    /// Media type the sender claims.
    pub media_type: Option<String>,
    /// What the sender says about the document.
    pub metadata: Map<String, Value>,
    /// How long it may wait behind others.
    pub priority: Priority,
}

/// Why a job stopped, in the words that the sender is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobError {
    /// One of the contract's error codes.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A job as the ledger has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// Its place in the queue: older jobs have smaller numbers.
    pub seq: i64,
    /// What was asked.
    pub task: Task,
    /// Where it stands.
    pub state: State,
    /// How far it is, while running.
    pub stage: Option<String>,
    /// How often it was started.
    pub attempt: u32,
    /// Why it stopped, when failed or dead; why it is tried again, when queued.
    pub error: Option<JobError>,
    /// How long each stage took, once it has ended.
    pub timings: Timings,
    /// When it was queued.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

/// Reads a row of the table `jobs`.
pub(super) fn job(row: &SqliteRow) -> Result<Job> {
    Ok(Job {
        id: parse(row, "id")?,
        seq: get(row, "seq")?,
        task: task(row)?,
        state: parse(row, "state")?,
        stage: get(row, "stage")?,
        attempt: count(row, "attempt")?,
        error: job_error(row)?,
        timings: json(row, "timings")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

fn task(row: &SqliteRow) -> Result<Task> {
    Ok(Task {
        op: parse(row, "op")?,
        document_id: parse(row, "document_id")?,
        collection: get(row, "collection")?,
        uri: get(row, "uri")?,
        content_sha256: get(row, "content_sha256")?,
        media_type: get(row, "media_type")?,
        metadata: json(row, "metadata")?,
        priority: match get(row, "priority")? {
            0i64 => Priority::Interactive,
            _ => Priority::Bulk,
        },
    })
}

fn job_error(row: &SqliteRow) -> Result<Option<JobError>> {
    let Some(code) = get(row, "error_code")? else {
        return Ok(None);
    };
    let message: Option<String> = get(row, "error_message")?;
    Ok(Some(JobError {
        code,
        message: message.unwrap_or_default(),
        hint: get(row, "error_hint")?,
    }))
}
