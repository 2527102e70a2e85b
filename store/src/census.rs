//! What is counted of all chunks of one snapshot: their words and their collections. Kept up by
//! every commit from the rows that go and come, and from one process to the next by [`saved`].

pub(crate) mod saved;

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use futures::TryStreamExt;
use lancedb::Table;
use lancedb::query::{ExecutableQuery, QueryBase, Select};

use crate::error::{Error, Result};
use crate::record::texts;
use crate::schema::column;
use crate::terms::{Stems, TermStats};

/// The columns that are counted.
pub(crate) const COLUMNS: [&str; 2] = [column::SEARCH_TEXT, column::COLLECTION];

/// A chunk, as far as it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    search_text: String,
    collection: String,
}

/// The counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    /// How rare each word is.
    pub(crate) terms: TermStats,
    /// Chunks of each collection that has any.
    pub(crate) collections: BTreeMap<String, u64>,
}

impl Census {
    /// Counts every chunk of `table`, batch by batch.
    pub(crate) async fn of(table: &Table) -> Result<Self> {
        const WHAT: &str = "read the chunks";
        let query = table.query().select(Select::columns(&COLUMNS));
        let mut stream = query.execute().await.map_err(Error::index(WHAT))?;
        let (mut census, mut stems) = (Self::default(), Stems::new());
        while let Some(batch) = stream.try_next().await.map_err(Error::index(WHAT))? {
            for chunk in counted(&batch)? {
                census.add(&mut stems, &chunk);
            }
        }
        Ok(census)
    }

    /// The counts after `outgoing` went and `incoming` came.
    pub(crate) fn after(mut self, outgoing: &[Counted], incoming: &[Counted]) -> Self {
        let mut stems = Stems::new();
        incoming
            .iter()
            .for_each(|chunk| self.add(&mut stems, chunk));
        outgoing
            .iter()
            .for_each(|chunk| self.subtract(&mut stems, chunk));
        self
    }

    fn add(&mut self, stems: &mut Stems, chunk: &Counted) {
        self.terms.add(stems, &chunk.search_text);
        *self
            .collections
            .entry(chunk.collection.clone())
            .or_insert(0) += 1;
    }

    fn subtract(&mut self, stems: &mut Stems, chunk: &Counted) {
        self.terms.subtract(stems, &chunk.search_text);
        match self.collections.get_mut(&chunk.collection) {
            Some(chunks) if *chunks > 1 => *chunks -= 1,
            _ => drop(self.collections.remove(&chunk.collection)),
        }
    }
}

/// The chunks of a batch that has [`COLUMNS`].
pub(crate) fn counted(batch: &RecordBatch) -> Result<Vec<Counted>> {
    let collections = texts(batch, column::COLLECTION)?;
    let rows = texts(batch, column::SEARCH_TEXT)?.zip(collections);
    Ok(rows
        .map(|(search_text, collection)| Counted {
            search_text: search_text.to_owned(),
            collection: collection.to_owned(),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(search_text: &str, collection: &str) -> Counted {
        Counted {
            search_text: search_text.to_owned(),
            collection: collection.to_owned(),
        }
    }

    #[test]
    fn a_collection_is_known_while_it_has_chunks() {
        let (one, two) = (chunk("annual leave", "hr"), chunk("sick leave", "hr"));
        let other = chunk("pump", "ops");
        let census = Census::default().after(&[], &[one.clone(), two.clone(), other.clone()]);
        assert_eq!(census.collections["hr"], 2);
        let census = census.after(&[one, other], &[]);
        assert_eq!(census, Census::default().after(&[], &[two]));
    }
}
