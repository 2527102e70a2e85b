//! Arrow rows back as [`StoredChunk`]s. Every column is looked up by name and checked for its
//! type and its nulls: a table written by another build is an error here, never a panic.

use std::str::FromStr;

use arrow::array::{
    Array, AsArray, FixedSizeListArray, Int64Array, LargeBinaryArray, RecordBatch, StringArray,
    UInt64Array,
};
use arrow::datatypes::Float32Type;
use footnote_ingest::span::Span;

use super::{StoredChunk, packed};
use crate::error::{Error, Result};
use crate::places::Place;
use crate::schema::column;

/// The columns that [`decode`] reads.
pub(crate) const COLUMNS: [&str; 2] = [column::RECORD, column::VECTOR];

/// All rows of `batch`, in its order.
pub(crate) fn decode(batch: &RecordBatch) -> Result<Vec<StoredChunk>> {
    (0..batch.num_rows())
        .map(|row| stored_chunk(batch, row))
        .collect()
}

/// The chunks' texts, in row order.
pub(crate) fn record_texts(batch: &RecordBatch) -> Result<Vec<String>> {
    let records = typed::<LargeBinaryArray>(batch, column::RECORD)?.iter();
    records.flatten().map(packed::text).collect()
}

/// Where the rows stand, in row order.
pub(crate) fn rows(batch: &RecordBatch) -> Result<&[u64]> {
    typed::<UInt64Array>(batch, "_rowid").map(|rows| &rows.values()[..])
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
    let bytes = typed::<LargeBinaryArray>(batch, column::RECORD)?.value(row);
    packed::unpack(bytes, vector(batch, row)?)
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

fn id<T: FromStr>(batch: &RecordBatch, name: &str, row: usize) -> Result<T> {
    let text = text(batch, name, row)?;
    text.parse()
        .map_err(|_| Error::corrupt(name, format!("holds `{text}`, which is not an id")))
}

fn text<'b>(batch: &'b RecordBatch, name: &str, row: usize) -> Result<&'b str> {
    let values = typed::<StringArray>(batch, name)?;
    required(values.is_valid(row).then(|| values.value(row)), name)
}

fn offset(batch: &RecordBatch, name: &str, row: usize) -> Result<usize> {
    let values = typed::<Int64Array>(batch, name)?;
    required(usize::try_from(values.value(row)).ok(), name)
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
