//! One queue's way to the committer: take, parse, embed. Parsing runs a few documents ahead of
//! embedding, so neither waits for the other longer than it must.

use std::sync::Arc;
use std::time::Duration;

use footnote_store::crash;
use footnote_store::ledger::jobs::{Job, Priority};
use time::OffsetDateTime;
use tokio::sync::{mpsc, watch};

use super::commit::{Arrival, Ready};
use super::failure;
use super::prepare::{Parsed, Prepare, note_stage};
use super::stages::Stages;
use crate::app::App;
use crate::error::chain;

/// Parsed documents that may wait for the model.
pub(super) const AHEAD: usize = 8;

/// Passages that are enough to keep the model's threads busy: documents are embedded together
/// until they have as many.
const ENOUGH: usize = 32;

/// A job on its way from parsing to embedding.
pub(super) struct Taken {
    job: Job,
    parsed: Parsed,
    stages: Stages,
}

/// What parsing hands to embedding.
pub(super) enum Item {
    Document(Box<Taken>),
    /// The queue was empty: nobody should wait for more.
    Idle,
}

/// Takes and parses the jobs of a queue until `stop` turns true.
pub(super) async fn parse_each(
    app: Arc<App>,
    priority: Priority,
    mut stop: watch::Receiver<bool>,
    parsed: mpsc::Sender<Item>,
) {
    let (app, mut roused) = (&app, app.roused());
    while !*stop.borrow() {
        // Seen before looking, so that a job queued meanwhile is not slept over.
        roused.borrow_and_update();
        let item = match app.store.ledger.next_job(priority).await {
            Ok(Some(job)) => parse(app, job).await,
            Ok(None) => Some(Item::Idle),
            Err(error) => {
                tracing::error!(cause = chain(&error), "cannot take a job");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let idle = matches!(item, Some(Item::Idle));
        if let Some(item) = item
            && parsed.send(item).await.is_err()
        {
            return;
        }
        if idle {
            tokio::select! {
                _ = roused.changed() => {}
                _ = stop.changed() => {}
                () = due(app, priority) => {}
            }
        }
    }
}

/// Ends when the next job that was put off may start, at once if its time came since the queue
/// was looked at; never when there is none.
async fn due(app: &App, priority: Priority) {
    match app.store.ledger.next_due(priority).await {
        Ok(Some(then)) => {
            let wait = then - OffsetDateTime::now_utc();
            tokio::time::sleep(wait.try_into().unwrap_or_default()).await;
        }
        Ok(None) => std::future::pending().await,
        Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
    }
}

/// Takes `job` up to where it needs the model; `None` when it has ended.
async fn parse(app: &Arc<App>, job: Job) -> Option<Item> {
    let mut stages = Stages::default();
    match super::prepare::parse(app, &job, &mut stages).await {
        Ok(Prepare::Parsed(parsed)) => Some(Item::Document(Box::new(Taken {
            job,
            parsed,
            stages,
        }))),
        Ok(Prepare::Unchanged) => {
            super::commit::unchanged(app, &job, &stages).await;
            None
        }
        Err(failure) => {
            failure::record(app, &job, &failure, &stages).await;
            None
        }
    }
}

/// Embeds what was parsed and hands it to the committer, until there is no more.
pub(super) async fn embed_each(
    app: Arc<App>,
    priority: Priority,
    mut waiting: mpsc::Receiver<Item>,
    ready: mpsc::Sender<Arrival>,
) {
    while let Some(item) = waiting.recv().await {
        let (documents, idle) = gather(item, &mut waiting);
        for group in groups(documents) {
            for arrival in embed(&app, group).await {
                if ready.send(Arrival::Ready(Box::new(arrival))).await.is_err() {
                    return;
                }
            }
        }
        if idle && ready.send(Arrival::Idle(priority)).await.is_err() {
            return;
        }
    }
}

/// `first` and what waits behind it, up to as many passages as keep the model busy; and
/// whether the queue was empty after that.
fn gather(first: Item, waiting: &mut mpsc::Receiver<Item>) -> (Vec<Taken>, bool) {
    let (mut documents, mut passages) = (Vec::new(), 0);
    let mut next = Some(first);
    while let Some(item) = next.take() {
        let Item::Document(taken) = item else {
            return (documents, true);
        };
        passages += taken.parsed.work();
        documents.push(*taken);
        if passages < ENOUGH {
            next = waiting.try_recv().ok();
        }
    }
    (documents, false)
}

/// What may be embedded together: every document that was with the model when the service went
/// down is alone, so that the next time tells which of them it was.
fn groups(documents: Vec<Taken>) -> Vec<Vec<Taken>> {
    let suspected = |taken: &Taken| failure::suspected(&taken.job);
    let (suspects, others): (Vec<Taken>, Vec<Taken>) = documents.into_iter().partition(suspected);
    let mut groups: Vec<Vec<Taken>> = suspects.into_iter().map(|taken| vec![taken]).collect();
    groups.extend((!others.is_empty()).then_some(others));
    groups
}

/// Embeds documents together; when that fails, each for itself, so that one does not take the
/// others along.
async fn embed(app: &Arc<App>, mut documents: Vec<Taken>) -> Vec<Ready> {
    documents.iter_mut().for_each(|taken| taken.stages.begin());
    let ids: Vec<_> = documents.iter().map(|taken| taken.job.id.clone()).collect();
    note_stage(app, &ids, "embed").await;
    crash::point("embedding");
    let mut all: Vec<&mut Parsed> = documents
        .iter_mut()
        .map(|taken| &mut taken.parsed)
        .collect();
    let together = super::prepare::embed(app, &mut all).await;
    let mut ready: Vec<Ready> = Vec::with_capacity(documents.len());
    for mut taken in documents {
        let embedded = match &together {
            Ok(()) => Ok(()),
            Err(_) => super::prepare::embed(app, &mut [&mut taken.parsed]).await,
        };
        taken.stages.end("embed");
        match embedded.and_then(|()| taken.parsed.into_change(&taken.job)) {
            Ok(change) => ready.push(Ready {
                job: taken.job,
                change,
                stages: taken.stages,
            }),
            Err(failure) => failure::record(app, &taken.job, &failure, &taken.stages).await,
        }
    }
    // At once: whoever is noted as with the model when the service dies is suspected of it.
    let ids: Vec<_> = ready.iter().map(|ready| ready.job.id.clone()).collect();
    note_stage(app, &ids, "commit").await;
    crash::point("embedded");
    ready
}
