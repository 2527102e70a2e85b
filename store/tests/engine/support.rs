//! Documents for the tests: one line is one chunk and one sentence, and a text's vector is
//! made of its words' hashes, so that texts with common words are near each other.

use footnote_ingest::chunk::Chunk;
use footnote_ingest::document::Document;
use footnote_ingest::embed::Embedding;
use footnote_ingest::id::{ChunkId, DocumentId, sha256_hex};
use footnote_ingest::prepare::{EmbeddedChunk, Prepared};
use footnote_ingest::span::Span;
use footnote_store::{Generation, LegHit, Scope, Snapshot, Store, StoreConfig};
use serde_json::{Map, Value};
use tempfile::TempDir;
use time::OffsetDateTime;

pub(crate) const DIMENSION: usize = 8;

pub(crate) fn generation() -> Generation {
    Generation::new("words@sha256:00", DIMENSION, "lines")
}

pub(crate) async fn open(folder: &TempDir) -> Store {
    Store::open(StoreConfig::at(folder.path()), generation())
        .await
        .unwrap()
}

/// The sum of one vector per word.
pub(crate) fn embed(text: &str) -> Embedding {
    let mut sum = vec![0.01; DIMENSION];
    for word in text.to_lowercase().split_whitespace() {
        let digest = sha256_hex(word.as_bytes());
        for (number, byte) in sum.iter_mut().zip(digest.bytes()) {
            *number += f32::from(byte) / 64.0 - 1.0;
        }
    }
    Embedding::new(sum, DIMENSION).unwrap()
}

/// A document in the collection `default`.
pub(crate) fn document(uri: &str, text: &str) -> Prepared {
    document_in("default", uri, text)
}

pub(crate) fn document_in(collection: &str, uri: &str, text: &str) -> Prepared {
    let id = DocumentId::derive(collection, uri);
    let chunks = chunks(&id, text);
    Prepared {
        collection: collection.to_owned(),
        uri: uri.to_owned(),
        version: sha256_hex(text.as_bytes())[..32].to_owned(),
        document: Document {
            title: format!("About {uri}"),
            media_type: "text/plain".to_owned(),
            language: Some("eng".to_owned()),
            text: text.to_owned(),
            blocks: Vec::new(),
            sentences: chunks.iter().map(|embedded| embedded.chunk.span).collect(),
            pages: None,
            warnings: Vec::new(),
        },
        metadata: Map::from_iter([("team".to_owned(), Value::from("hr"))]),
        created_at: OffsetDateTime::UNIX_EPOCH,
        updated_at: OffsetDateTime::UNIX_EPOCH,
        document_id: id,
        chunks,
    }
}

fn chunks(id: &DocumentId, text: &str) -> Vec<EmbeddedChunk> {
    let mut start = 0;
    let mut chunks = Vec::new();
    for (ordinal, line) in text.lines().enumerate() {
        let span = Span::new(start, start + line.chars().count());
        start = span.end + 1;
        chunks.push(EmbeddedChunk {
            chunk: Chunk {
                id: ChunkId::derive(id, span, line),
                ordinal: ordinal as u32,
                span,
                text: line.to_owned(),
                heading_path: vec!["Handbook".to_owned(), "Leave".to_owned()],
                page: Some(ordinal as u32 + 1),
                sentences: vec![span],
                tokens: line.split_whitespace().count() as u32,
            },
            search_text: line.to_owned(),
            vector: embed(line),
            sentence_vectors: vec![embed(line)],
        });
    }
    chunks
}

pub(crate) fn everything() -> Scope {
    Scope::collection("default")
}

/// The texts that match `question`, best first.
pub(crate) async fn matching(snapshot: &Snapshot, question: &str) -> Vec<String> {
    texts(
        snapshot,
        &snapshot
            .matching(question, &everything(), 50)
            .await
            .unwrap(),
    )
    .await
}

/// The texts near `question`, nearest first.
pub(crate) async fn nearest(snapshot: &Snapshot, question: &str) -> Vec<String> {
    let vector = embed(question);
    texts(
        snapshot,
        &snapshot
            .nearest(vector.as_slice(), &everything(), 50)
            .await
            .unwrap(),
    )
    .await
}

pub(crate) async fn texts(snapshot: &Snapshot, hits: &[LegHit]) -> Vec<String> {
    let ids: Vec<_> = hits.iter().map(|hit| hit.chunk_id.clone()).collect();
    let found = snapshot.fetch(&ids).await.unwrap();
    assert_eq!(found.len(), ids.len());
    found.into_iter().map(|stored| stored.chunk.text).collect()
}
