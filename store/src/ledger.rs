//! The ledger: everything operational, in one SQLite file. Jobs, the documents' bookkeeping,
//! collections, receipts, and which generation is active. It holds no text that is searched;
//! where it and the chunks table disagree about a document, the table is right and the ledger
//! is repaired from it.
//!
//! What a call has returned is on the disk (WAL with `synchronous=FULL`). Each call is one
//! transaction, so it is done or not done, also when its future is dropped.
//!
//! | module | answers |
//! |---|---|
//! | [`jobs`] | what is to be done, and how did it go? |
//! | [`documents`] | which documents are there? |
//! | [`collections`] | which collections are there? |
//! | [`feedback`] | what was said of answers? |
//! | [`page`] | how is a long list read in parts? |
//! | [`sources`] | which folders are watched, and what is known of their files? |
//! | [`upkeep`] | when was what brought in order, and did it work? |

pub mod collections;
pub mod documents;
pub mod feedback;
mod generations;
pub mod jobs;
pub mod page;
mod receipts;
mod row;
pub mod sources;
pub mod upkeep;

use std::path::Path;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::error::{Error, Result};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// How long a call waits for another one's write before it fails.
const BUSY: Duration = Duration::from_secs(5);

/// Connections: one for the queue, the rest for readers.
const CONNECTIONS: u32 = 4;

/// An open ledger; clones share it.
#[derive(Clone, Debug)]
pub struct Ledger {
    pool: SqlitePool,
    /// Writes that nobody was promised, such as a job's progress: not synced one by one.
    hints: SqlitePool,
}

impl Ledger {
    /// Opens the file `path`, making it and bringing its tables up to date if need be.
    pub async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        let hinting = options.clone().synchronous(SqliteSynchronous::Normal);
        let ledger = Self {
            pool: connect(options, CONNECTIONS).await?,
            hints: connect(hinting, 1).await?,
        };
        MIGRATIONS
            .run(&ledger.pool)
            .await
            .map_err(Error::ledger("bring its tables up to date"))?;
        Ok(ledger)
    }

    /// Waits for running calls and closes the file; later calls fail.
    pub async fn close(&self) {
        self.hints.close().await;
        self.pool.close().await;
    }
}

async fn connect(options: SqliteConnectOptions, connections: u32) -> Result<SqlitePool> {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .connect_with(options)
        .await
        .map_err(Error::ledger("open its file"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A fresh ledger and the folder it lives in.
    pub(crate) async fn ledger() -> (tempfile::TempDir, Ledger) {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite"))
            .await
            .unwrap();
        (folder, ledger)
    }

    #[tokio::test]
    async fn acknowledged_writes_are_synchronous() {
        let (_folder, ledger) = ledger().await;
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(&ledger.pool)
            .await
            .unwrap();
        let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
            .fetch_one(&ledger.pool)
            .await
            .unwrap();
        assert_eq!((mode.as_str(), synchronous), ("wal", 2));
    }
}
