//! What is kept of the past, and for how long: versions of the index that answers were read
//! from, so that they can be replayed, and receipts. Everything else that was replaced goes
//! after an hour.
//!
//! A version is kept by a tag of LanceDB, which its clean-up spares. The ledger decides which
//! versions those are; tags are made to agree with it before every clean-up, so one that is
//! lost, or left over, lasts until the next.

use std::collections::BTreeSet;
use std::time::Duration;

use lancedb::Table;

use crate::error::{Error, Result};
use crate::ledger::Ledger;

/// Begins the name of our tags; the version follows.
const TAG: &str = "answers-v";

/// For how long what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// A version that was replaced and that no answer was read from.
    pub replaced_for: Duration,
    /// A version that answers were read from, after the last of them.
    pub versions_for: Duration,
    /// Most such versions; those read longest ago go first.
    pub versions: usize,
    /// A receipt. One that somebody gave feedback on stays.
    pub receipts_for: Duration,
}

impl Default for Retention {
    /// An hour; a week and two hundred; ninety days.
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            replaced_for: Duration::from_secs(60 * 60),
            versions_for: Duration::from_secs(7 * DAY),
            versions: 200,
            receipts_for: Duration::from_secs(90 * DAY),
        }
    }
}

/// Removes old receipts and tags the versions of `table` that are to survive its clean-up.
pub(crate) async fn apply(table: &Table, ledger: &Ledger, retention: Retention) -> Result<()> {
    const WHAT: &str = "keep versions for replays";
    ledger.drop_receipts(retention.receipts_for).await?;
    let wanted = ledger
        .thin_versions(retention.versions_for, retention.versions)
        .await?;
    let wanted: BTreeSet<u64> = wanted.into_iter().collect();
    let mut tags = table.tags().await.map_err(Error::index(WHAT))?;
    let listed = tags.list().await.map_err(Error::index(WHAT))?;
    let tagged: BTreeSet<u64> = listed.keys().filter_map(|tag| version(tag)).collect();
    for version in tagged.difference(&wanted) {
        let dropped = tags.delete(&name(*version)).await;
        dropped.map_err(Error::index(WHAT))?;
    }
    for version in wanted.difference(&tagged) {
        if let Err(error) = tags.create(&name(*version), *version).await {
            // Its files went before: a replay says so, and the others are still kept.
            tracing::debug!(version, %error, "a version that was read is gone");
        }
    }
    Ok(())
}

fn name(version: u64) -> String {
    format!("{TAG}{version}")
}

fn version(tag: &str) -> Option<u64> {
    tag.strip_prefix(TAG)?.parse().ok()
}
