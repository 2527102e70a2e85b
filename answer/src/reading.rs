//! What is read out of found passages before anything is decided: their sentences, scored, and
//! what the gate sees of them. Answers, diagnosis and evaluation read here, so that they
//! cannot differ. Pure.

use footnote_store::terms::TermStats;

use crate::ask::Settings;
use crate::evidence::{self, Budget, Dropped, Passage, Sentence, Sought};
use crate::gate::{self, Reason, Signals, Zone};
use crate::question::{Wanted, answer_type, wanted};
use crate::search::Found;

/// The sentences of the found passages and what speaks for them.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The passages, best first.
    pub passages: Vec<Passage>,
    /// Terms looked for, with their weights.
    pub wanted: Vec<Wanted>,
    /// The sentences, best first.
    pub scored: Vec<Sentence>,
    /// What the gate sees; `None` without a sentence.
    pub signals: Option<Signals>,
    /// Its confidence, from 0 to 1; 0 without a sentence.
    pub confidence: f32,
}

impl Reading {
    /// Scores the sentences of what was `found` for `question`.
    pub fn of(settings: &Settings, terms: &TermStats, question: &str, found: &Found) -> Self {
        let passages: Vec<Passage> = found.hits.iter().map(|(_, p)| p.clone()).collect();
        let (wanted, form) = (wanted(question, terms), answer_type(question));
        let sought = Sought {
            wanted: &wanted,
            vector: &found.vector,
            form,
        };
        let scored = evidence::score(sought, &passages, settings.weights);
        let signals = Signals::read(question, &wanted, &scored, &passages, terms);
        let confidence = signals
            .as_ref()
            .map_or(0.0, |signals| gate::confidence(signals, settings.gate));
        Self {
            passages,
            wanted,
            scored,
            signals,
            confidence,
        }
    }

    /// What the gate makes of it.
    pub fn zone(&self, settings: &Settings) -> Zone {
        let (wanted, passages) = (&self.wanted, &self.passages);
        match self.scored.first() {
            None => Zone::Refused(Reason::no_results()),
            Some(best) if self.confidence < settings.threshold => {
                Zone::Refused(Reason::refused(wanted, best, passages))
            }
            Some(best) if self.confidence < settings.sure => {
                Zone::Unsure(Reason::unsure(wanted, best, passages))
            }
            Some(_) => Zone::Sure,
        }
    }

    /// Whether the gate refuses to answer.
    pub fn is_refused(&self, settings: &Settings) -> bool {
        matches!(self.zone(settings), Zone::Refused(_))
    }

    /// The sentences to quote, at most `max_claims`, and those left out.
    pub fn select(
        &self,
        settings: &Settings,
        max_claims: usize,
    ) -> (Vec<Sentence>, Vec<(Sentence, Dropped)>) {
        let budget = Budget {
            sentences: settings.budget.sentences.min(max_claims),
            ..settings.budget
        };
        evidence::select(self.scored.clone(), &self.wanted, budget)
    }
}
