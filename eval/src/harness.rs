//! Puts questions to an open store under several configurations of the search.
//!
//! What is timed is the production path at the `k` of production. Rankings go deeper than
//! that: after the hits come the remaining candidates in the order of the trace, so recall at
//! 50 needs no slower search. Configurations take turns at going first, question by question,
//! so that none profits from caches that another warmed.

use std::collections::BTreeMap;

use footnote_answer::engine::Engine;
use footnote_answer::error::Error;
use footnote_answer::question::Question;
use footnote_answer::search::{Found, Mode, Search, SearchSettings};
use footnote_ingest::id::ChunkId;
use footnote_store::{Scope, Snapshot};

/// One way to search.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Names it in reports.
    pub name: String,
    /// Which legs run.
    pub mode: Mode,
    /// Everything else that can be set.
    pub settings: SearchSettings,
    /// Hits asked for, where they are not as many as the job asks for.
    pub k: Option<usize>,
}

/// What to ask, and of what.
pub struct Job<'a> {
    /// The models.
    pub engine: &'a Engine,
    /// The index.
    pub snapshot: &'a Snapshot,
    /// Where to look.
    pub scope: &'a Scope,
    /// Hits asked for.
    pub k: usize,
    /// Questions by id.
    pub questions: &'a [(String, Question)],
}

/// What one configuration returned.
#[derive(Clone, Debug, Default)]
pub struct Ranking {
    /// Chunks by question, best first.
    pub chunks: BTreeMap<String, Vec<ChunkId>>,
    /// Milliseconds by stage, one for each question; `total` is their sum.
    pub millis: BTreeMap<String, Vec<f64>>,
}

/// Asks every question under each of `configurations`; `done` hears of each search.
///
/// # Errors
/// The first search that fails.
pub async fn run(
    job: &Job<'_>,
    configurations: &[Configuration],
    mut done: impl FnMut(),
) -> Result<Vec<Ranking>, Error> {
    let engines: Vec<Engine> = configurations
        .iter()
        .map(|configuration| {
            let mut engine = job.engine.clone();
            engine.settings.search = configuration.settings;
            engine
        })
        .collect();
    let mut rankings = vec![Ranking::default(); configurations.len()];
    if let Some((_, question)) = job.questions.first() {
        for (engine, configuration) in engines.iter().zip(configurations) {
            search(job, engine, configuration, question).await?;
        }
    }
    for (i, (id, question)) in job.questions.iter().enumerate() {
        for turn in 0..configurations.len() {
            let at = (i + turn) % configurations.len();
            let (found, laps) = search(job, &engines[at], &configurations[at], question).await?;
            rankings[at].add(id, &found, laps);
            done();
        }
    }
    Ok(rankings)
}

type Laps = Vec<(&'static str, f64)>;

async fn search(
    job: &Job<'_>,
    engine: &Engine,
    configuration: &Configuration,
    question: &Question,
) -> Result<(Found, Laps), Error> {
    let search = Search {
        question: question.clone(),
        scope: job.scope.clone(),
        k: configuration.k.unwrap_or(job.k),
        mode: configuration.mode,
    };
    let (found, clock) = engine.search(job.snapshot, &search).await?;
    let laps = clock.laps().iter();
    let laps = laps.map(|(stage, lap)| (*stage, lap.as_secs_f64() * 1e3));
    Ok((found, laps.collect()))
}

impl Ranking {
    fn add(&mut self, id: &str, found: &Found, laps: Laps) {
        let total: f64 = laps.iter().map(|(_, millis)| millis).sum();
        for (stage, millis) in laps.into_iter().chain([("total", total)]) {
            self.millis
                .entry(stage.to_owned())
                .or_default()
                .push(millis);
        }
        self.chunks.insert(id.to_owned(), ranked(found));
    }
}

/// The hits, then the candidates that were cut, best first.
fn ranked(found: &Found) -> Vec<ChunkId> {
    let hits = found.hits.iter().map(|(candidate, _)| &candidate.chunk_id);
    let mut ranked: Vec<ChunkId> = hits.cloned().collect();
    let shown = ranked.len();
    for row in found.trace.ranked() {
        if !ranked[..shown].contains(&row.chunk_id) {
            ranked.push(row.chunk_id.clone());
        }
    }
    ranked
}
