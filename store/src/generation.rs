//! A generation says who made the vectors and the chunks: vectors of different models cannot
//! be compared, so they never share a table. It does not decide what to do about a change of
//! model: opening refuses, and re-embedding is another matter.

use footnote_ingest::id::derive;

use crate::schema::SCHEMA_VERSION;

/// Hexadecimal digits of the fingerprint that a table name carries.
const SHORT: usize = 12;

/// Everything that must be equal for two chunks to live in one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Embedding model with the hash of its weights, as in `all-MiniLM-L6-v2@sha256:8199…`.
    pub embedder: String,
    /// Numbers in one vector.
    pub dimension: usize,
    /// Chunker settings as one text; equal texts mean equal chunks.
    pub chunker: String,
    /// Layout of the table, [`SCHEMA_VERSION`] for what this build writes.
    pub schema: u32,
}

impl Generation {
    /// The generation that this build writes with the given embedder and chunker.
    pub fn new(embedder: impl Into<String>, dimension: usize, chunker: impl Into<String>) -> Self {
        Self {
            embedder: embedder.into(),
            dimension,
            chunker: chunker.into(),
            schema: SCHEMA_VERSION,
        }
    }

    /// 32 hexadecimal digits that change with every part.
    pub fn fingerprint(&self) -> String {
        let (dimension, schema) = (self.dimension.to_string(), self.schema.to_string());
        let parts = [&self.embedder, &dimension, &self.chunker, &schema];
        derive("", &parts.map(|part| part.as_bytes()))
    }

    /// Short name: `g` and 12 digits.
    pub fn name(&self) -> String {
        format!("g{:.SHORT$}", self.fingerprint())
    }

    /// Name of the table that holds this generation's chunks.
    pub fn table_name(&self) -> String {
        format!("chunks__{}", self.name())
    }

    /// Names version `version` of this generation's table: `g<12 digits>.v<version>`.
    pub fn index_version(&self, version: u64) -> String {
        format!("{}.v{version}", self.name())
    }

    /// Names of the parts in which `self` and `other` differ, in field order.
    pub fn differs_from(&self, other: &Self) -> Vec<&'static str> {
        [
            ("embedder", self.embedder != other.embedder),
            ("dimension", self.dimension != other.dimension),
            ("chunker", self.chunker != other.chunker),
            ("schema", self.schema != other.schema),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_changes_the_fingerprint() {
        let base = Generation::new("minilm@sha256:00", 384, "tokens=200");
        let others = [
            Generation::new("minilm@sha256:01", 384, "tokens=200"),
            Generation::new("minilm@sha256:00", 385, "tokens=200"),
            Generation::new("minilm@sha256:00", 384, "tokens=201"),
            Generation {
                schema: 0,
                ..base.clone()
            },
        ];
        let differs: Vec<_> = others
            .iter()
            .inspect(|other| assert_ne!(other.fingerprint(), base.fingerprint()))
            .map(|other| base.differs_from(other))
            .collect();
        assert_eq!(
            differs,
            [["embedder"], ["dimension"], ["chunker"], ["schema"]]
        );
    }

    #[test]
    fn the_table_name_is_safe_in_a_path() {
        let name = Generation::new("../../etc/passwd", 1, "'; --").table_name();
        assert_eq!(name.len(), "chunks__g".len() + SHORT);
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    }
}
