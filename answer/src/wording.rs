//! Who says it better than the quotes: the local model, from a place in its queue to the verdict
//! on its words, and an endpoint where that is wanted. Without either the quotes stand.

use std::time::Instant;

use footnote_ingest::worker::{Seat, WorkerError};
use footnote_store::terms::TermStats;

use crate::ask::{Ask, Wording};
use crate::clock::Clock;
use crate::compose::{Kept, as_sentence};
use crate::engine::Engine;
use crate::error::Error;
use crate::escalate::attempt::{Attempt, attempt};
use crate::evidence::Sentence;
use crate::generate::Generator;
use crate::outcome::{Citation, Kind, ShortAnswer, Usage};
use crate::prompt;
use crate::quote;
use crate::reading::Reading;
use crate::rewrite::{self, Rewrite, Task};
use crate::short;
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

/// What others made of the quotes.
#[derive(Default)]
pub(crate) struct Worded {
    /// The local model's words, if it was asked.
    pub(crate) rewrite: Option<Rewrite>,
    /// The endpoint's, if it was.
    pub(crate) escalated: Option<Attempt>,
    /// Whether the local model was not asked because it would have been too late.
    pub(crate) late: bool,
}

impl Worded {
    /// What is said and who words it: the endpoint if anything of its reply stands, else the
    /// local model if all of its words do, else the quotes; at most `most` sentences.
    pub(crate) fn claims(&self, quotes: Vec<Kept>, most: usize) -> (Vec<Kept>, Kind) {
        let escalated = self.escalated.as_ref().and_then(Attempt::accepted);
        let reworded = self.rewrite.as_ref().and_then(Rewrite::accepted);
        match (escalated, reworded) {
            (Some(claims), _) => (claims, Kind::Escalated),
            (None, Some(better)) => (quote::reworded(quotes, better, most), Kind::Generated),
            (None, None) => (quotes, Kind::Extractive),
        }
    }

    /// What both consumed.
    pub(crate) fn usage(&self) -> Usage {
        let local = self.rewrite.as_ref().map(Rewrite::usage);
        let mut usage = local.unwrap_or_default();
        if let Some(escalated) = &self.escalated {
            escalated.add_to(&mut usage);
        }
        usage
    }

    /// The short answer that the local model copied, if its sentence is cited.
    pub(crate) fn short_answer(
        &self,
        kept: &[Sentence],
        citations: &[Citation],
    ) -> Option<ShortAnswer> {
        let copied = self.rewrite.as_ref().and_then(Rewrite::copied)?;
        short::at(kept, copied, citations)
    }
}

impl Engine {
    /// Has `case` worded by whoever may and can.
    pub(crate) async fn word(
        &self,
        seat: Seating,
        ask: &Ask,
        case: Case<'_>,
        clock: &mut Clock,
    ) -> Result<Worded, Error> {
        let late = self.is_late(&seat, ask, case);
        let rewrite = match late {
            true => None,
            false => self.rewrite(seat, ask, case, clock).await?,
        };
        let refused = rewrite.as_ref().is_some_and(Rewrite::refused);
        let escalated = attempt(self, ask, case, refused, clock).await;
        Ok(Worded {
            rewrite,
            escalated,
            late,
        })
    }

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
    fn is_late(&self, seat: &Seating, ask: &Ask, case: Case<'_>) -> bool {
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
    async fn rewrite(
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
