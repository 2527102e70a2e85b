//! The funnel: each stage's verdict on the expected words, made from what was observed. Pure;
//! `stored` judges what happened before a question was asked, `ranks` the search, `answer`
//! what was made of the passages.

mod answer;
mod ranks;
mod stored;

use std::collections::BTreeSet;

use footnote_answer::ask::{Ask, Settings};
use footnote_answer::outcome::Answer;
use footnote_answer::reading::Reading;
use footnote_ingest::id::ChunkId;

use super::clauses::Clause;
use super::expected::{Expected, Met};
use super::gold::Gold;
use super::observe::{Lists, Run};
use super::outside::Outside;
use super::stage::{Row, Stage, Status};

/// Everything that was observed about one question.
pub struct Scene<'s> {
    /// What should have been found.
    pub expected: &'s Expected,
    /// Where it is.
    pub gold: &'s Gold,
    /// Where else it was looked for.
    pub outside: &'s Outside,
    /// What was asked.
    pub ask: Ask,
    /// Under these settings.
    pub settings: Settings,
    /// Gold chunks that the scope lets through.
    pub visible: BTreeSet<ChunkId>,
    /// How each clause of the scope treats the gold.
    pub clauses: Vec<Clause>,
    /// Rank that the passage would have by meaning if it were one chunk; `None` when it is.
    pub joined_rank: Option<usize>,
    /// Rows that the full-text index lacks.
    pub unindexed: usize,
    /// The production path.
    pub run: Run,
    /// Whether a reranker is configured, on or off.
    pub reranker: bool,
    /// Both legs, deep.
    pub lists: Lists,
    /// The sentences.
    pub reading: Reading,
    /// What quotes alone give; `None` when that is what was asked for.
    pub quoted: Option<Answer>,
}

impl Scene<'_> {
    /// How the answer meets the expectation.
    pub fn met(&self) -> Met {
        match &self.run.answered {
            Some(answered) => Met::by(&answered.answer, self.expected, self.gold),
            None => Met {
                cited: Some(false),
                stated: None,
            },
        }
    }

    /// Rank of the best gold chunk among the hits, from 1.
    pub fn hit(&self) -> Option<usize> {
        let hits = self.run.found.hits.iter();
        let mut ids = hits.map(|(candidate, _)| &candidate.chunk_id);
        ids.position(|id| self.visible.contains(id))
            .map(|at| at + 1)
    }

    /// Whether the fused list has an expected chunk early enough for the hits.
    pub fn fused_among_first(&self) -> bool {
        let rows = self.run.found.trace.fused.iter();
        let mut first = rows
            .filter(|row| row.duplicate_of.is_none())
            .take(self.ask.search.k);
        first.any(|row| self.visible.contains(&row.chunk_id))
    }

    /// The chunk that stays for the best expected one, which was left out as its copy.
    pub fn copied(&self) -> Option<&ChunkId> {
        let ranked = self.run.found.trace.ranked();
        let best = ranked
            .into_iter()
            .find(|row| self.visible.contains(&row.chunk_id));
        best.and_then(|row| row.duplicate_of.as_ref())
    }

    /// Rank of the best gold chunk in the final list, hit or not, from 1.
    pub fn final_rank(&self) -> Option<usize> {
        let ranked = self.run.found.trace.ranked();
        let at = ranked
            .iter()
            .position(|row| self.visible.contains(&row.chunk_id));
        at.map(|at| at + 1)
    }

    /// Every stage's verdict. When the expectation is met, nothing was lost.
    pub fn funnel(&self) -> Vec<Row> {
        let mut rows = vec![
            self.ingested(),
            self.extracted(),
            self.chunked(),
            self.indexed(),
            self.filter(),
            self.vector_rank(),
            self.ann(),
            self.lexical_rank(),
            self.fusion(),
            self.rerank(),
            self.context(),
            self.gate(),
            self.generator(),
            self.verifier(),
        ];
        skip_after_loss(&mut rows);
        if self.met().all() {
            let harmless = rows.iter_mut().filter(|row| row.status == Status::Fail);
            harmless.for_each(|row| row.status = Status::Pass);
        }
        rows
    }
}

/// Where nothing was left to judge, later stages were not reached.
fn skip_after_loss(rows: &mut [Row]) {
    let hard = |row: &Row| row.status == Status::Fail && row.stage <= Stage::Filter;
    let softly = |row: &Row| row.stage == Stage::Chunked && row.evidence.contains_key("pieces");
    let Some(at) = rows.iter().position(|row| hard(row) && !softly(row)) else {
        return;
    };
    for row in &mut rows[at + 1..] {
        *row = Row::skipped(row.stage, "lost before");
    }
}
