//! The generator's attempt to say the best evidence in an answer's words, and the decision
//! whether it may stand in for the quote. Nothing unverified passes: one failed sentence
//! sinks the attempt, and a sentence that only repeats the question is no answer.

use std::time::Instant;

use footnote_ingest::worker::Worker;

use crate::ask::Ask;
use crate::compose::Kept;
use crate::error::Error;
use crate::evidence::stems;
use crate::generate::{Draft, GUESSES, GenerateLimits, Generator, Prompt, StopReason};
use crate::outcome::Usage;
use crate::prompt;
use crate::trace::{RewriteClaim, RewriteTrace};
use crate::verify::{Verdict, Verified};

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

/// Asks the generator, with at most `max_tokens` of output and an optional deadline.
pub async fn run(
    generator: &Worker<Generator>,
    prompt: Prompt,
    (max_tokens, deadline): (usize, Option<Instant>),
) -> Result<Rewrite, Error> {
    let asked = prompt.clone();
    let draft = generator
        .run(move |model| {
            let limits = GenerateLimits {
                max_tokens,
                deadline,
                cancelled: &|| false,
                guesses: GUESSES,
            };
            model.generate(&asked, &limits)
        })
        .await
        .map_err(|source| Error::Worker {
            model: "generator",
            source,
        })??;
    Ok(Rewrite {
        text: draft.text.clone(),
        prompt,
        draft,
        claims: Vec::new(),
        accepted: None,
    })
}

impl Rewrite {
    /// Records the verdicts on the sentences `said` and decides whether they may be used.
    pub fn judge(&mut self, said: &[String], judged: Vec<(String, Verified)>, ask: &Ask) {
        self.claims = said
            .iter()
            .zip(&judged)
            .map(|(text, (_, verified))| RewriteClaim {
                text: text.clone(),
                verdict: verified.verdict,
                support: verified.support,
                checks: verified.checks.clone(),
            })
            .collect();
        let stands = |verdict| match verdict {
            Verdict::Supported => true,
            Verdict::Weak => !ask.strict,
            Verdict::Unsupported => false,
        };
        let usable = !judged.is_empty()
            && self.draft.finished == StopReason::EndOfTurn
            && judged.iter().all(|(_, verified)| stands(verified.verdict))
            && informs(&self.text, ask.search.question.as_str());
        self.accepted = usable.then(|| {
            judged
                .into_iter()
                .map(|(text, verified)| Kept { text, verified })
                .collect()
        });
    }

    /// The verified sentences, if they may stand in for the quote.
    pub fn accepted(&self) -> Option<Vec<Kept>> {
        self.accepted.clone()
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
fn informs(text: &str, question: &str) -> bool {
    let asked = stems(question);
    stems(text)
        .iter()
        .any(|stem| !asked.contains(stem) && !footnote_store::terms::is_stop_word(stem))
}
