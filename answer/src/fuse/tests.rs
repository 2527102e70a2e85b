//! Fusion is a total order that shows its terms; ranks and scores each decide where they should.

use std::collections::BTreeSet;

use super::*;
use footnote_ingest::{id::DocumentId, span::Span};
use proptest::prelude::*;

fn leg(numbers: &[u8], score: f32) -> Vec<LegHit> {
    let mut seen = BTreeSet::new();
    let fresh = numbers.iter().filter(|n| seen.insert(**n)).enumerate();
    fresh
        .map(|(i, n)| LegHit {
            chunk_id: chunk(*n),
            row: Row::default(),
            score: score / (i + 1) as f32,
        })
        .collect()
}

fn chunk(n: u8) -> ChunkId {
    let document = DocumentId::derive("c", "u");
    ChunkId::derive(&document, Span::new(n.into(), n.into()), "")
}

fn unseen() -> BTreeMap<ChunkId, Closeness> {
    BTreeMap::new()
}

fn ids(candidates: &[Candidate]) -> Vec<ChunkId> {
    candidates.iter().map(|c| c.chunk_id.clone()).collect()
}

fn numbers() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0u8..20, 0..12)
}

fn closeness() -> impl Strategy<Value = Closeness> {
    (-1f32..1.0, -1f32..1.0, 0f32..30.0).prop_map(|(cosine, sentence, lexical)| Closeness {
        cosine,
        sentence,
        lexical,
    })
}

proptest! {
    #[test]
    fn with_ranks_only_ranks_count(a in numbers(), b in numbers(), s in 0.1f32..5.0) {
        prop_assert_eq!(
            ids(&fuse(&leg(&a, 1.0), &leg(&b, 1.0), &unseen(), Fusion::RANKS)),
            ids(&fuse(&leg(&a, s), &leg(&b, 2.0 * s), &unseen(), Fusion::RANKS))
        );
    }

    #[test]
    fn with_scores_the_scale_of_the_lexical_leg_does_not_count(a in numbers(), b in numbers(), s in 1i32..5) {
        let scale = (2f32).powi(s);
        prop_assert_eq!(
            ids(&fuse(&leg(&a, 1.0), &leg(&b, 1.0), &unseen(), Fusion::MEASURED)),
            ids(&fuse(&leg(&a, 1.0), &leg(&b, scale), &unseen(), Fusion::MEASURED))
        );
    }

    #[test]
    fn every_found_chunk_appears_once_in_a_total_order(
        a in numbers(), b in numbers(), seen in prop::collection::vec(closeness(), 20), by_rank: bool
    ) {
        let fusion = if by_rank { Fusion::RANKS } else { Fusion::MEASURED };
        let closeness = (0u8..).map(chunk).zip(seen).collect();
        let fused = fuse(&leg(&a, 1.0), &leg(&b, 1.0), &closeness, fusion);
        let all: BTreeSet<_> = a.iter().chain(&b).map(|n| chunk(*n)).collect();
        prop_assert_eq!(ids(&fused).into_iter().collect::<BTreeSet<_>>().len(), fused.len());
        prop_assert_eq!(fused.len(), all.len());
        prop_assert!(fused.windows(2).all(|w| w[0].fused > w[1].fused
            || (w[0].fused == w[1].fused && w[0].chunk_id < w[1].chunk_id)));
    }

    #[test]
    fn the_terms_add_up_and_no_share_is_over_one(a in numbers(), seen in prop::collection::vec(closeness(), 20)) {
        let closeness = (0u8..).map(chunk).zip(seen).collect();
        for candidate in fuse(&leg(&a, 1.0), &[], &closeness, Fusion::MEASURED) {
            let terms = candidate.terms;
            prop_assert_eq!(candidate.fused, terms.vector + terms.sentence + terms.lexical);
            prop_assert!((0.0..=Fusion::MEASURED.lexical).contains(&terms.lexical));
        }
    }

    #[test]
    fn a_leg_alone_keeps_its_order(a in numbers()) {
        let hits = leg(&a, 1.0);
        let order: Vec<_> = hits.iter().map(|hit| hit.chunk_id.clone()).collect();
        for fusion in [Fusion::MEASURED, Fusion::RANKS] {
            prop_assert_eq!(ids(&fuse(&hits, &[], &unseen(), fusion)), order.clone());
            prop_assert_eq!(ids(&fuse(&[], &hits, &unseen(), fusion)), order.clone());
        }
    }

    #[test]
    fn being_closer_never_hurts(before in closeness(), more in 0.01f32..0.5, other in closeness(), what in 0..3) {
        let mut after = before;
        match what {
            0 => after.cosine += more,
            1 => after.sentence += more,
            _ => after.lexical += more,
        }
        let rank = |own: Closeness| {
            let closeness = [(chunk(0), own), (chunk(1), other)].into();
            let fused = fuse(&leg(&[0, 1], 1.0), &[], &closeness, Fusion::MEASURED);
            fused.iter().position(|c| c.chunk_id == chunk(0))
        };
        prop_assert!(rank(after) <= rank(before));
    }
}

#[test]
fn what_only_one_leg_saw_is_judged_by_what_it_says() {
    let close = |cosine, lexical| Closeness {
        cosine,
        sentence: cosine,
        lexical,
    };
    let closeness = [(chunk(1), close(0.3, 9.0)), (chunk(2), close(0.6, 8.0))].into();
    let fused = fuse(
        &leg(&[1], 1.0),
        &leg(&[2], 1.0),
        &closeness,
        Fusion::MEASURED,
    );
    assert_eq!(ids(&fused), [chunk(2), chunk(1)]);
    assert_eq!((fused[0].vector, fused[1].lexical), (None, None));
}
