//! The reranker's turn: the first candidates of the fused list are read together with the
//! question, one by one, and put in the order of their scores. The rest stay behind them.
//!
//! It either runs or fails: going on in the fused order when it is busy would give the same
//! question another answer.

use std::collections::BTreeMap;

use footnote_ingest::chunk::embedding_text;
use footnote_ingest::id::ChunkId;
use footnote_ingest::rerank::Reranker;
use footnote_ingest::worker::Worker;
use footnote_store::StoredChunk;

use crate::error::Error;
use crate::fuse::{Candidate, Place};

/// A cross-encoder on its thread.
#[derive(Clone, Debug)]
pub struct Reranking {
    /// What scores are signed with.
    pub model: String,
    /// The model.
    pub worker: Worker<Reranker>,
}

impl Reranking {
    /// Scores of the first `depth` of `candidates`, in their order: how well title, headings
    /// and text, as they are indexed, answer `question`.
    ///
    /// # Errors
    /// The model failed, or its queue is full.
    pub async fn scores(
        &self,
        question: &str,
        candidates: &[Candidate],
        chunks: &BTreeMap<ChunkId, StoredChunk>,
        depth: usize,
    ) -> Result<Vec<f32>, Error> {
        let read = |candidate: &Candidate| {
            let stored = chunks.get(&candidate.chunk_id);
            stored.map_or_else(String::new, |stored| {
                embedding_text(&stored.title, &stored.chunk).0
            })
        };
        let texts: Vec<String> = candidates.iter().take(depth).map(read).collect();
        let question = question.to_owned();
        let scores = self
            .worker
            .run(move |model| model.scores(&question, &texts))
            .await;
        let failed = |source| Error::Worker {
            model: "reranker",
            source,
        };
        Ok(scores.map_err(failed)??)
    }
}

/// Puts the first candidates, one for each of `scores`, in the order of their scores and notes
/// place and score; equal scores keep the fused order, which is total.
pub fn reorder(candidates: &mut [Candidate], scores: &[f32]) {
    let scored = candidates.len().min(scores.len());
    let (head, _) = candidates.split_at_mut(scored);
    for (candidate, score) in head.iter_mut().zip(scores) {
        let score = *score;
        candidate.rerank = Some(Place { rank: 0, score });
    }
    let score = |candidate: &Candidate| candidate.rerank.map_or(f32::MIN, |place| place.score);
    head.sort_by(|a, b| {
        score(b)
            .total_cmp(&score(a))
            .then_with(|| a.fused_rank.cmp(&b.fused_rank))
    });
    for (at, candidate) in head.iter_mut().enumerate() {
        if let Some(place) = &mut candidate.rerank {
            place.rank = at + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use footnote_ingest::id::DocumentId;
    use footnote_ingest::span::Span;
    use footnote_store::{LegHit, Row};

    use super::*;
    use crate::fuse::{Fusion, fuse};

    /// Five candidates in the fused order 0 to 4, after `scores` have reordered them: which
    /// they are, and the rank and score that the reranker gave.
    #[track_caller]
    fn check(scores: &[f32], expected: [(usize, Option<(usize, f32)>); 5]) {
        let document = DocumentId::derive("c", "u");
        let leg: Vec<LegHit> = (0..5)
            .map(|n| LegHit {
                chunk_id: ChunkId::derive(&document, Span::new(n, n), ""),
                row: Row::default(),
                score: 1.0,
            })
            .collect();
        let mut candidates = fuse(&leg, &[], &BTreeMap::new(), Fusion::RANKS);
        reorder(&mut candidates, scores);
        let shown = candidates.iter().map(|candidate| {
            let place = candidate.rerank.map(|place| (place.rank, place.score));
            (candidate.fused_rank - 1, place)
        });
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_first_candidates_follow_their_scores_and_the_rest_stay_behind() {
        let (best, last) = (Some((1, 3.0)), Some((3, -1.0)));
        let middle = Some((2, 0.5));
        let expected = [(2, best), (0, middle), (1, last), (3, None), (4, None)];
        check(&[0.5, -1.0, 3.0], expected);
    }

    #[test]
    fn equal_scores_keep_the_fused_order() {
        let place = |rank, score| Some((rank, score));
        let expected = [
            (4, place(1, 2.0)),
            (0, place(2, 1.0)),
            (1, place(3, 1.0)),
            (2, place(4, 1.0)),
            (3, place(5, 1.0)),
        ];
        check(&[1.0, 1.0, 1.0, 1.0, 2.0], expected);
    }

    #[test]
    fn without_scores_nothing_moves() {
        let untouched = [0, 1, 2, 3, 4].map(|n| (n, None));
        check(&[], untouched);
    }
}
