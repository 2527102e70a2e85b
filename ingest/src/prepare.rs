//! From a parsed document to what the store accepts: chunks, each with its vector and the
//! vectors of its sentences. The orchestration is the caller's: embedding happens on a model
//! thread, so preparing is two pure halves around it.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::chunk::{Chunk, Chunking, chunk, embedding_text};
use crate::document::Document;
use crate::embed::{Embedded, Embedding, Passage};
use crate::id::{DocumentId, derive};

/// A chunk with everything that search and answering compare it by.
#[derive(Clone, Debug)]
pub struct EmbeddedChunk {
    /// The chunk itself.
    pub chunk: Chunk,
    /// What the lexical leg indexes: title, heading path and text.
    pub search_text: String,
    /// Vector of the chunk in its context.
    pub vector: Embedding,
    /// One vector for each of `chunk.sentences`, pooled from the chunk's own forward pass.
    pub sentence_vectors: Vec<Embedding>,
}

/// A document version, parsed, chunked and embedded: the only thing the store accepts.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Derived from collection and URI: stable across edits.
    pub document_id: DocumentId,
    /// Collection the document belongs to.
    pub collection: String,
    /// Name of the document inside its collection.
    pub uri: String,
    /// Changes when the content or the pipeline does; see [`version`].
    pub version: String,
    /// The parsed document.
    pub document: Document,
    /// What the sender said about it.
    pub metadata: Map<String, Value>,
    /// When the document was first seen.
    pub created_at: OffsetDateTime,
    /// When this version was made.
    pub updated_at: OffsetDateTime,
    /// Its chunks in reading order.
    pub chunks: Vec<EmbeddedChunk>,
}

/// The version of a document whose bytes hash to `content_sha256`, named `uri`, made by `pipeline`
/// (a text naming embedder, chunker and parser versions): 32 hexadecimal digits.
pub fn version(content_sha256: &str, uri: &str, pipeline: &str) -> String {
    derive(
        "",
        &[
            content_sha256.as_bytes(),
            uri.as_bytes(),
            pipeline.as_bytes(),
        ],
    )
}

/// A document cut into chunks, waiting for its vectors.
#[derive(Clone, Debug)]
pub struct Chunked {
    /// Chunks in reading order.
    pub chunks: Vec<Chunk>,
    /// What is embedded for each chunk, sentence ranges included.
    pub passages: Vec<Passage>,
}

/// Cuts `document` and lays out what the embedder must see: each chunk behind one line of
/// context (title and headings), its sentences located inside that text.
pub fn cut(
    id: &DocumentId,
    document: &Document,
    chunking: &Chunking,
    count: &dyn Fn(&str) -> usize,
) -> Chunked {
    let chunks = chunk(id, document, chunking, count);
    let passages = chunks
        .iter()
        .map(|chunk| passage(&document.title, chunk))
        .collect();
    Chunked { chunks, passages }
}

impl Chunked {
    /// Joins the chunks with their vectors, which must come in the order of `passages`.
    pub fn with(self, embedded: Vec<Embedded>) -> Vec<EmbeddedChunk> {
        self.chunks
            .into_iter()
            .zip(self.passages)
            .zip(embedded)
            .map(|((chunk, passage), embedded)| EmbeddedChunk {
                chunk,
                search_text: passage.text,
                vector: embedded.vector,
                sentence_vectors: embedded.sentences,
            })
            .collect()
    }
}

/// What is embedded for `chunk` of a document called `title`. A chunk's vectors depend on
/// this and on nothing else.
pub fn passage(title: &str, chunk: &Chunk) -> Passage {
    let (text, offset) = embedding_text(title, chunk);
    let bytes: Vec<usize> = chunk.text.char_indices().map(|(byte, _)| byte).collect();
    let byte_at = |chars: usize| bytes.get(chars).copied().unwrap_or(chunk.text.len()) + offset;
    let sentences = chunk
        .sentences
        .iter()
        .map(|span| span.relative_to(chunk.span.start))
        .map(|span| byte_at(span.start)..byte_at(span.end))
        .collect();
    Passage { text, sentences }
}

/// Version of everything between bytes and chunks; bumped when parsing or cutting changes, so
/// that unchanged bytes are known to need new work.
pub const PIPELINE: u32 = 1;
