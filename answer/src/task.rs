//! What the generator is asked in one turn, and what came of it: words copied from the evidence,
//! words of its own, or both, as its card and the gate allow.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use footnote_ingest::worker::Seat;

use crate::error::Error;
use crate::generate::{
    Copied, Copying, GUESSES, GenerateError, GenerateLimits, Generator, Prompt, Spot, StopReason,
};
use crate::outcome::Usage;
use crate::rewrite::Rewrite;
use crate::trace::CopyTrace;

/// What the generator is asked.
#[derive(Default)]
pub(crate) struct Task {
    /// For words of the evidence.
    pub(crate) copy: Option<Copying>,
    /// For its own words.
    pub(crate) write: Option<Prompt>,
    /// Most tokens of what it copies.
    pub(crate) most_copied: usize,
    /// Most tokens of what it writes.
    pub(crate) most_written: usize,
    /// Moment after which no further token is written.
    pub(crate) deadline: Option<Instant>,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// The words it copied, if it was asked to.
    pub(crate) pointed: Option<Pointed>,
    /// The words it wrote, if it was asked to.
    pub(crate) rewrite: Option<Rewrite>,
}

/// A copied short answer.
#[derive(Clone, Debug)]
pub(crate) struct Pointed {
    copying: Copying,
    copied: Copied,
}

impl Task {
    /// Whether there is nothing to ask.
    pub(crate) fn is_empty(&self) -> bool {
        self.copy.is_none() && self.write.is_none()
    }

    /// Asks the generator whose queue `seat` is in. It stops before its next token when the
    /// future is dropped.
    pub(crate) async fn run(self, seat: Seat<Generator>) -> Result<Said, Error> {
        let gone = Gone::default();
        let left = Arc::clone(&gone.0);
        let said = seat.run(move |model| self.ask(model, &left));
        let said = said.await.map_err(|source| Error::Worker {
            model: "generator",
            source,
        })??;
        Ok(said)
    }

    /// Copies before it writes: it takes less, and a deadline may come between.
    fn ask(self, model: &mut Generator, left: &AtomicBool) -> Result<Said, GenerateError> {
        let cancelled = || left.load(Ordering::Relaxed);
        let limits = |max_tokens| GenerateLimits {
            max_tokens,
            deadline: self.deadline,
            cancelled: &cancelled,
            guesses: GUESSES,
        };
        let copy = self.copy.map(|copying| {
            let copied = model.copy(&copying, &limits(self.most_copied))?;
            Ok::<_, GenerateError>(Pointed { copying, copied })
        });
        let pointed = copy.transpose()?;
        let write = self.write.map(|prompt| {
            let draft = model.generate(&prompt, &limits(self.most_written))?;
            if draft.finished == StopReason::Cancelled {
                let tokens = draft.completion_tokens;
                tracing::info!(tokens, "stopped writing: nobody waits for the answer");
            }
            Ok::<_, GenerateError>(Rewrite::new(prompt, draft))
        });
        let rewrite = write.transpose()?;
        Ok(Said { pointed, rewrite })
    }
}

/// Set when it is dropped, which happens when whoever waits for the words goes away.
#[derive(Default)]
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Said {
    /// Tokens read and written.
    pub(crate) fn usage(&self) -> Usage {
        let written = self.rewrite.as_ref().map(Rewrite::usage);
        let mut usage = written.unwrap_or_default();
        if let Some(Pointed { copied, .. }) = &self.pointed {
            usage.prompt_tokens += copied.prompt_tokens;
            usage.cached_tokens += copied.cached_tokens;
            usage.completion_tokens += copied.completion_tokens;
        }
        usage
    }
}

impl Pointed {
    /// Where the words stand in the texts.
    pub(crate) fn spot(&self) -> Option<&Spot> {
        self.copied.spot.as_ref()
    }

    /// The words, where they are in the first text.
    pub(crate) fn of_the_best(&self) -> Option<&str> {
        let spot = self.spot().filter(|spot| spot.text == 0)?;
        self.words(spot)
    }

    fn words(&self, spot: &Spot) -> Option<&str> {
        self.copying.texts.get(spot.text)?.get(spot.bytes.clone())
    }

    /// What the receipt keeps of it.
    pub(crate) fn into_trace(self) -> CopyTrace {
        let words = self.spot().and_then(|spot| self.words(spot));
        CopyTrace {
            text: words.map(str::to_owned),
            stopped: self.copied.finished.as_str().to_owned(),
            tokens: self.copied.completion_tokens,
            system: self.copying.prompt.system,
            user: self.copying.prompt.user,
        }
    }
}
