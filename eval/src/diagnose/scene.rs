//! Makes a [`Scene`]: runs what has to be run and asks the index what has to be asked.

use std::collections::BTreeSet;

use footnote_answer::Error;
use footnote_answer::ask::{Ask, Wording};
use footnote_answer::engine::Engine;
use footnote_answer::evidence::dot;
use footnote_answer::reading::Reading;
use footnote_ingest::id::ChunkId;
use footnote_store::{Scope, Snapshot, StoredChunk};

use super::clauses;
use super::expected::Expected;
use super::funnel::Scene;
use super::gold::Gold;
use super::observe::{Lists, quoting, run};
use super::outside::Outside;

/// What is looked for, the same in every run.
#[derive(Clone, Copy)]
pub struct Sought<'s> {
    /// In the words of whoever complains.
    pub expected: &'s Expected,
    /// Where it is.
    pub gold: &'s Gold,
    /// Where else it was looked for.
    pub outside: &'s Outside,
}

/// Asks `ask` of `engine` and observes everything about it.
pub async fn observe<'s>(
    engine: &Engine,
    snapshot: &Snapshot,
    ask: Ask,
    sought: Sought<'s>,
) -> Result<Scene<'s>, Error> {
    let gold = sought.gold;
    let scope = &ask.search.scope;
    let ids: Vec<ChunkId> = gold.ids().into_iter().collect();
    let visible = match ids.is_empty() {
        true => BTreeSet::new(),
        false => snapshot.visible(&ids, scope).await?,
    };
    let stored: Vec<&StoredChunk> = gold.chunks.iter().map(|gold| &gold.stored).collect();
    let run = run(engine, snapshot, &ask).await?;
    let lists = Lists::of(snapshot, &ask, &run.found.vector, engine.settings.search).await?;
    let quoted = match ask.wording {
        Wording::Extractive => None,
        Wording::Auto | Wording::Generate => {
            Some(engine.ask(snapshot, &quoting(&ask)).await?.answer)
        }
    };
    Ok(Scene {
        clauses: clauses::judge(snapshot, scope, &stored).await?,
        joined_rank: joined_rank(engine, snapshot, &run.found.vector, scope, sought).await?,
        unindexed: snapshot.unindexed().await?,
        reading: Reading::of(
            &engine.settings,
            &snapshot.terms,
            ask.search.question.as_str(),
            &run.found,
        ),
        settings: engine.settings,
        reranker: engine.reranker.is_some(),
        expected: sought.expected,
        outside: sought.outside,
        gold,
        visible,
        run,
        lists,
        quoted,
        ask,
    })
}

/// Rank by meaning of a passage that is cut into pieces, were it one: how many chunks are
/// closer to the question than the pieces read in one go, without the pieces themselves.
async fn joined_rank(
    engine: &Engine,
    snapshot: &Snapshot,
    question: &[f32],
    scope: &Scope,
    sought: Sought<'_>,
) -> Result<Option<usize>, Error> {
    let gold = sought.gold;
    let (Some(first), true) = (gold.chunks.first(), split(sought)) else {
        return Ok(None);
    };
    let texts = gold
        .chunks
        .iter()
        .map(|gold| gold.stored.chunk.text.as_str());
    let text = texts.collect::<Vec<_>>().join(" ");
    let context = format!("{}\n{text}", first.stored.title);
    let vectors = engine.vectors(&[&context]).await?;
    let cosine = vectors.first().map_or(0.0, |vector| dot(question, vector));
    let pieces = gold.ids();
    let near = snapshot
        .nearest_exact(question, scope, super::observe::DEEP)
        .await?;
    let closer = near
        .iter()
        .filter(|hit| hit.score > cosine && !pieces.contains(&hit.chunk_id));
    Ok(Some(closer.count() + 1))
}

/// Whether one passage lies in several chunks and in none as a whole.
fn split(sought: Sought<'_>) -> bool {
    let gold = sought.gold;
    let one = gold.documents.len() == 1 && gold.documents[0].spans.len() == 1;
    let several = (2..MOST_PIECES).contains(&gold.chunks.len());
    one && several && gold.whole(sought.expected).is_none()
}

/// More pieces than this are a document, not a passage.
const MOST_PIECES: usize = 6;
