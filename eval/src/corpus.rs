//! What is wrong with a corpus before anybody asks: text that no search can find, chunks that
//! crowd others out, and questions that it could not answer. A report, made from one walk over
//! the index and the stored texts; nothing is changed.
//!
//! Lists are cut to the worst [`MOST_LISTED`]; the counts beside them are of all. What compares
//! chunks with each other looks at [`SAMPLE`] of them, chosen by their ids, which are hashes:
//! the same ones each time.
//!
//! | module | answers |
//! |---|---|
//! | [`duplicates`] | which chunks say the same? |
//! | [`hubs`] | which chunks are near everything? |
//! | [`index`] | does the index hold what the ledger says, and find what it holds? |
//! | [`lines`] | which lines stand in many documents, and which text is in no chunk? |
//! | [`gaps`] | which questions found no good answer, and which chunks nobody needed? |

pub mod duplicates;
pub mod gaps;
pub mod hubs;
pub mod index;
pub mod lines;

use std::collections::BTreeMap;

use footnote_answer::Error;
use footnote_answer::engine::Engine;
use footnote_ingest::chunk::embedding_text;
use footnote_ingest::embed::MAX_TOKENS;
use footnote_ingest::id::{ChunkId, DocumentId};
use footnote_ingest::span::Span;
use footnote_store::ledger::documents::{DocumentQuery, DocumentRow};
use footnote_store::{Scope, Snapshot, Store, StoredChunk};
use serde::Serialize;

/// Items of a list that are shown.
pub const MOST_LISTED: usize = 20;
/// Chunks that are compared with each other.
pub const SAMPLE: usize = 1_500;
/// Fewer tokens hold no thought.
const TINY_TOKENS: u32 = 20;
/// Receipts that are looked at, newest first.
const MOST_RECEIPTS: u32 = 2_000;

/// The report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CorpusReport {
    /// The index that was read.
    pub index_version: String,
    /// Documents in the ledger.
    pub documents: usize,
    /// Chunks in the index.
    pub chunks: usize,
    /// Chunks that say what another says.
    pub near_duplicates: duplicates::Duplicates,
    /// Chunks of fewer than 20 tokens.
    pub tiny_chunks: Listed<ChunkRef>,
    /// Chunks over the configured size.
    pub oversized_chunks: Listed<ChunkRef>,
    /// Chunks whose end the embedder does not read.
    pub truncated_chunks: Listed<ChunkRef>,
    /// Lines that many documents share.
    pub boilerplate: Listed<lines::Boilerplate>,
    /// Documents with text that is in no chunk.
    pub lost_text: Listed<lines::LostText>,
    /// Chunks that are near everything.
    pub hubs: hubs::Hubs,
    /// What the index lacks.
    pub index: index::IndexState,
    /// Questions without a good answer, alike ones together.
    pub content_gaps: Listed<gaps::Gap>,
    /// Chunks that no recorded search had among its hits; `null` without recorded answers.
    pub never_retrieved: Option<usize>,
}

/// The worst of many.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed<T> {
    /// All of them.
    pub count: usize,
    /// The worst.
    pub items: Vec<T>,
}

impl<T> Listed<T> {
    /// The first of `all`, which are sorted worst first.
    pub fn of(mut all: Vec<T>) -> Self {
        let count = all.len();
        all.truncate(MOST_LISTED);
        Self { count, items: all }
    }
}

/// Names a chunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "as in a hit")]
pub struct ChunkRef {
    pub chunk_id: ChunkId,
    pub uri: String,
    pub tokens: u32,
    pub start_char_index: usize,
    pub end_char_index: usize,
}

/// A chunk without its vectors and text.
struct Seen {
    id: ChunkId,
    reference: ChunkRef,
    document_id: DocumentId,
    span: Span,
    truncated: bool,
}

/// What the service knows about its chunks.
pub struct Measures<'m> {
    /// Most tokens of a chunk, as configured.
    pub max_tokens: usize,
    /// Counts as the embedder does.
    pub count: &'m (dyn Fn(&str) -> usize + Sync),
}

/// Reports on the documents of `collections`.
///
/// # Errors
/// The store or the embedder failed.
pub async fn report(
    engine: &Engine,
    store: &Store,
    snapshot: &Snapshot,
    collections: &[String],
    measures: Measures<'_>,
) -> Result<CorpusReport, Error> {
    let scope = Scope {
        collections: collections.to_vec(),
        filter: None,
    };
    let rows = rows(store, collections).await?;
    let (mut seen, mut sample) = (Vec::new(), Sample::default());
    snapshot
        .walk(&scope, |stored| {
            seen.push(Seen::of(&stored, &measures));
            sample.offer(stored);
        })
        .await?;
    seen.sort_by(|a, b| a.id.cmp(&b.id));
    let sample = sample.chunks;
    let texts = lines::read(store, &rows, &seen_spans(&seen)).await?;
    let receipts = store.ledger.recent_receipts(MOST_RECEIPTS).await?;
    let asked = gaps::read(&receipts);
    let chosen = |pick: &dyn Fn(&Seen) -> bool| {
        let picked = seen.iter().filter(|seen| pick(seen));
        Listed::of(picked.map(|seen| seen.reference.clone()).collect())
    };
    Ok(CorpusReport {
        index_version: snapshot.index_version(),
        documents: rows.len(),
        chunks: seen.len(),
        near_duplicates: duplicates::find(&sample),
        tiny_chunks: chosen(&|seen| seen.reference.tokens < TINY_TOKENS),
        oversized_chunks: chosen(&|seen| seen.reference.tokens as usize > measures.max_tokens),
        truncated_chunks: chosen(&|seen| seen.truncated),
        boilerplate: Listed::of(texts.boilerplate),
        lost_text: Listed::of(texts.lost),
        hubs: hubs::find(&sample),
        index: index::state(snapshot, &rows).await?,
        never_retrieved: gaps::never_retrieved(&asked, seen.iter().map(|seen| &seen.id)),
        content_gaps: Listed::of(gaps::group(engine, &asked).await?),
    })
}

async fn rows(store: &Store, collections: &[String]) -> Result<Vec<DocumentRow>, Error> {
    let mut rows = Vec::new();
    for collection in collections {
        let query = DocumentQuery {
            collection: Some(collection.clone()),
            uri: None,
        };
        let mut cursor = None;
        loop {
            let page = store.ledger.documents(&query, cursor.as_ref(), 500).await?;
            rows.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    Ok(rows)
}

fn seen_spans(seen: &[Seen]) -> BTreeMap<DocumentId, Vec<Span>> {
    let mut spans: BTreeMap<DocumentId, Vec<Span>> = BTreeMap::new();
    for seen in seen {
        spans
            .entry(seen.document_id.clone())
            .or_default()
            .push(seen.span);
    }
    spans
}

impl Seen {
    fn of(stored: &StoredChunk, measures: &Measures<'_>) -> Self {
        let chunk = &stored.chunk;
        // Two special tokens, and a context line of at most a few dozen.
        let near = chunk.tokens as usize + CONTEXT_TOKENS > MAX_TOKENS;
        let truncated = near && {
            let (text, _) = embedding_text(&stored.title, chunk);
            (measures.count)(&text) + SPECIAL_TOKENS > MAX_TOKENS
        };
        Self {
            id: chunk.id.clone(),
            reference: reference(stored),
            document_id: stored.document_id.clone(),
            span: chunk.span,
            truncated,
        }
    }
}

/// Most tokens that title and headings take in front of a chunk.
const CONTEXT_TOKENS: usize = 122;
/// Tokens that the embedder puts around every text.
const SPECIAL_TOKENS: usize = 2;

fn reference(stored: &StoredChunk) -> ChunkRef {
    let chunk = &stored.chunk;
    ChunkRef {
        chunk_id: chunk.id.clone(),
        uri: stored.uri.clone(),
        tokens: chunk.tokens,
        start_char_index: chunk.span.start,
        end_char_index: chunk.span.end,
    }
}

/// The chunks with the smallest ids.
#[derive(Default)]
struct Sample {
    chunks: BTreeMap<ChunkId, StoredChunk>,
}

impl Sample {
    fn offer(&mut self, stored: StoredChunk) {
        self.chunks.insert(stored.chunk.id.clone(), stored);
        if self.chunks.len() > SAMPLE {
            self.chunks.pop_last();
        }
    }
}
