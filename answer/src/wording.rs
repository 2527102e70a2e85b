//! Who says it better than the quotes: the local model, from a place in its queue to the verdict
//! on its words, and an endpoint where that is wanted. Without either the quotes stand. Where
//! the gate has a reserve nobody may reword them, and the model may still point at the words
//! that answer.

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
use crate::generate::{Copying, Generator, Prompt};
use crate::outcome::{Citation, Kind, ShortAnswer, Usage};
use crate::prompt;
use crate::quote;
use crate::reading::Reading;
use crate::rewrite::Rewrite;
use crate::short;
use crate::task::{Pointed, Said, Task};
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
    /// Whether the gate has a reserve.
    pub(crate) doubted: bool,
}

/// Sentences that the model may copy from: a second one helps a little, a third does not (see the
/// README).
const COPIED_FROM: usize = 2;

/// What others made of the quotes.
#[derive(Default)]
pub(crate) struct Worded {
    /// What the local model said, as far as it was asked.
    pub(crate) said: Said,
    /// The endpoint's, if it was.
    pub(crate) escalated: Option<Attempt>,
    /// Whether the local model was not asked for something it would have been too late with.
    pub(crate) late: bool,
}

impl Worded {
    /// What is said and who words it: the endpoint if anything of its reply stands, else the
    /// local model if all of its words do, else the quotes; at most `most` sentences.
    pub(crate) fn claims(&self, quotes: Vec<Kept>, most: usize) -> (Vec<Kept>, Kind) {
        let escalated = self.escalated.as_ref().and_then(Attempt::accepted);
        let reworded = self.said.rewrite.as_ref().and_then(Rewrite::accepted);
        match (escalated, reworded) {
            (Some(claims), _) => (claims, Kind::Escalated),
            (None, Some(better)) => (quote::reworded(quotes, better, most), Kind::Generated),
            (None, None) => (quotes, Kind::Extractive),
        }
    }

    /// What both consumed.
    pub(crate) fn usage(&self) -> Usage {
        let mut usage = self.said.usage();
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
        let spot = self.said.pointed.as_ref().and_then(Pointed::spot)?;
        short::at(kept, spot, citations)
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
        let task = match &seat {
            Seating::Taken(_) => self.task(ask, case),
            Seating::NotAsked | Seating::Full => Task::default(),
        };
        let (task, late) = self.in_time(task);
        let said = match seat {
            Seating::Taken(seat) if !task.is_empty() => {
                self.say(seat, task, ask, case, clock).await?
            }
            _ => Said::default(),
        };
        let refused = said.rewrite.as_ref().is_some_and(Rewrite::refused);
        let escalated = match case.doubted {
            true => None,
            false => attempt(self, ask, case, refused, clock).await,
        };
        Ok(Worded {
            said,
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
        let able = self.may_write(ask) || self.abilities.copies;
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

    fn may_write(&self, ask: &Ask) -> bool {
        self.abilities.rewrites || ask.wording == Wording::Generate
    }

    /// What the generator is to be asked.
    fn task(&self, ask: &Ask, case: Case<'_>) -> Task {
        let most = self.settings.max_tokens;
        let may_write = self.may_write(ask) && !case.doubted && !ask.cut.unwritten;
        Task {
            copy: self.abilities.copies.then(|| copying(ask, case)),
            write: may_write.then(|| writing(ask, case)).flatten(),
            most_copied: ask.cut.copy.unwrap_or(most),
            most_written: ask.cut.write.unwrap_or(most),
            deadline: ask.deadline,
        }
    }

    /// What of `task` the generator, as fast as it was when it was tried, will have done when
    /// its deadline passes. And whether that is not all.
    fn in_time(&self, task: Task) -> (Task, bool) {
        match (task.deadline, self.pace) {
            (Some(deadline), Some(pace)) => {
                pace.within(task, deadline.saturating_duration_since(Instant::now()))
            }
            _ => (task, false),
        }
    }

    /// Has the generator do `task` and verifies what it says.
    async fn say(
        &self,
        seat: Seat<Generator>,
        task: Task,
        ask: &Ask,
        case: Case<'_>,
        clock: &mut Clock,
    ) -> Result<Said, Error> {
        let mut said = task.run(seat).await?;
        clock.lap("generate");
        if let (Some(rewrite), Some(quote)) = (&mut said.rewrite, case.evidence.first()) {
            let question = ask.search.question.as_str();
            let sentences = rewrite.sentences();
            let evidence = std::slice::from_ref(quote);
            let judged = self.judged(&sentences, question, evidence, case.terms);
            let judged = judged.await?;
            let copied = said.pointed.as_ref().and_then(Pointed::of_the_best);
            rewrite.judge(&judged, quote.text, copied, case.terms, ask);
            clock.lap("verify");
        }
        Ok(said)
    }
}

/// The task to say the best sentence in an answer's words.
fn writing(ask: &Ask, case: Case<'_>) -> Option<Prompt> {
    let best = case.kept.first()?;
    let heading = case.reading.passages[best.passage].context();
    let question = ask.search.question.as_str();
    Some(prompt::rewrite(
        question,
        &heading,
        &as_sentence(&best.text),
    ))
}

/// The task to copy the words that answer. A line break in a sentence is a space to the model.
fn copying(ask: &Ask, case: Case<'_>) -> Copying {
    let question = ask.search.question.as_str();
    let kept = case.kept.iter().take(COPIED_FROM);
    let texts: Vec<String> = kept.map(|kept| kept.text.replace('\n', " ")).collect();
    let sentences: Vec<&str> = texts.iter().map(String::as_str).collect();
    Copying {
        prompt: prompt::copy(question, &texts),
        prior: short::prior(question, &sentences, case.terms),
        texts,
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
