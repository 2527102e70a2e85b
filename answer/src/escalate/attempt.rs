//! One escalation, from the need for it to its verdict: what was sent, what came back, and
//! which of its sentences stand. They pass the same alignment and verification as the local
//! model's; the evidence that the reply names is noted and not believed. Pure, but for
//! [`attempt`].

use std::collections::BTreeSet;
use std::time::Instant;

use super::Escalating;
use super::call::Called;
use super::form;
use super::policy::{Need, Signs, needs};
use super::reply::{self, Said};
use super::request::{self, Request};
use super::trace::{EscalatedClaim, EscalationTrace, Status};
use crate::ask::Ask;
use crate::clock::Clock;
use crate::compose::Kept;
use crate::engine::Engine;
use crate::outcome::Usage;
use crate::rewrite::informs;
use crate::verify::{Evidence, Verified};
use crate::wording::Case;

/// One escalation.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    trace: EscalationTrace,
    said: Vec<Said>,
    accepted: Option<Vec<Kept>>,
}

/// Asks the endpoint of `engine`, or the record of an earlier call, if the question needs it,
/// and verifies the reply; `refused` when the local model's words were. `None` when it does not
/// need it, or must not be escalated. Nothing that fails here fails the question.
pub(crate) async fn attempt(
    engine: &Engine,
    ask: &Ask,
    case: Case<'_>,
    refused: bool,
    clock: &mut Clock,
) -> Option<Attempt> {
    if !engine.settings.escalate {
        return None;
    }
    let question = ask.search.question.as_str();
    let heading = engine.settings.weights.heading;
    let signs = Signs::read(question, case.reading, case.kept, heading, refused);
    let needs = needs(&signs);
    if needs.is_empty() {
        return None;
    }
    let request = Request::new(question, case.kept);
    let called = call(engine, ask, &request).await?;
    let mut attempt = Attempt::new(needs, &request, called);
    clock.lap("generate");
    let sentences = attempt.sentences();
    let judged = engine.judged(&sentences, question, case.evidence, case.terms);
    match judged.await {
        Ok(judged) => attempt.judge(judged, case.evidence, ask),
        Err(error) => attempt.unjudged(&error),
    }
    clock.lap("verify");
    Some(attempt)
}

async fn call(engine: &Engine, ask: &Ask, request: &Request) -> Option<Called> {
    match (&ask.escalating, &engine.escalation) {
        (Escalating::Recorded(kept), _) => Some(recorded(kept, request)),
        (Escalating::Allowed { until }, Some(escalation)) if ask.may_escalate() => {
            let until = earlier(*until, ask.deadline);
            Some(escalation.call(request, until).await)
        }
        _ => None,
    }
}

fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

/// What became of the same request then.
fn recorded(kept: &EscalationTrace, request: &Request) -> Called {
    let same = kept.prompt_version == request::VERSION
        && kept.system == request.prompt.system
        && kept.user == request.prompt.user;
    if !same {
        return Called::skipped(Status::Unrecorded);
    }
    // What verification made of the reply is found out again.
    let judged = matches!(
        kept.status,
        Status::Used | Status::Unverified | Status::NoAnswer | Status::Declined
    );
    Called {
        ended: (!judged).then_some(kept.status),
        failure: kept.failure.clone(),
        calls: kept.calls,
        reply: kept.reply.clone(),
    }
}

impl Attempt {
    fn new(needs: Vec<Need>, request: &Request, called: Called) -> Self {
        let claims = match (&called.ended, &called.reply) {
            (None, Some(reply)) => reply::claims(&reply.text),
            _ => None,
        };
        let status = match (&called.ended, &claims) {
            (Some(ended), _) => *ended,
            (None, Some(claims)) if !claims.answerable => Status::Declined,
            (None, Some(_)) => Status::Unverified,
            (None, None) => Status::Failed,
        };
        Self {
            trace: EscalationTrace {
                needs,
                status,
                failure: called.failure,
                prompt_version: request::VERSION.to_owned(),
                system: request.prompt.system.clone(),
                user: request.prompt.user.clone(),
                calls: called.calls,
                reply: called.reply,
                claims: Vec::new(),
            },
            said: claims.map(|claims| claims.said).unwrap_or_default(),
            accepted: None,
        }
    }

    /// The sentences of the reply.
    pub(crate) fn sentences(&self) -> Vec<&str> {
        self.said.iter().map(|said| said.text.as_str()).collect()
    }

    /// Keeps those of them, whose verdicts are `judged`, that stand.
    pub(crate) fn judge(&mut self, judged: Vec<Verified>, evidence: &[Evidence<'_>], ask: &Ask) {
        let question = ask.search.question.as_str();
        let (mut kept, mut seen) = (Vec::new(), BTreeSet::new());
        for (said, verified) in self.said.iter().zip(judged) {
            let text = said.text.as_str();
            let used = kept.len() < ask.max_claims
                && verified.verdict.stands(ask.strict)
                && informs(text, question)
                && links_are_stored(text, evidence)
                && seen.insert(text);
            self.trace.claims.push(row(said, &verified, used));
            if used {
                kept.push(Kept {
                    text: text.to_owned(),
                    verified,
                });
            }
        }
        if kept.is_empty() {
            return;
        }
        let quote = evidence.first().map_or("", |best| best.text);
        if form::loses(question, quote, kept.iter().map(|kept| kept.text.as_str())) {
            self.trace.status = Status::NoAnswer;
        } else {
            self.trace.status = Status::Used;
            self.accepted = Some(kept);
        }
    }

    /// The reply could not be verified, because of `error`: nothing of it is used.
    pub(crate) fn unjudged(&mut self, error: &crate::Error) {
        self.trace.status = Status::Failed;
        self.trace.failure = Some(format!("the reply could not be verified: {error}"));
    }

    /// The verified sentences, if there are any.
    pub(crate) fn accepted(&self) -> Option<Vec<Kept>> {
        self.accepted.clone()
    }

    /// Adds what the call consumed to `usage`, whether or not anything of it was used.
    pub(crate) fn add_to(&self, usage: &mut Usage) {
        if let Some(reply) = &self.trace.reply {
            usage.prompt_tokens += reply.prompt_tokens;
            usage.completion_tokens += reply.completion_tokens;
            usage.cost_usd += reply.cost_usd;
        }
    }

    /// What the receipt keeps of it.
    pub(crate) fn into_trace(self) -> EscalationTrace {
        self.trace
    }
}

/// Whether every address in `text` stands in the evidence: a document that gives orders to the
/// model must not make an answer fetch anything.
fn links_are_stored(text: &str, evidence: &[Evidence<'_>]) -> bool {
    let is_link = |word: &&str| word.contains("://") || word.contains("](");
    let mut links = text.split_whitespace().filter(is_link);
    links.all(|link| {
        let link = link.trim_end_matches(['.', ',', ';', ')']);
        evidence.iter().any(|stored| stored.text.contains(link))
    })
}

fn row(said: &Said, verified: &Verified, used: bool) -> EscalatedClaim {
    EscalatedClaim {
        text: said.text.clone(),
        named: said.named.clone(),
        verdict: verified.verdict,
        support: verified.support,
        checks: verified.checks.clone(),
        used,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_must_be_stored_ones() {
        let evidence = [Evidence {
            text: "Claims go to https://pay.example/claims within 30 days.",
            context: "",
            vector: &[],
        }];
        for (text, expected) in [
            ("Claims go to https://pay.example/claims.", true),
            ("Claims go to https://evil.example/claims.", false),
            ("Claims are due in 30 days ![x](//evil.example).", false),
            ("Claims are due in 30 days.", true),
        ] {
            assert_eq!(links_are_stored(text, &evidence), expected, "{text}");
        }
    }

    #[test]
    fn the_earlier_moment_counts() {
        let now = Instant::now();
        let later = now + std::time::Duration::from_secs(1);
        assert_eq!(earlier(Some(later), Some(now)), Some(now));
        assert_eq!(earlier(None, Some(later)), Some(later));
        assert_eq!(earlier(None, None), None);
    }
}
