//! The public JSON that is not an answer: documents, jobs, collections, hits, lists. Field
//! names and order are the contract's.

use footnote_answer::evidence::Passage;
use footnote_answer::fuse::Candidate;
use footnote_answer::trace::SearchTrace;
use footnote_ingest::span::Span;
use footnote_store::ledger::collections::Collection;
use footnote_store::ledger::documents::DocumentRow;
use footnote_store::ledger::jobs::{Job, JobError, Timings};
use footnote_store::ledger::page::{Cursor, Page};
use footnote_store::ledger::sources::files::FileCounts;
use footnote_store::ledger::sources::{Source, SourceState};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::error::ApiError;

/// A list and where it goes on.
#[derive(Debug, Serialize)]
pub struct List<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A page of rows as a list of their wire forms.
    pub fn of<R>(page: Page<R>, wire: impl Fn(R) -> T) -> Self {
        Self {
            items: page.items.into_iter().map(wire).collect(),
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        }
    }

    /// A list that goes on at `next_cursor`.
    pub fn until(items: Vec<T>, next_cursor: Option<String>) -> Self {
        Self { items, next_cursor }
    }

    /// A list that is complete.
    pub fn whole(items: Vec<T>) -> Self {
        Self {
            items,
            next_cursor: None,
        }
    }
}

/// Where a list starts and how long it is.
#[derive(Debug, Default, Deserialize)]
pub struct Paging {
    /// From `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Items wanted, 1 to 500; 50 when absent.
    pub limit: Option<u32>,
}

impl Paging {
    /// The checked values.
    pub fn check(&self) -> Result<(Option<Cursor>, u32), ApiError> {
        let limit = self.limit.unwrap_or(50);
        if !(1..=500).contains(&limit) {
            let message = format!("`limit` is {limit}: it must be from 1 to 500");
            return Err(ApiError::invalid(message, "read long lists page by page"));
        }
        let cursor = self.cursor.as_deref().map(str::parse).transpose()?;
        Ok((cursor, limit))
    }
}

/// A document.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct DocumentJson {
    pub id: String,
    pub uri: String,
    pub collection: String,
    pub title: String,
    pub media_type: String,
    pub bytes: u64,
    pub content_sha256: String,
    pub version: String,
    pub chunks: u32,
    pub pages: Option<u32>,
    pub language: Option<String>,
    pub metadata: Map<String, Value>,
    pub warnings: Vec<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl From<DocumentRow> for DocumentJson {
    fn from(row: DocumentRow) -> Self {
        Self {
            id: row.document_id.to_string(),
            uri: row.uri,
            collection: row.collection,
            title: row.title,
            media_type: row.media_type,
            bytes: row.bytes,
            content_sha256: row.content_sha256,
            version: row.version,
            chunks: row.chunks,
            pages: row.pages,
            language: row.language,
            metadata: row.metadata,
            warnings: warnings(row.warnings, row.stale),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A document that is not the newest says so before anything else.
fn warnings(mut warnings: Vec<String>, stale: Option<String>) -> Vec<String> {
    let stale = stale.map(|reason| format!("stale: newer bytes could not be used: {reason}"));
    warnings.splice(0..0, stale);
    warnings
}

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

/// A collection.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct CollectionJson {
    pub name: String,
    pub description: String,
    pub documents: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

impl From<Collection> for CollectionJson {
    fn from(collection: Collection) -> Self {
        Self {
            name: collection.name,
            description: collection.description,
            documents: collection.documents,
            created_at: collection.created_at,
        }
    }
}

/// A watched folder.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct SourceJson {
    pub id: String,
    pub path: String,
    pub collection: String,
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    pub follow_symlinks: bool,
    /// `idle`, `sweeping`, `unavailable` or `removing`.
    pub status: &'static str,
    /// Why it is unavailable.
    pub reason: Option<String>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_sweep: Option<OffsetDateTime>,
    pub files: FilesJson,
}

/// What became of the files of a source.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "each is a number of files")]
pub struct FilesJson {
    pub found: u64,
    pub ingested: u64,
    pub unfinished: u64,
    pub failed: u64,
}

impl SourceJson {
    /// The source, whether it is being swept, and its files.
    pub fn new(source: Source, sweeping: bool, files: FileCounts) -> Self {
        let busy = sweeping || files.unfinished > 0;
        let status = match source.state {
            SourceState::Watched if busy => "sweeping",
            SourceState::Watched => "idle",
            SourceState::Unavailable => "unavailable",
            SourceState::Removing => "removing",
        };
        Self {
            id: source.id.as_str().to_owned(),
            path: source.settings.path,
            collection: source.settings.collection,
            include: source.settings.include,
            exclude: source.settings.exclude,
            follow_symlinks: source.settings.follow_symlinks,
            status,
            reason: source.reason,
            last_sweep: source.last_sweep,
            files: FilesJson {
                found: files.found,
                ingested: files.ingested,
                unfinished: files.unfinished,
                failed: files.failed,
            },
        }
    }
}

/// A chunk of a document.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct ChunkJson {
    pub id: String,
    pub ordinal: u32,
    pub heading_path: Vec<String>,
    pub page: Option<u32>,
    pub text: String,
    pub start_char_index: usize,
    pub end_char_index: usize,
    pub tokens: u32,
    pub sentences: Vec<Span>,
}

/// What a search answers.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct SearchJson {
    pub hits: Vec<HitJson>,
    pub index_version: String,
    pub trace_id: String,
    pub timings_ms: SearchTimings,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<SearchTrace>,
}

/// How long a search took.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct SearchTimings {
    pub embed: u64,
    pub search: u64,
    pub total: u64,
}

/// A hit.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct HitJson {
    pub rank: usize,
    pub score: f32,
    pub document_id: String,
    pub document_version: String,
    pub chunk_id: String,
    pub uri: String,
    pub title: String,
    pub heading_path: Vec<String>,
    pub page: Option<u32>,
    pub text: String,
    pub start_char_index: usize,
    pub end_char_index: usize,
    pub metadata: Map<String, Value>,
    pub scores: PerLeg<f32>,
    pub ranks: PerLeg<usize>,
}

/// One value for each leg; `null` where a leg did not see the chunk.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's")]
pub struct PerLeg<T> {
    pub vector: Option<T>,
    pub lexical: Option<T>,
    pub fused: Option<T>,
    pub rerank: Option<T>,
}

impl HitJson {
    /// The hit at `rank`.
    pub fn new(rank: usize, candidate: Candidate, passage: Passage) -> Self {
        let stored = passage.stored;
        let chunk = stored.chunk;
        Self {
            rank,
            score: candidate.fused,
            document_id: stored.document_id.to_string(),
            document_version: stored.document_version,
            chunk_id: chunk.id.to_string(),
            uri: stored.uri,
            title: stored.title,
            heading_path: chunk.heading_path,
            page: chunk.page,
            text: chunk.text,
            start_char_index: chunk.span.start,
            end_char_index: chunk.span.end,
            metadata: stored.metadata,
            scores: PerLeg {
                vector: candidate.vector.map(|place| place.score),
                lexical: candidate.lexical.map(|place| place.score),
                fused: Some(candidate.fused),
                rerank: candidate.rerank.map(|place| place.score),
            },
            ranks: PerLeg {
                vector: candidate.vector.map(|place| place.rank),
                lexical: candidate.lexical.map(|place| place.rank),
                fused: Some(candidate.fused_rank),
                rerank: candidate.rerank.map(|place| place.rank),
            },
        }
    }
}
