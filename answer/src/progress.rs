//! What is told of an answer while it is made. Whoever streams an answer listens; everybody
//! else is silent and pays nothing. Only what is verified is told: a quote is stored text, and
//! a sentence of the language model leaves when it has passed every check.

use tokio::sync::mpsc;

use crate::outcome::{Answer, AnswerClaim, Citation, SourceRef};

/// Something that is known before the answer is.
#[derive(Clone, Debug)]
pub enum Event {
    /// The question was taken.
    Taken {
        /// Id that the answer will have.
        id: String,
        /// Id of its trace.
        trace_id: String,
    },
    /// The nearest documents were found; which of them are cited is not known yet.
    Passages(Vec<SourceRef>),
    /// The answer in stored sentences, complete with citations; a better wording may follow.
    Quoted(Box<Answer>),
    /// A sentence of the final answer, where that differs from the quotes.
    Claim {
        /// The sentence and where it stands in the answer.
        claim: Box<AnswerClaim>,
        /// The citations it rests on.
        citations: Vec<Citation>,
    },
}

/// Where events go.
#[derive(Clone, Debug, Default)]
pub struct Progress(Option<mpsc::Sender<Event>>);

impl Progress {
    /// Nobody listens.
    pub fn silent() -> Self {
        Self::default()
    }

    /// Whoever has the other end of `events` listens. When it is full the answer waits.
    pub fn to(events: mpsc::Sender<Event>) -> Self {
        Self(Some(events))
    }

    /// Tells the event that `make` makes, if somebody listens, and lets them send it on before
    /// more is done. A listener that has gone is no failure: whoever asked drops the whole
    /// question then.
    pub(crate) async fn tell(&self, make: impl FnOnce() -> Event) {
        if let Some(events) = &self.0 {
            let _ = events.send(make()).await;
            tokio::task::yield_now().await;
        }
    }

    /// Tells each sentence of `answer` with the citations it rests on.
    pub(crate) async fn tell_claims(&self, answer: &Answer) {
        for claim in &answer.claims {
            let rests_on = |citation: &&Citation| claim.citations.contains(&citation.n);
            self.tell(|| Event::Claim {
                claim: Box::new(claim.clone()),
                citations: answer.citations.iter().filter(rests_on).cloned().collect(),
            })
            .await;
        }
    }
}
