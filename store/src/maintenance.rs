//! Housekeeping between writes: merge small files, bring the full-text index up to date, drop
//! old versions. The owner calls it when the queue is empty; searches go on meanwhile. Nothing
//! here changes what is stored, only how.
//!
//! Every step stands alone: LanceDB's own all-in-one stops at the first failure, and a failing
//! compaction then lets old versions fill the disk.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures::FutureExt;
use lancedb::Table;
use lancedb::table::{CompactionOptions, OptimizeAction};

use crate::error::{Error, Result};
use crate::index;
use crate::ledger::Ledger;
use crate::retention::{self, Retention};
use crate::vectors::{self, VectorIndex};

/// Fragments above which files are merged.
const MAX_FRAGMENTS: usize = 64;

/// Segments of the full-text index above which they are made one.
const MAX_SEGMENTS: usize = 8;

/// From how many chunks on the indexes are kept in another way, and how long old versions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// The full-text index is extended from here on, rebuilt below.
    pub(crate) rebuild_below: usize,
    /// The vectors are indexed from here on.
    pub(crate) vector_index_from: usize,
    /// What is kept of the past.
    pub(crate) retention: Retention,
}

/// How the full-text index was brought up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indexing {
    /// Built anew: scores are exact.
    Rebuilt,
    /// Extended by the rows that it lacked; deleted rows still count in the scores.
    Appended,
    /// Extended, and made one segment.
    Merged,
}

impl fmt::Display for Indexing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rebuilt => "built anew",
            Self::Appended => "extended",
            Self::Merged => "extended and made one segment",
        })
    }
}

/// What one maintenance did; everything is off when nothing had changed.
#[derive(Debug, Default)]
pub struct Maintenance {
    /// Small files were merged.
    pub compacted: bool,
    /// How the index was brought up to date, if it was.
    pub indexed: Option<Indexing>,
    /// How the vectors are indexed now, if they are.
    pub vector_index: Option<VectorIndex>,
    /// Versions that were dropped.
    pub versions_pruned: u64,
    /// What failed; the other steps were done all the same.
    pub failures: Vec<Error>,
}

/// Runs all steps on `table`, whose vectors are indexed as in `vector_index`.
pub(crate) async fn run(
    table: &Table,
    policy: Policy,
    vector_index: Option<VectorIndex>,
    ledger: &Ledger,
) -> Maintenance {
    let mut done = Maintenance::default();
    let mut keep = |failure| done.failures.push(failure);
    // Compaction first: it moves rows, and an index built before would have to follow them.
    let compacted = step(ledger, "compact", compact(table), merged_files)
        .await
        .map_err(&mut keep);
    let mut indexed = step(
        ledger,
        "index",
        update_index(table, policy.rebuild_below),
        Indexing::to_string,
    )
    .await
    .map_err(&mut keep);
    if indexed.is_err() {
        // Extending has failed on some histories (lance#8310); building anew has none.
        indexed = step(ledger, "reindex", rebuild(table), Indexing::to_string)
            .await
            .map_err(&mut keep);
    }
    let from = policy.vector_index_from;
    let vectors = step(
        ledger,
        "vectors",
        index_vectors(table, from, vector_index, ledger),
        vectors_indexed,
    )
    .await
    .map_err(&mut keep);
    let pruned = prune_only(table, policy.retention, ledger)
        .await
        .map_err(&mut keep);
    done.compacted = compacted.unwrap_or(false);
    done.indexed = indexed.ok();
    // What it was still finds the nearest: rows that an index lacks are compared one by one.
    done.vector_index = vectors.unwrap_or(vector_index);
    done.versions_pruned = pruned.unwrap_or(0);
    done
}

/// The last step of [`run`] alone.
pub(crate) async fn prune_only(
    table: &Table,
    retention: Retention,
    ledger: &Ledger,
) -> Result<u64> {
    let pruning = async {
        // First, and together: without its tags the clean-up would take what is to be kept.
        retention::apply(table, ledger, retention).await?;
        prune(table, retention).await
    };
    step(ledger, "prune", pruning, versions_dropped).await
}

/// Runs one step on its own and lets the ledger remember how it went, in the words of `tell`.
async fn step<T>(
    ledger: &Ledger,
    name: &'static str,
    step: impl Future<Output = Result<T>>,
    tell: impl Fn(&T) -> String,
) -> Result<T> {
    let started = Instant::now();
    let outcome = isolated(step).await;
    let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let said = match &outcome {
        Ok(done) => Ok(tell(done)),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = &outcome {
        tracing::error!(
            step = name,
            cause = error as &dyn std::error::Error,
            "upkeep of the index"
        );
    }
    // What cannot be remembered is not worth failing for.
    let said = said.as_deref().map_err(String::as_str);
    ledger.record_step(name, took, said).await.ok();
    outcome
}

fn merged_files(merged: &bool) -> String {
    let said = if *merged {
        "merged small files"
    } else {
        "nothing to do"
    };
    said.to_owned()
}

fn vectors_indexed(index: &Option<VectorIndex>) -> String {
    index.map_or_else(
        || "every vector is compared".to_owned(),
        |index| index.to_string(),
    )
}

fn versions_dropped(versions: &u64) -> String {
    format!("dropped {versions} old versions")
}

/// Turns a panic of the engine into an error, so that it ends one step and not the others.
pub(crate) async fn isolated<T>(step: impl Future<Output = Result<T>>) -> Result<T> {
    match AssertUnwindSafe(step).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(_) => Err(Error::corrupt(
            "index",
            "made the engine panic: see the log",
        )),
    }
}

async fn compact(table: &Table) -> Result<bool> {
    const WHAT: &str = "merge small files";
    let stats = table.stats().await.map_err(Error::index(WHAT))?;
    if stats.fragment_stats.num_fragments <= MAX_FRAGMENTS {
        return Ok(false);
    }
    // The engine merges only files that are in the same segments of every index, and a bulk
    // load leaves a segment for each file.
    let segments = index::segments(table).await?;
    if segments > 2 * MAX_SEGMENTS {
        index::merge(table, segments).await?;
    }
    let options = CompactionOptions {
        num_threads: Some(1),
        ..CompactionOptions::default()
    };
    let action = OptimizeAction::Compact {
        options,
        remap_options: None,
    };
    let done = table.optimize(action).await.map_err(Error::index(WHAT))?;
    Ok(done
        .compaction
        .is_some_and(|done| done.fragments_removed > 0))
}

async fn update_index(table: &Table, rebuild_below: usize) -> Result<Indexing> {
    let rows = table
        .count_rows(None)
        .await
        .map_err(Error::index("count the chunks"))?;
    let segments = index::segments(table).await?;
    match (rows < rebuild_below, segments > MAX_SEGMENTS) {
        (true, _) => rebuild(table).await,
        (false, true) => index::merge(table, segments)
            .await
            .map(|()| Indexing::Merged),
        (false, false) => index::append(table).await.map(|()| Indexing::Appended),
    }
}

async fn rebuild(table: &Table) -> Result<Indexing> {
    index::rebuild(table).await.map(|()| Indexing::Rebuilt)
}

/// Remembers at once what was made: a search without it compares every vector.
async fn index_vectors(
    table: &Table,
    from: usize,
    known: Option<VectorIndex>,
    ledger: &Ledger,
) -> Result<Option<VectorIndex>> {
    let index = vectors::tend(table, from, known).await?;
    if index != known {
        ledger.set_vector_index(index).await?;
    }
    Ok(index)
}

async fn prune(table: &Table, retention: Retention) -> Result<u64> {
    let action = OptimizeAction::Prune {
        older_than: lancedb::table::Duration::from_std(retention.replaced_for).ok(),
        delete_unverified: None,
        error_if_tagged_old_versions: None,
    };
    let stats = table
        .optimize(action)
        .await
        .map_err(Error::index("drop old versions"))?;
    Ok(stats.prune.map_or(0, |prune| prune.old_versions))
}
