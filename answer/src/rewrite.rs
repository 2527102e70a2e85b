//! The generator's attempt to say the best evidence in an answer's words, and the decision
//! whether it may stand in for the quote. Nothing unverified passes: one failed sentence
//! sinks the attempt, and a sentence that only repeats the question is no answer.

use footnote_ingest::sentence;
use footnote_store::terms::TermStats;

use crate::ask::Ask;
use crate::compose::{Kept, as_sentence};
use crate::evidence::stems;
use crate::generate::{Draft, Prompt, StopReason};
use crate::outcome::Usage;
use crate::prompt;
use crate::short;
use crate::trace::{RewriteClaim, RewriteTrace};
use crate::verify::Verified;

/// One pass through the generator.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// What the model wrote.
    pub text: String,
    prompt: Prompt,
    draft: Draft,
    claims: Vec<RewriteClaim>,
    accepted: Option<Vec<Kept>>,
}

impl Rewrite {
    /// What the model wrote to `prompt`, not judged yet.
    pub(crate) fn new(prompt: Prompt, draft: Draft) -> Self {
        Self {
            text: draft.text.clone(),
            prompt,
            draft,
            claims: Vec::new(),
            accepted: None,
        }
    }

    /// The sentences that the model wrote.
    pub(crate) fn sentences(&self) -> Vec<&str> {
        let ranges = sentence::split(&self.text).into_iter();
        ranges.map(|range| &self.text[range]).collect()
    }

    /// Decides whether its sentences, whose verdicts are `judged`, may be used; `copied` are
    /// the words that the model copied from `quote`.
    pub(crate) fn judge(
        &mut self,
        judged: &[Verified],
        quote: &str,
        copied: Option<&str>,
        terms: &TermStats,
        ask: &Ask,
    ) {
        let question = ask.search.question.as_str();
        let said = self.sentences();
        let claims = said
            .iter()
            .zip(judged)
            .map(|(text, verified)| RewriteClaim {
                text: (*text).to_owned(),
                verdict: verified.verdict,
                support: verified.support,
                checks: verified.checks.clone(),
            });
        let keeps = self.keeps_the_answer(question, quote, copied, terms);
        let usable = keeps && self.stands(judged, ask);
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

    /// Whether it still holds the short answer, the words `copied` by the model or else those
    /// picked from `quote`, where there are any: a sentence can be true and leave out what was
    /// asked for.
    fn keeps_the_answer(
        &self,
        question: &str,
        quote: &str,
        copied: Option<&str>,
        terms: &TermStats,
    ) -> bool {
        match copied {
            Some(words) => stems(words).is_subset(&stems(&self.text)),
            None => short::survives(question, quote, &self.text, terms),
        }
    }

    /// The verified sentences, if they may stand in for the quote.
    pub fn accepted(&self) -> Option<Vec<Kept>> {
        self.accepted.clone()
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
            tokens: self.draft.completion_tokens,
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
