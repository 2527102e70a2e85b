//! Which changes are tried, and in which order.

use super::*;
use footnote_answer::fuse::Fusion;
use footnote_ingest::id::DocumentId;
use footnote_ingest::span::Span;
use footnote_store::{LegHit, Row};

fn chunk(n: usize) -> ChunkId {
    let document = DocumentId::derive("c", "u");
    ChunkId::derive(&document, Span::new(n, n), "")
}

fn leg(numbers: impl IntoIterator<Item = usize>) -> Vec<LegHit> {
    let hit = |n| LegHit {
        chunk_id: chunk(n),
        row: Row::default(),
        score: 1.0,
    };
    numbers.into_iter().map(hit).collect()
}

#[test]
fn settings_are_tried_on_the_deep_lists() {
    let lists = Lists {
        vector: leg(0..40),
        lexical: leg(100..140),
        closeness: std::collections::BTreeMap::new(),
        indexed: false,
    };
    let gold = BTreeSet::from([chunk(20)]);
    let trial = Trial {
        lists: &lists,
        gold: &gold,
    };
    let settings = |candidates, vector| SearchSettings {
        candidates,
        exact: false,
        fusion: Fusion {
            vector,
            ..Fusion::RANKS
        },
        bm25: footnote_answer::lexical::Bm25::MEASURED,
        rerank_depth: 0,
        collapse_duplicates: false,
    };
    assert!(!trial.holds(settings(20, 1.0), 10));
    assert!(!trial.holds(settings(50, 1.0), 10));
    assert!(trial.holds(settings(50, 1.0), 42));
    assert!(trial.holds(settings(50, 50.0), 21));
}
