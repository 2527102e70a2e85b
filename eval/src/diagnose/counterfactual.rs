//! What would have been, had one thing been otherwise. Candidates come from memory; each is
//! then run for real, smallest first, within the time that was granted. Where no single change
//! suffices, the first that brings the passage into the context is gone on from.

use std::time::Instant;

use footnote_answer::Error;
use footnote_answer::ask::{Ask, Settings, Wording};
use footnote_answer::engine::Engine;
use footnote_store::{Filter, Snapshot};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::candidates::candidates;
use super::change::Change;
use super::funnel::Scene;
use super::observe::with;
use super::scene::{Sought, observe};
use super::stage::{Row, Stage, Status, blame};

/// One changed run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Counterfactual {
    /// What was changed.
    pub change: Map<String, Value>,
    /// Rank of the expected passage among the hits, from 1.
    pub rank: Option<usize>,
    /// Whether the expected sentence was among those quoted or given to the model.
    pub in_context: bool,
    /// Whether the expectation was met.
    pub answer_ok: bool,
    /// How long question to answer took, in milliseconds.
    pub latency_ms: u64,
    /// The same against the run as it is.
    pub latency_delta_ms: i64,
}

/// Changes that were tried, and those that bring the passage back.
#[derive(Default)]
pub struct Tried {
    /// Every run, in the order they were made.
    pub runs: Vec<Counterfactual>,
    /// Changes that met the expectation, the best first.
    pub cures: Vec<Vec<Change>>,
}

/// Cures after which the search for more ends.
const ENOUGH_CURES: usize = 2;
/// Changes tried of each round.
const MOST_TRIED: usize = 8;

/// The engine, the index, and until when changes may be tried.
#[derive(Clone, Copy)]
pub struct Bench<'b> {
    /// As configured.
    pub engine: &'b Engine,
    /// The index.
    pub snapshot: &'b Snapshot,
    /// No run begins after it.
    pub until: Instant,
}

/// Tries changes against what `funnel` says was lost.
pub async fn explore(bench: Bench<'_>, scene: &Scene<'_>, funnel: &[Row]) -> Result<Tried, Error> {
    let mut tried = Tried::default();
    let partial = try_each(bench, scene, scene, funnel, &[], &mut tried).await?;
    if tried.cures.is_empty() {
        for (changes, halfway, rows) in partial.into_iter().take(2) {
            try_each(bench, scene, &halfway, &rows, &changes, &mut tried).await?;
        }
    }
    oracle(bench, scene, &mut tried).await?;
    Ok(tried)
}

type Halfway<'s> = (Vec<Change>, Scene<'s>, Vec<Row>);

/// Tries the candidates of `from`, which was reached by the changes `so_far`; returns those
/// runs that came further without arriving.
async fn try_each<'s>(
    bench: Bench<'_>,
    base: &Scene<'s>,
    from: &Scene<'s>,
    funnel: &[Row],
    so_far: &[Change],
    tried: &mut Tried,
) -> Result<Vec<Halfway<'s>>, Error> {
    let mut further = Vec::new();
    let (lost_at, _) = blame(funnel);
    let cures = tried.cures.len();
    for change in candidates(from, funnel).into_iter().take(MOST_TRIED) {
        if Instant::now() >= bench.until || tried.cures.len() >= cures + ENOUGH_CURES {
            break;
        }
        let (ask, settings) = change.apply(&from.ask, from.settings);
        let changes: Vec<Change> = so_far.iter().cloned().chain([change]).collect();
        let (run, scene, rows) = rerun(bench, base, ask, settings, &changes).await?;
        if run.answer_ok {
            tried.cures.push(changes);
        } else if blame(&rows).0 > lost_at {
            further.push((changes, scene, rows));
        }
        tried.runs.push(run);
    }
    Ok(further)
}

async fn rerun<'s>(
    bench: Bench<'_>,
    base: &Scene<'s>,
    ask: Ask,
    settings: Settings,
    changes: &[Change],
) -> Result<(Counterfactual, Scene<'s>, Vec<Row>), Error> {
    let sought = Sought {
        expected: base.expected,
        gold: base.gold,
        outside: base.outside,
    };
    let engine = with(bench.engine, settings);
    let scene = observe(&engine, bench.snapshot, ask, sought).await?;
    let rows = scene.funnel();
    let patch = changes.iter().flat_map(Change::patch).collect();
    Ok((counterfactual(base, &scene, &rows, patch), scene, rows))
}

fn counterfactual(
    base: &Scene<'_>,
    scene: &Scene<'_>,
    rows: &[Row],
    change: Map<String, Value>,
) -> Counterfactual {
    let (now, before) = (scene.run.latency_ms, base.run.latency_ms);
    let kept = rows
        .iter()
        .any(|row| row.stage == Stage::Context && row.status == Status::Pass);
    Counterfactual {
        change,
        rank: scene.hit(),
        in_context: kept && scene.hit().is_some(),
        answer_ok: scene.met().all(),
        latency_ms: now,
        latency_delta_ms: i64::try_from(now).unwrap_or(i64::MAX)
            - i64::try_from(before).unwrap_or(i64::MAX),
    }
}

/// Nothing but the expected documents to read: if even that does not answer, the search is not
/// to blame alone.
async fn oracle(bench: Bench<'_>, base: &Scene<'_>, tried: &mut Tried) -> Result<(), Error> {
    let uris: Vec<&str> = base
        .gold
        .documents
        .iter()
        .map(|document| document.row.uri.as_str())
        .collect();
    let only = json!({ "field": "uri", "op": "in", "value": uris });
    let (Ok(filter), true) = (Filter::parse(&only), !base.gold.chunks.is_empty()) else {
        return Ok(());
    };
    if Instant::now() >= bench.until {
        return Ok(());
    }
    let (mut ask, settings) = (base.ask.clone(), base.settings);
    ask.search.scope.filter = Some(filter);
    ask.search.scope.collections = base
        .gold
        .documents
        .iter()
        .map(|document| document.row.collection.clone())
        .collect();
    let engine = with(bench.engine, settings);
    let sought = Sought {
        expected: base.expected,
        gold: base.gold,
        outside: base.outside,
    };
    let scene = observe(&engine, bench.snapshot, ask, sought).await?;
    let change = Map::from_iter([("filter".to_owned(), only)]);
    let rows = scene.funnel();
    tried.runs.push(counterfactual(base, &scene, &rows, change));
    Ok(())
}

/// Whether trying anything makes sense: what is not in the index, no setting brings back.
pub fn worth_trying(scene: &Scene<'_>) -> bool {
    let generator_missing = scene.ask.wording == Wording::Generate && scene.run.answered.is_none();
    !scene.met().all() && (!scene.gold.chunks.is_empty() || generator_missing)
}
