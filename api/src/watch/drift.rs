//! Proves that folder, ledger and index are equal, or lists every difference with its reason.
//! It believes nothing that it can look up: bytes are hashed where size or times differ from
//! what is remembered (all of them on request), and the index is asked what it holds.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use footnote_ingest::id::{DocumentId, sha256_hex};
use footnote_ingest::prepare::version;
use footnote_store::ledger::jobs::{JobError, Op, State};
use footnote_store::ledger::sources::files::{SourceFile, Stamp};
use footnote_store::ledger::sources::{Source, SourceId, SourceState};
use footnote_store::snapshot::IndexedDocument;
use serde::Serialize;
use time::OffsetDateTime;

use super::file::{Unread, read, taken, too_large};
use super::picture::{Picture, blocking, look};
use super::sweep::{same_folder, unavailable};
use super::walk::Listing;
use crate::app::App;
use crate::error::ApiError;
use crate::wire::JobErrorJson;

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

/// Everything that is compared.
struct Comparison<'a> {
    app: &'a App,
    listing: &'a Listing,
    picture: &'a Picture,
    indexed: &'a BTreeMap<DocumentId, IndexedDocument>,
    contents: BTreeMap<String, Result<String, Unread>>,
    time: OffsetDateTime,
}

/// How one name fares.
#[derive(Debug, Default)]
struct Fate {
    place: Option<Place>,
    error: Option<JobError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Missing,
    Orphaned,
    Stale,
    Pending,
}

impl From<Place> for Fate {
    fn from(place: Place) -> Self {
        Self {
            place: Some(place),
            error: None,
        }
    }
}

impl Comparison<'_> {
    fn drift(&self) -> Drift {
        let mut drift = Drift {
            in_sync: false,
            as_of: self.time,
            missing: Vec::new(),
            orphaned: Vec::new(),
            stale: Vec::new(),
            failed: Vec::new(),
            pending: Vec::new(),
        };
        for (uri, stamp) in &self.listing.files {
            drift.add(uri, self.file(uri, stamp));
        }
        let rows = self.picture.rows.values();
        for row in rows.filter(|row| !self.listing.files.contains_key(&row.uri)) {
            drift.add(&row.uri, self.without_file(row));
        }
        for (name, error) in self.listing.refused.iter().chain(&self.listing.blind) {
            drift.add(
                name,
                Fate {
                    place: None,
                    error: Some(error.clone()),
                },
            );
        }
        drift.finish()
    }

    fn file(&self, uri: &str, stamp: &Stamp) -> Fate {
        if let Some(error) = self.picture.taken.get(uri) {
            return Fate {
                place: None,
                error: Some(error.clone()),
            };
        }
        let row = self.picture.rows.get(uri);
        let owned = row.filter(|row| row.owned);
        if owned.is_some_and(|row| row.job.as_ref().is_some_and(|job| job.unfinished())) {
            return Place::Pending.into();
        }
        match (self.contents.get(uri), owned) {
            (Some(Err(Unread::Refused(error))), _) => Fate {
                place: owned
                    .and_then(|row| row.document.as_ref())
                    .map(|_| Place::Stale),
                error: Some(error.clone()),
            },
            (Some(Err(Unread::Changed)), _) => Place::Pending.into(),
            (Some(Ok(content)), Some(row)) => self.owned(row, content, stamp),
            (Some(Ok(content)), None) => self.uploaded(uri, row, content),
            (None, _) => self.not_there(stamp),
        }
    }

    /// A file without a document: new, or only just written.
    fn not_there(&self, stamp: &Stamp) -> Fate {
        if self.young(stamp) {
            Place::Pending.into()
        } else {
            Place::Missing.into()
        }
    }

    fn young(&self, stamp: &Stamp) -> bool {
        let age = self.time.unix_timestamp_nanos() - i128::from(stamp.mtime_ns);
        let settle = i128::from(self.app.config.ingest.settle_ms) * 1_000_000;
        (0..settle).contains(&age)
    }

    fn owned(&self, row: &SourceFile, content: &str, stamp: &Stamp) -> Fate {
        let failed = |job: &&footnote_store::ledger::sources::files::LastJob| {
            job.op == Op::Put && matches!(job.state, State::Failed | State::Dead)
        };
        let failed = row.job.as_ref().filter(failed);
        let error = failed
            .filter(|job| job.content_sha256.as_deref() == Some(content))
            .and_then(|job| job.error.clone());
        let Some(held) = &row.document else {
            return match error {
                Some(error) => Fate {
                    place: None,
                    error: Some(error),
                },
                None => self.not_there(stamp),
            };
        };
        let current = version(content, &row.uri, &self.app.pipeline) == held.version;
        let same = held.content_sha256 == content && current && held.stale.is_none();
        let place = if same {
            self.index(row)
        } else if error.is_none() && self.young(stamp) {
            Some(Place::Pending)
        } else {
            Some(Place::Stale)
        };
        Fate { place, error }
    }

    /// What the index says about a document that equals its file.
    fn index(&self, row: &SourceFile) -> Option<Place> {
        let held = row.document.as_ref()?;
        match self.indexed.get(&row.document_id) {
            None if held.chunks == 0 => None,
            None => Some(Place::Missing),
            Some(found) => {
                let same = found.version == held.version && found.chunks == held.chunks as usize;
                (!same).then_some(Place::Stale)
            }
        }
    }

    /// A file with the name of a document that somebody uploaded.
    fn uploaded(&self, uri: &str, row: Option<&SourceFile>, content: &str) -> Fate {
        let held = match row {
            Some(row) => row.document.as_ref().map(|held| &held.content_sha256),
            None => {
                let holder = self.picture.holders.get(uri);
                holder.and_then(|holder| holder.content_sha256.as_ref())
            }
        };
        match held {
            None => Place::Missing.into(),
            Some(held) if held == content => Fate::default(),
            Some(_) => Fate {
                place: None,
                error: Some(taken(None)),
            },
        }
    }

    /// A name that is known and not in the folder.
    fn without_file(&self, row: &SourceFile) -> Fate {
        if !row.owned {
            return Fate::default();
        }
        let there = row.document.is_some() || self.indexed.contains_key(&row.document_id);
        if let Some(error) = self.listing.hidden(&row.uri) {
            return Fate {
                place: there.then_some(Place::Stale),
                error: Some(error.clone()),
            };
        }
        match row.job.as_ref().is_some_and(|job| job.unfinished()) {
            true => Place::Pending.into(),
            false if there => Place::Orphaned.into(),
            false => Fate::default(),
        }
    }
}

impl Drift {
    fn add(&mut self, uri: &str, fate: Fate) {
        let list = match fate.place {
            Some(Place::Missing) => Some(&mut self.missing),
            Some(Place::Orphaned) => Some(&mut self.orphaned),
            Some(Place::Stale) => Some(&mut self.stale),
            Some(Place::Pending) => Some(&mut self.pending),
            None => None,
        };
        if let Some(list) = list {
            list.push(uri.to_owned());
        }
        if let Some(error) = fate.error {
            let uri = uri.to_owned();
            self.failed.push(FailedFile {
                uri,
                error: error.into(),
            });
        }
    }

    fn finish(mut self) -> Self {
        self.failed.sort_by(|a, b| a.uri.cmp(&b.uri));
        self.failed.dedup_by(|a, b| a.uri == b.uri);
        for list in [
            &mut self.missing,
            &mut self.orphaned,
            &mut self.stale,
            &mut self.pending,
        ] {
            list.sort();
        }
        let lists = [&self.missing, &self.orphaned, &self.stale, &self.pending];
        self.in_sync = lists.iter().all(|list| list.is_empty()) && self.failed.is_empty();
        self
    }
}
