//! What goes into a language model and what comes out.

use std::ops::Range;
use std::time::{Duration, Instant};

/// What the model is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Who it is and how it should answer; the same for many prompts, so it is read once.
    pub system: String,
    /// What it should do now. Text that looks like a special token is read as plain text.
    pub user: String,
}

/// What the model may answer with words of, and nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct Copying {
    /// The question, and the texts for it to read.
    pub prompt: Prompt,
    /// The texts, to the byte as the spans are to be counted.
    pub texts: Vec<String>,
    /// What is known of their spans beforehand: the share of probability that each has. Those
    /// that are missing have next to none; where all are missing nothing is known.
    pub prior: Vec<(Spot, f32)>,
}

/// Words of one of several texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Which text, from 0.
    pub text: usize,
    /// Where in it.
    pub bytes: Range<usize>,
}

/// What the model copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The words; `None` when a limit came first, or no token of the model's is in the texts.
    pub spot: Option<Spot>,
    /// Tokens of the prompt, chat markup included.
    pub prompt_tokens: usize,
    /// How many of them had been read for an earlier prompt.
    pub cached_tokens: usize,
    /// Tokens written.
    pub completion_tokens: usize,
    /// Why it stopped.
    pub finished: StopReason,
}

/// When to stop a generation that does not stop by itself.
pub struct GenerateLimits<'a> {
    /// Longest output in tokens.
    pub max_tokens: usize,
    /// Moment after which no further step is begun.
    pub deadline: Option<Instant>,
    /// Asked before every step; `true` ends the generation.
    pub cancelled: &'a dyn Fn() -> bool,
    /// Tokens guessed at once from the prompt's own words; the text is the same with any
    /// number of them, and with [`GUESSES`](super::GUESSES) it comes soonest.
    pub guesses: usize,
}

/// What the model wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The text, without surrounding white space; unfinished unless `finished` says otherwise.
    pub text: String,
    /// Tokens of the prompt, chat markup included.
    pub prompt_tokens: usize,
    /// How many of them had been read for an earlier prompt.
    pub cached_tokens: usize,
    /// Tokens written, the one that ends the turn not counted.
    pub completion_tokens: usize,
    /// How many of them had been guessed rightly, and so came for less.
    pub guessed_tokens: usize,
    /// Why it stopped.
    pub finished: StopReason,
    /// Time until the prompt was read.
    pub reading: Duration,
    /// Time from then on.
    pub writing: Duration,
}

/// Why a generation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The model ended its turn.
    EndOfTurn,
    /// `max_tokens` were written.
    MaxTokens,
    /// The deadline passed.
    Deadline,
    /// The caller lost interest.
    Cancelled,
}

impl StopReason {
    /// The reason as it is written in a trace.
    pub fn as_str(self) -> &'static str {
        match self {
            StopReason::EndOfTurn => "end_of_turn",
            StopReason::MaxTokens => "max_tokens",
            StopReason::Deadline => "deadline",
            StopReason::Cancelled => "cancelled",
        }
    }
}

impl GenerateLimits<'_> {
    /// The first limit that forbids writing more.
    pub(super) fn reached(&self, written: &[u32]) -> Option<StopReason> {
        let late = || {
            self.deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
        };
        if written.len() >= self.max_tokens {
            Some(StopReason::MaxTokens)
        } else if (self.cancelled)() {
            Some(StopReason::Cancelled)
        } else {
            late().then_some(StopReason::Deadline)
        }
    }
}
