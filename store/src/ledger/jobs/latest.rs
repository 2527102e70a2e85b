//! The newest job of a document: why it is not there, or not the newest.

use footnote_ingest::id::DocumentId;

use super::model::{self, Job};
use crate::error::{Error, Result};
use crate::ledger::Ledger;

impl Ledger {
    /// The job of `document` that was asked for last, however it stands.
    pub async fn latest_job(&self, document: &DocumentId) -> Result<Option<Job>> {
        sqlx::query("SELECT * FROM jobs WHERE document_id = ? ORDER BY seq DESC LIMIT 1")
            .bind(document.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::ledger("read the latest job of a document"))?
            .map(|row| model::job(&row))
            .transpose()
    }
}
