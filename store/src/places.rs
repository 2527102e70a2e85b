//! Where every chunk comes from, without its text or vectors: what an evaluation compares
//! found chunks with. Reads five narrow columns of the whole table, once for a whole run.

use footnote_ingest::id::ChunkId;
use footnote_ingest::span::Span;
use lancedb::query::{QueryBase, Select};

use crate::error::Result;
use crate::record;
use crate::schema::column;
use crate::snapshot::{Snapshot, batches};

/// A chunk's document and its place in there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The chunk.
    pub chunk_id: ChunkId,
    /// Collection of its document.
    pub collection: String,
    /// Name of its document inside the collection.
    pub uri: String,
    /// What it covers of the document's canonical text.
    pub span: Span,
}

impl Snapshot {
    /// The places of all chunks, by id.
    pub async fn places(&self) -> Result<Vec<Place>> {
        let columns = [
            column::CHUNK_ID,
            column::COLLECTION,
            column::URI,
            column::CHAR_START,
            column::CHAR_END,
        ];
        let query = self.table.query().select(Select::columns(&columns));
        let mut places = Vec::new();
        for batch in batches(query, "read the places of chunks").await? {
            places.extend(record::places(&batch)?);
        }
        places.sort_by(|a, b| a.chunk_id.cmp(&b.chunk_id));
        Ok(places)
    }
}
