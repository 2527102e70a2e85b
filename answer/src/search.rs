//! Search: embed the question, run both legs on one pinned snapshot, fetch what they found,
//! measure it, fuse, have the reranker read the first of it, where there is one, and drop copies. The same
//! function serves `POST /v1/search` and the first half of an answer, so what a search shows is
//! what an answer saw.

use std::collections::BTreeMap;

use footnote_ingest::embed::Embedder;
use footnote_ingest::id::ChunkId;
use footnote_ingest::worker::Worker;
use footnote_store::terms::QueryTerms;
use footnote_store::{Legs, Scope, Snapshot, Sought, StoredChunk};

use crate::clock::Clock;
use crate::closeness::measure;
use crate::collapse::{Copies, copies};
use crate::error::Error;
use crate::evidence::{Passage, dot};
use crate::fuse::{Candidate, Fusion, Method, fuse};
use crate::lexical::Bm25;
use crate::question::Question;
use crate::rerank::{Reranking, reorder};
use crate::trace::{self, SearchTrace};

/// Which legs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Both, fused.
    Hybrid,
    /// By meaning only.
    Vector,
    /// By words only.
    Lexical,
}

/// A search.
#[derive(Clone, Debug)]
pub struct Search {
    /// What is asked.
    pub question: Question,
    /// Where to look.
    pub scope: Scope,
    /// How many hits.
    pub k: usize,
    /// Which legs.
    pub mode: Mode,
}

/// How deep the legs go and how they are joined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchSettings {
    /// Candidates asked of each leg.
    pub candidates: usize,
    /// Compare every vector, also where an index is in between.
    pub exact: bool,
    /// The fusion.
    pub fusion: Fusion,
    /// The lexical score of fetched candidates.
    pub bm25: Bm25,
    /// Candidates of the fused list that the reranker reads, if there is one; 0 turns it off.
    pub rerank_depth: usize,
    /// Leave out candidates that say what a better one says.
    pub collapse_duplicates: bool,
}

/// The models that a search asks.
#[derive(Clone, Copy, Debug)]
pub struct Readers<'m> {
    /// Makes the question's vector.
    pub embedder: &'m Worker<Embedder>,
    /// Puts the first candidates in order, where configured.
    pub reranker: Option<&'m Reranking>,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The hits, best first: candidate and passage.
    pub hits: Vec<(Candidate, Passage)>,
    /// The question's vector.
    pub vector: Vec<f32>,
    /// How it came about.
    pub trace: SearchTrace,
}

/// Runs `search` on `snapshot`.
pub async fn search(
    readers: Readers<'_>,
    snapshot: &Snapshot,
    search: &Search,
    settings: SearchSettings,
    clock: &mut Clock,
) -> Result<Found, Error> {
    let vector = embed(readers.embedder, search.question.as_str()).await?;
    clock.lap("embed");
    let depth = settings.candidates.max(search.k);
    let sought = sought(search, &vector, settings);
    let legs = snapshot.legs(sought, &search.scope, depth).await?;
    let query = QueryTerms::of(search.question.as_str());
    let (terms, bm25) = (&snapshot.terms, settings.bm25);
    let looked_at = looked_at(search.mode, settings, &legs);
    let measured = measure(&query, &vector, looked_at, terms, bm25);
    let closeness = &measured.closeness;
    let mut candidates = fuse(&legs.vector, &legs.lexical, closeness, settings.fusion);
    let reranker = readers.reranker.filter(|_| settings.rerank_depth > 0);
    let read = reranker.map_or(0, |_| settings.rerank_depth);
    if let Some(reranker) = reranker {
        let question = search.question.as_str();
        let scores = reranker
            .scores(question, &candidates, &legs.chunks, read)
            .await?;
        reorder(&mut candidates, &scores);
    }
    let copies = match settings.collapse_duplicates {
        true => copies(&candidates, &legs.chunks, search.k),
        false => Copies::new(),
    };
    let trace = SearchTrace {
        version: trace::VERSION,
        index_version: snapshot.index_version(),
        lexical_terms: snapshot.query_terms(search.question.as_str())?,
        vector_input: search.question.as_str().to_owned(),
        vector: trace::leg(&legs.vector),
        lexical: trace::leg(&legs.lexical),
        fused: trace::fused(&candidates, &measured, &copies, search.k),
        candidates: depth,
        fusion: settings.fusion.into(),
        words: trace::words(&query, &measured, terms, bm25),
        rerank: reranker.map(|reranker| trace::RerankRow {
            model: reranker.model.clone(),
            depth: read,
        }),
    };
    candidates.retain(|candidate| !copies.contains_key(&candidate.chunk_id));
    let hits = passages(candidates, legs.chunks, search.k, &vector);
    clock.lap("search");
    Ok(Found {
        hits,
        vector,
        trace,
    })
}

async fn embed(embedder: &Worker<Embedder>, question: &str) -> Result<Vec<f32>, Error> {
    let question = question.to_owned();
    let embedding = embedder
        .run(move |model| model.query(&question))
        .await
        .map_err(|source| Error::Worker {
            model: "embedder",
            source,
        })??;
    Ok(embedding.as_slice().to_vec())
}

/// What the legs are given: a mode without a leg gives it nothing.
fn sought<'s>(search: &'s Search, vector: &'s [f32], settings: SearchSettings) -> Sought<'s> {
    let (by_meaning, by_words) = match search.mode {
        Mode::Hybrid => (true, true),
        Mode::Vector => (true, false),
        Mode::Lexical => (false, true),
    };
    Sought {
        vector: by_meaning.then_some(vector),
        words: by_words.then_some(search.question.as_str()),
        exact: settings.exact,
    }
}

/// The chunks that fusion by scores has to look at: those of both legs. A leg alone keeps its
/// own order, and ranks need no look.
fn looked_at(
    mode: Mode,
    settings: SearchSettings,
    legs: &Legs,
) -> impl Iterator<Item = &StoredChunk> + Clone {
    let all = mode == Mode::Hybrid && settings.fusion.method == Method::Scores;
    legs.chunks.values().take(if all { usize::MAX } else { 0 })
}

/// The first `k` candidates with their chunks. The similarity is worked out anew so that
/// chunks only the lexical leg saw have one too.
fn passages(
    candidates: Vec<Candidate>,
    mut chunks: BTreeMap<ChunkId, StoredChunk>,
    k: usize,
    vector: &[f32],
) -> Vec<(Candidate, Passage)> {
    let passages = candidates.into_iter().take(k).filter_map(|candidate| {
        let stored = chunks.remove(&candidate.chunk_id)?;
        let passage = Passage {
            cosine: dot(vector, &stored.vector),
            fused: candidate.fused,
            stored,
        };
        Some((candidate, passage))
    });
    passages.collect()
}
