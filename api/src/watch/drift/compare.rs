//! How each name fares, from what folder, ledger and index say of it. Pure: everything was
//! read before.

use std::collections::BTreeMap;

use footnote_ingest::id::DocumentId;
use footnote_ingest::prepare::version;
use footnote_store::ledger::jobs::{JobError, Op, State};
use footnote_store::ledger::sources::files::{LastJob, SourceFile, Stamp};
use footnote_store::snapshot::IndexedDocument;
use time::OffsetDateTime;

use super::{Drift, FailedFile};
use crate::app::App;
use crate::watch::file::{Unread, taken};
use crate::watch::picture::Picture;
use crate::watch::walk::Listing;

/// Everything that is compared.
pub(super) struct Comparison<'a> {
    pub(super) app: &'a App,
    pub(super) listing: &'a Listing,
    pub(super) picture: &'a Picture,
    /// What the index holds.
    pub(super) indexed: &'a BTreeMap<DocumentId, IndexedDocument>,
    /// Hashes of what the files hold.
    pub(super) contents: BTreeMap<String, Result<String, Unread>>,
    /// When the comparison began.
    pub(super) time: OffsetDateTime,
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

impl From<JobError> for Fate {
    fn from(error: JobError) -> Self {
        Self {
            place: None,
            error: Some(error),
        }
    }
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
    /// The lists of all names that differ.
    pub(super) fn drift(&self) -> Drift {
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
            drift.add(name, error.clone().into());
        }
        drift.finish()
    }

    fn file(&self, uri: &str, stamp: &Stamp) -> Fate {
        if let Some(error) = self.picture.taken.get(uri) {
            return error.clone().into();
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
        let failed =
            |job: &&LastJob| job.op == Op::Put && matches!(job.state, State::Failed | State::Dead);
        let failed = row.job.as_ref().filter(failed);
        let error = failed
            .filter(|job| job.content_sha256.as_deref() == Some(content))
            .and_then(|job| job.error.clone());
        let Some(held) = &row.document else {
            return error.map_or_else(|| self.not_there(stamp), Fate::from);
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
            Some(_) => taken(None).into(),
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
