//! Search: embed the question, run both legs on one pinned snapshot, fuse, fetch. The same
//! function serves `POST /v1/search` and the first half of an answer, so what a search shows
//! is what an answer saw.

use footnote_ingest::embed::Embedder;
use footnote_ingest::worker::Worker;
use footnote_store::{Scope, Snapshot};

use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::{Passage, dot};
use crate::fuse::{Candidate, Fusion, fuse};
use crate::question::Question;
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
    /// The fusion.
    pub fusion: Fusion,
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
    embedder: &Worker<Embedder>,
    snapshot: &Snapshot,
    search: &Search,
    settings: SearchSettings,
    clock: &mut Clock,
) -> Result<Found, Error> {
    let vector = embed(embedder, search.question.as_str()).await?;
    clock.lap("embed");
    let depth = settings.candidates.max(search.k);
    let (by_meaning, by_words) = tokio::try_join!(
        async {
            match search.mode {
                Mode::Lexical => Ok(Vec::new()),
                Mode::Hybrid | Mode::Vector => {
                    snapshot.nearest(&vector, &search.scope, depth).await
                }
            }
        },
        async {
            match search.mode {
                Mode::Vector => Ok(Vec::new()),
                Mode::Hybrid | Mode::Lexical => {
                    let question = search.question.as_str();
                    snapshot.matching(question, &search.scope, depth).await
                }
            }
        },
    )?;
    let candidates = fuse(&by_meaning, &by_words, settings.fusion);
    let trace = SearchTrace {
        version: trace::VERSION,
        index_version: snapshot.index_version(),
        lexical_terms: snapshot.query_terms(search.question.as_str())?,
        vector_input: search.question.as_str().to_owned(),
        vector: trace::leg(&by_meaning),
        lexical: trace::leg(&by_words),
        fused: trace::fused(&candidates, settings.fusion, search.k),
        candidates: depth,
        fusion: settings.fusion.into(),
    };
    let hits = fetch(snapshot, candidates, search.k, &vector).await?;
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

/// Reads the first `k` candidates' chunks; the similarity is recomputed so that chunks only
/// the lexical leg saw have one too.
async fn fetch(
    snapshot: &Snapshot,
    mut candidates: Vec<Candidate>,
    k: usize,
    vector: &[f32],
) -> Result<Vec<(Candidate, Passage)>, Error> {
    candidates.truncate(k);
    let ids: Vec<_> = candidates.iter().map(|c| c.chunk_id.clone()).collect();
    let chunks = snapshot.fetch(&ids).await?;
    let passages = candidates
        .into_iter()
        .zip(chunks)
        .map(|(candidate, stored)| {
            let passage = Passage {
                cosine: dot(vector, &stored.vector),
                fused: candidate.fused,
                stored,
            };
            (candidate, passage)
        });
    Ok(passages.collect())
}
