//! The layout of a chunks table: one row per chunk, with the few columns of its document
//! repeated on it, so that a filter, a hit and a citation need no second table and one commit
//! changes a document as a whole.
//!
//! There is deliberately no scalar index on `chunk_id`: it would route LanceDB's merge to its
//! older plan, which forgets to detect keys inserted twice.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// Version of the layout below and of the analysis behind `search_text`. Part of the
/// generation: raise it with any change to either.
pub const SCHEMA_VERSION: u32 = 2;

/// Column names, each once.
pub(crate) mod column {
    pub(crate) const CHUNK_ID: &str = "chunk_id";
    pub(crate) const DOCUMENT_ID: &str = "document_id";
    pub(crate) const DOCUMENT_VERSION: &str = "document_version";
    pub(crate) const COLLECTION: &str = "collection";
    pub(crate) const URI: &str = "uri";
    pub(crate) const TITLE: &str = "title";
    pub(crate) const MEDIA_TYPE: &str = "media_type";
    pub(crate) const LANGUAGE: &str = "language";
    /// JSON text of an object.
    pub(crate) const METADATA: &str = "metadata";
    pub(crate) const CREATED_AT: &str = "created_at";
    pub(crate) const UPDATED_AT: &str = "updated_at";
    pub(crate) const PAGE: &str = "page";
    pub(crate) const CHAR_START: &str = "char_start";
    pub(crate) const CHAR_END: &str = "char_end";
    /// What the full-text index reads; folded, never shown.
    pub(crate) const SEARCH_TEXT: &str = "search_text";
    /// The whole chunk as one value; columns of their own have what conditions and scans need.
    pub(crate) const RECORD: &str = "record";
    pub(crate) const VECTOR: &str = "vector";
}

/// Time zone of both time columns.
pub(crate) const ZONE: &str = "UTC";

/// The Arrow schema of a table whose vectors have `dimension` numbers.
pub(crate) fn schema(dimension: i32) -> SchemaRef {
    use column::*;
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some(ZONE.into()));
    let required = |name: &str, kind: DataType| Field::new(name, kind, false);
    let optional = |name: &str, kind: DataType| Field::new(name, kind, true);
    Arc::new(Schema::new(vec![
        required(CHUNK_ID, DataType::Utf8),
        required(DOCUMENT_ID, DataType::Utf8),
        required(DOCUMENT_VERSION, DataType::Utf8),
        required(COLLECTION, DataType::Utf8),
        required(URI, DataType::Utf8),
        required(TITLE, DataType::Utf8),
        required(MEDIA_TYPE, DataType::Utf8),
        optional(LANGUAGE, DataType::Utf8),
        required(METADATA, DataType::Utf8),
        required(CREATED_AT, time.clone()),
        required(UPDATED_AT, time),
        optional(PAGE, DataType::Int32),
        required(CHAR_START, DataType::Int64),
        required(CHAR_END, DataType::Int64),
        required(SEARCH_TEXT, DataType::Utf8),
        required(RECORD, DataType::LargeBinary),
        required(VECTOR, vector(dimension)),
    ]))
}

/// The type of the vector column.
pub(crate) fn vector(dimension: i32) -> DataType {
    DataType::FixedSizeList(
        Arc::new(Field::new_list_field(DataType::Float32, true)),
        dimension,
    )
}
