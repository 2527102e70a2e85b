//! Looks for the expected words, from the chunks back to the original bytes. A document that
//! is named is looked into; without a name the whole collection is searched, and where no
//! chunk has the words, the stored texts, the originals and the failed jobs are.

use std::collections::BTreeSet;

use footnote_answer::evidence::dot;
use footnote_ingest::id::{ChunkId, DocumentId};
use footnote_store::ledger::documents::{DocumentQuery, DocumentRow};
use footnote_store::ledger::jobs::{Job, State};
use footnote_store::{Result, Scope, Snapshot, Store};

use super::expected::Expected;
use super::gold::{Gold, GoldChunk, GoldDocument, Wanted, part};

/// Chunks that an expected answer without a document may stand for.
const MOST_ANSWERS: usize = 10;
/// Documents that are looked into when none is named.
const MOST_DOCUMENTS: usize = 20;
/// Documents whose texts are read when no chunk has the words.
const MOST_READ: u32 = 500;
/// Failed jobs whose bytes are read.
const MOST_JOBS: u32 = 200;
/// Longest original that is searched for words, in bytes.
const MOST_BYTES: usize = 4 << 20;

/// Looks for `expected` in `scope`. `vector` is the question's: of many chunks that state an
/// expected answer, the closest are meant.
pub async fn locate(
    store: &Store,
    snapshot: &Snapshot,
    scope: &Scope,
    vector: &[f32],
    expected: &Expected,
) -> Result<Gold> {
    let wanted = Wanted::of(expected);
    let everywhere = Scope {
        filter: None,
        ..scope.clone()
    };
    let mut gold = Gold::default();
    if expected.names_a_document() {
        for row in named(store, scope, expected).await? {
            gold.look_into(store, snapshot, row, &wanted).await?;
        }
        gold.job = named_job(store, scope, expected, &gold).await?;
    } else {
        for id in holders(snapshot, &everywhere, &wanted).await? {
            let row = store.ledger.document(&id).await?;
            gold.look_into(store, snapshot, row, &wanted).await?;
        }
        gold.documents.retain(|document| !document.spans.is_empty());
        if gold.documents.is_empty() {
            gold.read_texts(store, snapshot, scope, &wanted).await?;
        }
        if !gold.extracted() {
            gold.job = failed_job(store, scope, &wanted).await?;
        }
        if expected.passage_text.is_none() {
            gold.keep_closest(vector);
        }
    }
    Ok(gold)
}

/// The documents that `expected` names: in the collections of `scope`, else in any.
async fn named(store: &Store, scope: &Scope, expected: &Expected) -> Result<Vec<DocumentRow>> {
    if let Some(id) = &expected.document_id {
        return match store.ledger.document(id).await {
            Ok(row) => Ok(vec![row]),
            Err(footnote_store::Error::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        };
    }
    let uri = expected.uri.as_deref().unwrap_or_default();
    let mut rows = Vec::new();
    for collection in &scope.collections {
        rows.extend(store.ledger.document_by_uri(collection, uri).await?);
    }
    if rows.is_empty() {
        let query = DocumentQuery {
            collection: None,
            uri: Some(uri.to_owned()),
        };
        rows = store
            .ledger
            .documents(&query, None, MOST_DOCUMENTS as u32)
            .await?
            .items;
    }
    Ok(rows)
}

async fn named_job(
    store: &Store,
    scope: &Scope,
    expected: &Expected,
    gold: &Gold,
) -> Result<Option<Job>> {
    let known = gold
        .documents
        .first()
        .map(|found| found.row.document_id.clone());
    if let Some(id) = known.or_else(|| expected.document_id.clone()) {
        return store.ledger.latest_job(&id).await;
    }
    for (collection, uri) in scope.collections.iter().zip(expected.uri.iter().cycle()) {
        let id = DocumentId::derive(collection, uri);
        if let Some(job) = store.ledger.latest_job(&id).await? {
            return Ok(Some(job));
        }
    }
    Ok(None)
}

/// Documents with a promising chunk.
async fn holders(
    snapshot: &Snapshot,
    scope: &Scope,
    wanted: &Wanted,
) -> Result<BTreeSet<DocumentId>> {
    let ids = snapshot.grep(scope, |text| wanted.promising(text)).await?;
    let ids: Vec<ChunkId> = ids.into_iter().take(MOST_DOCUMENTS * 10).collect();
    let chunks = snapshot.fetch(&ids).await?;
    let documents = chunks.into_iter().map(|stored| stored.document_id);
    Ok(documents.collect())
}

/// The newest failed job whose bytes hold the words.
async fn failed_job(store: &Store, scope: &Scope, wanted: &Wanted) -> Result<Option<Job>> {
    for state in [State::Failed, State::Dead, State::Queued, State::Running] {
        for job in store.ledger.jobs(Some(state), None, MOST_JOBS).await?.items {
            let Some(content) = &job.task.content_sha256 else {
                continue;
            };
            let inside = scope.collections.contains(&job.task.collection);
            if inside && raw_has(store, content, wanted).await {
                return Ok(Some(job));
            }
        }
    }
    Ok(None)
}

/// Whether the original bytes, read as text, hold the words. Bytes that cannot be read do not.
async fn raw_has(store: &Store, sha256: &str, wanted: &Wanted) -> bool {
    let (blobs, name) = (store.blobs.clone(), sha256.to_owned());
    let bytes = tokio::task::spawn_blocking(move || blobs.get(&name)).await;
    match bytes {
        Ok(Ok(bytes)) if bytes.len() <= MOST_BYTES => {
            let text = String::from_utf8_lossy(&bytes);
            !wanted.spans(&text).0.is_empty()
        }
        _ => false,
    }
}

async fn stored_text(store: &Store, row: &DocumentRow) -> Result<String> {
    let (blobs, name) = (store.blobs.clone(), row.text_sha256.clone());
    let bytes = tokio::task::spawn_blocking(move || blobs.get(&name)).await;
    match bytes {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes?).into_owned()),
        Err(_) => Ok(String::new()),
    }
}

impl Gold {
    /// Adds a document with the chunks that hold the words.
    async fn look_into(
        &mut self,
        store: &Store,
        snapshot: &Snapshot,
        row: DocumentRow,
        wanted: &Wanted,
    ) -> Result<()> {
        let text = stored_text(store, &row).await?;
        let (spans, share) = wanted.spans(&text);
        if spans.is_empty() && raw_has(store, &row.content_sha256, wanted).await {
            self.raw.push(row.document_id.clone());
        }
        let chunks = snapshot.chunks_of([&row.document_id]).await?;
        let indexed = chunks
            .first()
            .map(|first| (first.document_version.clone(), chunks.len()));
        for stored in chunks {
            let inside = spans
                .iter()
                .map(|span| part(*span, stored.chunk.span))
                .max_by(f32::total_cmp);
            if let Some(share) = inside.filter(|share| *share > 0.0) {
                self.chunks.push(GoldChunk { stored, share });
            }
        }
        self.documents.push(GoldDocument {
            row,
            spans,
            share,
            indexed,
        });
        Ok(())
    }

    /// Looks into every document of `scope`: the words may be in a text and in no chunk.
    async fn read_texts(
        &mut self,
        store: &Store,
        snapshot: &Snapshot,
        scope: &Scope,
        wanted: &Wanted,
    ) -> Result<()> {
        for collection in &scope.collections {
            let query = DocumentQuery {
                collection: Some(collection.clone()),
                uri: None,
            };
            for row in store.ledger.documents(&query, None, MOST_READ).await?.items {
                self.look_into(store, snapshot, row, wanted).await?;
            }
        }
        let raw = std::mem::take(&mut self.raw);
        self.documents.retain(|document| {
            !document.spans.is_empty() || raw.contains(&document.row.document_id)
        });
        self.raw = raw;
        Ok(())
    }

    /// Keeps the chunks closest to the question and the documents they are from.
    fn keep_closest(&mut self, vector: &[f32]) {
        let cosine = |gold: &GoldChunk| dot(vector, &gold.stored.vector);
        self.chunks.sort_by(|a, b| {
            let by_cosine = cosine(b).total_cmp(&cosine(a));
            by_cosine.then_with(|| a.stored.chunk.id.cmp(&b.stored.chunk.id))
        });
        if self.chunks.len() > MOST_ANSWERS {
            self.chunks.truncate(MOST_ANSWERS);
            let kept: BTreeSet<_> = self.chunks.iter().map(|c| &c.stored.document_id).collect();
            self.documents
                .retain(|document| kept.contains(&document.row.document_id));
        }
    }
}
