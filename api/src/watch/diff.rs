//! What is to be done so that the documents of a source equal its files: a pure function of
//! two looks at the folder and of what is known. Two looks, because a file that is being
//! written, or is away for a moment while an editor saves it, differs between them.

use std::collections::BTreeMap;

use footnote_store::ledger::jobs::{Op, State};
use footnote_store::ledger::sources::files::{SourceFile, Stamp};

/// What is known of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// The file when it was last read.
    pub(crate) stamp: Option<Stamp>,
    /// What was read.
    pub(crate) content: Option<String>,
    /// The content that the document has, is about to have, or was refused with.
    pub(crate) wanted: Option<String>,
    /// Whether the document, once its jobs are done, is there, and ours.
    pub(crate) exists: bool,
    /// Whether a job of the document is still to be done.
    pub(crate) unfinished: bool,
    /// Whether nothing but another file changes what is known.
    pub(crate) given_up: bool,
}

/// What a sweep is to do, each part in the order of names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Files that are what they were.
    pub(crate) same: usize,
    /// Files to be read.
    pub(crate) read: Vec<String>,
    /// Documents to be deleted.
    pub(crate) gone: Vec<String>,
    /// Rows that nothing belongs to any more.
    pub(crate) forget: Vec<String>,
    /// Files that somebody may be at work on.
    pub(crate) pending: Vec<String>,
}

/// The two looks, and the time of the second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looks<'a> {
    pub(crate) before: &'a BTreeMap<String, Stamp>,
    pub(crate) now: &'a BTreeMap<String, Stamp>,
    /// Nanoseconds since 1970.
    pub(crate) time_ns: i64,
    /// How long a file must have been left alone.
    pub(crate) settle_ns: i64,
}

impl Looks<'_> {
    /// Whether nobody has touched the file lately. A clock of a server that is ahead of ours
    /// makes files of the future; of those the two looks alone decide.
    fn settled(&self, uri: &str, stamp: &Stamp) -> bool {
        let age = self.time_ns.saturating_sub(stamp.mtime_ns);
        let young = (0..self.settle_ns).contains(&age);
        !young && self.before.get(uri) == Some(stamp)
    }
}

/// Compares the looks with what is known. Of names for which `hidden` is true nobody can say
/// whether the file is there: they stay as they are.
pub(crate) fn plan(
    looks: &Looks<'_>,
    known: &BTreeMap<String, Known>,
    hidden: impl Fn(&str) -> bool,
) -> Plan {
    let mut plan = Plan::default();
    for (uri, stamp) in looks.now {
        if known.get(uri).is_some_and(|known| known.is(stamp)) {
            plan.same += 1;
        } else if looks.settled(uri, stamp) {
            plan.read.push(uri.clone());
        } else {
            plan.pending.push(uri.clone());
        }
    }
    let absent = known
        .iter()
        .filter(|(uri, _)| !looks.now.contains_key(*uri) && !hidden(uri));
    for (uri, known) in absent {
        if looks.before.contains_key(uri) {
            plan.pending.push(uri.clone());
        } else if known.exists {
            plan.gone.push(uri.clone());
        } else if !known.unfinished {
            plan.forget.push(uri.clone());
        }
    }
    plan
}

impl Known {
    /// Whether the file is the one that is known and there is nothing to do about it.
    pub(crate) fn is(&self, stamp: &Stamp) -> bool {
        let settled = self.given_up || (self.content.is_some() && self.content == self.wanted);
        settled && self.stamp.as_ref() == Some(stamp)
    }

    /// The ledger's row as the plan sees it. `current` tells whether a document's version is
    /// what ingesting its content today would give; `limit` is the largest file taken.
    pub(crate) fn of(file: &SourceFile, current: impl Fn(&str, &str) -> bool, limit: u64) -> Self {
        let unfinished = file.owned && file.job.as_ref().is_some_and(|job| job.unfinished());
        let coming = unfinished && file.job.as_ref().is_some_and(|job| job.op == Op::Put);
        let held = file.document.as_ref();
        let too_large = file.stamp.is_some_and(|stamp| stamp.size > limit);
        let foreign = !file.owned
            && held.is_some_and(|held| Some(&held.content_sha256) != file.content_sha256.as_ref());
        Self {
            stamp: file.stamp,
            content: file.content_sha256.clone(),
            wanted: wanted(file, current),
            exists: file.owned && if unfinished { coming } else { held.is_some() },
            unfinished,
            given_up: foreign || (too_large && file.problem.is_some()),
        }
    }
}

/// The content that the document of `file` has, will have, or was refused with. A job that
/// failed is not asked for again until the file is another.
fn wanted(file: &SourceFile, current: impl Fn(&str, &str) -> bool) -> Option<String> {
    if !file.owned || file.problem.is_some() {
        return None;
    }
    match &file.job {
        Some(job) if job.unfinished() => job.content_sha256.clone(),
        Some(job) if job.op == Op::Put && matches!(job.state, State::Failed | State::Dead) => {
            job.content_sha256.clone()
        }
        _ => {
            let held = file.document.as_ref()?;
            current(&held.content_sha256, &held.version).then(|| held.content_sha256.clone())
        }
    }
}

#[cfg(test)]
mod tests;
