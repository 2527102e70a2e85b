//! From a job to a change that is ready to be committed: read the bytes, parse them in a
//! worker process, cut, embed. Nothing here is visible to anybody yet.

use std::collections::{BTreeSet, HashMap};
use std::slice;
use std::sync::Arc;

use footnote_ingest::document::Document;
use footnote_ingest::embed::{Embedded, Passage};
use footnote_ingest::id::DocumentId;
use footnote_ingest::prepare::{Chunked, Prepared, cut, version};
use footnote_ingest::source::Source;
use footnote_store::crash;
use footnote_store::ledger::documents::DocumentRow;
use footnote_store::ledger::jobs::{Job, JobId, Op};
use time::OffsetDateTime;

use super::failure::{self, Failure, MOST_KILLS};
use super::reuse;
use super::stages::Stages;
use crate::app::App;
use crate::error::{ApiError, Code, chain};

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

/// A parsed document, what it replaces, and where vectors of its passages may be known.
pub(super) struct Put {
    document: Document,
    version: String,
    original: Original,
    created_at: OffsetDateTime,
    chunked: Chunked,
    donors: BTreeSet<DocumentId>,
    vectors: HashMap<Passage, Embedded>,
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
    note_stage(app, slice::from_ref(&job.id), "parse").await;
    stages.begin();
    let (document, original) = read(app, job, content).await?;
    stages.end("parse");
    stages.begin();
    let donors = reuse::donors(app, job, known.is_some()).await?;
    let (document, chunked) = chunk(app, job, document).await?;
    stages.end("chunk");
    note_stage(app, slice::from_ref(&job.id), "parsed").await;
    crash::point("parsed");
    Ok(Prepare::Parsed(Parsed::Put(Box::new(Put {
        document,
        version,
        original,
        created_at: known.map_or_else(OffsetDateTime::now_utc, |row| row.created_at),
        chunked,
        donors,
        vectors: HashMap::new(),
    }))))
}

/// Says how far jobs are. Only for show: what cannot be written is not worth failing for.
pub(super) async fn note_stage(app: &App, jobs: &[JobId], stage: &str) {
    if let Err(error) = app.store.ledger.set_stage(jobs, stage).await {
        tracing::warn!(cause = chain(&error), "cannot note the stage of a job");
    }
}

/// The model runs in this process: a document that it does not survive would take the service
/// down at every start. The first time it may have been with the model in company, which does
/// not count.
fn refuse_crasher(job: &Job) -> Result<(), Failure> {
    if !failure::suspected(job) || job.attempt <= 1 + MOST_KILLS {
        return Ok(());
    }
    Err(Failure::Killed(ApiError::new(
        Code::Internal,
        format!("the service went down {MOST_KILLS} times while working on this document alone"),
        "look at the document, then retry the job by hand",
    )))
}

async fn read(app: &Arc<App>, job: &Job, content: &str) -> Result<(Document, Original), Failure> {
    let (blobs, name) = (app.store.blobs.clone(), content.to_owned());
    let bytes = blocking(move || blobs.get(&name)).await??;
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

/// Cuts the document off the async threads: counting tokens is real work.
async fn chunk(
    app: &Arc<App>,
    job: &Job,
    document: Document,
) -> Result<(Document, Chunked), Failure> {
    let (app, id) = (Arc::clone(app), job.task.document_id.clone());
    blocking(move || {
        let count = |text: &str| app.tokens.count(text);
        let chunked = cut(&id, &document, &app.chunking(), &count);
        (document, chunked)
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|panic| Failure::Permanent(ApiError::internal(&panic)))
}

impl Parsed {
    /// How many passages the model may have to read. Whoever has donors needs few of them.
    pub(super) fn work(&self) -> usize {
        match self {
            Self::Put(put) if put.donors.is_empty() => put.chunked.passages.len(),
            Self::Put(_) | Self::Delete => 0,
        }
    }

    fn put(&self) -> Option<&Put> {
        match self {
            Self::Put(put) => Some(put),
            Self::Delete => None,
        }
    }

    /// Takes over the vectors of its passages among `known`.
    fn learn(&mut self, known: &HashMap<Passage, Embedded>) {
        if let Self::Put(put) = self {
            let passages = put.chunked.passages.iter();
            let new = passages.filter_map(|passage| known.get_key_value(passage));
            put.vectors
                .extend(new.map(|(passage, vectors)| (passage.clone(), vectors.clone())));
        }
    }

    /// The change, once every vector is there.
    pub(super) fn into_change(self, job: &Job) -> Result<Change, Failure> {
        let Self::Put(put) = self else {
            return Ok(Change::Delete);
        };
        let passages = put.chunked.passages.iter();
        let vectors = passages.filter_map(|passage| put.vectors.get(passage).cloned());
        let vectors: Vec<Embedded> = vectors.collect();
        let task = &job.task;
        let prepared = Prepared {
            document_id: task.document_id.clone(),
            collection: task.collection.clone(),
            uri: task.uri.clone(),
            version: put.version,
            metadata: task.metadata.clone(),
            created_at: put.created_at,
            updated_at: OffsetDateTime::now_utc(),
            chunks: put.chunked.with(vectors),
            document: put.document,
        };
        Ok(Change::Put(Box::new(prepared), put.original))
    }
}

/// Gives `documents` all their vectors: those that are stored already, and the model's for
/// the rest.
pub(super) async fn embed(app: &App, documents: &mut [&mut Parsed]) -> Result<(), Failure> {
    let puts = || documents.iter().filter_map(|document| document.put());
    let donors = puts().flat_map(|put| put.donors.iter().cloned()).collect();
    let mut known = reuse::stored(app, &donors).await?;
    let missing: Vec<Passage> = puts()
        .flat_map(|put| &put.chunked.passages)
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
    documents
        .iter_mut()
        .for_each(|document| document.learn(&known));
    Ok(())
}

/// Passages embedded in one turn on the model's thread: about a tenth of a second.
const SLICE: usize = 32;
