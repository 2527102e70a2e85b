//! The job runner: takes jobs in order and carries each document through the stages. A job is
//! marked done only after the one commit that made its document visible, so a crash at any
//! point leaves either the old document or the new one, and a job to redo.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use footnote_ingest::document::Document;
use footnote_ingest::parse::parse;
use footnote_ingest::prepare::{EmbeddedChunk, Prepared, cut, version};
use footnote_ingest::source::Source;
use footnote_store::ledger::documents::DocumentRow;
use footnote_store::ledger::jobs::{Done, Job, JobError, Op, Priority, State, Timings};
use time::OffsetDateTime;
use tokio::sync::watch;

use crate::app::App;
use crate::error::{ApiError, Code};

/// A job that was started this often without ending takes the service down with it; it is
/// left alone from then on.
const MOST_ATTEMPTS: u32 = 3;

/// Runs jobs until `stop` turns true; the jobs in hand are finished first.
pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut unsettled = true;
    while !*stop.borrow() {
        match batch(&app).await {
            Ok(Some(batch)) => {
                commit(&app, batch).await;
                unsettled = true;
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

/// A job whose change is ready to be committed.
struct Ready {
    job: Job,
    change: Change,
    stages: Stages,
}

enum Change {
    Put(Box<Prepared>, Original),
    Delete,
}

/// What the ledger keeps of a document's bytes.
struct Original {
    sha256: String,
    bytes: u64,
}

/// Changes that share one commit, so that many small documents do not make many versions of
/// the table. A single upload finds the queue empty behind it and is committed at once.
const BATCH: usize = 16;

/// Takes jobs until a batch is full or none is left, and prepares each. A second change to a
/// document of the batch waits for the next one. Jobs that need no commit end here. `None`
/// when there was no job.
async fn batch(app: &Arc<App>) -> Result<Option<Vec<Ready>>, footnote_store::Error> {
    let (mut batch, mut idle) = (Vec::new(), true);
    while batch.len() < BATCH {
        let Some(job) = next(app).await? else {
            break;
        };
        idle = false;
        let mut stages = Stages::default();
        match prepare(app, &job, &mut stages).await {
            Ok(Some(change)) => {
                let same = |ready: &Ready| ready.job.task.document_id == job.task.document_id;
                let repeats = batch.iter().any(same);
                if repeats || matches!(change, Change::Delete) {
                    commit(app, std::mem::take(&mut batch)).await;
                }
                batch.push(Ready {
                    job,
                    change,
                    stages,
                });
            }
            Ok(None) => record(app, &job, Ok(Done::Unchanged), &stages).await,
            Err(error) => record(app, &job, Err(error), &stages).await,
        }
    }
    Ok((!idle).then_some(batch))
}

async fn next(app: &App) -> Result<Option<Job>, footnote_store::Error> {
    match app.store.ledger.next_job(Priority::Interactive).await? {
        Some(job) => Ok(Some(job)),
        None => app.store.ledger.next_job(Priority::Bulk).await,
    }
}

async fn waiting(app: &App) -> bool {
    let counts = app.store.ledger.count_jobs().await;
    counts.is_ok_and(|counts| counts.get(&State::Queued).copied().unwrap_or(0) > 0)
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

/// Commits a batch and records how its jobs ended.
async fn commit(app: &Arc<App>, batch: Vec<Ready>) {
    if batch.is_empty() {
        return;
    }
    let written = write(app, &batch).await;
    let mut last = Stages::default();
    if written.is_ok() && !waiting(app).await {
        // What a caller waited for is settled when it returns.
        settle(app).await;
        last.end("settle");
    }
    for Ready {
        job,
        change,
        mut stages,
    } in batch
    {
        stages.end("commit");
        stages.0.extend(last.0.clone());
        let done = match (&written, change) {
            (Err(error), _) => Err(error.clone()),
            (Ok(()), Change::Delete) => Ok(Done::Deleted),
            (Ok(()), Change::Put(prepared, original)) => match text_blob(app, &prepared) {
                Ok(text) => {
                    let row = row(*prepared, original, text);
                    record(app, &job, Ok(Done::Put(&row)), &stages).await;
                    continue;
                }
                Err(error) => Err(error),
            },
        };
        record(app, &job, done, &stages).await;
    }
}

fn text_blob(app: &App, prepared: &Prepared) -> Result<String, ApiError> {
    Ok(app.store.blobs.put(prepared.document.text.as_bytes())?)
}

async fn write(app: &App, batch: &[Ready]) -> Result<(), ApiError> {
    let (mut puts, mut deletes) = (Vec::new(), Vec::new());
    for ready in batch {
        match &ready.change {
            Change::Put(prepared, _) => puts.push(Prepared::clone(prepared)),
            Change::Delete => deletes.push(ready.job.task.document_id.clone()),
        }
    }
    if !puts.is_empty() {
        app.store.replace(&puts).await?;
    }
    if !deletes.is_empty() {
        app.store.delete(&deletes).await?;
    }
    Ok(())
}

/// Writes down how a job ended. A job whose end cannot be written stays `running` and is done
/// again at the next start.
async fn record(app: &App, job: &Job, end: Result<Done<'_>, ApiError>, stages: &Stages) {
    let written = match end {
        Ok(done) => app
            .store
            .ledger
            .finish_all(&[(job, done, &stages.0)])
            .await
            .map(drop),
        Err(error) => {
            let (code, message) = (error.code.as_str(), &error.message);
            tracing::warn!(
                uri = job.task.uri,
                code,
                message,
                cause = error.cause,
                "a job failed"
            );
            let failure = JobError {
                code: code.to_owned(),
                message: message.clone(),
                hint: Some(error.hint),
            };
            if job.attempt > MOST_ATTEMPTS {
                app.store
                    .ledger
                    .bury(job, &failure, &stages.0)
                    .await
                    .map(drop)
            } else {
                app.store
                    .ledger
                    .fail(job, &failure, &stages.0)
                    .await
                    .map(drop)
            }
        }
    };
    if let Err(error) = written {
        tracing::error!(
            job = job.id.as_str(),
            cause = crate::error::chain(&error),
            "cannot record a job's end"
        );
    }
    app.finished.send_modify(|count| *count += 1);
}

/// Everything before the commit; `None` when the document is that already.
async fn prepare(
    app: &Arc<App>,
    job: &Job,
    stages: &mut Stages,
) -> Result<Option<Change>, ApiError> {
    if job.attempt > MOST_ATTEMPTS {
        return Err(ApiError::new(
            Code::Internal,
            format!("the service went down {MOST_ATTEMPTS} times while working on this document"),
            "look at the document, then retry the job by hand",
        ));
    }
    let task = &job.task;
    let (Op::Put, Some(content)) = (task.op, &task.content_sha256) else {
        return Ok(Some(Change::Delete));
    };
    let version = version(content, &task.uri, &app.pipeline);
    let known = app
        .store
        .ledger
        .document_by_uri(&task.collection, &task.uri)
        .await?;
    let same = |row: &DocumentRow| row.version == version && row.metadata == task.metadata;
    if known.as_ref().is_some_and(same) {
        return Ok(None);
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
    let original = Original {
        sha256: content.clone(),
        bytes,
    };
    Ok(Some(Change::Put(Box::new(prepared), original)))
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
        let embedded = app
            .engine
            .embedder
            .run(move |model| model.passages(&slice))
            .await??;
        vectors.extend(embedded);
    }
    Ok(chunked.with(vectors))
}

/// Chunks embedded in one turn on the model's thread: about a quarter of a second.
const SLICE: usize = 16;

fn row(prepared: Prepared, original: Original, text_sha256: String) -> DocumentRow {
    let document = prepared.document;
    DocumentRow {
        document_id: prepared.document_id,
        collection: prepared.collection,
        uri: prepared.uri,
        version: prepared.version,
        content_sha256: original.sha256,
        bytes: original.bytes,
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
        stale: None,
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
