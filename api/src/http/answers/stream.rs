//! `stream: true`: the answer as events, each as soon as it stands. The work is part of the
//! response body, so when the client goes away and the body is dropped, the work is too.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;

use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use footnote_answer::ask::Ask;
use footnote_answer::outcome::Answer;
use footnote_answer::progress::{Event, Progress};
use futures::FutureExt;
use futures::stream::{self, BoxStream, StreamExt};
use serde::Serialize;
use serde_json::json;
use tokio::sync::mpsc;

use super::receipt::Asked;
use crate::app::App;
use crate::error::ApiError;
use crate::http::layers::{Admission, bounded, log};

/// How often a comment keeps a silent stream open.
const KEEP_OPEN: Duration = Duration::from_secs(10);
/// Events that may wait for a client that reads slowly.
const WAITING: usize = 16;

/// The quotes, marked as what may still be bettered.
#[derive(Serialize)]
struct Quoted<'a> {
    #[serde(flatten)]
    answer: &'a Answer,
    #[serde(rename = "final")]
    is_final: bool,
}

/// Streams the answer. What fails before the first event is refused as it is without `stream`.
pub(super) async fn answer(
    app: Arc<App>,
    asked: Asked,
    ask: Ask,
    admission: Admission,
) -> Result<Response, ApiError> {
    let (told, events) = mpsc::channel(WAITING);
    let deadline = admission.deadline;
    let work = async move {
        let progress = Progress::to(told);
        let answer = super::answer(&app, &asked, &ask, &progress);
        bounded(deadline, answer).await.flatten()
    };
    let mut parts = parts(events, work);
    let first = match parts.next().await {
        Some(Part::Failed(error)) => return Err(error),
        first => stream::iter(first),
    };
    let sent = first.chain(parts).flat_map(move |part| {
        // All of it, not the id alone: the request's place is kept until the last part is sent.
        let admission = &admission;
        stream::iter(part.events(&admission.id))
    });
    let sent = sent.map(Ok::<_, Infallible>);
    let kept_open = KeepAlive::new().interval(KEEP_OPEN);
    Ok(Sse::new(sent).keep_alive(kept_open).into_response())
}

/// A step of the stream.
enum Part {
    Told(Event),
    Answered(Box<Answer>),
    Failed(ApiError),
}

/// What is told while `work` runs, in that order, and then its outcome.
fn parts(
    mut events: mpsc::Receiver<Event>,
    work: impl Future<Output = Result<Answer, ApiError>> + Send + 'static,
) -> BoxStream<'static, Part> {
    let mut work = Box::pin(work.fuse());
    let (mut outcome, mut told) = (None, false);
    stream::poll_fn(move |cx| {
        if std::mem::take(&mut told) {
            // What was told is written out while there is nothing more, and only then: the
            // quotes must not wait for the model to be asked.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Poll::Ready(ended) = work.as_mut().poll(cx) {
            outcome = Some(ended);
        }
        // The work has the other end: when it has ended, nothing more is told.
        let event = ready!(events.poll_recv(cx));
        told = event.is_some();
        Poll::Ready(event.map(Part::Told).or_else(|| {
            outcome.take().map(|ended| match ended {
                Ok(answer) => Part::Answered(Box::new(answer)),
                Err(error) => Part::Failed(error),
            })
        }))
    })
    .boxed()
}

impl Part {
    /// The events of the contract for this part of request `id`.
    fn events(self, id: &str) -> Vec<Sent> {
        match self {
            Part::Told(event) => vec![told(&event)],
            Part::Answered(answer) => vec![sent("answer", &*answer), sent("done", &json!({}))],
            Part::Failed(error) => {
                log(&error);
                vec![sent("error", &error.body(id))]
            }
        }
    }
}

fn told(event: &Event) -> Sent {
    match event {
        Event::Taken { id, trace_id } => sent("meta", &json!({ "id": id, "trace_id": trace_id })),
        Event::Passages(sources) => sent("passages", &Sources { sources }),
        Event::Quoted(answer) => {
            let is_final = false;
            sent("extractive", &Quoted { answer, is_final })
        }
        Event::Claim { claim, citations } => sent("claim", &Claimed { claim, citations }),
    }
}

#[derive(Serialize)]
struct Sources<'a> {
    sources: &'a [footnote_answer::outcome::SourceRef],
}

#[derive(Serialize)]
struct Claimed<'a> {
    claim: &'a footnote_answer::outcome::AnswerClaim,
    citations: &'a [footnote_answer::outcome::Citation],
}

fn sent(name: &str, data: &impl Serialize) -> Sent {
    let event = Sent::default().event(name);
    // Only a map with keys that are no text cannot be written, and there is none.
    event.json_data(data).unwrap_or_else(|error| {
        let failed = ApiError::internal(&axum::Error::new(error));
        log(&failed);
        Sent::default().event("error").data(failed.message)
    })
}
