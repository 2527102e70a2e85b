//! Reads how close fetched chunks are to a question: cosines of the chunk and of its best
//! sentence, and the lexical score of its words. Pure; only the few chunks that a leg brought
//! up come here.

use std::collections::BTreeMap;

use footnote_ingest::chunk::embedding_text;
use footnote_ingest::id::ChunkId;
use footnote_store::StoredChunk;
use footnote_store::terms::{Counter, Counts, QueryTerms, TermStats};

use crate::evidence::dot;
use crate::fuse::Closeness;
use crate::lexical::{Bm25, Worth};

/// The chunks of a search, measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// How close each chunk is.
    pub closeness: BTreeMap<ChunkId, Closeness>,
    /// How often each has the question's words.
    pub counts: BTreeMap<ChunkId, Counts>,
    /// What each word was worth.
    pub worth: Worth,
}

/// Measures `chunks` against `query` and the question's `vector`, which has unit length.
///
/// The text whose words count is the indexed one: title, headings and text.
pub fn measure<'c>(
    query: &QueryTerms,
    vector: &[f32],
    chunks: impl Iterator<Item = &'c StoredChunk> + Clone,
    stats: &TermStats,
    bm25: Bm25,
) -> Measured {
    let mut counter = Counter::new(query);
    let counts: Vec<Counts> = chunks
        .clone()
        .map(|stored| counter.count(&embedding_text(&stored.title, &stored.chunk).0))
        .collect();
    let worth = Worth::of(query, &counts, stats, bm25);
    let close = |(stored, counts): (&StoredChunk, &Counts)| {
        let cosine = dot(vector, &stored.vector);
        let closeness = Closeness {
            cosine,
            sentence: best_sentence(vector, stored).unwrap_or(cosine),
            lexical: worth.score(counts, stats.mean_words(), bm25),
        };
        (stored.chunk.id.clone(), closeness)
    };
    let closeness = chunks.clone().zip(&counts).map(close).collect();
    let ids = chunks.map(|stored| stored.chunk.id.clone());
    Measured {
        closeness,
        counts: ids.zip(counts).collect(),
        worth,
    }
}

/// The greatest cosine of any sentence; `None` for a chunk without sentences.
fn best_sentence(vector: &[f32], stored: &StoredChunk) -> Option<f32> {
    let cosines = stored.sentence_vectors.iter().map(|own| dot(vector, own));
    cosines.max_by(f32::total_cmp)
}
