//! One queue's way to the committer: take, parse, embed. Parsing runs a few documents ahead of
//! embedding, so neither waits for the other longer than it must.

use std::sync::Arc;
use std::time::Duration;

use footnote_store::ledger::jobs::{Job, Priority};
use time::OffsetDateTime;
use tokio::sync::{mpsc, watch};

use super::commit::{Arrival, Ready};
use super::failure;
use super::prepare::{Parsed, Prepare};
use super::stages::Stages;
use crate::app::App;
use crate::error::chain;

/// Parsed documents that may wait for the model.
const AHEAD: usize = 4;

/// A job on its way from parsing to embedding.
struct Taken {
    job: Job,
    parsed: Parsed,
    stages: Stages,
}

/// What parsing hands to embedding.
enum Item {
    Document(Box<Taken>),
    /// The queue was empty: nobody should wait for more.
    Idle,
}

/// Runs the queue of `priority` until `stop` turns true and what was taken has been handed on.
pub(super) async fn run(
    app: &Arc<App>,
    priority: Priority,
    stop: watch::Receiver<bool>,
    ready: mpsc::Sender<Arrival>,
) {
    let (parsed, waiting) = mpsc::channel(AHEAD);
    tokio::join!(
        parse_each(app, priority, stop, parsed),
        embed_each(app, waiting, ready)
    );
}

async fn parse_each(
    app: &Arc<App>,
    priority: Priority,
    mut stop: watch::Receiver<bool>,
    parsed: mpsc::Sender<Item>,
) {
    let mut roused = app.roused();
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
                () = due(app) => {}
            }
        }
    }
}

/// Ends when the next job that was put off may start; never when there is none.
async fn due(app: &App) {
    match app.store.ledger.next_due().await {
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

async fn embed_each(
    app: &Arc<App>,
    mut waiting: mpsc::Receiver<Item>,
    ready: mpsc::Sender<Arrival>,
) {
    while let Some(item) = waiting.recv().await {
        let arrival = match item {
            Item::Document(taken) => embed(app, *taken).await,
            Item::Idle => Some(Arrival::Idle),
        };
        if let Some(arrival) = arrival
            && ready.send(arrival).await.is_err()
        {
            return;
        }
    }
}

async fn embed(app: &Arc<App>, taken: Taken) -> Option<Arrival> {
    let Taken {
        job,
        parsed,
        mut stages,
    } = taken;
    let embedded = super::prepare::embed(app, &job, parsed, &mut stages).await;
    match embedded {
        Ok(change) => Some(Arrival::Ready(Box::new(Ready {
            job,
            change,
            stages,
        }))),
        Err(failure) => {
            failure::record(app, &job, &failure, &stages).await;
            None
        }
    }
}
