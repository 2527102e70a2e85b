//! The last stage: what both lanes have ready is committed together, then recorded. Many small
//! documents so make few versions of the table; a single upload finds its lane empty behind
//! it and is committed at once.

use std::sync::Arc;
use std::time::Duration;

use footnote_ingest::prepare::Prepared;
use footnote_store::crash;
use footnote_store::ledger::documents::DocumentRow;
use footnote_store::ledger::jobs::{Done, Job, Priority, State, Timings};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::failure::{self, Failure};
use super::prepare::{Change, Original};
use super::stages::Stages;
use super::upkeep::Upkeep;
use crate::app::App;
use crate::error::ApiError;

/// What comes from the lanes.
pub(super) enum Arrival {
    /// A change to commit.
    Ready(Box<Ready>),
    /// A lane has nothing more to do for now.
    Idle(Priority),
}

/// A job whose change is ready to be committed.
pub(super) struct Ready {
    pub(super) job: Job,
    pub(super) change: Change,
    pub(super) stages: Stages,
}

/// Most changes in one commit.
pub(super) const MOST: usize = 64;
/// How long a change may wait for others to share its commit.
const PATIENCE: Duration = Duration::from_secs(1);

/// Commits what arrives until both lanes have ended.
pub(super) async fn run(app: Arc<App>, mut arrivals: mpsc::Receiver<Arrival>) {
    let app = &app;
    let mut upkeep = Upkeep::default();
    let mut batch: Vec<Ready> = Vec::new();
    let mut deadline = Instant::now();
    loop {
        let arrival = match batch.is_empty() {
            true => tokio::select! {
                arrival = arrivals.recv() => Ok(arrival),
                () = upkeep.tick(app) => continue,
            },
            false => timeout_at(deadline, arrivals.recv()).await,
        };
        let due = match arrival {
            Ok(Some(Arrival::Ready(ready))) => {
                if batch.is_empty() {
                    deadline = Instant::now() + PATIENCE;
                }
                batch.push(*ready);
                batch.len() >= MOST
            }
            Ok(Some(Arrival::Idle(lane))) => is_last(app, &batch, lane).await,
            Err(_) => true,
            Ok(None) => {
                commit(app, batch, &mut upkeep).await;
                return;
            }
        };
        if due {
            commit(app, std::mem::take(&mut batch), &mut upkeep).await;
        }
    }
}

/// Whether nobody gains by waiting longer, now that `lane` has run empty: somebody waits for a
/// change of this batch, or all that is unfinished is in it.
async fn is_last(app: &App, batch: &[Ready], lane: Priority) -> bool {
    let urgent = |ready: &Ready| ready.job.task.priority == Priority::Interactive;
    let awaited = lane == Priority::Interactive && batch.iter().any(urgent);
    awaited || unfinished(app).await <= batch.len() as u64
}

/// Jobs that are queued or running.
pub(super) async fn unfinished(app: &App) -> u64 {
    let counts = app.store.ledger.count_jobs().await.unwrap_or_default();
    let of = |state| counts.get(&state).copied().unwrap_or(0);
    of(State::Queued) + of(State::Running)
}

/// Commits a batch and records how its jobs ended.
async fn commit(app: &Arc<App>, batch: Vec<Ready>, upkeep: &mut Upkeep) {
    if batch.is_empty() {
        return;
    }
    upkeep.changed(batch.len());
    let alone = batch.len() == 1;
    let mut batch = match attempt(app, batch, upkeep).await {
        Ok(()) => return,
        Err(batch) => batch,
    };
    if let (true, Some((ready, failure))) = (alone, batch.pop()) {
        failure::record(app, &ready.job, &failure, &ready.stages).await;
        return;
    }
    // One of them is at fault: each for itself, so that the others do not pay for it.
    for (ready, _) in batch {
        if let Err(failed) = attempt(app, vec![ready], upkeep).await {
            for (ready, failure) in failed {
                failure::record(app, &ready.job, &failure, &ready.stages).await;
            }
        }
    }
}

/// One commit for all of `batch`; gives them back when it did not work.
async fn attempt(
    app: &Arc<App>,
    mut batch: Vec<Ready>,
    upkeep: &Upkeep,
) -> Result<(), Vec<(Ready, Failure)>> {
    // The texts are stored a moment before the rows that refer to them.
    let _no_garbage_collection = app.uploads.read().await;
    batch.iter_mut().for_each(|ready| ready.stages.begin());
    let rows = match write(app, &batch).await {
        Ok(rows) => rows,
        Err(failure) => {
            return Err(batch
                .into_iter()
                .map(|ready| (ready, failure.clone()))
                .collect());
        }
    };
    batch
        .iter_mut()
        .for_each(|ready| ready.stages.end("commit"));
    if upkeep.settles_at_once(app, batch.len()).await {
        batch.iter_mut().for_each(|ready| ready.stages.begin());
        super::upkeep::settle(app).await;
        batch
            .iter_mut()
            .for_each(|ready| ready.stages.end("settle"));
    }
    let ends: Vec<(&Job, Done<'_>, &Timings)> = batch
        .iter()
        .zip(&rows)
        .map(|(ready, row)| {
            let done = row.as_ref().map_or(Done::Deleted, Done::Put);
            (&ready.job, done, &ready.stages.timings)
        })
        .collect();
    record(app, &ends).await;
    Ok(())
}

/// Stores the texts, then changes the index in one commit. Returns the new rows of the
/// documents, `None` for those that are gone.
async fn write(app: &Arc<App>, batch: &[Ready]) -> Result<Vec<Option<DocumentRow>>, Failure> {
    let (mut puts, mut gone, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for ready in batch {
        match &ready.change {
            Change::Put(prepared, original) => {
                let text = text_blob(app, prepared).await?;
                rows.push(Some(row(prepared, original, text)));
                puts.push(prepared.as_ref());
            }
            Change::Delete => {
                gone.push(ready.job.task.document_id.clone());
                rows.push(None);
            }
        }
    }
    crash::point("texts");
    app.store.change(&puts, &gone).await?;
    crash::point("committed");
    Ok(rows)
}

async fn text_blob(app: &Arc<App>, prepared: &Prepared) -> Result<String, Failure> {
    let (blobs, text) = (app.store.blobs.clone(), prepared.document.text.clone());
    let stored = tokio::task::spawn_blocking(move || blobs.put(text.as_bytes())).await;
    let stored = stored.map_err(|panic| Failure::Permanent(ApiError::internal(&panic)))?;
    Ok(stored?)
}

/// A job whose document is that already.
pub(super) async fn unchanged(app: &App, job: &Job, stages: &Stages) {
    record(app, &[(job, Done::Unchanged, &stages.timings)]).await;
}

/// Writes down that jobs succeeded, all or none.
async fn record(app: &App, ends: &[(&Job, Done<'_>, &Timings)]) {
    while let Err(error) = app.store.ledger.finish_all(ends).await
        && failure::try_again(&error).await
    {}
    crash::point("recorded");
    app.tell_finished();
}

fn row(prepared: &Prepared, original: &Original, text_sha256: String) -> DocumentRow {
    let document = &prepared.document;
    DocumentRow {
        document_id: prepared.document_id.clone(),
        collection: prepared.collection.clone(),
        uri: prepared.uri.clone(),
        version: prepared.version.clone(),
        content_sha256: original.sha256.clone(),
        bytes: original.bytes,
        text_sha256,
        title: document.title.clone(),
        media_type: document.media_type.clone(),
        language: document.language.clone(),
        pages: document.pages,
        chunks: u32::try_from(prepared.chunks.len()).unwrap_or(u32::MAX),
        warnings: document.warnings.clone(),
        metadata: prepared.metadata.clone(),
        created_at: prepared.created_at,
        updated_at: prepared.updated_at,
        stale: None,
    }
}
