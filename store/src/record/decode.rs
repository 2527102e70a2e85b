//! Arrow rows back as [`StoredChunk`]s. Every column is looked up by name and checked for its
//! type and its nulls: a table written by another build is an error here, never a panic.

use std::str::FromStr;

use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, Int32Array, Int64Array, LargeBinaryArray,
    ListArray, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Float32Type, Int32Type};
use footnote_ingest::chunk::Chunk;
use footnote_ingest::span::Span;
use half::f16;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::StoredChunk;
use crate::clock;
use crate::error::{Error, Result};
use crate::places::Place;
use crate::schema::column;

/// All rows of `batch`, in its order.
pub(crate) fn decode(batch: &RecordBatch) -> Result<Vec<StoredChunk>> {
    (0..batch.num_rows())
        .map(|row| stored_chunk(batch, row))
        .collect()
}

/// One text column of `batch` without nulls, in row order.
pub(crate) fn texts<'b>(
    batch: &'b RecordBatch,
    name: &str,
) -> Result<impl Iterator<Item = &'b str>> {
    Ok(typed::<StringArray>(batch, name)?.iter().flatten())
}

/// The rows of `batch`, as far as [`Place`] goes.
pub(crate) fn places(batch: &RecordBatch) -> Result<Vec<Place>> {
    let place = |row| {
        let start = offset(batch, column::CHAR_START, row)?;
        let end = offset(batch, column::CHAR_END, row)?;
        Ok(Place {
            chunk_id: id(batch, column::CHUNK_ID, row)?,
            collection: text(batch, column::COLLECTION, row)?.to_owned(),
            uri: text(batch, column::URI, row)?.to_owned(),
            span: Span::new(start, end),
        })
    };
    (0..batch.num_rows()).map(place).collect()
}

fn stored_chunk(batch: &RecordBatch, row: usize) -> Result<StoredChunk> {
    let sentences = sentences(batch, row)?;
    Ok(StoredChunk {
        document_id: id(batch, column::DOCUMENT_ID, row)?,
        document_version: text(batch, column::DOCUMENT_VERSION, row)?.to_owned(),
        collection: text(batch, column::COLLECTION, row)?.to_owned(),
        uri: text(batch, column::URI, row)?.to_owned(),
        title: text(batch, column::TITLE, row)?.to_owned(),
        media_type: text(batch, column::MEDIA_TYPE, row)?.to_owned(),
        language: optional_text(batch, column::LANGUAGE, row)?.map(str::to_owned),
        metadata: metadata(batch, row)?,
        created_at: time(batch, column::CREATED_AT, row)?,
        updated_at: time(batch, column::UPDATED_AT, row)?,
        vector: vector(batch, row)?,
        sentence_vectors: sentence_vectors(batch, row, sentences.len())?,
        chunk: chunk(batch, row, sentences)?,
    })
}

fn chunk(batch: &RecordBatch, row: usize, sentences: Vec<Span>) -> Result<Chunk> {
    let (start, end) = (
        offset(batch, column::CHAR_START, row)?,
        offset(batch, column::CHAR_END, row)?,
    );
    let page = int(batch, column::PAGE, row)?;
    Ok(Chunk {
        id: id(batch, column::CHUNK_ID, row)?,
        ordinal: required(int(batch, column::ORDINAL, row)?, column::ORDINAL)?,
        span: Span::new(start, end),
        text: text(batch, column::TEXT, row)?.to_owned(),
        heading_path: headings(batch, row)?,
        page,
        sentences,
        tokens: required(int(batch, column::TOKENS, row)?, column::TOKENS)?,
    })
}

fn sentences(batch: &RecordBatch, row: usize) -> Result<Vec<Span>> {
    let starts = offsets(batch, column::SENTENCE_STARTS, row)?;
    let ends = offsets(batch, column::SENTENCE_ENDS, row)?;
    if starts.len() != ends.len() {
        return Err(Error::corrupt(
            column::SENTENCE_ENDS,
            "has another length than the starts",
        ));
    }
    Ok(starts
        .into_iter()
        .zip(ends)
        .map(|(start, end)| Span::new(start, end))
        .collect())
}

fn offsets(batch: &RecordBatch, name: &str, row: usize) -> Result<Vec<usize>> {
    let values = list(batch, name, row)?;
    let values = values
        .as_primitive_opt::<Int32Type>()
        .ok_or_else(|| wrong_type(name))?;
    values
        .iter()
        .map(|value| required(value.and_then(|value| usize::try_from(value).ok()), name))
        .collect()
}

fn headings(batch: &RecordBatch, row: usize) -> Result<Vec<String>> {
    let values = list(batch, column::HEADING_PATH, row)?;
    let values = values
        .as_string_opt::<i32>()
        .ok_or_else(|| wrong_type(column::HEADING_PATH))?;
    Ok(values.iter().flatten().map(str::to_owned).collect())
}

fn vector(batch: &RecordBatch, row: usize) -> Result<Vec<f32>> {
    let vectors = typed::<FixedSizeListArray>(batch, column::VECTOR)?;
    let values = vectors.value(row);
    let values = values.as_primitive_opt::<Float32Type>();
    Ok(values
        .ok_or_else(|| wrong_type(column::VECTOR))?
        .values()
        .to_vec())
}

fn sentence_vectors(batch: &RecordBatch, row: usize, count: usize) -> Result<Vec<Vec<f32>>> {
    let bytes = typed::<LargeBinaryArray>(batch, column::SENTENCE_VECTORS)?.value(row);
    if count == 0 {
        return Ok(Vec::new());
    }
    if bytes.is_empty() || bytes.len() % (2 * count) != 0 {
        return Err(Error::corrupt(
            column::SENTENCE_VECTORS,
            "does not hold one vector for each sentence",
        ));
    }
    Ok(bytes
        .chunks_exact(bytes.len() / count)
        .map(half_floats)
        .collect())
}

fn half_floats(bytes: &[u8]) -> Vec<f32> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs
        .iter()
        .map(|pair| f16::from_le_bytes(*pair).to_f32())
        .collect()
}

fn metadata(batch: &RecordBatch, row: usize) -> Result<Map<String, Value>> {
    serde_json::from_str(text(batch, column::METADATA, row)?)
        .map_err(|error| Error::corrupt(column::METADATA, error.to_string()))
}

fn time(batch: &RecordBatch, name: &str, row: usize) -> Result<OffsetDateTime> {
    let times = typed::<TimestampMicrosecondArray>(batch, name)?;
    clock::time(times.value(row)).ok_or_else(|| Error::corrupt(name, "is not a time"))
}

fn id<T: FromStr>(batch: &RecordBatch, name: &str, row: usize) -> Result<T> {
    let text = text(batch, name, row)?;
    text.parse()
        .map_err(|_| Error::corrupt(name, format!("holds `{text}`, which is not an id")))
}

fn text<'b>(batch: &'b RecordBatch, name: &str, row: usize) -> Result<&'b str> {
    required(optional_text(batch, name, row)?, name)
}

fn optional_text<'b>(batch: &'b RecordBatch, name: &str, row: usize) -> Result<Option<&'b str>> {
    let values = typed::<StringArray>(batch, name)?;
    Ok(values.is_valid(row).then(|| values.value(row)))
}

fn int(batch: &RecordBatch, name: &str, row: usize) -> Result<Option<u32>> {
    let values = typed::<Int32Array>(batch, name)?;
    let value = values.is_valid(row).then(|| values.value(row));
    value
        .map(|value| required(u32::try_from(value).ok(), name))
        .transpose()
}

fn offset(batch: &RecordBatch, name: &str, row: usize) -> Result<usize> {
    let values = typed::<Int64Array>(batch, name)?;
    required(usize::try_from(values.value(row)).ok(), name)
}

fn list(batch: &RecordBatch, name: &str, row: usize) -> Result<ArrayRef> {
    Ok(typed::<ListArray>(batch, name)?.value(row))
}

fn typed<'b, A: Array + 'static>(batch: &'b RecordBatch, name: &str) -> Result<&'b A> {
    batch
        .column_by_name(name)
        .and_then(|column| column.as_any().downcast_ref::<A>())
        .ok_or_else(|| wrong_type(name))
}

fn wrong_type(name: &str) -> Error {
    Error::corrupt(
        name,
        "is missing or has another type than this build writes",
    )
}

fn required<T>(value: Option<T>, name: &str) -> Result<T> {
    value.ok_or_else(|| Error::corrupt(name, "holds a value outside its range"))
}
