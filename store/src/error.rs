//! What can go wrong in the data directory. A variant exists where a caller would act
//! differently; causes stay attached, so a full disk or a missing permission can be read from
//! the end of the chain. Filters have their own error ([`crate::filter::FilterError`]), because
//! they fail before any store is touched.

use std::io;
use std::path::PathBuf;

use crate::generation::Generation;

/// The result of every fallible call of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A cause whose type stays private to this crate (LanceDB, Arrow, SQLite).
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Everything the store reports.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused a file operation.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was attempted, as a verb.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why: full disk, permissions, a vanished mount.
        #[source]
        source: io::Error,
    },

    /// Another process has the data directory open.
    #[error(
        "another process is using the data directory (`{}` is locked): stop it, or choose another directory",
        path.display()
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
    },

    /// The data directory was built by another embedder, chunker or table layout.
    #[error(
        "the data directory was built with another {}: go back to `{}` with chunking `{}`, or use a new data directory and ingest the documents again",
        differs.join(" and "), stored.embedder, stored.chunker
    )]
    GenerationMismatch {
        /// What the data directory holds.
        stored: Box<Generation>,
        /// What the configuration asks for.
        wanted: Box<Generation>,
        /// Names of the parts that differ, in the order of [`Generation`]'s fields.
        differs: Vec<&'static str>,
    },

    /// A storage engine failed: the chunk index (LanceDB) or the ledger (SQLite).
    #[error("the {engine} could not {action}")]
    Engine {
        /// Which of the two.
        engine: &'static str,
        /// What was attempted, as a verb.
        action: &'static str,
        /// What the engine said.
        #[source]
        source: Cause,
    },

    /// Too many jobs are waiting; nothing was queued.
    #[error("the queue is full with {limit} unfinished jobs: try again when some have finished")]
    QueueFull {
        /// Most unfinished jobs allowed.
        limit: u64,
    },

    /// The thing named does not exist.
    #[error("there is no {what} `{name}`")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// Its name or id.
        name: String,
    },

    /// A version of the index that is no longer kept.
    #[error("version `{index_version}` of the index is no longer kept")]
    VersionGone {
        /// What it was called.
        index_version: String,
    },

    /// The request contradicts what is stored.
    #[error("the {what} `{name}` {reason}")]
    Conflict {
        /// What kind of thing.
        what: &'static str,
        /// Its name or id.
        name: String,
        /// How it stands in the way and what to do.
        reason: String,
    },

    /// A value given to the store breaks one of its rules; nothing was changed.
    #[error("`{what}` is not acceptable: {reason}")]
    Invalid {
        /// Name of the value.
        what: String,
        /// The rule that it breaks.
        reason: String,
    },

    /// Something stored does not read back as what was written.
    #[error("stored data is damaged: `{what}` {reason}")]
    Corrupt {
        /// Which column, file or row.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Error {
    /// For `map_err` on file operations.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    /// For `map_err` on calls into LanceDB and Arrow.
    pub(crate) fn index<E: Into<Cause>>(action: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::Engine {
            engine: "chunk index",
            action,
            source: source.into(),
        }
    }

    /// For `map_err` on calls into SQLite.
    pub(crate) fn ledger<E: Into<Cause>>(action: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::Engine {
            engine: "ledger",
            action,
            source: source.into(),
        }
    }

    /// A value that breaks a rule.
    pub(crate) fn invalid(what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid {
            what: what.into(),
            reason: reason.into(),
        }
    }

    /// Stored data that does not decode.
    pub(crate) fn corrupt(what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Corrupt {
            what: what.into(),
            reason: reason.into(),
        }
    }

    /// A missing thing.
    pub(crate) fn not_found(what: &'static str, name: impl Into<String>) -> Self {
        Self::NotFound {
            what,
            name: name.into(),
        }
    }
}
