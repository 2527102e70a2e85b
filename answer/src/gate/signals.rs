//! What the gate looks at: how close the best sentence is to the question, and what of the
//! question it leaves out. Pure.

use std::collections::BTreeSet;

use footnote_store::terms::TermStats;
use serde::{Deserialize, Serialize};

use crate::checks::negation::denials;
use crate::evidence::{Passage, Sentence, stems};
use crate::question::{Wanted, answer_type, can_answer, coverage};
use crate::short;

/// One number for each thing looked at; the weights of a [`Model`](super::Model) have the same
/// shape. From 0 to 1, except where said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Signals {
    /// Cosine of the best sentence with the question.
    pub cosine: f32,
    /// Cosine of the best passage with the question.
    pub passage: f32,
    /// Coverage of the question's terms by the best sentence, headings counted in part.
    pub coverage: f32,
    /// Coverage of the question's terms by the best sentence's whole passage.
    pub passage_coverage: f32,
    /// 1 when a name, code or figure of the question is absent from the best sentence, those
    /// beside it and the headings.
    pub name_absent: f32,
    /// Weighted share of the question's terms that occur nowhere in the collection.
    pub unknown: f32,
    /// 1 when the best sentence cannot hold an answer of the asked form.
    pub form_mismatch: f32,
    /// Weight of the most telling term of the question that the best sentence lacks, as a share
    /// of the most that a term can have.
    pub missing: f32,
    /// 1 when the question denies something and the best sentence nothing.
    pub negated: f32,
    /// How well the best span of the best sentence would do as a short answer: the logarithm of
    /// odds, and 0 where the question asks for no span.
    pub span: f32,
    /// How far the best sentence scores above the second.
    pub lead: f32,
}

/// How many signals there are.
pub const SIGNALS: usize = 11;

impl Signals {
    /// All of them 0.
    pub const NONE: Signals = Signals {
        cosine: 0.0,
        passage: 0.0,
        coverage: 0.0,
        passage_coverage: 0.0,
        name_absent: 0.0,
        unknown: 0.0,
        form_mismatch: 0.0,
        missing: 0.0,
        negated: 0.0,
        span: 0.0,
        lead: 0.0,
    };

    /// Reads the signals off the `scored` sentences, best first; `None` when there is none.
    pub fn read(
        question: &str,
        wanted: &[Wanted],
        scored: &[Sentence],
        passages: &[Passage],
        terms: &TermStats,
    ) -> Option<Self> {
        let best = scored.first()?;
        let passage = &passages[best.passage];
        let (own, near, held) = (stems(&best.text), near(best, passage), held(passage));
        let covered = |held: &BTreeSet<String>| coverage(wanted, |stem| flag(held.contains(stem)));
        let absent = |term: &Wanted| term.name && !near.contains(&term.stem);
        let lacking = wanted.iter().filter(|term| !own.contains(&term.stem));
        let second = scored.get(1).map_or(0.0, |second| second.score);
        Some(Self {
            cosine: best.cosine,
            passage: passage.cosine,
            coverage: best.coverage,
            passage_coverage: covered(&held),
            name_absent: flag(wanted.iter().any(absent)),
            unknown: coverage(wanted, |stem| unknown(wanted, stem)),
            form_mismatch: flag(!can_answer(answer_type(question), &best.text)),
            missing: lacking.map(|term| term.weight).fold(0.0, f32::max) / terms.idf_of(0),
            negated: flag(denials(question) > 0 && denials(&best.text) == 0),
            span: short::fitness(question, &best.text, terms),
            lead: best.score - second,
        })
    }

    /// The numbers in the order of the fields.
    pub fn values(&self) -> [f32; SIGNALS] {
        [
            self.cosine,
            self.passage,
            self.coverage,
            self.passage_coverage,
            self.name_absent,
            self.unknown,
            self.form_mismatch,
            self.missing,
            self.negated,
            self.span,
            self.lead,
        ]
    }

    /// The numbers from their order: the inverse of [`Signals::values`].
    pub fn from_values(values: [f32; SIGNALS]) -> Self {
        let [
            cosine,
            passage,
            coverage,
            passage_coverage,
            name_absent,
            unknown,
            form_mismatch,
            missing,
            negated,
            span,
            lead,
        ] = values;
        Self {
            cosine,
            passage,
            coverage,
            passage_coverage,
            name_absent,
            unknown,
            form_mismatch,
            missing,
            negated,
            span,
            lead,
        }
    }
}

/// Stems of the sentence, of those beside it, and of the title and headings.
fn near(sentence: &Sentence, passage: &Passage) -> BTreeSet<String> {
    let chunk = &passage.stored.chunk;
    let at = sentence.index;
    let beside = chunk.sentences[at.saturating_sub(1)..].iter().take(3);
    let texts = beside.filter_map(|span| {
        let span = span.relative_to(chunk.span.start);
        span.slice(&chunk.text)
    });
    let mut near = stems(&passage.context());
    near.extend(texts.flat_map(stems));
    near
}

/// Stems of the passage, title and headings included.
pub(super) fn held(passage: &Passage) -> BTreeSet<String> {
    stems(&format!(
        "{} {}",
        passage.context(),
        passage.stored.chunk.text
    ))
}

fn unknown(wanted: &[Wanted], stem: &str) -> f32 {
    flag(!wanted.iter().any(|term| term.stem == stem && term.known))
}

fn flag(holds: bool) -> f32 {
    f32::from(u8::from(holds))
}
