//! Proves that folder, ledger and index are equal, or lists every difference with its reason.
//! It believes nothing that it can look up: bytes are hashed where size or times differ from
//! what is remembered (all of them on request), and the index is asked what it holds.

mod compare;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use footnote_ingest::id::sha256_hex;
use footnote_store::ledger::sources::files::Stamp;
use footnote_store::ledger::sources::{Source, SourceId, SourceState};
use serde::Serialize;
use time::OffsetDateTime;

use super::file::{Unread, read, too_large};
use super::picture::{Picture, blocking, look};
use super::sweep::{same_folder, unavailable};
use super::walk::Listing;
use crate::app::App;
use crate::error::ApiError;
use crate::wire::JobErrorJson;
use compare::Comparison;

/// How a source's folder and its documents differ.
#[derive(Debug, Serialize)]
pub struct Drift {
    /// True when every list is empty.
    pub in_sync: bool,
    /// When the comparison began.
    #[serde(with = "time::serde::rfc3339")]
    pub as_of: OffsetDateTime,
    /// Files without a searchable document.
    pub missing: Vec<String>,
    /// Documents without a file.
    pub orphaned: Vec<String>,
    /// Documents made of older bytes than the file has.
    pub stale: Vec<String>,
    /// Files that cannot be ingested.
    pub failed: Vec<FailedFile>,
    /// Files with a job to be done, or somebody at work on them.
    pub pending: Vec<String>,
}

/// A file that cannot be ingested.
#[derive(Debug, Serialize)]
pub struct FailedFile {
    /// Its name below the folder.
    pub uri: String,
    /// Why.
    pub error: JobErrorJson,
}

/// How often a comparison that jobs got in the way of is made again.
const ATTEMPTS: usize = 3;

/// Compares the source called `id` with its folder; `deep` hashes every file.
///
/// # Errors
/// `unavailable` when the folder cannot be read.
pub async fn drift(app: &Arc<App>, id: &SourceId, deep: bool) -> Result<Drift, ApiError> {
    let mut attempt = 1;
    loop {
        let before = *app.ended_jobs().borrow();
        let drift = compare(app, id, deep).await?;
        let doubtful = *app.ended_jobs().borrow() != before && !drift.in_sync;
        if !doubtful || attempt == ATTEMPTS {
            return Ok(drift);
        }
        attempt += 1;
    }
}

async fn compare(app: &Arc<App>, id: &SourceId, deep: bool) -> Result<Drift, ApiError> {
    let as_of = OffsetDateTime::now_utc();
    let source = app.store.ledger.source(id).await?;
    let listing = match source.state {
        SourceState::Removing => Listing::default(),
        _ => {
            let found = look(app, &source.settings).await?;
            let found = found.and_then(|listing| same_folder(&source, listing));
            found.map_err(|reason| unavailable(&reason))?
        }
    };
    let indexed = app.store.snapshot().document_versions().await?;
    let picture = Picture::of(app, &source, &listing).await?;
    let contents = contents(app, &source, &listing, &picture, deep).await?;
    let comparison = Comparison {
        app,
        listing: &listing,
        picture: &picture,
        indexed: &indexed,
        contents,
        time: as_of,
    };
    Ok(comparison.drift())
}

/// What files hold, by name: remembered, or read now.
async fn contents(
    app: &App,
    source: &Source,
    listing: &Listing,
    picture: &Picture,
    deep: bool,
) -> Result<BTreeMap<String, Result<String, Unread>>, ApiError> {
    let limit = app.config.limits.max_document_bytes;
    let (mut contents, mut unread) = (BTreeMap::new(), Vec::new());
    for (uri, stamp) in &listing.files {
        let row = picture.rows.get(uri);
        let same = row.filter(|row| row.stamp.as_ref() == Some(stamp) && !deep);
        let remembered = same.and_then(|row| row.content_sha256.clone());
        // Nobody waits for the content of a file that has no document to compare it with.
        let compared = row.is_some() || picture.holders.contains_key(uri);
        if stamp.size > limit as u64 {
            let refused = Unread::Refused(too_large(stamp.size, limit));
            contents.insert(uri.clone(), Err(refused));
        } else if let Some(content) = remembered {
            contents.insert(uri.clone(), Ok(content));
        } else if compared && !picture.taken.contains_key(uri) {
            unread.push((uri.clone(), *stamp));
        }
    }
    let root = PathBuf::from(&source.settings.path);
    let hash = move |(uri, stamp): (String, Stamp)| {
        let content = read(&root.join(&uri), &stamp).map(|bytes| sha256_hex(&bytes));
        (uri, content)
    };
    let hashed: Vec<_> = blocking(move || unread.into_iter().map(hash).collect()).await?;
    contents.extend(hashed);
    Ok(contents)
}
