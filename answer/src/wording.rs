//! Who words the answer: a place in the generator's queue, and what the generator is then asked.

use footnote_ingest::worker::{Seat, WorkerError};

use crate::ask::{Ask, Wording};
use crate::compose::as_sentence;
use crate::engine::Engine;
use crate::error::Error;
use crate::evidence::{Passage, Sentence};
use crate::generate::Generator;
use crate::prompt;
use crate::rewrite::{self, Rewrite, Task};

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

    /// Lets the generator reword the best sentence; `None` when it is not to be asked.
    pub(crate) async fn rewrite(
        &self,
        seat: Seating,
        ask: &Ask,
        kept: &[Sentence],
        passages: &[Passage],
    ) -> Result<Option<Rewrite>, Error> {
        let (Seating::Taken(seat), Some(best)) = (seat, kept.first()) else {
            return Ok(None);
        };
        let heading = passages[best.passage].context();
        let question = ask.search.question.as_str();
        let most = self.settings.max_tokens;
        let copies = self.abilities.copies;
        let copy = || (prompt::copy(question, &best.text), best.text.clone());
        let task = Task {
            prompt: prompt::rewrite(question, &heading, &as_sentence(&best.text)),
            copy: copies.then(copy),
            max_tokens: ask.max_tokens.map_or(most, |asked| asked.min(most)),
            deadline: ask.deadline,
        };
        rewrite::run(seat, task).await.map(Some)
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
