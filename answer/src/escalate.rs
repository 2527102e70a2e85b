//! A larger model elsewhere, asked when evidence was found and the local answer may be too
//! little: an OpenAI-compatible endpoint under a deadline, a budget and a circuit breaker. Off
//! by default. What it says is verified like anything else; what fails of it, or of the way
//! there, leaves the local answer as it stands.
//!
//! | module | answers |
//! |---|---|
//! | [`policy`] | is it wanted? |
//! | [`call`], [`breaker`], [`budget`] | may it be asked now? |
//! | [`request`], [`address`](mod@address), [`endpoint`], [`reply`] | what is sent, how, and what comes back? |
//! | [`attempt`], [`form`] | which of its sentences stand? |
//! | [`trace`] | what is kept, and replayed? |

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

mod address;
pub(crate) mod attempt;
mod breaker;
mod budget;
mod call;
mod endpoint;
mod form;
mod policy;
mod reply;
mod request;
mod trace;

pub use address::{EndpointError, address};
use breaker::Breaker;
use budget::Budget;
pub use budget::Prices;
use endpoint::Endpoint;
pub use policy::Need;
pub use trace::{EscalatedClaim, EscalationTrace, Reply, Status};

/// Questions that may wait for the endpoint at once: a slow one holds no more than these.
const PLACES: usize = 2;

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
}

struct Guards {
    breaker: Breaker,
    budget: Budget,
}

impl Escalation {
    /// An endpoint on these terms. It is not called before a question needs it.
    ///
    /// # Errors
    /// An address or a key that cannot be used.
    pub fn new(terms: Terms<'_>) -> Result<Self, EndpointError> {
        Ok(Self {
            endpoint: Endpoint::new(terms.url, terms.model, terms.key, terms.max_tokens)?,
            timeout: terms.timeout,
            prices: terms.prices,
            guards: Mutex::new(Guards {
                breaker: Breaker::default(),
                budget: Budget::new(terms.usd_per_day),
            }),
            places: Semaphore::new(PLACES),
        })
    }
}
