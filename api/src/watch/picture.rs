//! What is known of a source at one moment: its folder, its files in the ledger, and who has
//! the names that are new to it. Sweeps act on it, drift reports it.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use footnote_ingest::id::DocumentId;
use footnote_ingest::prepare::version;
use footnote_store::ledger::jobs::{JobError, State};
use footnote_store::ledger::sources::files::{Holder, SourceFile};
use footnote_store::ledger::sources::{NewSource, Source};

use super::diff::Known;
use super::file::taken;
use super::walk::{Listing, walk};
use crate::app::App;
use crate::error::ApiError;

/// The ledger's side of a source.
pub(super) struct Picture {
    /// Its files by name.
    pub(super) rows: BTreeMap<String, SourceFile>,
    /// The same, as the plan sees them.
    pub(super) known: BTreeMap<String, Known>,
    /// Documents of names that were listed and are not in `rows`.
    pub(super) holders: BTreeMap<String, Holder>,
    /// Names that were listed and belong to another source.
    pub(super) taken: BTreeMap<String, JobError>,
}

/// Lists the folder of `source` off the async threads; the inner error says why the folder
/// cannot be read.
pub(super) async fn look(
    app: &App,
    source: &NewSource,
) -> Result<Result<Listing, String>, ApiError> {
    let (source, data) = (source.clone(), app.config.storage.data.clone());
    blocking(move || walk(&source, &fs::canonicalize(&data).unwrap_or(data))).await
}

/// Runs what waits for the disk.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|panic| ApiError::internal(&panic))
}

impl Picture {
    /// Whether the document called `uri` is the source's own.
    pub(super) fn owns(&self, uri: &str) -> bool {
        self.rows.get(uri).is_some_and(|row| row.owned)
    }

    /// What the ledger knows about `source` and the names in `listing`.
    pub(super) async fn of(
        app: &Arc<App>,
        source: &Source,
        listing: &Listing,
    ) -> Result<Self, ApiError> {
        let rows = app.store.ledger.source_files(&source.id).await?;
        let holders = holders(app, source, listing, &rows).await?;
        let other = |holder: &Holder| {
            let owner = holder.source_id.as_ref()?;
            (*owner != source.id).then(|| taken(Some(owner.as_str())))
        };
        let taken = holders
            .iter()
            .filter_map(|(uri, holder)| Some((uri.clone(), other(holder)?)))
            .collect();
        let known = rows.iter().map(|(uri, row)| (uri.clone(), known(app, row)));
        Ok(Self {
            known: known.collect(),
            rows,
            holders,
            taken,
        })
    }

    /// How many files of `listing` are what they were when they failed.
    pub(super) fn given_up(&self, listing: &Listing) -> usize {
        let failed = |row: &SourceFile| {
            let job = row.job.as_ref().filter(|_| row.owned);
            let lost = job.is_some_and(|job| matches!(job.state, State::Failed | State::Dead));
            row.problem.is_some() || lost
        };
        let files = listing.files.iter();
        files
            .filter(|(uri, stamp)| {
                self.known.get(*uri).is_some_and(|known| known.is(stamp))
                    && self.rows.get(*uri).is_some_and(failed)
            })
            .count()
    }
}

async fn holders(
    app: &App,
    source: &Source,
    listing: &Listing,
    rows: &BTreeMap<String, SourceFile>,
) -> Result<BTreeMap<String, Holder>, ApiError> {
    let collection = &source.settings.collection;
    let mut names: BTreeMap<DocumentId, &String> = listing
        .files
        .keys()
        .filter(|uri| !rows.contains_key(*uri))
        .map(|uri| (DocumentId::derive(collection, uri), uri))
        .collect();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<DocumentId> = names.keys().cloned().collect();
    let found = app.store.ledger.holders(&ids).await?;
    let named = found
        .into_iter()
        .filter_map(|(id, holder)| Some((names.remove(&id)?.clone(), holder)));
    Ok(named.collect())
}

fn known(app: &App, row: &SourceFile) -> Known {
    let current = |content: &str, held: &str| version(content, &row.uri, &app.pipeline) == held;
    Known::of(row, current, app.config.limits.max_document_bytes as u64)
}
