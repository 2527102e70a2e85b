//! The job runner: takes one job after the other and carries its document through the stages,
//! in order. A job is marked done only after the one commit that made its document visible, so
//! a crash at any point leaves either the old document or the new one, and a job to redo.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use footnote_ingest::document::Document;
use footnote_ingest::parse::parse;
use footnote_ingest::prepare::{EmbeddedChunk, Prepared, cut, version};
use footnote_ingest::source::Source;
use footnote_store::ledger::documents::DocumentRow;
use footnote_store::ledger::jobs::{Done, Job, JobError, Op, State, Timings};
use time::OffsetDateTime;
use tokio::sync::watch;

use crate::app::App;
use crate::error::{ApiError, Code};

/// A job that was started this often without ending takes the service down with it; it is
/// left alone from then on.
const MOST_ATTEMPTS: u32 = 3;

/// Runs jobs until `stop` turns true; the job in hand is finished first.
pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut unsettled = true;
    while !*stop.borrow() {
        match app.store.ledger.next_job().await {
            Ok(Some(job)) => {
                unsettled |= work(&app, job).await;
            }
            Ok(None) => {
                if std::mem::take(&mut unsettled) {
                    settle(&app).await;
                    collect_garbage(&app).await;
                }
                tokio::select! {
                    () = app.wake.notified() => {}
                    _ = stop.changed() => {}
                }
            }
            Err(error) => {
                tracing::error!(cause = crate::error::chain(&error), "cannot take a job");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Brings the index in order after changes; failures are logged.
async fn settle(app: &App) {
    match app.store.maintain().await {
        Ok(done) => {
            for error in &done.failures {
                tracing::error!(cause = crate::error::chain(error), "index maintenance");
            }
        }
        Err(error) => tracing::error!(cause = crate::error::chain(&error), "index maintenance"),
    }
}

/// Removes blobs nothing refers to. Uploads wait meanwhile: their bytes are stored a moment
/// before the job that refers to them.
async fn collect_garbage(app: &App) {
    let _no_uploads = app.uploads.write().await;
    match app.store.ledger.referenced_blobs().await {
        Ok(keep) => match app.store.blobs.remove_unreferenced(&keep) {
            Ok(removed) => tracing::debug!(removed, "removed unreferenced blobs"),
            Err(error) => tracing::error!(cause = crate::error::chain(&error), "removing blobs"),
        },
        Err(error) => tracing::error!(cause = crate::error::chain(&error), "listing blobs"),
    }
}

/// Carries out one job and records how it ended; true when the index changed.
async fn work(app: &Arc<App>, job: Job) -> bool {
    let mut timings = Stages::default();
    let outcome = if job.attempt > MOST_ATTEMPTS {
        Err(ApiError::new(
            Code::Internal,
            format!("the service went down {MOST_ATTEMPTS} times while working on this document"),
            "look at the document, then retry the job by hand",
        ))
    } else {
        carry_out(app, &job, &mut timings).await
    };
    let changed = matches!(outcome, Ok(Outcome::Put(_) | Outcome::Deleted));
    if let Err(error) = record(app, &job, outcome, &timings.0).await {
        tracing::error!(job = job.id.as_str(), cause = ?error.cause, "cannot record how a job ended");
    }
    app.finished.send_modify(|count| *count += 1);
    changed
}

enum Outcome {
    Put(Box<DocumentRow>),
    Deleted,
    Unchanged,
}

async fn record(
    app: &App,
    job: &Job,
    outcome: Result<Outcome, ApiError>,
    timings: &Timings,
) -> Result<(), ApiError> {
    let done = match &outcome {
        Ok(Outcome::Put(row)) => Done::Put(row),
        Ok(Outcome::Deleted) => Done::Deleted,
        Ok(Outcome::Unchanged) => Done::Unchanged,
        Err(error) => {
            tracing::warn!(job = job.id.as_str(), uri = job.task.uri, code = error.code.as_str(),
                message = error.message, cause = error.cause, "job failed");
            let failure = JobError {
                code: error.code.as_str().to_owned(),
                message: error.message.clone(),
                hint: Some(error.hint.clone()),
            };
            if job.attempt > MOST_ATTEMPTS {
                app.store.ledger.bury(&job.id, &failure, timings).await?;
            } else {
                app.store.ledger.fail(&job.id, &failure, timings).await?;
            }
            return Ok(());
        }
    };
    app.store.ledger.finish(job, done, timings).await?;
    Ok(())
}

async fn carry_out(app: &Arc<App>, job: &Job, stages: &mut Stages) -> Result<Outcome, ApiError> {
    match (job.task.op, &job.task.content_sha256) {
        (Op::Put, Some(content)) => put(app, job, content, stages).await,
        (Op::Put, None) | (Op::Delete, _) => {
            app.store.delete(std::slice::from_ref(&job.task.document_id)).await?;
            stages.end("commit");
            settle_if_last(app, stages).await;
            Ok(Outcome::Deleted)
        }
    }
}

async fn put(
    app: &Arc<App>,
    job: &Job,
    content: &str,
    stages: &mut Stages,
) -> Result<Outcome, ApiError> {
    let task = &job.task;
    let version = version(content, &task.uri, &app.pipeline);
    let known = app.store.ledger.document_by_uri(&task.collection, &task.uri).await?;
    let same = |row: &DocumentRow| row.version == version && row.metadata == task.metadata;
    if known.as_ref().is_some_and(same) {
        return Ok(Outcome::Unchanged);
    }
    app.store.ledger.set_stage(&job.id, "parse").await?;
    let (document, bytes) = read(app, job, content).await?;
    stages.end("parse");
    app.store.ledger.set_stage(&job.id, "embed").await?;
    let chunks = embed(app, job, &document).await?;
    stages.end("embed");
    app.store.ledger.set_stage(&job.id, "commit").await?;
    let now = OffsetDateTime::now_utc();
    let prepared = Prepared {
        document_id: task.document_id.clone(),
        collection: task.collection.clone(),
        uri: task.uri.clone(),
        version,
        metadata: task.metadata.clone(),
        created_at: known.map_or(now, |row| row.created_at),
        updated_at: now,
        document,
        chunks,
    };
    let text_sha256 = app.store.blobs.put(prepared.document.text.as_bytes())?;
    app.store.replace(std::slice::from_ref(&prepared)).await?;
    stages.end("commit");
    settle_if_last(app, stages).await;
    Ok(Outcome::Put(Box::new(row(prepared, content, bytes, text_sha256))))
}

/// With nothing else waiting, the index is brought in order before the job ends, so that what
/// a caller waited for is settled when it returns.
async fn settle_if_last(app: &App, stages: &mut Stages) {
    let waiting = app.store.ledger.count_jobs().await;
    if waiting.is_ok_and(|counts| counts.get(&State::Queued).copied().unwrap_or(0) == 0) {
        settle(app).await;
        stages.end("settle");
    }
}

/// Parses the stored bytes off the async threads; returns their number too.
async fn read(app: &Arc<App>, job: &Job, content: &str) -> Result<(Document, u64), ApiError> {
    let bytes = app.store.blobs.get(content)?;
    let length = bytes.len() as u64;
    let source = Source {
        uri: job.task.uri.clone(),
        media_type: job.task.media_type.clone(),
        bytes,
    };
    let limits = app.parse_limits();
    let parsed = tokio::task::spawn_blocking(move || parse(&source, &limits))
        .await
        .map_err(|panic| ApiError::internal(&panic))?;
    Ok((parsed?, length))
}

async fn embed(
    app: &Arc<App>,
    job: &Job,
    document: &Document,
) -> Result<Vec<EmbeddedChunk>, ApiError> {
    let count = |text: &str| app.tokens.count(text);
    let chunked = cut(&job.task.document_id, document, &app.chunking(), &count);
    let mut vectors = Vec::with_capacity(chunked.passages.len());
    // Between slices other callers get their turn on the model's thread.
    for slice in chunked.passages.chunks(SLICE) {
        let slice = slice.to_vec();
        let embedded = app.engine.embedder.run(move |model| model.passages(&slice)).await??;
        vectors.extend(embedded);
    }
    Ok(chunked.with(vectors))
}

/// Chunks embedded in one turn on the model's thread: about a quarter of a second.
const SLICE: usize = 16;

fn row(prepared: Prepared, content: &str, bytes: u64, text_sha256: String) -> DocumentRow {
    let document = prepared.document;
    DocumentRow {
        document_id: prepared.document_id,
        collection: prepared.collection,
        uri: prepared.uri,
        version: prepared.version,
        content_sha256: content.to_owned(),
        bytes,
        text_sha256,
        title: document.title,
        media_type: document.media_type,
        language: document.language,
        pages: document.pages,
        chunks: u32::try_from(prepared.chunks.len()).unwrap_or(u32::MAX),
        warnings: document.warnings,
        metadata: prepared.metadata,
        created_at: prepared.created_at,
        updated_at: prepared.updated_at,
    }
}

/// How long each stage took, in milliseconds.
struct Stages(Timings, Instant);

impl Default for Stages {
    fn default() -> Self {
        Self(BTreeMap::new(), Instant::now())
    }
}

impl Stages {
    fn end(&mut self, stage: &str) {
        let millis = u64::try_from(self.1.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.insert(stage.to_owned(), millis);
        self.1 = Instant::now();
    }
}

