//! Decides when to sweep: one task for each source, started as sources come and ending when
//! they go. A sweep follows events, at most as often as sweeps are cheap, and comes anyway
//! after a while.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use footnote_store::ledger::sources::{Source, SourceId, SourceState};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::events::Events;
use super::feed::{ahead, unfinished};
use super::sweep::{Report, sweep};
use crate::app::App;
use crate::error::{ApiError, Code};

/// How long events must have stopped before a sweep, and how long they may go on.
const QUIET: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(2);

/// How soon a sweep that failed is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// Watches every source until `stop` turns true.
pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut tasks: BTreeMap<SourceId, JoinHandle<()>> = BTreeMap::new();
    while !*stop.borrow() {
        tasks.retain(|_, task| !task.is_finished());
        for source in listed(&app).await {
            let (app, stop) = (Arc::clone(&app), stop.clone());
            tasks
                .entry(source.id.clone())
                .or_insert_with(|| tokio::spawn(follow(app, source, stop)));
        }
        tokio::select! {
            () = app.watching.changed.notified() => {}
            () = tokio::time::sleep(AGAIN) => {}
            _ = stop.changed() => {}
        }
    }
    for task in tasks.into_values() {
        let _ = task.await;
    }
}

async fn listed(app: &App) -> Vec<Source> {
    app.store.ledger.sources().await.unwrap_or_else(|error| {
        tracing::error!(
            cause = crate::error::chain(&error),
            "cannot list the sources"
        );
        Vec::new()
    })
}

/// Sweeps one source from now on, until it or this process goes.
async fn follow(app: Arc<App>, source: Source, mut stop: watch::Receiver<bool>) {
    let mut events = Events::new();
    let mut complaint = None;
    while !*stop.borrow() {
        let started = Instant::now();
        let swept = tokio::select! {
            swept = sweep(&app, &source.id) => swept,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let cost = started.elapsed();
        let slot = app.watching.slot(&source.id);
        let wait = match swept {
            Ok(Report { gone: true, .. }) => return,
            Err(error) if error.code == Code::NotFound => return,
            Ok(report) => {
                complaint = None;
                let folders = app.watching.folders(&source.id);
                let (grown, returned) = grow(events, folders).await;
                events = returned;
                if grown {
                    QUIET
                } else {
                    tokio::select! {
                        wait = pause(&app, &source, &report) => wait,
                        _ = stop.wait_for(|stop| *stop) => return,
                    }
                }
            }
            Err(error) => {
                complain(&source, &error, &mut complaint);
                events.forget();
                AGAIN
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = quiet(&events, cost) => {}
            () = slot.poke.notified() => {}
            _ = stop.changed() => {}
        }
    }
}

/// Adding thousands of watches takes a moment.
async fn grow(mut events: Events, folders: BTreeSet<PathBuf>) -> (bool, Events) {
    let grown = tokio::task::spawn_blocking(move || (events.follow(folders), events)).await;
    grown.unwrap_or_else(|_| (false, Events::new()))
}

/// Waits until something happened, then until it is over, but not without end; and at least
/// as long as the last sweep took, so that sweeps take at most half of the time.
async fn quiet(events: &Events, cost: Duration) {
    let rest = Instant::now() + cost;
    events.happened.notified().await;
    let patience = Instant::now() + PATIENCE;
    while Instant::now() < patience {
        let next = tokio::time::timeout(QUIET, events.happened.notified());
        if next.await.is_err() {
            break;
        }
    }
    tokio::time::sleep_until(rest).await;
}

/// How long until the next sweep if nothing happens.
async fn pause(app: &App, source: &Source, report: &Report) -> Duration {
    let settings = &app.config.ingest;
    if report.remaining > 0 {
        room(app).await;
        return Duration::ZERO;
    }
    if report.pending > 0 {
        return Duration::from_millis(settings.settle_ms.max(100));
    }
    let now = app.store.ledger.source(&source.id).await;
    if now.is_ok_and(|source| source.state == SourceState::Removing) {
        return QUIET;
    }
    Duration::from_millis(settings.sweep_interval_ms)
}

/// Waits until half of the jobs ahead are done.
async fn room(app: &App) {
    let mut finished = app.ended_jobs();
    loop {
        match unfinished(app).await {
            Ok(jobs) if jobs > ahead(app) / 2 => {}
            Ok(_) | Err(_) => return,
        }
        let _ = tokio::time::timeout(Duration::from_secs(1), finished.changed()).await;
    }
}

/// Says once what keeps a source from being swept, until it is something else.
fn complain(source: &Source, error: &ApiError, last: &mut Option<String>) {
    if last.as_ref() != Some(&error.message) {
        let (path, message) = (&source.settings.path, &error.message);
        tracing::warn!(
            path,
            message,
            cause = error.cause,
            "a folder cannot be compared"
        );
        *last = Some(error.message.clone());
    }
}
