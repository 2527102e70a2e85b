//! What is known of the files of a source. A row owns its document from before the document's
//! first job is queued until after the document is gone, so a crash at any moment leaves
//! nothing behind that no source knows of; a stamp is written only after the job that brings
//! the file's content was queued, so a crash before is made good by the next sweep.

use std::collections::BTreeMap;

use footnote_ingest::id::DocumentId;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::{Source, SourceId};
use crate::error::{Error, Result};
use crate::ledger::Ledger;
use crate::ledger::jobs::{JobError, Op, State};
use crate::ledger::row::{count, get, parse, signed, to_json};

/// What the file system says about a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Length in bytes.
    pub size: u64,
    /// When its content was last changed, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// When anything about it was last changed, where that is known; also tells a file that
    /// was put in the place of another with its times preserved.
    pub ctime_ns: i64,
}

/// A file of a source, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceFile {
    /// Path below the source's folder, with `/`: the document's name.
    pub uri: String,
    /// Its document.
    pub document_id: DocumentId,
    /// False when the document of that name is somebody else's.
    pub owned: bool,
    /// The file when it was last read, unless it is to be read again.
    pub stamp: Option<Stamp>,
    /// SHA-256 of what was read then.
    pub content_sha256: Option<String>,
    /// Why it could not be read or queued.
    pub problem: Option<JobError>,
    /// The document that is searchable.
    pub document: Option<HeldDocument>,
    /// The newest job of the document.
    pub job: Option<LastJob>,
}

/// The searchable document of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldDocument {
    /// SHA-256 of its original.
    pub content_sha256: String,
    /// Its version.
    pub version: String,
    /// Its chunks.
    pub chunks: u32,
    /// Why newer bytes could not replace it.
    pub stale: Option<String>,
}

/// The newest job of a file's document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastJob {
    /// What it does.
    pub op: Op,
    /// Where it stands.
    pub state: State,
    /// With which content.
    pub content_sha256: Option<String>,
    /// Why it ended without effect.
    pub error: Option<JobError>,
}

impl LastJob {
    /// True while its effect is still to come.
    pub fn unfinished(&self) -> bool {
        matches!(self.state, State::Queued | State::Running)
    }
}

/// Something new about a file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileNote {
    /// Which file.
    pub uri: String,
    /// The file as it was read; `None` to have it read again.
    pub stamp: Option<Stamp>,
    /// What was read.
    pub content_sha256: Option<String>,
    /// What stands in the way. An owned document that is there is stale from then on.
    pub problem: Option<JobError>,
    /// Whether the document belongs to the source.
    pub owned: bool,
}

/// Who has the document of a name that a source does not know yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its source, if it has one.
    pub source_id: Option<SourceId>,
    /// SHA-256 of its original; `None` when its source has only claimed the name.
    pub content_sha256: Option<String>,
}

/// Numbers of files by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileCounts {
    /// Known files.
    pub found: u64,
    /// Searchable documents of files.
    pub ingested: u64,
    /// Jobs still to be done.
    pub unfinished: u64,
    /// Files that could not be read or ingested.
    pub failed: u64,
}

impl Ledger {
    /// Every known file of a source, by name.
    pub async fn source_files(&self, id: &SourceId) -> Result<BTreeMap<String, SourceFile>> {
        sqlx::query(
            "SELECT f.uri, f.document_id, f.owned, f.size, f.mtime_ns, f.ctime_ns, f.content_sha256,
                 f.problem, d.content_sha256 AS held, d.version, d.chunks, d.stale, j.op, j.state,
                 j.content_sha256 AS sent, j.error_code, j.error_message, j.error_hint
             FROM source_files f LEFT JOIN documents d ON d.document_id = f.document_id
             LEFT JOIN jobs j ON j.seq = (SELECT max(seq) FROM jobs WHERE document_id = f.document_id)
             WHERE f.source_id = ?",
        )
        .bind(id.as_str())
        .fetch_all(&self.pool)
        .await
        .map_err(Error::ledger("list the files of a source"))?
        .iter()
        .map(|row| file(row).map(|file| (file.uri.clone(), file)))
        .collect()
    }

    /// Who has the documents called `ids`; those that nobody has are left out.
    pub async fn holders(&self, ids: &[DocumentId]) -> Result<BTreeMap<DocumentId, Holder>> {
        let ids: Vec<&str> = ids.iter().map(DocumentId::as_str).collect();
        sqlx::query(
            "SELECT wanted.value AS document_id, f.source_id, d.content_sha256
             FROM json_each(?) AS wanted
             LEFT JOIN documents d ON d.document_id = wanted.value
             LEFT JOIN source_files f ON f.document_id = wanted.value AND f.owned = 1
             WHERE d.document_id IS NOT NULL OR f.document_id IS NOT NULL",
        )
        .bind(to_json(&ids)?)
        .fetch_all(&self.pool)
        .await
        .map_err(Error::ledger("look for documents"))?
        .iter()
        .map(holder)
        .collect()
    }

    /// Writes down what was seen of files. A name that another source owns is left to it.
    pub async fn note_files(&self, source: &Source, notes: &[FileNote]) -> Result<()> {
        const WHAT: &str = "note the files of a source";
        let mut work = self
            .pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(Error::ledger(WHAT))?;
        for note in notes {
            write(&mut work, source, note).await?;
        }
        work.commit().await.map_err(Error::ledger(WHAT))
    }

    /// Forgets files whose documents are gone.
    pub async fn release_files(&self, source: &Source, uris: &[String]) -> Result<()> {
        sqlx::query("DELETE FROM source_files WHERE source_id = ? AND uri IN (SELECT value FROM json_each(?))")
            .bind(source.id.as_str())
            .bind(to_json(&uris)?)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(Error::ledger("forget files of a source"))
    }

    /// How many files a source has, and what became of them.
    pub async fn source_counts(&self, id: &SourceId) -> Result<FileCounts> {
        let row = sqlx::query(
            "SELECT count(*) AS found, count(d.document_id) AS ingested,
                 count(CASE WHEN j.state IN ('queued', 'running') THEN 1 END) AS unfinished,
                 count(CASE WHEN f.problem IS NOT NULL OR j.state IN ('failed', 'dead') THEN 1 END) AS failed
             FROM source_files f
             LEFT JOIN documents d ON d.document_id = f.document_id AND f.owned = 1
             LEFT JOIN jobs j ON f.owned = 1
                 AND j.seq = (SELECT max(seq) FROM jobs WHERE document_id = f.document_id)
             WHERE f.source_id = ?",
        )
        .bind(id.as_str())
        .fetch_one(&self.pool)
        .await
        .map_err(Error::ledger("count the files of a source"))?;
        Ok(FileCounts {
            found: count(&row, "found")?,
            ingested: count(&row, "ingested")?,
            unfinished: count(&row, "unfinished")?,
            failed: count(&row, "failed")?,
        })
    }
}

async fn write(connection: &mut SqliteConnection, source: &Source, note: &FileNote) -> Result<()> {
    const WHAT: &str = "note the files of a source";
    let document_id = DocumentId::derive(&source.settings.collection, &note.uri);
    let size = note.stamp.map(|stamp| signed("size", stamp.size));
    sqlx::query(
        "INSERT INTO source_files (document_id, source_id, uri, owned, size, mtime_ns, ctime_ns, content_sha256, problem)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (document_id) DO UPDATE SET source_id = ?2, owned = ?4, size = ?5, mtime_ns = ?6,
             ctime_ns = ?7, content_sha256 = ?8, problem = ?9
         WHERE source_id = ?2 OR owned = 0",
    )
    .bind(document_id.as_str())
    .bind(source.id.as_str())
    .bind(&note.uri)
    .bind(note.owned)
    .bind(size.transpose()?)
    .bind(note.stamp.map(|stamp| stamp.mtime_ns))
    .bind(note.stamp.map(|stamp| stamp.ctime_ns))
    .bind(&note.content_sha256)
    .bind(note.problem.as_ref().map(problem_text).transpose()?)
    .execute(&mut *connection)
    .await
    .map_err(Error::ledger(WHAT))?;
    match &note.problem {
        Some(problem) if note.owned => {
            crate::ledger::documents::mark_stale(connection, &document_id, &problem.message).await
        }
        _ => Ok(()),
    }
}

fn problem_text(problem: &JobError) -> Result<String> {
    to_json(&(&problem.code, &problem.message, &problem.hint))
}

fn file(row: &SqliteRow) -> Result<SourceFile> {
    Ok(SourceFile {
        uri: get(row, "uri")?,
        document_id: parse(row, "document_id")?,
        owned: get::<i64>(row, "owned")? != 0,
        stamp: stamp(row)?,
        content_sha256: get(row, "content_sha256")?,
        problem: problem(row)?,
        document: document(row)?,
        job: job(row)?,
    })
}

fn stamp(row: &SqliteRow) -> Result<Option<Stamp>> {
    let Some(mtime_ns) = get(row, "mtime_ns")? else {
        return Ok(None);
    };
    Ok(Some(Stamp {
        size: count(row, "size")?,
        mtime_ns,
        ctime_ns: get(row, "ctime_ns")?,
    }))
}

fn problem(row: &SqliteRow) -> Result<Option<JobError>> {
    let Some(text) = get::<Option<&str>>(row, "problem")? else {
        return Ok(None);
    };
    let (code, message, hint) =
        serde_json::from_str(text).map_err(|error| Error::corrupt("problem", error.to_string()))?;
    Ok(Some(JobError {
        code,
        message,
        hint,
    }))
}

fn document(row: &SqliteRow) -> Result<Option<HeldDocument>> {
    let Some(content_sha256) = get(row, "held")? else {
        return Ok(None);
    };
    Ok(Some(HeldDocument {
        content_sha256,
        version: get(row, "version")?,
        chunks: count(row, "chunks")?,
        stale: get(row, "stale")?,
    }))
}

fn job(row: &SqliteRow) -> Result<Option<LastJob>> {
    if get::<Option<&str>>(row, "state")?.is_none() {
        return Ok(None);
    }
    let code: Option<String> = get(row, "error_code")?;
    let message: Option<String> = get(row, "error_message")?;
    let hint = get(row, "error_hint")?;
    Ok(Some(LastJob {
        op: parse(row, "op")?,
        state: parse(row, "state")?,
        content_sha256: get(row, "sent")?,
        error: code.map(|code| JobError {
            code,
            message: message.unwrap_or_default(),
            hint,
        }),
    }))
}

fn holder(row: &SqliteRow) -> Result<(DocumentId, Holder)> {
    let source_id = match get::<Option<&str>>(row, "source_id")? {
        None => None,
        Some(_) => Some(parse(row, "source_id")?),
    };
    let holder = Holder {
        source_id,
        content_sha256: get(row, "content_sha256")?,
    };
    Ok((parse(row, "document_id")?, holder))
}
