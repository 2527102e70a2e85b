//! From a job to a change that is ready to be committed: read the bytes, parse them in a
//! worker process, cut, embed. Nothing here is visible to anybody yet.

use std::sync::Arc;

use footnote_ingest::document::Document;
use footnote_ingest::prepare::{EmbeddedChunk, Prepared, cut, version};
use footnote_ingest::source::Source;
use footnote_store::crash;
use footnote_store::ledger::documents::DocumentRow;
use footnote_store::ledger::jobs::{Job, Op};
use time::OffsetDateTime;

use super::failure::{Failure, MOST_KILLS};
use super::reuse;
use super::stages::Stages;
use crate::app::App;
use crate::error::{ApiError, Code};

/// What is left to do after parsing.
pub(super) enum Prepare {
    /// The document is that already.
    Unchanged,
    /// Go on with this.
    Parsed(Parsed),
}

/// A job's document as far as it is known without the model.
pub(super) enum Parsed {
    /// It is to go.
    Delete,
    /// It is to become this.
    Put(Box<Put>),
}

/// A parsed document and what it replaces.
pub(super) struct Put {
    document: Document,
    version: String,
    original: Original,
    known: Option<DocumentRow>,
}

/// What the ledger keeps of a document's bytes.
pub(super) struct Original {
    pub(super) sha256: String,
    pub(super) bytes: u64,
}

/// A change to the index.
pub(super) enum Change {
    Put(Box<Prepared>, Original),
    Delete,
}

/// Everything up to the model.
pub(super) async fn parse(
    app: &Arc<App>,
    job: &Job,
    stages: &mut Stages,
) -> Result<Prepare, Failure> {
    refuse_crasher(job)?;
    let task = &job.task;
    let (Op::Put, Some(content)) = (task.op, &task.content_sha256) else {
        return Ok(Prepare::Parsed(Parsed::Delete));
    };
    let version = version(content, &task.uri, &app.pipeline);
    let ledger = &app.store.ledger;
    let known = ledger.document_by_uri(&task.collection, &task.uri).await?;
    let same = |row: &DocumentRow| row.version == version && row.metadata == task.metadata;
    if known.as_ref().is_some_and(same) {
        return Ok(Prepare::Unchanged);
    }
    ledger.set_stage(&job.id, "parse").await?;
    stages.begin();
    let (document, original) = read(app, job, content).await?;
    stages.end("parse");
    ledger.set_stage(&job.id, "parsed").await?;
    crash::point("parsed");
    Ok(Prepare::Parsed(Parsed::Put(Box::new(Put {
        document,
        version,
        original,
        known,
    }))))
}

/// The model runs in this process: a document that it does not survive would take the service
/// down at every start.
fn refuse_crasher(job: &Job) -> Result<(), Failure> {
    if job.attempt <= MOST_KILLS || job.error.is_some() {
        return Ok(());
    }
    Err(Failure::Killed(ApiError::new(
        Code::Internal,
        format!("the service went down {MOST_KILLS} times while working on this document"),
        "look at the document, then retry the job by hand",
    )))
}

async fn read(app: &Arc<App>, job: &Job, content: &str) -> Result<(Document, Original), Failure> {
    let (blobs, name) = (app.store.blobs.clone(), content.to_owned());
    let bytes = tokio::task::spawn_blocking(move || blobs.get(&name))
        .await
        .map_err(|panic| Failure::Permanent(ApiError::internal(&panic)))??;
    let original = Original {
        sha256: content.to_owned(),
        bytes: bytes.len() as u64,
    };
    let source = Source {
        uri: job.task.uri.clone(),
        media_type: job.task.media_type.clone(),
        bytes,
    };
    let document = app.parsers.parse(&source, &app.parse_limits()).await?;
    Ok((document, original))
}

/// Adds the vectors: those of passages that are stored already are taken from there.
pub(super) async fn embed(
    app: &Arc<App>,
    job: &Job,
    parsed: Parsed,
    stages: &mut Stages,
) -> Result<Change, Failure> {
    let Parsed::Put(put) = parsed else {
        return Ok(Change::Delete);
    };
    let Put {
        document,
        version,
        original,
        known,
    } = *put;
    app.store.ledger.set_stage(&job.id, "embed").await?;
    stages.begin();
    let chunks = vectors(app, job, &document, known.is_some()).await?;
    stages.end("embed");
    app.store.ledger.set_stage(&job.id, "commit").await?;
    crash::point("embedded");
    let now = OffsetDateTime::now_utc();
    let task = &job.task;
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
    Ok(Change::Put(Box::new(prepared), original))
}

async fn vectors(
    app: &Arc<App>,
    job: &Job,
    document: &Document,
    replaces: bool,
) -> Result<Vec<EmbeddedChunk>, Failure> {
    let count = |text: &str| app.tokens.count(text);
    let chunked = cut(&job.task.document_id, document, &app.chunking(), &count);
    let mut known = reuse::stored(app, job, replaces).await?;
    let missing: Vec<_> = chunked
        .passages
        .iter()
        .filter(|passage| !known.contains_key(*passage))
        .cloned()
        .collect();
    // Between slices other callers get their turn on the model's thread.
    for slice in missing.chunks(SLICE) {
        let slice = slice.to_vec();
        let embedded = app
            .engine
            .embedder
            .run(move |model| model.passages(&slice).map(|vectors| (slice, vectors)));
        let (passages, vectors) = embedded.await??;
        known.extend(passages.into_iter().zip(vectors));
    }
    let embedded = chunked
        .passages
        .iter()
        .filter_map(|passage| known.get(passage).cloned());
    let embedded = embedded.collect();
    Ok(chunked.with(embedded))
}

/// Chunks embedded in one turn on the model's thread: about a quarter of a second.
const SLICE: usize = 16;
