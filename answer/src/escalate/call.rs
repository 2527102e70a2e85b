//! One call: a place, the guards' leave, the endpoint, and what the guards are told afterwards,
//! also when nobody waits for the end of it.

use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::SemaphorePermit;

use super::breaker::Pass;
use super::budget::{Reserved, day};
use super::endpoint::{CallError, Heard};
use super::reply;
use super::request::Request;
use super::trace::{Reply, Status};
use super::{Escalation, Guards};

/// With less time than this left, no call is begun.
const LEAST_TIME: Duration = Duration::from_millis(100);
/// A call that had this long, or all the time there is, and brought nothing counts against the
/// endpoint; with less it was the question that was in a hurry.
const FAIR_TIME: Duration = Duration::from_secs(1);

/// What became of a call, before its reply is verified.
#[derive(Clone, Debug)]
pub(crate) struct Called {
    /// Why there is nothing to verify; `None` when there is.
    pub(super) ended: Option<Status>,
    pub(super) failure: Option<String>,
    pub(super) calls: u32,
    pub(super) reply: Option<Reply>,
}

impl Called {
    pub(super) fn skipped(status: Status) -> Self {
        Self {
            ended: Some(status),
            failure: None,
            calls: 0,
            reply: None,
        }
    }
}

impl Escalation {
    /// Asks, unless one of the guards objects, and gives up at `until` or after the timeout.
    pub(crate) async fn call(&self, request: &Request, until: Option<Instant>) -> Called {
        let begun = Instant::now();
        let left = until.map(|until| until.saturating_duration_since(begun));
        let given = left.map_or(self.timeout, |left| left.min(self.timeout));
        let held = match self.admit(request, given, begun) {
            Ok(held) => held,
            Err(status) => return Called::skipped(status),
        };
        let mut calls = 0;
        let asking = self.endpoint.ask(request, begun + given, &mut calls);
        let heard = match tokio::time::timeout(given, asking).await {
            Ok(heard) => heard,
            Err(_) => Err(CallError::Late(given)),
        };
        let called = match heard {
            Ok(heard) => held.heard(heard),
            Err(error) => held.failed(&error, given),
        };
        Called { calls, ..called }
    }

    /// A place for a call that has `given` time.
    fn admit(&self, request: &Request, given: Duration, now: Instant) -> Result<Held<'_>, Status> {
        if given < LEAST_TIME.min(self.timeout) {
            return Err(Status::Deadline);
        }
        let place = self.places.try_acquire().map_err(|_| Status::Busy)?;
        let most = (request.most_tokens(), self.endpoint.max_tokens());
        let (day, dollars) = (day(SystemTime::now()), self.prices.cost(most.0, most.1));
        let mut guards = self.guards();
        if !guards.budget.allows(day, dollars) {
            return Err(Status::Budget);
        }
        let pass = guards.breaker.admit(now).ok_or(Status::BreakerOpen)?;
        Ok(Held {
            reserved: guards.budget.reserve(day, dollars),
            escalation: self,
            pass,
            ended: false,
            most,
            _place: place,
        })
    }

    /// Counts `dollars` as spent today: what earlier runs of the service paid.
    pub fn count(&self, dollars: f64) {
        self.guards()
            .budget
            .reserve(day(SystemTime::now()), dollars);
    }

    fn guards(&self) -> MutexGuard<'_, Guards> {
        self.guards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way. Dropped before it has ended, it frees its place and the breaker's; the
/// money stays set aside, because the server may have done the work.
struct Held<'e> {
    escalation: &'e Escalation,
    reserved: Reserved,
    pass: Pass,
    /// Tokens it may read and write at most.
    most: (usize, usize),
    ended: bool,
    _place: SemaphorePermit<'e>,
}

impl Held<'_> {
    fn heard(mut self, heard: Heard) -> Called {
        let completion = heard.completion;
        let (read, written) = completion.tokens.unwrap_or(self.most);
        let reply = Reply {
            counted: completion.tokens.is_some(),
            cost_usd: self.escalation.prices.cost(read, written),
            text: completion.text,
            model: completion.model,
            fingerprint: completion.fingerprint,
            finish: completion.finish,
            held_to_form: heard.held_to_form,
            prompt_tokens: read,
            completion_tokens: written,
        };
        let readable = reply::claims(&reply.text).is_some();
        self.end(Some(reply.cost_usd), Some(readable));
        let failure = "the reply is not in the form that was asked for";
        Called {
            ended: (!readable).then_some(Status::Failed),
            failure: (!readable).then(|| failure.to_owned()),
            calls: 0,
            reply: Some(reply),
        }
    }

    fn failed(mut self, error: &CallError, given: Duration) -> Called {
        let hurried = given < FAIR_TIME.min(self.escalation.timeout);
        let late = matches!(error, CallError::Late(_));
        let verdict = (!(late && hurried)).then_some(false);
        self.end((!error.may_cost()).then_some(0.0), verdict);
        tracing::warn!(%error, "the endpoint was asked in vain; the local answer stands");
        Called {
            failure: Some(error.to_string()),
            ..Called::skipped(Status::Failed)
        }
    }

    /// Tells the guards what it cost, if that is known, and whether it speaks for the endpoint
    /// or against it.
    fn end(&mut self, dollars: Option<f64>, verdict: Option<bool>) {
        self.ended = true;
        let now = Instant::now();
        let mut guards = self.escalation.guards();
        if let Some(dollars) = dollars {
            guards.budget.settle(self.reserved, dollars);
        }
        match verdict {
            Some(succeeded) => guards.breaker.record(self.pass, now, succeeded),
            None => guards.breaker.abandon(self.pass, now),
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.end(None, None);
        }
    }
}
