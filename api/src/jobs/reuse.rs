//! Vectors that need not be computed again. A passage's vector depends on the passage alone,
//! so an edited document keeps those of its unchanged passages, and a renamed or copied one
//! those of the document with the same bytes.

use std::collections::{BTreeSet, HashMap};

use footnote_ingest::embed::{EmbedError, Embedded, Embedding, Passage};
use footnote_ingest::id::DocumentId;
use footnote_ingest::prepare::passage;
use footnote_store::StoredChunk;
use footnote_store::ledger::jobs::Job;

use super::failure::Failure;
use crate::app::App;

/// The stored documents whose passages the document of `job` may share. `replaces` says that
/// an earlier version of it is stored.
pub(super) async fn donors(
    app: &App,
    job: &Job,
    replaces: bool,
) -> Result<BTreeSet<DocumentId>, Failure> {
    let mut donors = BTreeSet::new();
    if let Some(content) = &job.task.content_sha256 {
        let same = app.store.ledger.documents_of_content(content, 1).await?;
        donors.extend(same.into_iter().map(|row| row.document_id));
    }
    if replaces {
        donors.insert(job.task.document_id.clone());
    }
    Ok(donors)
}

/// The passages of `donors` with their vectors. Reads the table once, however many there are.
pub(super) async fn stored(
    app: &App,
    donors: &BTreeSet<DocumentId>,
) -> Result<HashMap<Passage, Embedded>, Failure> {
    if donors.is_empty() {
        return Ok(HashMap::new());
    }
    let chunks = app.store.snapshot().chunks_of(donors).await?;
    let known = chunks.into_iter().map(entry).collect::<Result<_, _>>();
    Ok(known?)
}

fn entry(stored: StoredChunk) -> Result<(Passage, Embedded), EmbedError> {
    let dimension = stored.vector.len();
    let sentences = stored
        .sentence_vectors
        .into_iter()
        .map(|vector| Embedding::stored(vector, dimension))
        .collect::<Result<_, _>>()?;
    let embedded = Embedded {
        vector: Embedding::stored(stored.vector, dimension)?,
        sentences,
    };
    Ok((passage(&stored.title, &stored.chunk), embedded))
}
