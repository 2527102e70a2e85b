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
pub const SCHEMA_VERSION: u32 = 1;

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
    pub(crate) const ORDINAL: &str = "ordinal";
    pub(crate) const PAGE: &str = "page";
    pub(crate) const CHAR_START: &str = "char_start";
    pub(crate) const CHAR_END: &str = "char_end";
    pub(crate) const HEADING_PATH: &str = "heading_path";
    /// The exact slice of the canonical text.
    pub(crate) const TEXT: &str = "text";
    /// What the full-text index reads; folded, never shown.
    pub(crate) const SEARCH_TEXT: &str = "search_text";
    pub(crate) const TOKENS: &str = "tokens";
    /// Offsets into the document, not into the chunk.
    pub(crate) const SENTENCE_STARTS: &str = "sentence_starts";
    pub(crate) const SENTENCE_ENDS: &str = "sentence_ends";
    /// Little-endian half floats, one vector after the other.
    pub(crate) const SENTENCE_VECTORS: &str = "sentence_vectors";
    pub(crate) const VECTOR: &str = "vector";
}

/// Time zone of both time columns.
pub(crate) const ZONE: &str = "UTC";

/// The Arrow schema of a table whose vectors have `dimension` numbers.
pub(crate) fn schema(dimension: i32) -> SchemaRef {
    use column::*;
    let list = |item| DataType::List(Arc::new(Field::new_list_field(item, true)));
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
        required(ORDINAL, DataType::Int32),
        optional(PAGE, DataType::Int32),
        required(CHAR_START, DataType::Int64),
        required(CHAR_END, DataType::Int64),
        required(HEADING_PATH, list(DataType::Utf8)),
        required(TEXT, DataType::Utf8),
        required(SEARCH_TEXT, DataType::Utf8),
        required(TOKENS, DataType::Int32),
        required(SENTENCE_STARTS, list(DataType::Int32)),
        required(SENTENCE_ENDS, list(DataType::Int32)),
        required(SENTENCE_VECTORS, DataType::LargeBinary),
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
