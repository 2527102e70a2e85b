//! A larger model elsewhere, asked when evidence was found and the local answer may be too
//! little: an OpenAI-compatible endpoint under a deadline, a budget and a circuit breaker. Off
//! by default. What it says is verified like anything else; what fails of it, or of the way
//! there, leaves the local answer as it stands.
//!
//! | module | answers |
//! |---|---|
//! | [`policy`] | is it wanted? |
//! | [`breaker`], [`budget`] | may it be asked now? |
//! | [`request`], [`endpoint`], [`reply`] | what is sent, how, and what comes back? |
//! | [`attempt`] | which of its sentences stand? |
//! | [`trace`] | what is kept, and replayed? |

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::{Semaphore, SemaphorePermit};

pub(crate) mod attempt;
mod breaker;
mod budget;
mod endpoint;
mod policy;
mod reply;
mod request;
mod trace;

use breaker::{Breaker, Pass};
pub use budget::Prices;
use budget::{Budget, Reserved, day};
use endpoint::{CallError, Endpoint, Heard};
pub use endpoint::{EndpointError, address};
pub use policy::Need;
use request::Request;
pub use trace::{EscalatedClaim, EscalationTrace, Reply, Status};

/// Questions that may wait for the endpoint at once: a slow one holds no more than these.
const PLACES: usize = 2;
/// With less time than this left, no call is begun.
const LEAST_TIME: Duration = Duration::from_millis(100);
/// A call that had this long, or all the time there is, and brought nothing counts against the
/// endpoint; with less it was the question that was in a hurry.
const FAIR_TIME: Duration = Duration::from_secs(1);

/// Whether a question may be escalated.
#[derive(Clone, Debug)]
pub enum Escalating {
    /// It may not.
    Never,
    /// It may, until that moment.
    Allowed {
        /// When the answer must be on its way.
        until: Option<Instant>,
    },
    /// What became of it then is what becomes of it now: nobody is asked, nothing is spent.
    Recorded(Arc<EscalationTrace>),
}

/// What an endpoint is, and what it may use up.
#[derive(Clone)]
pub struct Terms<'a> {
    /// Where the server is: what `/chat/completions` is added to.
    pub url: &'a str,
    /// Which of its models.
    pub model: &'a str,
    /// What it is told to let us in.
    pub key: Option<&'a str>,
    /// Longest call.
    pub timeout: Duration,
    /// Most tokens of a reply.
    pub max_tokens: usize,
    /// What it takes.
    pub prices: Prices,
    /// Dollars that may be spent in one day (UTC).
    pub usd_per_day: f64,
}

/// An endpoint and what guards it.
pub struct Escalation {
    endpoint: Endpoint,
    timeout: Duration,
    prices: Prices,
    guards: Mutex<Guards>,
    places: Semaphore,
    /// When it was made, in nanoseconds, and how often it was allowed: no two answers that it
    /// may have a part in are the same answer.
    made: u128,
    allowed: AtomicU64,
}

struct Guards {
    breaker: Breaker,
    budget: Budget,
}

/// What became of a call, before its reply is verified.
#[derive(Clone, Debug)]
pub(crate) struct Called {
    /// Why there is nothing to verify; `None` when there is.
    ended: Option<Status>,
    failure: Option<String>,
    calls: u32,
    reply: Option<Reply>,
}

impl Called {
    fn skipped(status: Status) -> Self {
        Self {
            ended: Some(status),
            failure: None,
            calls: 0,
            reply: None,
        }
    }
}

impl Escalation {
    /// An endpoint on these terms. It is not called before a question needs it.
    ///
    /// # Errors
    /// An address or a key that cannot be used.
    pub fn new(terms: Terms<'_>) -> Result<Self, EndpointError> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Ok(Self {
            endpoint: Endpoint::new(terms.url, terms.model, terms.key, terms.max_tokens)?,
            timeout: terms.timeout,
            prices: terms.prices,
            guards: Mutex::new(Guards {
                breaker: Breaker::default(),
                budget: Budget::new(terms.usd_per_day),
            }),
            places: Semaphore::new(PLACES),
            made: since.map_or(0, |since| since.as_nanos()),
            allowed: AtomicU64::new(0),
        })
    }

    /// A text that no other question gets.
    pub(crate) fn ticket(&self) -> String {
        let n = self.allowed.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{n:x}", self.made)
    }

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
