//! [`Prepared`] documents as Arrow rows. This module and its child are the only places that
//! know both our types and Arrow's. What does not fit the table's layout is refused here,
//! because LanceDB's merge would store a vector of NaNs or the wrong length without a word.

mod decode;
mod packed;

use std::collections::BTreeSet;
use std::iter;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, FixedSizeListArray, Float32Array, Int32Array, Int64Array, LargeBinaryArray,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field};
use footnote_ingest::chunk::Chunk;
use footnote_ingest::id::DocumentId;
use footnote_ingest::prepare::{EmbeddedChunk, Prepared};
use serde_json::{Map, Value};
use time::OffsetDateTime;

pub(crate) use decode::{COLUMNS, decode, places, record_texts, rows, texts};

use crate::clock;
use crate::error::{Error, Result};
use crate::schema::{ZONE, schema};
use crate::terms::fold;

/// A chunk as it is stored, what is said of its document included.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredChunk {
    /// The chunk: id, place, text, headings, sentences.
    pub chunk: Chunk,
    /// The document it belongs to.
    pub document_id: DocumentId,
    /// Version of that document.
    pub document_version: String,
    /// Collection of that document.
    pub collection: String,
    /// Name of that document inside its collection.
    pub uri: String,
    /// Title of that document.
    pub title: String,
    /// Media type of that document.
    pub media_type: String,
    /// ISO 639-3 code, where the language could be told.
    pub language: Option<String>,
    /// What the sender said about the document.
    pub metadata: Map<String, Value>,
    /// When the document was first seen, to the microsecond.
    pub created_at: OffsetDateTime,
    /// When this version was made, to the microsecond.
    pub updated_at: OffsetDateTime,
    /// The vector that search compares, of unit length.
    pub vector: Vec<f32>,
    /// One vector for each of `chunk.sentences`, rounded to half precision (relative error
    /// up to 2^-11, so a cosine is off by less than 0.001).
    pub sentence_vectors: Vec<Vec<f32>>,
}

/// One row before it is a row.
type Row<'a> = (&'a Prepared, &'a EmbeddedChunk);

/// All chunks of `documents` as one batch.
///
/// # Errors
/// [`Error::Invalid`] when a document has no chunks, appears twice, or a chunk does not match
/// `dimension` or repeats an id.
pub(crate) fn encode(documents: &[&Prepared], dimension: usize) -> Result<RecordBatch> {
    check(documents, dimension)?;
    let rows: Vec<Row<'_>> = documents
        .iter()
        .flat_map(|&document| iter::repeat(document).zip(&document.chunks))
        .collect();
    let dimension = int("dimension", dimension)?;
    let mut columns = document_columns(&rows)?;
    columns.extend(chunk_columns(&rows)?);
    columns.push(vectors(&rows, dimension)?);
    RecordBatch::try_new(schema(dimension), columns).map_err(Error::index("lay out the chunks"))
}

fn document_columns(rows: &[Row<'_>]) -> Result<Vec<ArrayRef>> {
    let metadata: Vec<String> = rows
        .iter()
        .map(|(document, _)| Value::Object(document.metadata.clone()).to_string())
        .collect();
    Ok(vec![
        strings(rows, |(_, chunk)| chunk.chunk.id.as_str()),
        strings(rows, |(document, _)| document.document_id.as_str()),
        strings(rows, |(document, _)| &document.version),
        strings(rows, |(document, _)| &document.collection),
        strings(rows, |(document, _)| &document.uri),
        strings(rows, |(document, _)| &document.document.title),
        strings(rows, |(document, _)| &document.document.media_type),
        Arc::new(StringArray::from_iter(
            rows.iter()
                .map(|(document, _)| document.document.language.as_deref()),
        )),
        Arc::new(StringArray::from_iter_values(metadata)),
        times(rows, |(document, _)| document.created_at)?,
        times(rows, |(document, _)| document.updated_at)?,
    ])
}

fn chunk_columns(rows: &[Row<'_>]) -> Result<Vec<ArrayRef>> {
    let chunks = || rows.iter().map(|(_, embedded)| &embedded.chunk);
    let pages = chunks()
        .map(|chunk| chunk.page.map(|page| int("page", page)).transpose())
        .collect::<Result<Vec<_>>>()?;
    let folded = rows.iter().map(|(_, embedded)| fold(&embedded.search_text));
    let records = rows
        .iter()
        .map(|(document, embedded)| packed::pack(document, embedded))
        .collect::<Result<Vec<_>>>()?;
    Ok(vec![
        Arc::new(Int32Array::from(pages)),
        Arc::new(offsets(chunks().map(|chunk| chunk.span.start))?),
        Arc::new(offsets(chunks().map(|chunk| chunk.span.end))?),
        Arc::new(StringArray::from_iter_values(folded)),
        Arc::new(LargeBinaryArray::from_iter_values(records)),
    ])
}

fn strings<'a>(rows: &[Row<'a>], text: impl Fn(&Row<'a>) -> &'a str) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(rows.iter().map(text)))
}

fn times<'a>(rows: &[Row<'a>], time: impl Fn(&Row<'a>) -> OffsetDateTime) -> Result<ArrayRef> {
    let micros = rows
        .iter()
        .map(|row| clock::micros(time(row)))
        .collect::<Vec<_>>();
    Ok(Arc::new(
        TimestampMicrosecondArray::from(micros).with_timezone(ZONE),
    ))
}

fn vectors(rows: &[Row<'_>], dimension: i32) -> Result<ArrayRef> {
    let numbers = rows
        .iter()
        .flat_map(|(_, embedded)| embedded.vector.as_slice())
        .copied();
    let item = Arc::new(Field::new_list_field(DataType::Float32, true));
    let values = Arc::new(Float32Array::from_iter_values(numbers));
    FixedSizeListArray::try_new(item, dimension, values, None)
        .map(|array| Arc::new(array) as ArrayRef)
        .map_err(Error::index("lay out the vectors"))
}

fn offsets(values: impl Iterator<Item = usize>) -> Result<Int64Array> {
    values
        .map(|value| i64::try_from(value).map_err(|_| too_large("char offset")))
        .collect::<Result<Vec<_>>>()
        .map(Int64Array::from)
}

fn int(what: &str, value: impl TryInto<i32>) -> Result<i32> {
    value.try_into().map_err(|_| too_large(what))
}

fn too_large(what: &str) -> Error {
    Error::invalid(what, "it does not fit its column")
}

fn check(documents: &[&Prepared], dimension: usize) -> Result<()> {
    let (mut names, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for document in documents {
        if !names.insert(&document.document_id) {
            return Err(refuse(document, "appears twice in one commit"));
        }
        if document.chunks.is_empty() {
            return Err(refuse(
                document,
                "has no chunks: nothing of it could be found",
            ));
        }
        for embedded in &document.chunks {
            check_chunk(document, embedded, dimension)?;
            if !ids.insert(&embedded.chunk.id) {
                return Err(refuse(document, "has two chunks with one id"));
            }
        }
    }
    Ok(())
}

fn check_chunk(document: &Prepared, embedded: &EmbeddedChunk, dimension: usize) -> Result<()> {
    let mut vectors = iter::once(&embedded.vector).chain(&embedded.sentence_vectors);
    if vectors.any(|vector| vector.as_slice().len() != dimension) {
        return Err(refuse(
            document,
            "has a vector of another length than this generation's",
        ));
    }
    if embedded.sentence_vectors.len() != embedded.chunk.sentences.len() {
        return Err(refuse(
            document,
            "has a chunk without one vector for each sentence",
        ));
    }
    Ok(())
}

fn refuse(document: &Prepared, reason: &str) -> Error {
    Error::invalid(&document.uri, reason)
}
