//! Joins the two legs' rankings into one total order. Pure: what the chunks say is read by
//! [`crate::closeness`], and every term of a score can be shown ([`Fusion::terms`]).
//!
//! [`Method::Scores`] adds what is measured of each chunk: the cosine of the chunk and of its
//! best sentence, which mean the same for every question, and its lexical score as a share of
//! the best one found, because BM25 has no scale of its own. [`Method::Ranks`] is reciprocal
//! rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009), which looks at positions alone.

use std::collections::BTreeMap;

use footnote_ingest::id::ChunkId;
use footnote_store::{LegHit, Row};
use serde::{Deserialize, Serialize};

/// What is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Similarities and shares of the best lexical score.
    Scores,
    /// Positions in the two legs.
    Ranks,
}

/// How the legs are weighed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fusion {
    /// What is added up.
    pub method: Method,
    /// The constant of [`Method::Ranks`]; smaller lets the first few ranks dominate.
    pub k: f32,
    /// Weight of the vector leg: of the chunk's cosine, or of its rank.
    pub vector: f32,
    /// Weight of the cosine of the chunk's best sentence; not used by [`Method::Ranks`].
    pub sentence: f32,
    /// Weight of the lexical leg: of the share of the best score, or of the rank.
    pub lexical: f32,
}

impl Fusion {
    /// One setting for all of scifact, cacm, SQuAD 2 and HotpotQA; see the README.
    pub const MEASURED: Fusion = Fusion {
        method: Method::Scores,
        k: 10.0,
        vector: 0.5,
        sentence: 0.5,
        lexical: 0.44,
    };

    /// Reciprocal rank fusion with equal weights: the yardstick.
    pub const RANKS: Fusion = Fusion {
        method: Method::Ranks,
        k: 10.0,
        vector: 1.0,
        sentence: 0.0,
        lexical: 1.0,
    };
}

/// Where one leg, or the reranker, put a chunk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Position, counted from 1.
    pub rank: usize,
    /// Its own score: cosine similarity, BM25 or what the cross-encoder says.
    pub score: f32,
}

/// How close a chunk is to the question, read off the chunk itself and so known for chunks
/// that only one leg saw.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Closeness {
    /// Cosine of the chunk.
    pub cosine: f32,
    /// Cosine of its best sentence; the chunk's when it has none.
    pub sentence: f32,
    /// Its lexical score, 0 or more: see [`crate::lexical`].
    pub lexical: f32,
}

/// A chunk that at least one leg found.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The chunk.
    pub chunk_id: ChunkId,
    /// Where it stands in the snapshot.
    pub row: Row,
    /// Where the vector leg put it, if it saw it.
    pub vector: Option<Place>,
    /// Where the lexical leg put it, if it saw it.
    pub lexical: Option<Place>,
    /// How close it is; from the legs' scores alone where nobody looked.
    pub closeness: Closeness,
    /// Sum of [`Candidate::terms`].
    pub fused: f32,
    /// What `fused` is the sum of.
    pub terms: Terms,
    /// Position in the fused list, from 1.
    pub fused_rank: usize,
    /// Where the reranker put it, if it read it.
    pub rerank: Option<Place>,
}

/// The parts of a fused score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Terms {
    /// From the chunk's cosine or rank.
    pub vector: f32,
    /// From its best sentence.
    pub sentence: f32,
    /// From its words.
    pub lexical: f32,
}

impl Terms {
    fn sum(self) -> f32 {
        self.vector + self.sentence + self.lexical
    }
}

/// All candidates, best first; equal scores are ordered by chunk id.
///
/// `closeness` may lack chunks, or all: then the legs' own scores stand in, and a leg that
/// did not see a chunk gives it 0.
pub fn fuse(
    vector: &[LegHit],
    lexical: &[LegHit],
    closeness: &BTreeMap<ChunkId, Closeness>,
    fusion: Fusion,
) -> Vec<Candidate> {
    let mut candidates = merge(vector, lexical);
    for candidate in &mut candidates {
        let known = closeness.get(&candidate.chunk_id).copied();
        candidate.closeness = known.unwrap_or_else(|| candidate.as_the_legs_saw_it());
    }
    let lexical = candidates.iter().map(|c| c.closeness.lexical);
    let best = lexical.fold(0.0, f32::max);
    for candidate in &mut candidates {
        candidate.terms = fusion.terms(candidate, best);
        candidate.fused = candidate.terms.sum();
    }
    candidates.sort_by(|a, b| {
        b.fused
            .total_cmp(&a.fused)
            .then_with(|| a.chunk_id.cmp(&b.chunk_id))
    });
    for (at, candidate) in candidates.iter_mut().enumerate() {
        candidate.fused_rank = at + 1;
    }
    candidates
}

/// Every chunk of either leg once, with its places, by id.
fn merge(vector: &[LegHit], lexical: &[LegHit]) -> Vec<Candidate> {
    let mut found: BTreeMap<&ChunkId, Candidate> = BTreeMap::new();
    for (place, hit) in places(vector) {
        entry(&mut found, hit).vector = Some(place);
    }
    for (place, hit) in places(lexical) {
        entry(&mut found, hit).lexical = Some(place);
    }
    found.into_values().collect()
}

impl Fusion {
    /// What `candidate` earns when the best lexical score among the candidates is `best`.
    pub fn terms(&self, candidate: &Candidate, best: f32) -> Terms {
        match self.method {
            Method::Scores => self.by_score(candidate.closeness, best),
            Method::Ranks => Terms {
                vector: self.by_rank(candidate.vector, self.vector),
                sentence: 0.0,
                lexical: self.by_rank(candidate.lexical, self.lexical),
            },
        }
    }

    fn by_score(&self, closeness: Closeness, best: f32) -> Terms {
        let share = if best > 0.0 {
            closeness.lexical / best
        } else {
            0.0
        };
        Terms {
            vector: self.vector * closeness.cosine,
            sentence: self.sentence * closeness.sentence,
            lexical: self.lexical * share,
        }
    }

    fn by_rank(&self, place: Option<Place>, weight: f32) -> f32 {
        place.map_or(0.0, |place| weight / (self.k + place.rank as f32))
    }
}

impl Candidate {
    fn as_the_legs_saw_it(&self) -> Closeness {
        let score = |place: Option<Place>| place.map_or(0.0, |place| place.score);
        Closeness {
            cosine: score(self.vector),
            sentence: score(self.vector),
            lexical: score(self.lexical).max(0.0),
        }
    }
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
        row: hit.row,
        vector: None,
        lexical: None,
        closeness: Closeness::default(),
        fused: 0.0,
        terms: Terms::default(),
        fused_rank: 0,
        rerank: None,
    })
}

#[cfg(test)]
mod tests;
