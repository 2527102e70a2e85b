//! A sweep: looks at the folder, compares it with what is known, and queues the jobs that make
//! them equal, at most as many as the queue has room for. Nothing changed costs a walk and no
//! read. What is not done, because the queue is full or a file is being written, is left to
//! the next sweep, which finds it again: a sweep keeps no state of its own.

use std::sync::Arc;
use std::time::Duration;

use footnote_store::ledger::sources::files::FileNote;
use footnote_store::ledger::sources::{Source, SourceId, SourceState};
use serde::Serialize;
use time::OffsetDateTime;

use super::diff::{Looks, Plan, plan};
use super::feed::Feed;
use super::picture::{Picture, look};
use super::walk::Listing;
use crate::app::App;
use crate::error::{ApiError, Code};

/// What a sweep found and did, in files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// In the folder, ignored ones aside.
    pub found: usize,
    /// As they were.
    pub unchanged: usize,
    /// Queued to be ingested.
    pub queued: usize,
    /// Documents queued to be deleted.
    pub deleted: usize,
    /// Being written, or only just changed: the next sweep looks again.
    pub pending: usize,
    /// That cannot be ingested; `drift` says why.
    pub failed: usize,
    /// Changed, but the queue has no room for them yet.
    pub remaining: usize,
    /// True when the source was being removed and now is.
    #[serde(skip)]
    pub gone: bool,
}

/// Sweeps the source called `id`, after any sweep of it that is under way.
///
/// # Errors
/// `unavailable` when the folder cannot be read; its documents stay.
pub(crate) async fn sweep(app: &Arc<App>, id: &SourceId) -> Result<Report, ApiError> {
    let slot = app.watching.slot(id);
    let _only = slot.sweeping.lock().await;
    let source = app.store.ledger.source(id).await?;
    if source.state == SourceState::Removing {
        return remove(app, &source).await;
    }
    let listing = listing(app, &source).await?;
    let root = (!listing.files.is_empty()).then(|| listing.root.clone());
    app.watching.walked(id, &listing);
    let report = compare(app, &source, listing).await?;
    app.store.ledger.source_swept(id, root.as_deref()).await?;
    Ok(report)
}

/// Looks at the folder; one that cannot be read makes the source unavailable.
async fn listing(app: &App, source: &Source) -> Result<Listing, ApiError> {
    let found = look(app, &source.settings).await?;
    let found = found.and_then(|listing| same_folder(source, listing));
    match found {
        Ok(listing) => Ok(listing),
        Err(reason) => {
            let ledger = &app.store.ledger;
            ledger.source_unavailable(&source.id, &reason).await?;
            Err(unavailable(&reason))
        }
    }
}

/// Where a share is not mounted there is often an empty folder in its place.
pub(super) fn same_folder(source: &Source, listing: Listing) -> Result<Listing, String> {
    let other = source
        .root
        .as_ref()
        .is_some_and(|root| *root != listing.root);
    if other && listing.files.is_empty() {
        return Err(format!(
            "`{}` is empty and not the folder it was, as when a share is not mounted",
            source.settings.path
        ));
    }
    Ok(listing)
}

pub(super) fn unavailable(reason: &str) -> ApiError {
    ApiError::new(
        Code::Unavailable,
        format!("the folder cannot be compared: {reason}"),
        "bring the folder back, or delete the source; until then its documents stay",
    )
}

async fn compare(app: &Arc<App>, source: &Source, first: Listing) -> Result<Report, ApiError> {
    let settle = Duration::from_millis(app.config.ingest.settle_ms);
    let picture = Picture::of(app, source, &first).await?;
    let glance = planned(&picture, &first, &first, settle);
    if glance.read.is_empty() && glance.gone.is_empty() && glance.pending.is_empty() {
        return carry_out(app, source, &first, &picture, glance).await;
    }
    tokio::time::sleep(settle).await;
    let second = listing(app, source).await?;
    app.watching.walked(&source.id, &second);
    let picture = Picture::of(app, source, &second).await?;
    let plan = planned(&picture, &first, &second, settle);
    carry_out(app, source, &second, &picture, plan).await
}

fn planned(picture: &Picture, first: &Listing, second: &Listing, settle: Duration) -> Plan {
    let mut now = second.files.clone();
    now.retain(|uri, _| !picture.taken.contains_key(uri));
    let looks = Looks {
        before: &first.files,
        now: &now,
        time_ns: nanos(OffsetDateTime::now_utc().unix_timestamp_nanos()),
        settle_ns: nanos(settle.as_nanos()),
    };
    let hidden = |uri: &str| first.hidden(uri).is_some() || second.hidden(uri).is_some();
    plan(&looks, &picture.known, hidden)
}

fn nanos(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

async fn carry_out(
    app: &Arc<App>,
    source: &Source,
    listing: &Listing,
    picture: &Picture,
    plan: Plan,
) -> Result<Report, ApiError> {
    let mut report = Report {
        found: listing.files.len(),
        unchanged: plan.same - picture.given_up(listing),
        pending: plan.pending.len(),
        failed: listing.refused.len()
            + listing.blind.len()
            + picture.taken.len()
            + picture.given_up(listing),
        ..Report::default()
    };
    note_hidden(app, source, listing, picture).await?;
    app.store.ledger.release_files(source, &plan.forget).await?;
    let mut feed = Feed::new(app, source, picture).await?;
    feed.changed(listing, &plan, &mut report).await?;
    feed.gone(&plan.gone, &mut report).await?;
    Ok(report)
}

/// Documents whose files cannot be looked at stay, and say so.
async fn note_hidden(
    app: &App,
    source: &Source,
    listing: &Listing,
    picture: &Picture,
) -> Result<(), ApiError> {
    let hidden = picture.rows.values().filter_map(|row| {
        let unseen = !listing.files.contains_key(&row.uri);
        let problem = listing.hidden(&row.uri).filter(|_| unseen)?;
        (row.problem.as_ref() != Some(problem)).then(|| FileNote {
            uri: row.uri.clone(),
            stamp: None,
            content_sha256: None,
            problem: Some(problem.clone()),
            owned: row.owned,
        })
    });
    let notes: Vec<FileNote> = hidden.collect();
    if !notes.is_empty() {
        app.store.ledger.note_files(source, &notes).await?;
    }
    Ok(())
}

/// A source on its way out is one whose folder is empty.
async fn remove(app: &Arc<App>, source: &Source) -> Result<Report, ApiError> {
    let empty = Listing::default();
    let picture = Picture::of(app, source, &empty).await?;
    let plan = planned(&picture, &empty, &empty, Duration::ZERO);
    let left = plan.gone.len()
        + picture
            .known
            .values()
            .filter(|known| known.unfinished)
            .count();
    let mut report = carry_out(app, source, &empty, &picture, plan).await?;
    if left == 0 {
        app.store.ledger.forget_source(&source.id).await?;
        report.gone = true;
    }
    Ok(report)
}
