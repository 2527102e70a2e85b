//! Why was it not found? Takes a question and what should have come of it, follows the expected
//! words through every stage of the production path, names the first stage that lost them, and
//! tries which smallest change brings them back.
//!
//! | stage | fails when |
//! |---|---|
//! | `ingested` | no document of that name or with these words is stored; or an older one is, while the newest was refused or is still to come |
//! | `extracted` | the stored text has fewer than 80 % of the passage's five-word shingles, or does not state the expected answer |
//! | `chunked` | no chunk covers the words; or none holds 80 % of them (and the answer, where one is expected), in one piece they would rank among the `k` by meaning, and either the needed piece does not or a sentence is cut |
//! | `indexed` | the index has another version of the document than the ledger, lacks the chunks with the words, or has no usable vector for them |
//! | `filter` | the scope (collections and filter) lets none of the chunks through |
//! | `vector_rank` | comparing every vector, the best chunk ranks behind `search.candidates`, the hits lack it, and they would have it if this leg had it first, or the other leg does not list it either |
//! | `ann` | the vector index lost a chunk that comparing every vector lists, and the hits lack it; skipped while every vector is compared |
//! | `lexical_rank` | as `vector_rank`, for BM25 |
//! | `fusion` | a leg lists a chunk, and the fused list has it behind `k`, and the hits lack it |
//! | `rerank` | the fused list has a chunk among the first `k`, and the reranker put it behind them; skipped while there is no reranker |
//! | `context` | the chunk is among the hits and none of the expected sentences is selected |
//! | `gate` | the chunk is among the hits and the confidence is below the threshold |
//! | `generator` | the sentence was selected and let through, and the model's words lack what quotes say; or neither says it; or there is no model although it was asked for |
//! | `verifier` | the model said what was expected and was not allowed to |
//!
//! An expectation is met when a citation lies in the expected document or passage and the
//! answer states the expected answer; parts that were not given do not count. Then nothing failed, whatever a stage missed. Stages that were not reached are
//! skipped. Expected chunks are all that hold a part of the words; the best placed one counts.
//!
//! | module | answers |
//! |---|---|
//! | [`text`] | do these words stand in that text? |
//! | [`expected`], [`gold`], [`mod@locate`], [`outside`] | what is looked for, and where is it? |
//! | [`mod@observe`], [`scene`], [`clauses`] | what does the production path do? |
//! | [`funnel`], [`stage`] | which stage lost it? |
//! | [`change`], [`candidates`], [`counterfactual`] | what brings it back? |
//! | [`mod@suggest`] | what is to be done? |
//! | [`effect`], [`others`] | what does that do to other questions? |

pub mod candidates;
pub mod change;
pub mod clauses;
pub mod counterfactual;
pub mod effect;
pub mod expected;
pub mod funnel;
pub mod gold;
pub mod locate;
pub mod observe;
pub mod others;
pub mod outside;
pub mod scene;
pub mod stage;
pub mod suggest;
pub mod text;

use std::time::{Duration, Instant};

use footnote_answer::Error;
use footnote_answer::ask::Ask;
use footnote_answer::engine::Engine;
use footnote_answer::outcome::Answer;
use footnote_answer::trace::{AnswerTrace, SearchTrace};
use footnote_ingest::id::{ChunkId, DocumentId};
use footnote_store::{Snapshot, Store};
use serde::Serialize;

use counterfactual::{Bench, Counterfactual, Tried, explore, worth_trying};
use expected::{Expected, Met};
use funnel::Scene;
use gold::Gold;
use others::Others;
use outside::Outside;
use scene::{Sought, observe};
use stage::{Row, Stage, blame};
use suggest::{Suggestion, suggest};

/// A question and what should have come of it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The question, as it is asked.
    pub ask: Ask,
    /// What should have been found.
    pub expected: Expected,
    /// Whether changes are tried.
    pub counterfactuals: bool,
    /// How long changes may be tried, on other questions included.
    pub budget: Duration,
}

/// The diagnosis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diagnosis {
    /// The first stage that lost the passage; `null` when the expectation was met.
    pub primary: Option<Stage>,
    /// Later stages that would have lost it, too.
    pub contributing: Vec<Stage>,
    /// Every stage.
    pub funnel: Vec<Row>,
    /// Runs with something changed.
    pub counterfactuals: Vec<Counterfactual>,
    /// What to do, the surest first.
    pub suggestions: Vec<Suggestion>,
    /// What it all rests on.
    pub trace: Trace,
}

/// What a diagnosis rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trace {
    /// Which parts of the expectation were met.
    pub met: Met,
    /// Where the expected words are.
    pub gold: Vec<GoldRef>,
    /// The answer as it was given; `null` when there was none for want of a generator.
    pub answer: Option<Answer>,
    /// How it was made.
    pub answer_trace: Option<AnswerTrace>,
    /// The search before it.
    pub search: SearchTrace,
    /// Milliseconds that the question took.
    pub latency_ms: u64,
}

/// A chunk that should have been found.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "as in a hit")]
pub struct GoldRef {
    pub chunk_id: ChunkId,
    pub document_id: DocumentId,
    pub uri: String,
    pub start_char_index: usize,
    pub end_char_index: usize,
    /// Share of the expected words in it.
    pub share: f32,
}

/// Looks for the expected words. What the caller then sees of them [`outside`] goes, with the
/// gold, into [`diagnose`].
///
/// # Errors
/// The store or the embedder failed.
pub async fn locate(
    engine: &Engine,
    store: &Store,
    snapshot: &Snapshot,
    request: &Request,
) -> Result<Gold, Error> {
    let search = &request.ask.search;
    let (found, _) = engine.search(snapshot, search).await?;
    let expected = &request.expected;
    Ok(locate::locate(store, snapshot, &search.scope, &found.vector, expected).await?)
}

/// Follows `gold` through the production path of `engine`. What is suggested is put to `others`,
/// too, where there are any and time is left.
///
/// # Errors
/// A stage failed as a machine; losing the passage is no error.
pub async fn diagnose(
    engine: &Engine,
    snapshot: &Snapshot,
    request: &Request,
    gold: &Gold,
    outside: &Outside,
    others: Option<&Others>,
) -> Result<Diagnosis, Error> {
    let sought = Sought {
        expected: &request.expected,
        gold,
        outside,
    };
    let scene = observe(engine, snapshot, request.ask.clone(), sought).await?;
    let until = Instant::now() + request.budget;
    let funnel = scene.funnel();
    let (primary, contributing) = blame(&funnel);
    let bench = Bench {
        engine,
        snapshot,
        until,
    };
    let tried = match request.counterfactuals && worth_trying(&scene) {
        true => explore(bench, &scene, &funnel).await?,
        false => Tried::default(),
    };
    let mut suggestions = suggest(&scene, primary, &tried.cures);
    if let Some(others) = others {
        for suggestion in &mut suggestions {
            let now = (&scene.ask, scene.settings);
            let weighed = others.weigh(bench, now, &suggestion.changes).await?;
            suggestion.weighed = Some(weighed);
        }
    }
    Ok(Diagnosis {
        suggestions,
        counterfactuals: tried.runs,
        trace: trace(scene),
        primary,
        contributing,
        funnel,
    })
}

fn trace(scene: Scene<'_>) -> Trace {
    let gold = scene.gold.chunks.iter().map(|gold| GoldRef {
        chunk_id: gold.stored.chunk.id.clone(),
        document_id: gold.stored.document_id.clone(),
        uri: gold.stored.uri.clone(),
        start_char_index: gold.stored.chunk.span.start,
        end_char_index: gold.stored.chunk.span.end,
        share: gold.share,
    });
    let (met, gold) = (scene.met(), gold.collect());
    let (answer, answer_trace) = match scene.run.answered {
        Some(answered) => (Some(answered.answer), Some(answered.trace)),
        None => (None, None),
    };
    Trace {
        met,
        gold,
        answer,
        answer_trace,
        search: scene.run.found.trace,
        latency_ms: scene.run.latency_ms,
    }
}
