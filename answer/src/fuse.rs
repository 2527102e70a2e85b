//! Joins the two legs' rankings into one, by reciprocal rank fusion (Cormack, Clarke and
//! Büttcher, SIGIR 2009). Pure: the input scores are kept for explanation but only ranks
//! count, so legs whose scores live on different scales need no calibration.

use std::collections::BTreeMap;

use footnote_ingest::id::ChunkId;
use footnote_store::LegHit;

/// How the legs are weighed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fusion {
    /// The constant of the formula; smaller lets the first few ranks dominate.
    pub k: f32,
    /// Weight of the vector leg.
    pub vector: f32,
    /// Weight of the lexical leg.
    pub lexical: f32,
}

/// Where one leg put a chunk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Position, counted from 1.
    pub rank: usize,
    /// The leg's own score: cosine similarity or BM25.
    pub score: f32,
}

/// A chunk that at least one leg found.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The chunk.
    pub chunk_id: ChunkId,
    /// Where the vector leg put it, if it saw it.
    pub vector: Option<Place>,
    /// Where the lexical leg put it, if it saw it.
    pub lexical: Option<Place>,
    /// Sum over legs of `weight / (k + rank)`.
    pub fused: f32,
}

/// All candidates, best first; equal scores are ordered by chunk id.
pub fn fuse(vector: &[LegHit], lexical: &[LegHit], fusion: Fusion) -> Vec<Candidate> {
    let mut found: BTreeMap<&ChunkId, Candidate> = BTreeMap::new();
    for (place, hit) in places(vector) {
        entry(&mut found, hit).vector = Some(place);
    }
    for (place, hit) in places(lexical) {
        entry(&mut found, hit).lexical = Some(place);
    }
    let mut candidates: Vec<Candidate> = found.into_values().collect();
    for candidate in &mut candidates {
        candidate.fused = term(candidate.vector, fusion.vector, fusion.k)
            + term(candidate.lexical, fusion.lexical, fusion.k);
    }
    candidates.sort_by(|a, b| {
        b.fused
            .total_cmp(&a.fused)
            .then_with(|| a.chunk_id.cmp(&b.chunk_id))
    });
    candidates
}

/// One leg's contribution to the fused score; a leg that did not see the chunk adds nothing.
pub fn term(place: Option<Place>, weight: f32, k: f32) -> f32 {
    place.map_or(0.0, |place| weight / (k + place.rank as f32))
}

fn places(hits: &[LegHit]) -> impl Iterator<Item = (Place, &LegHit)> {
    hits.iter().enumerate().map(|(i, hit)| {
        let place = Place {
            rank: i + 1,
            score: hit.score,
        };
        (place, hit)
    })
}

fn entry<'m, 'h>(
    found: &'m mut BTreeMap<&'h ChunkId, Candidate>,
    hit: &'h LegHit,
) -> &'m mut Candidate {
    found.entry(&hit.chunk_id).or_insert_with(|| Candidate {
        chunk_id: hit.chunk_id.clone(),
        vector: None,
        lexical: None,
        fused: 0.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use footnote_ingest::{id::DocumentId, span::Span};
    use proptest::prelude::*;

    const EVEN: Fusion = Fusion {
        k: 10.0,
        vector: 1.0,
        lexical: 1.0,
    };

    fn leg(numbers: &[u8], score: f32) -> Vec<LegHit> {
        let mut seen = std::collections::BTreeSet::new();
        numbers
            .iter()
            .filter(|n| seen.insert(**n))
            .map(|n| LegHit {
                chunk_id: chunk(*n),
                score,
            })
            .collect()
    }

    fn chunk(n: u8) -> ChunkId {
        let document = DocumentId::derive("c", "u");
        ChunkId::derive(&document, Span::new(n.into(), n.into()), "")
    }

    proptest! {
        #[test]
        fn only_ranks_count(a in prop::collection::vec(0u8..20, 0..12), b in prop::collection::vec(0u8..20, 0..12), s in -5f32..5.0) {
            let ids = |c: Vec<Candidate>| c.into_iter().map(|c| c.chunk_id).collect::<Vec<_>>();
            prop_assert_eq!(
                ids(fuse(&leg(&a, 1.0), &leg(&b, 1.0), EVEN)),
                ids(fuse(&leg(&a, s), &leg(&b, -s), EVEN))
            );
        }

        #[test]
        fn every_found_chunk_appears_once_in_a_total_order(a in prop::collection::vec(0u8..20, 0..12), b in prop::collection::vec(0u8..20, 0..12)) {
            let fused = fuse(&leg(&a, 1.0), &leg(&b, 1.0), EVEN);
            let ids: std::collections::BTreeSet<_> = fused.iter().map(|c| &c.chunk_id).collect();
            let all: std::collections::BTreeSet<_> = a.iter().chain(&b).map(|n| chunk(*n)).collect();
            prop_assert_eq!(ids.len(), fused.len());
            prop_assert_eq!(ids.len(), all.len());
            prop_assert!(fused.windows(2).all(|w| w[0].fused > w[1].fused
                || (w[0].fused == w[1].fused && w[0].chunk_id < w[1].chunk_id)));
        }

        #[test]
        fn agreement_never_hurts(a in prop::collection::vec(0u8..20, 1..12)) {
            let alone = fuse(&leg(&a, 1.0), &[], EVEN);
            let both = fuse(&leg(&a, 1.0), &leg(&a[..1], 1.0), EVEN);
            prop_assert_eq!(&both[0].chunk_id, &chunk(a[0]));
            prop_assert!(both[0].fused > alone[0].fused);
        }
    }
}
