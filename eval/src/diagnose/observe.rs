//! The production path, run with everything written down: the search and the answer as they
//! are, both legs a thousand candidates deep, and every sentence with its score. The one place
//! that knows how the answer stage is called.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use footnote_answer::ask::{Ask, Wording};
use footnote_answer::closeness::measure;
use footnote_answer::engine::{Answered, Engine};
use footnote_answer::fuse::{Closeness, Method, fuse};
use footnote_answer::search::{Found, Mode, SearchSettings};
use footnote_answer::trace::LegRow;
use footnote_answer::{Error, ask::Settings};
use footnote_ingest::id::ChunkId;
use footnote_store::terms::QueryTerms;
use footnote_store::{LegHit, Row, Snapshot};

/// Depth of the lists that settings are tried out on.
pub const DEEP: usize = 1_000;

/// One run of the production path.
pub struct Run {
    /// The search: hits, question vector, trace.
    pub found: Found,
    /// The answer; `None` when the generator that was asked for is missing.
    pub answered: Option<Answered>,
    /// Milliseconds from question to answer.
    pub latency_ms: u64,
}

/// Runs the question through search and answer.
pub async fn run(engine: &Engine, snapshot: &Snapshot, ask: &Ask) -> Result<Run, Error> {
    let (found, _) = engine.search(snapshot, &ask.search).await?;
    let started = Instant::now();
    let answered = match engine.ask(snapshot, ask).await {
        Ok(answered) => Some(answered),
        Err(Error::NoGenerator) => None,
        Err(error) => return Err(error),
    };
    Ok(Run {
        found,
        answered,
        latency_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

/// The same with other settings.
pub fn with(engine: &Engine, settings: Settings) -> Engine {
    Engine {
        settings,
        ..engine.clone()
    }
}

/// Both legs, [`DEEP`] candidates each, in the scope of the search.
pub struct Lists {
    /// By meaning, every vector compared.
    pub vector: Vec<LegHit>,
    /// By words.
    pub lexical: Vec<LegHit>,
    /// What the chunks themselves say, for the first [`MEASURED`] of each; nothing where
    /// fusion goes by ranks.
    pub closeness: BTreeMap<ChunkId, Closeness>,
    /// Whether production asks an index that may miss some of `vector`.
    pub indexed: bool,
}

/// Candidates of each leg that are read: deeper ones are only ranked.
pub const MEASURED: usize = 300;

impl Lists {
    /// Runs the legs that `ask` runs.
    pub async fn of(
        snapshot: &Snapshot,
        ask: &Ask,
        vector: &[f32],
        settings: SearchSettings,
    ) -> Result<Self, Error> {
        let (mode, scope) = (ask.search.mode, &ask.search.scope);
        let mut lists = Self {
            closeness: BTreeMap::new(),
            indexed: snapshot.vector_index.is_some(),
            vector: match mode {
                Mode::Lexical => Vec::new(),
                Mode::Hybrid | Mode::Vector => snapshot.nearest_exact(vector, scope, DEEP).await?,
            },
            lexical: match mode {
                Mode::Vector => Vec::new(),
                Mode::Hybrid | Mode::Lexical => {
                    let question = ask.search.question.as_str();
                    snapshot.matching(question, scope, DEEP).await?
                }
            },
        };
        if mode == Mode::Hybrid && settings.fusion.method == Method::Scores {
            let legs = [&lists.vector, &lists.lexical].map(|leg| top(leg, MEASURED));
            let rows: BTreeSet<Row> = legs.into_iter().flatten().map(|hit| hit.row).collect();
            let chunks = snapshot.read(&rows.into_iter().collect::<Vec<_>>()).await?;
            let query = QueryTerms::of(ask.search.question.as_str());
            let measured = measure(
                &query,
                vector,
                chunks.iter(),
                &snapshot.terms,
                settings.bm25,
            );
            lists.closeness = measured.closeness;
        }
        Ok(lists)
    }

    /// Where fusion under `settings` would put the best of `gold` when `k` hits are asked for.
    pub fn fused(
        &self,
        gold: &BTreeSet<ChunkId>,
        settings: SearchSettings,
        k: usize,
    ) -> Option<usize> {
        let depth = settings.candidates.max(k).min(MEASURED);
        let (vector, lexical) = (top(&self.vector, depth), top(&self.lexical, depth));
        let fused = fuse(vector, lexical, &self.closeness, settings.fusion);
        let at = fused.iter().position(|c| gold.contains(&c.chunk_id));
        at.map(|at| at + 1)
    }
}

fn top(leg: &[LegHit], depth: usize) -> &[LegHit] {
    &leg[..depth.min(leg.len())]
}

/// Where the best of `gold` stands in a list, from 1, and its score.
pub fn best<'l>(
    list: impl IntoIterator<Item = (&'l ChunkId, f32)>,
    gold: &BTreeSet<ChunkId>,
) -> Option<(usize, f32)> {
    list.into_iter()
        .enumerate()
        .find(|(_, (id, _))| gold.contains(*id))
        .map(|(at, (_, score))| (at + 1, score))
}

/// The entries of a deep list.
pub fn hits(list: &[LegHit]) -> impl Iterator<Item = (&ChunkId, f32)> {
    list.iter().map(|hit| (&hit.chunk_id, hit.score))
}

/// The entries of a list as the trace has it.
pub fn rows(list: &[LegRow]) -> impl Iterator<Item = (&ChunkId, f32)> {
    list.iter().map(|row| (&row.chunk_id, row.score))
}

/// The same question, quoted and not worded.
pub fn quoting(ask: &Ask) -> Ask {
    Ask {
        wording: Wording::Extractive,
        ..ask.clone()
    }
}
