//! The generator's attempt to say the best evidence in an answer's words, and the decision
//! whether it may stand in for the quote. Nothing unverified passes: one failed sentence
//! sinks the attempt, and a sentence that only repeats the question is no answer.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use footnote_ingest::sentence;
use footnote_ingest::worker::Seat;
use footnote_store::terms::TermStats;

use crate::ask::Ask;
use crate::compose::{Kept, as_sentence};
use crate::error::Error;
use crate::evidence::stems;
use crate::generate::{
    Draft, GUESSES, GenerateError, GenerateLimits, Generator, Prompt, StopReason,
};
use crate::outcome::Usage;
use crate::prompt;
use crate::short;
use crate::trace::{RewriteClaim, RewriteTrace};
use crate::verify::{self, Evidence, Verified};

/// One pass through the generator.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// What the model wrote.
    pub text: String,
    prompt: Prompt,
    draft: Draft,
    claims: Vec<RewriteClaim>,
    accepted: Option<Vec<Kept>>,
    /// Bytes of the best sentence that the model picked as the short answer.
    copied: Option<Range<usize>>,
}

/// What the generator is asked.
pub(crate) struct Task {
    /// For its own words.
    pub(crate) prompt: Prompt,
    /// For words of a sentence, and the sentence.
    pub(crate) copy: Option<(Prompt, String)>,
    /// Longest output in tokens.
    pub(crate) max_tokens: usize,
    /// Moment after which no further token is written.
    pub(crate) deadline: Option<Instant>,
}

/// Asks the generator whose queue `seat` is in. It stops before its next token when the
/// future is dropped.
pub(crate) async fn run(seat: Seat<Generator>, task: Task) -> Result<Rewrite, Error> {
    let prompt = task.prompt.clone();
    let gone = Gone::default();
    let left = Arc::clone(&gone.0);
    let written = seat.run(move |model| {
        let limits = GenerateLimits {
            max_tokens: task.max_tokens,
            deadline: task.deadline,
            cancelled: &|| left.load(Ordering::Relaxed),
            guesses: GUESSES,
        };
        let draft = model.generate(&task.prompt, &limits)?;
        if draft.finished == StopReason::Cancelled {
            let tokens = draft.completion_tokens;
            tracing::info!(tokens, "stopped writing: nobody waits for the answer");
        }
        let copied = match &task.copy {
            Some((prompt, sentence)) => model.copy(prompt, sentence, &limits)?,
            None => None,
        };
        Ok::<_, GenerateError>((draft, copied))
    });
    let (draft, copied) = written.await.map_err(|source| Error::Worker {
        model: "generator",
        source,
    })??;
    Ok(Rewrite {
        text: draft.text.clone(),
        prompt,
        draft,
        claims: Vec::new(),
        accepted: None,
        copied,
    })
}

/// Set when it is dropped, which happens when whoever waits for the draft goes away.
#[derive(Default)]
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Rewrite {
    /// The sentences that the model wrote.
    pub(crate) fn sentences(&self) -> Vec<&str> {
        let ranges = sentence::split(&self.text).into_iter();
        ranges.map(|range| &self.text[range]).collect()
    }

    /// Verifies its sentences, whose vectors are `vectors`, and decides whether they may be
    /// used.
    pub(crate) fn judge(
        &mut self,
        vectors: &[Vec<f32>],
        evidence: &[Evidence<'_>],
        terms: &TermStats,
        ask: &Ask,
    ) {
        let question = ask.search.question.as_str();
        let said = self.sentences();
        let judged = verify::verify_all(&said, vectors, question, evidence, terms);
        let claims = said
            .iter()
            .zip(&judged)
            .map(|(text, verified)| RewriteClaim {
                text: (*text).to_owned(),
                verdict: verified.verdict,
                support: verified.support,
                checks: verified.checks.clone(),
            });
        let usable = self.stands(&judged, ask) && self.keeps_the_answer(question, evidence, terms);
        let kept = said.iter().zip(judged.iter().cloned());
        let kept = kept.map(|(text, verified)| Kept {
            text: as_sentence(text),
            verified,
        });
        let (claims, accepted) = (claims.collect(), usable.then(|| kept.collect()));
        (self.claims, self.accepted) = (claims, accepted);
    }

    /// Whether the whole of it may stand in for the quote.
    fn stands(&self, judged: &[Verified], ask: &Ask) -> bool {
        !judged.is_empty()
            && self.draft.finished == StopReason::EndOfTurn
            && judged
                .iter()
                .all(|verified| verified.verdict.stands(ask.strict))
            && informs(&self.text, ask.search.question.as_str())
    }

    /// Whether it still holds the short answer, the one that the model copied from the quote or
    /// else the one picked from it, where there is one: a sentence can be true and leave out
    /// what was asked for.
    fn keeps_the_answer(
        &self,
        question: &str,
        evidence: &[Evidence<'_>],
        terms: &TermStats,
    ) -> bool {
        let quote = evidence.first().map_or("", |best| best.text);
        let copied = self.copied.clone().and_then(|span| quote.get(span));
        match copied {
            Some(words) => stems(words).is_subset(&stems(&self.text)),
            None => short::survives(question, quote, &self.text, terms),
        }
    }

    /// The verified sentences, if they may stand in for the quote.
    pub fn accepted(&self) -> Option<Vec<Kept>> {
        self.accepted.clone()
    }

    /// Bytes of the best sentence that the model says answer by themselves.
    pub(crate) fn copied(&self) -> Option<Range<usize>> {
        self.copied.clone()
    }

    /// Whether the model said what it had to say, and it may not be used.
    pub(crate) fn refused(&self) -> bool {
        let finished = match self.draft.finished {
            StopReason::EndOfTurn | StopReason::MaxTokens => true,
            StopReason::Deadline | StopReason::Cancelled => false,
        };
        finished && !self.used()
    }

    /// Whether the model's words are part of the answer.
    pub fn used(&self) -> bool {
        self.accepted.is_some()
    }

    /// Tokens read and written.
    pub fn usage(&self) -> Usage {
        Usage {
            prompt_tokens: self.draft.prompt_tokens,
            cached_tokens: self.draft.cached_tokens,
            completion_tokens: self.draft.completion_tokens,
            cost_usd: 0.0,
        }
    }

    /// What the receipt keeps of it.
    pub fn into_trace(self) -> RewriteTrace {
        RewriteTrace {
            prompt_version: prompt::VERSION.to_owned(),
            used: self.used(),
            stopped: self.draft.finished.as_str().to_owned(),
            system: self.prompt.system,
            user: self.prompt.user,
            text: self.text,
            claims: self.claims,
        }
    }
}

/// Whether `text` says anything the question did not.
pub(crate) fn informs(text: &str, question: &str) -> bool {
    let asked = stems(question);
    stems(text)
        .iter()
        .any(|stem| !asked.contains(stem) && !footnote_store::terms::is_stop_word(stem))
}
