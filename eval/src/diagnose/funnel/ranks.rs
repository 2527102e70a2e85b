//! The search: where each leg and their fusion put the expected chunks. A leg that misses them
//! is to blame only when the hits miss them, too, and it alone could have changed that.

use std::collections::{BTreeMap, BTreeSet};

use footnote_answer::evidence::{dot, stems};
use footnote_answer::fuse::{Closeness, fuse};
use footnote_answer::search::Mode;
use footnote_answer::trace::FusedRow;
use footnote_ingest::id::ChunkId;
use footnote_store::LegHit;
use serde_json::{Value, json};

use super::Scene;
use crate::diagnose::gold::GoldChunk;
use crate::diagnose::observe::{DEEP, best, hits, rows};
use crate::diagnose::stage::{Row, Stage, verdict};

impl Scene<'_> {
    pub(super) fn vector_rank(&self) -> Row {
        if self.ask.search.mode == Mode::Lexical {
            return Row::skipped(Stage::VectorRank, "the search runs by words only");
        }
        let depth = self.run.found.trace.candidates;
        let place = best(hits(&self.lists.vector), &self.visible);
        let listed = place.is_some_and(|(rank, _)| rank <= depth);
        let gold = self.closest();
        let question = &self.run.found.vector;
        let sentence = gold.and_then(|gold| {
            let vectors = gold.stored.sentence_vectors.iter();
            vectors
                .map(|vector| dot(question, vector))
                .max_by(f32::total_cmp)
        });
        let evidence = json!({
            "cosine": gold.map(|gold| dot(question, &gold.stored.vector)),
            "sentence_cosine": sentence,
            "best_cosine": self.lists.vector.first().map(|hit| hit.score),
            "searched_to": DEEP,
        });
        let lost = !listed && (self.unlisted() || self.would_help(Stage::VectorRank));
        let rank = place.map(|(rank, _)| rank);
        Row::new(Stage::VectorRank, verdict(lost), evidence).ranked(rank, depth)
    }

    /// What an approximate index loses against comparing every vector.
    pub(super) fn ann(&self) -> Row {
        let trace = &self.run.found.trace;
        let exact = &self.lists.vector[..trace.candidates.min(self.lists.vector.len())];
        if !self.lists.indexed
            || self.settings.search.exact
            || self.ask.search.mode == Mode::Lexical
        {
            return Row::skipped(
                Stage::Ann,
                "every vector is compared: no index is in between",
            );
        }
        let wanted = best(hits(exact), &self.visible).map(|(rank, _)| rank);
        let got = best(rows(&trace.vector), &self.visible).map(|(rank, _)| rank);
        let found: BTreeSet<&ChunkId> = trace.vector.iter().map(|row| &row.chunk_id).collect();
        let kept = exact
            .iter()
            .filter(|hit| found.contains(&hit.chunk_id))
            .count();
        let evidence = json!({
            "exact_rank": wanted,
            "recall": kept as f64 / exact.len().max(1) as f64,
        });
        let lost = wanted.is_some() && got.is_none() && self.would_help(Stage::VectorRank);
        Row::new(Stage::Ann, verdict(lost), evidence).ranked(got, trace.candidates)
    }

    pub(super) fn lexical_rank(&self) -> Row {
        if self.ask.search.mode == Mode::Vector {
            return Row::skipped(Stage::LexicalRank, "the search runs by meaning only");
        }
        let trace = &self.run.found.trace;
        let place = best(hits(&self.lists.lexical), &self.visible);
        let listed = place.is_some_and(|(rank, _)| rank <= trace.candidates);
        let mut evidence = self.terms();
        evidence["terms"] = json!(trace.lexical_terms);
        evidence["bm25"] = json!(place.map(|(_, score)| score));
        evidence["best_bm25"] = json!(self.lists.lexical.first().map(|hit| hit.score));
        let lost = !listed && (self.unlisted() || self.would_help(Stage::LexicalRank));
        let rank = place.map(|(rank, _)| rank);
        Row::new(Stage::LexicalRank, verdict(lost), evidence).ranked(rank, trace.candidates)
    }

    pub(super) fn fusion(&self) -> Row {
        let trace = &self.run.found.trace;
        let vector = best(rows(&trace.vector), &self.visible);
        let lexical = best(rows(&trace.lexical), &self.visible);
        if vector.is_none() && lexical.is_none() {
            return Row::skipped(Stage::Fusion, "no leg has it in its list");
        }
        let fused = self.fused();
        let stay = trace.fused.iter().filter(|row| row.duplicate_of.is_none());
        let last = stay.take(self.ask.search.k).last();
        let evidence = json!({
            "vector_rank": vector.map(|(rank, _)| rank),
            "lexical_rank": lexical.map(|(rank, _)| rank),
            "vector_term": fused.map(|row| row.vector_term),
            "sentence_term": fused.map(|row| row.sentence_term),
            "lexical_term": fused.map(|row| row.lexical_term),
            "score": fused.map(|row| row.fused),
            "score_needed": last.map(|row| row.fused),
            "duplicate_of": self.copied(),
        });
        let lost = self.hit().is_none() && !self.fused_among_first();
        let rank = fused.map(|row| row.rank);
        Row::new(Stage::Fusion, verdict(lost), evidence).ranked(rank, self.ask.search.k)
    }

    /// What the reranker made of the fused list.
    pub(super) fn rerank(&self) -> Row {
        let trace = &self.run.found.trace;
        let Some(reranker) = &trace.rerank else {
            let why = match self.reranker {
                true => "`search.rerank_depth` is 0: the reranker is off",
                false => "no reranker is configured",
            };
            return Row::skipped(Stage::Rerank, why);
        };
        let Some(after) = self.final_rank() else {
            return Row::skipped(Stage::Rerank, "no leg has it in its list");
        };
        let ranked = trace.ranked();
        let k = self.ask.search.k;
        let score = |row: Option<&&FusedRow>| row.and_then(|row| row.rerank).map(|at| at.score);
        let evidence = json!({
            "rank_before": self.fused().map(|row| row.rank),
            "score": score(ranked.get(after - 1)),
            "score_needed": score(ranked.get(k.min(ranked.len()) - 1)),
            "depth": reranker.depth,
            "model": reranker.model,
        });
        let lost = self.hit().is_none() && self.fused_among_first();
        Row::new(Stage::Rerank, verdict(lost), evidence).ranked(Some(after), k)
    }

    /// The best expected chunk in the fused list.
    fn fused(&self) -> Option<&FusedRow> {
        let mut rows = self.run.found.trace.fused.iter();
        rows.find(|row| self.visible.contains(&row.chunk_id))
    }

    /// The expected chunk that is closest to the question.
    fn closest(&self) -> Option<&GoldChunk> {
        let question = &self.run.found.vector;
        let seen = self
            .gold
            .chunks
            .iter()
            .filter(|gold| self.visible.contains(&gold.stored.chunk.id));
        seen.max_by(|a, b| {
            let cosine = |gold: &GoldChunk| dot(question, &gold.stored.vector);
            cosine(a)
                .total_cmp(&cosine(b))
                .then_with(|| b.stored.chunk.id.cmp(&a.stored.chunk.id))
        })
    }

    /// Which of the question's terms the expected chunks hold, headings included, and which
    /// they lack.
    fn terms(&self) -> Value {
        let held: BTreeSet<String> = self
            .gold
            .chunks
            .iter()
            .filter(|gold| self.visible.contains(&gold.stored.chunk.id))
            .flat_map(|gold| {
                let stored = &gold.stored;
                let context = format!("{} {}", stored.title, stored.chunk.heading_path.join(" "));
                let mut held = stems(&stored.chunk.text);
                held.extend(stems(&context));
                held
            })
            .collect();
        let (matched, missing): (Vec<_>, Vec<_>) = self
            .reading
            .wanted
            .iter()
            .partition(|term| held.contains(&term.stem));
        let names = |terms: Vec<&footnote_answer::question::Wanted>| -> Vec<String> {
            terms
                .into_iter()
                .map(|term| term.surface.to_lowercase())
                .collect()
        };
        json!({ "matched_terms": names(matched), "missing_terms": names(missing) })
    }

    /// Whether no leg would list the expected chunks, every vector compared.
    fn unlisted(&self) -> bool {
        let depth = self.run.found.trace.candidates;
        let listed = |list: &[LegHit]| {
            best(hits(list), &self.visible).is_some_and(|(rank, _)| rank <= depth)
        };
        !listed(&self.lists.vector) && !listed(&self.lists.lexical)
    }

    /// Whether the hits lack the expected chunks and would not if this leg had them first. What
    /// the reranker pushed out, no leg lost.
    fn would_help(&self, leg: Stage) -> bool {
        let Some(gold) = self.visible.iter().next() else {
            return false;
        };
        if self.hit().is_some() || self.fused_among_first() || self.copied().is_some() {
            return false;
        }
        let trace = &self.run.found.trace;
        let first = |list: &[footnote_answer::trace::LegRow], lead: bool| -> Vec<LegHit> {
            let leader = lead.then(|| LegHit {
                chunk_id: gold.clone(),
                row: footnote_store::Row::default(),
                score: f32::MAX,
            });
            let rest = list.iter().map(|row| LegHit {
                chunk_id: row.chunk_id.clone(),
                row: footnote_store::Row::default(),
                score: row.score,
            });
            let rest = rest.filter(|hit| !lead || hit.chunk_id != *gold);
            leader.into_iter().chain(rest).collect()
        };
        let vector = first(&trace.vector, leg == Stage::VectorRank);
        let lexical = first(&trace.lexical, leg == Stage::LexicalRank);
        let closeness = self.as_if_first(gold, leg);
        let fused = fuse(&vector, &lexical, &closeness, self.settings.search.fusion);
        fused
            .iter()
            .take(self.ask.search.k)
            .any(|candidate| candidate.chunk_id == *gold)
    }

    /// What the chunks say, `gold` as if it were the best of `leg`.
    fn as_if_first(&self, gold: &ChunkId, leg: Stage) -> BTreeMap<ChunkId, Closeness> {
        let mut closeness = self.lists.closeness.clone();
        if closeness.is_empty() {
            return closeness;
        }
        let most = |part: fn(&Closeness) -> f32| closeness.values().map(part).fold(0.0, f32::max);
        let (cosine, sentence) = (most(|c| c.cosine), most(|c| c.sentence));
        let lexical = most(|c| c.lexical);
        let own = closeness.entry(gold.clone()).or_default();
        match leg {
            Stage::LexicalRank => own.lexical = lexical,
            _ => (own.cosine, own.sentence) = (cosine, sentence),
        }
        closeness
    }
}
