//! Vectors that need not be computed again. A passage's vector depends on the passage alone,
//! so an edited document keeps those of its unchanged passages, and a renamed or copied one
//! those of the document with the same bytes.

use std::collections::HashMap;

use footnote_ingest::embed::{EmbedError, Embedded, Embedding, Passage};
use footnote_ingest::id::DocumentId;
use footnote_ingest::prepare::passage;
use footnote_store::StoredChunk;
use footnote_store::ledger::jobs::Job;

use super::failure::Failure;
use crate::app::App;

/// The stored passages that the document of `job` may share, with their vectors. `replaces`
/// says that an earlier version of it is stored.
pub(super) async fn stored(
    app: &App,
    job: &Job,
    replaces: bool,
) -> Result<HashMap<Passage, Embedded>, Failure> {
    let id = &job.task.document_id;
    let mut donors: Vec<DocumentId> = Vec::new();
    if let Some(content) = &job.task.content_sha256 {
        let same = app.store.ledger.documents_of_content(content, 1).await?;
        donors.extend(same.into_iter().map(|row| row.document_id));
    }
    if replaces && !donors.contains(id) {
        donors.push(id.clone());
    }
    let snapshot = app.store.snapshot();
    let mut known = HashMap::new();
    for donor in &donors {
        for chunk in snapshot.chunks_of(donor).await? {
            let (passage, embedded) = entry(chunk)?;
            known.insert(passage, embedded);
        }
    }
    Ok(known)
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
