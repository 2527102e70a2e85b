//! Watched folders, and what became of their files.

use footnote_store::ledger::sources::files::FileCounts;
use footnote_store::ledger::sources::{Source, SourceState};
use serde::Serialize;
use time::OffsetDateTime;

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
