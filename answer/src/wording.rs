//! The local model's part: a place in its queue, what it is asked, and whether its words stand.

use std::time::Instant;

use footnote_ingest::worker::{Seat, WorkerError};
use footnote_store::terms::TermStats;

use crate::ask::{Ask, Wording};
use crate::clock::Clock;
use crate::compose::as_sentence;
use crate::engine::Engine;
use crate::error::Error;
use crate::evidence::Sentence;
use crate::generate::Generator;
use crate::prompt;
use crate::reading::Reading;
use crate::rewrite::{self, Rewrite, Task};
use crate::verify::Evidence;

/// What is to be worded.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) reading: &'a Reading,
    /// The selected sentences, best first.
    pub(crate) kept: &'a [Sentence],
    /// The same, as the verifier reads them.
    pub(crate) evidence: &'a [Evidence<'a>],
    pub(crate) terms: &'a TermStats,
}

impl Engine {
    /// A place in the generator's queue, taken before the search so that it is known from the
    /// start who will word the answer.
    pub(crate) fn seat(&self, ask: &Ask) -> Result<Seating, Error> {
        let Some(generator) = &self.generator else {
            return match ask.wording {
                Wording::Generate => Err(Error::NoGenerator),
                Wording::Auto | Wording::Extractive => Ok(Seating::NotAsked),
            };
        };
        let able = self.abilities.rewrites || ask.wording == Wording::Generate;
        if ask.wording == Wording::Extractive || !able {
            return Ok(Seating::NotAsked);
        }
        match generator.reserve() {
            Ok(seat) => Ok(Seating::Taken(seat)),
            Err(WorkerError::Busy { .. }) if ask.quote_when_busy => Ok(Seating::Full),
            Err(source) => Err(Error::Worker {
                model: "generator",
                source,
            }),
        }
    }

    /// Whether the generator, as fast as it was when it was tried, would still be at work when
    /// the deadline of `ask` passes.
    pub(crate) fn is_late(&self, seat: &Seating, ask: &Ask, case: Case<'_>) -> bool {
        let (Seating::Taken(_), Some(best)) = (seat, case.kept.first()) else {
            return false;
        };
        let (Some(deadline), Some(pace)) = (ask.deadline, self.pace) else {
            return false;
        };
        let left = deadline.saturating_duration_since(Instant::now());
        let task = self.task(ask, best, &case.reading.passages[best.passage].context());
        pace.needs(&task.prompt, task.max_tokens) > left
    }

    /// Lets the generator reword the best sentence and verifies what it says; `None` when it is
    /// not to be asked.
    pub(crate) async fn rewrite(
        &self,
        seat: Seating,
        ask: &Ask,
        case: Case<'_>,
        clock: &mut Clock,
    ) -> Result<Option<Rewrite>, Error> {
        let (Seating::Taken(seat), Some(best)) = (seat, case.kept.first()) else {
            return Ok(None);
        };
        let task = self.task(ask, best, &case.reading.passages[best.passage].context());
        let mut rewrite = rewrite::run(seat, task).await?;
        clock.lap("generate");
        let vectors = self.vectors(&rewrite.sentences()).await?;
        rewrite.judge(&vectors, &case.evidence[..1], case.terms, ask);
        clock.lap("verify");
        Ok(Some(rewrite))
    }

    /// What the generator is asked of the sentence `best`, which stands under `heading`.
    fn task(&self, ask: &Ask, best: &Sentence, heading: &str) -> Task {
        let question = ask.search.question.as_str();
        let most = self.settings.max_tokens;
        let copies = self.abilities.copies;
        let copy = || (prompt::copy(question, &best.text), best.text.clone());
        Task {
            prompt: prompt::rewrite(question, heading, &as_sentence(&best.text)),
            copy: copies.then(copy),
            max_tokens: ask.max_tokens.map_or(most, |asked| asked.min(most)),
            deadline: ask.deadline,
        }
    }
}

/// Whether the generator is asked.
pub(crate) enum Seating {
    /// It is, when this place in its queue is reached.
    Taken(Seat<Generator>),
    /// It is not wanted, or not there.
    NotAsked,
    /// Its queue is full.
    Full,
}
