//! A chunk as one value. LanceDB reads the columns of a row one by one, each at the price of a
//! read of its own: with a column for every field, reading the hundred chunks of a search took
//! twice as long as finding them.
//!
//! ```text
//! u32, little-endian: bytes of the JSON | JSON of the fields | sentence vectors, one after the
//! other, as little-endian half floats
//! ```

use footnote_ingest::chunk::Chunk;
use footnote_ingest::prepare::{EmbeddedChunk, Prepared};
use footnote_ingest::span::Span;
use half::f16;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::StoredChunk;
use crate::clock;
use crate::error::{Error, Result};
use crate::schema::column;

/// Bytes of the length.
const HEAD: usize = 4;

/// All of a [`StoredChunk`] but its vectors.
#[derive(Serialize, Deserialize)]
struct Fields {
    id: String,
    document_id: String,
    document_version: String,
    collection: String,
    uri: String,
    title: String,
    media_type: String,
    language: Option<String>,
    metadata: Map<String, Value>,
    /// Microseconds.
    created_at: i64,
    updated_at: i64,
    ordinal: u32,
    page: Option<u32>,
    span: (usize, usize),
    heading_path: Vec<String>,
    text: String,
    tokens: u32,
    sentences: Vec<(usize, usize)>,
}

/// One chunk of `document` as bytes.
pub(super) fn pack(document: &Prepared, embedded: &EmbeddedChunk) -> Result<Vec<u8>> {
    let json = serde_json::to_vec(&fields(document, &embedded.chunk))
        .map_err(|error| Error::invalid("metadata", error.to_string()))?;
    let length = u32::try_from(json.len()).map_err(|_| super::too_large("text"))?;
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend(json);
    for vector in &embedded.sentence_vectors {
        let numbers = vector.as_slice().iter();
        bytes.extend(numbers.flat_map(|number| f16::from_f32(*number).to_le_bytes()));
    }
    Ok(bytes)
}

/// The chunk that `bytes` hold, whose vector lies beside them.
pub(super) fn unpack(bytes: &[u8], vector: Vec<f32>) -> Result<StoredChunk> {
    let (fields, rest) = parts(bytes)?;
    let sentence_vectors = sentence_vectors(rest, fields.sentences.len(), vector.len())?;
    let id = |text: &str| corrupt(format!("holds `{text}`, which is not an id"));
    let time = |micros| clock::time(micros).ok_or_else(|| corrupt("holds no time".to_owned()));
    let span = |(start, end)| Span::new(start, end);
    Ok(StoredChunk {
        chunk: Chunk {
            id: fields.id.parse().map_err(|_| id(&fields.id))?,
            ordinal: fields.ordinal,
            span: span(fields.span),
            text: fields.text,
            heading_path: fields.heading_path,
            page: fields.page,
            sentences: fields.sentences.into_iter().map(span).collect(),
            tokens: fields.tokens,
        },
        document_id: (fields.document_id.parse()).map_err(|_| id(&fields.document_id))?,
        document_version: fields.document_version,
        collection: fields.collection,
        uri: fields.uri,
        title: fields.title,
        media_type: fields.media_type,
        language: fields.language,
        metadata: fields.metadata,
        created_at: time(fields.created_at)?,
        updated_at: time(fields.updated_at)?,
        vector,
        sentence_vectors,
    })
}

/// The text alone.
pub(super) fn text(bytes: &[u8]) -> Result<String> {
    parts(bytes).map(|(fields, _)| fields.text)
}

fn fields(document: &Prepared, chunk: &Chunk) -> Fields {
    Fields {
        id: chunk.id.as_str().to_owned(),
        document_id: document.document_id.as_str().to_owned(),
        document_version: document.version.clone(),
        collection: document.collection.clone(),
        uri: document.uri.clone(),
        title: document.document.title.clone(),
        media_type: document.document.media_type.clone(),
        language: document.document.language.clone(),
        metadata: document.metadata.clone(),
        created_at: clock::micros(document.created_at),
        updated_at: clock::micros(document.updated_at),
        ordinal: chunk.ordinal,
        page: chunk.page,
        span: (chunk.span.start, chunk.span.end),
        heading_path: chunk.heading_path.clone(),
        text: chunk.text.clone(),
        tokens: chunk.tokens,
        sentences: (chunk.sentences.iter())
            .map(|span| (span.start, span.end))
            .collect(),
    }
}

fn parts(bytes: &[u8]) -> Result<(Fields, &[u8])> {
    let cut = || corrupt("is cut off".to_owned());
    let (head, rest) = bytes.split_first_chunk::<HEAD>().ok_or_else(cut)?;
    let length = u32::from_le_bytes(*head) as usize;
    let (json, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
    let fields = serde_json::from_slice(json).map_err(|error| corrupt(error.to_string()))?;
    Ok((fields, rest))
}

fn sentence_vectors(bytes: &[u8], count: usize, dimension: usize) -> Result<Vec<Vec<f32>>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != count * dimension {
        let reason = "does not hold one vector for each sentence";
        return Err(corrupt(reason.to_owned()));
    }
    let float = |pair: &[u8; 2]| f16::from_le_bytes(*pair).to_f32();
    // An empty vector has no sentences either: `chunks` needs a length.
    let vectors = pairs.chunks(dimension.max(1));
    Ok(vectors
        .map(|pairs| pairs.iter().map(float).collect())
        .collect())
}

fn corrupt(reason: String) -> Error {
    Error::corrupt(column::RECORD, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_no_chunk_was_packed_into_are_an_error() {
        for bytes in [
            &b""[..],
            b"\0\0",
            &[9, 0, 0, 0, b'{'],
            &[2, 0, 0, 0, b'{', b'}'],
        ] {
            assert!(unpack(bytes, vec![1.0]).is_err(), "{bytes:?}");
        }
        assert!(sentence_vectors(&[0; 7], 2, 2).is_err());
        assert!(sentence_vectors(&[0; 6], 2, 2).is_err());
        assert_eq!(sentence_vectors(&[0; 8], 2, 2).unwrap().len(), 2);
        assert!(sentence_vectors(&[], 0, 2).unwrap().is_empty());
    }
}
