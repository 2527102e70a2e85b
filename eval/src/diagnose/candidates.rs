//! Which changes could bring the passage back, worked out in memory from what was observed:
//! the deep lists under other depths, counts and weights, the sentences under another budget.
//! Each is the smallest of its kind that works there. Pure; the answer is then tried for real.

use std::collections::BTreeSet;

use footnote_answer::fuse::Method;
use footnote_answer::question::Question;
use footnote_answer::search::SearchSettings;
use footnote_ingest::id::ChunkId;

use super::change::Change;
use super::clauses::remaining;
use super::funnel::Scene;
use super::observe::{Lists, MEASURED, best, hits};
use super::stage::{Row, Stage, Status};

/// Most passages that are worth suggesting.
const MOST_PASSAGES: usize = 100;
/// Most sentences that are worth suggesting.
const MOST_SENTENCES: usize = 20;
/// Most passages that a reranker should be made to read for one question.
const MOST_RERANKED: usize = 100;
/// Factors by which weights and constants are tried, near ones first.
const FACTORS: [f32; 8] = [0.5, 2.0, 0.25, 4.0, 0.1, 10.0, 0.02, 50.0];

/// Changes that could help against what failed in `funnel`, smallest first.
pub fn candidates(scene: &Scene<'_>, funnel: &[Row]) -> Vec<Change> {
    let failed: BTreeSet<Stage> = funnel
        .iter()
        .filter(|row| row.status == Status::Fail)
        .map(|row| row.stage)
        .collect();
    let mut changes = Vec::new();
    if failed.contains(&Stage::Filter) {
        changes.extend(widened(scene));
    }
    let ranks = [Stage::VectorRank, Stage::LexicalRank, Stage::Fusion];
    if failed.contains(&Stage::Ann) {
        changes.push(Change::Exact);
    }
    let unfound = scene.hit().is_none() && !failed.contains(&Stage::Rerank);
    if ranks.iter().any(|stage| failed.contains(stage)) || unfound {
        changes.extend(deeper(scene));
        changes.extend(reweighed(scene));
        changes.extend(reworded(scene));
    }
    if failed.contains(&Stage::Fusion) {
        changes.extend(reranked(scene));
        changes.extend(scene.copied().map(|_| Change::KeepDuplicates));
    }
    if failed.contains(&Stage::Rerank) {
        changes.extend(as_fused(scene));
    }
    if failed.contains(&Stage::Context) {
        changes.extend(roomier(scene));
    }
    if failed.contains(&Stage::Gate) {
        changes.extend(lower_gate(scene));
    }
    if failed.contains(&Stage::Generator) {
        changes.extend([Change::Quote, Change::Claims(scene.ask.max_claims * 2)]);
    }
    if failed.contains(&Stage::Verifier) {
        changes.push(Change::Lenient);
    }
    let size = |change: &Change| change.size(&scene.ask, &scene.settings);
    changes.sort_by(|a, b| size(a).total_cmp(&size(b)));
    changes
}

/// The scope without what shuts the passage out.
fn widened(scene: &Scene<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    if scene.clauses.first().is_some_and(|scope| !scope.passes) {
        let names: BTreeSet<String> = scene
            .gold
            .chunks
            .iter()
            .map(|gold| gold.stored.collection.clone())
            .collect();
        changes.push(Change::Collections(names.into_iter().collect()));
    }
    if scene.clauses.iter().skip(1).any(|clause| !clause.passes) {
        changes.push(Change::Filter(remaining(&scene.clauses)));
    } else if scene.ask.search.scope.filter.is_some() {
        // Every clause passes on some chunk, and none passes all.
        changes.push(Change::Filter(None));
    }
    changes
}

/// More passages, or deeper legs.
fn deeper(scene: &Scene<'_>) -> Vec<Change> {
    let trial = Trial::of(scene);
    let more =
        (scene.ask.search.k + 1..=MOST_PASSAGES).find(|k| trial.holds(scene.settings.search, *k));
    let candidates = depths(scene).into_iter().find(|depth| {
        let deeper = SearchSettings {
            candidates: *depth,
            ..scene.settings.search
        };
        trial.holds(deeper, scene.ask.search.k)
    });
    let more = more.map(Change::K).into_iter();
    more.chain(candidates.map(Change::Candidates)).collect()
}

/// Depths at which a leg begins to see the passage, each rounded up to ten where that does.
fn depths(scene: &Scene<'_>) -> Vec<usize> {
    let ranks = [&scene.lists.vector, &scene.lists.lexical]
        .into_iter()
        .filter_map(|list| best(hits(list), &scene.visible))
        .map(|(rank, _)| rank);
    let mut depths: Vec<usize> = ranks
        .flat_map(|rank| [rank.next_multiple_of(10), rank])
        .filter(|depth| *depth > scene.settings.search.candidates && *depth <= MEASURED)
        .collect();
    depths.sort_unstable();
    depths
}

/// A reranker that reads as far as the passage.
fn reranked(scene: &Scene<'_>) -> Option<Change> {
    let rank = scene.final_rank().filter(|_| scene.reranker)?;
    let depth = rank.next_multiple_of(10);
    (depth > scene.settings.search.rerank_depth && depth <= MOST_RERANKED)
        .then_some(Change::RerankDepth(depth))
}

/// The fused order again, among the passages asked for or altogether, or as many passages as
/// the reranker wants.
fn as_fused(scene: &Scene<'_>) -> Vec<Change> {
    let more = scene.final_rank().filter(|rank| *rank <= MOST_PASSAGES);
    let depths = [scene.ask.search.k, 0].map(Change::RerankDepth);
    depths.into_iter().chain(more.map(Change::K)).collect()
}

/// A change to a number.
type Make = fn(f32) -> Change;

/// Other weights of the legs, another constant.
fn reweighed(scene: &Scene<'_>) -> Vec<Change> {
    let trial = Trial::of(scene);
    let fusion = scene.settings.search.fusion;
    let constant: (f32, Make) = match fusion.method {
        Method::Ranks => (fusion.k, Change::FusionConstant),
        Method::Scores => (fusion.sentence, Change::SentenceWeight),
    };
    let kinds: [(f32, Make); 3] = [
        constant,
        (fusion.vector, Change::VectorWeight),
        (fusion.lexical, Change::LexicalWeight),
    ];
    let works = |change: &Change| {
        let (_, settings) = change.apply(&scene.ask, scene.settings);
        trial.holds(settings.search, scene.ask.search.k)
    };
    let first_that_works = |(now, make): (f32, Make)| {
        let tried: Vec<f32> = match now > 0.0 {
            true => FACTORS.iter().map(|factor| factor * now).collect(),
            false => vec![1.0, 10.0],
        };
        tried.into_iter().map(make).find(|change| works(change))
    };
    kinds.into_iter().filter_map(first_that_works).collect()
}

/// The question in the words of the document.
fn reworded(scene: &Scene<'_>) -> Option<Change> {
    let words = scene
        .expected
        .passage_text
        .as_ref()
        .or(scene.expected.answer.as_ref())?;
    let words: String = words.chars().take(300).collect();
    Question::new(&words, usize::MAX).ok().map(Change::Question)
}

/// More room for sentences.
fn roomier(scene: &Scene<'_>) -> Vec<Change> {
    let budget = scene.settings.budget;
    let best = scene.reading.scored.first().map_or(0.0, |s| s.score);
    let mut tried = Vec::new();
    for sentences in budget.sentences + 1..=MOST_SENTENCES {
        tried.push(Change::Sentences(sentences));
    }
    for claims in scene.ask.max_claims + 1..=MOST_SENTENCES {
        tried.push(Change::Claims(claims));
    }
    for times in 2..=8 {
        tried.push(Change::Chars(budget.chars * times));
    }
    let gaps = scene.reading.scored.iter().map(|s| best - s.score);
    for gap in gaps.filter(|gap| *gap > budget.margin).take(50) {
        tried.push(Change::Margin((gap * 20.0).ceil() / 20.0));
    }
    let mut changes: Vec<Change> = Vec::new();
    for change in tried {
        let known = changes
            .iter()
            .any(|other| std::mem::discriminant(other) == std::mem::discriminant(&change));
        if !known && scene.keeps_gold_with(&change) {
            changes.push(change);
        }
    }
    // The best sentences may be of other passages: fewer passages can be the cure.
    let fewer = scene.hit().filter(|hit| *hit < scene.ask.search.k);
    changes.extend(fewer.map(Change::K));
    changes
}

/// A threshold just below the confidence.
fn lower_gate(scene: &Scene<'_>) -> Option<Change> {
    let confidence = scene.reading.confidence;
    (confidence > 0.0).then(|| Change::Threshold((confidence * 100.0).floor() / 100.0))
}

/// Tries settings of the search on the deep lists.
struct Trial<'s> {
    lists: &'s Lists,
    gold: &'s BTreeSet<ChunkId>,
}

impl<'s> Trial<'s> {
    fn of(scene: &'s Scene<'_>) -> Self {
        Self {
            lists: &scene.lists,
            gold: &scene.visible,
        }
    }

    fn holds(&self, settings: SearchSettings, k: usize) -> bool {
        let rank = self.lists.fused(self.gold, settings, k);
        rank.is_some_and(|rank| rank <= k)
    }
}

impl Scene<'_> {
    /// Whether the expected sentence would be quoted with `change`, the passages as they are.
    fn keeps_gold_with(&self, change: &Change) -> bool {
        let (ask, settings) = change.apply(&self.ask, self.settings);
        let (kept, _) = self.reading.select(&settings, ask.max_claims);
        kept.iter().any(|sentence| self.is_gold(sentence))
    }
}

#[cfg(test)]
mod tests;
