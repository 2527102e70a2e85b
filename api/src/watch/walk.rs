//! Walks a watched folder: names and stamps, no bytes. What cannot be read is reported and
//! never taken for deleted; a folder that cannot be read at all is not an empty one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use footnote_store::ledger::jobs::JobError;
use footnote_store::ledger::sources::NewSource;
use footnote_store::ledger::sources::files::Stamp;
use ignore::{DirEntry, WalkBuilder};

use super::file::{failure, stamp, unreadable};
use super::rules::{Patterns, temporary, uri};
use crate::error::ApiError;

/// Rules of this service alone, in the manner of `.gitignore`.
const IGNORE_FILE: &str = ".footnoteignore";

/// What a walk found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    /// The files that are to be documents.
    pub(crate) files: BTreeMap<String, Stamp>,
    /// Files that cannot be documents, by a name to show.
    pub(crate) refused: BTreeMap<String, JobError>,
    /// Files and folders that could not be looked into: nobody knows what is there.
    pub(crate) blind: BTreeMap<String, JobError>,
    /// The folders that were walked.
    pub(crate) folders: BTreeSet<PathBuf>,
    /// The root as the file system names it.
    pub(crate) root: String,
}

impl Listing {
    /// Why `uri` may be there although it was not seen, if that is so.
    pub(crate) fn hidden(&self, uri: &str) -> Option<&JobError> {
        let above = uri.match_indices('/').map(|(at, _)| &uri[..at]);
        std::iter::once(uri)
            .chain(above)
            .find_map(|path| self.blind.get(path))
    }
}

/// Lists `source`, without `data`, where this service writes.
///
/// # Errors
/// Why the folder itself cannot be read.
pub(crate) fn walk(source: &NewSource, data: &Path) -> Result<Listing, String> {
    let root = Path::new(&source.path);
    let about = |error: &dyn std::fmt::Display| format!("`{}` {error}", root.display());
    let found = fs::metadata(root).map_err(|error| about(&format!("cannot be read: {error}")))?;
    if !found.is_dir() {
        return Err(about(&"is not a folder"));
    }
    fs::read_dir(root).map_err(|error| about(&format!("cannot be read: {error}")))?;
    let patterns = Patterns::of(source).map_err(|error| about(&error.message))?;
    let mut listing = Listing {
        root: format!("{}:{}", found.dev(), found.ino()),
        ..Listing::default()
    };
    for entry in walker(source, &patterns, data).build() {
        match entry {
            Ok(entry) => listing.enter(root, &entry, &patterns),
            Err(error) => listing.miss(root, &error)?,
        }
    }
    Ok(listing)
}

fn walker(source: &NewSource, patterns: &Patterns, data: &Path) -> WalkBuilder {
    let root = PathBuf::from(&source.path);
    let (patterns, data) = (patterns.clone(), data.to_owned());
    let mut builder = WalkBuilder::new(&root);
    builder
        .standard_filters(false)
        .hidden(true)
        .git_ignore(true)
        .require_git(false)
        .follow_links(source.follow_symlinks)
        .add_custom_ignore_filename(IGNORE_FILE)
        .filter_entry(move |entry| {
            let path = entry.path();
            let relative = path.strip_prefix(&root).unwrap_or(path);
            let folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            path != data
                && !(folder && entry.depth() > 0 && patterns.closed(relative))
                && (!entry.path_is_symlink() || entry.depth() == 0 || inside(path, &root))
        });
    builder
}

/// Whether a link leads to somewhere below the root.
fn inside(link: &Path, root: &Path) -> bool {
    fs::canonicalize(link).is_ok_and(|target| target.starts_with(root))
}

impl Listing {
    fn enter(&mut self, root: &Path, entry: &DirEntry, patterns: &Patterns) {
        let path = entry.path();
        let relative = path.strip_prefix(root).unwrap_or(path);
        let Some(kind) = entry.file_type() else {
            return;
        };
        if kind.is_dir() {
            self.folders.insert(path.to_owned());
        }
        let name = entry.file_name().to_string_lossy();
        if !kind.is_file() || temporary(&name) || !patterns.take(relative) {
            return;
        }
        match (uri(relative), entry.metadata()) {
            (Err((name, error)), _) => drop(self.refused.insert(name, failure(&error))),
            (Ok(uri), Ok(metadata)) => drop(self.files.insert(uri, stamp(&metadata))),
            (Ok(uri), Err(error)) => self.hide(uri, &io(&error)),
        }
    }

    /// A path that the walk could not look at.
    fn miss(&mut self, root: &Path, error: &ignore::Error) -> Result<(), String> {
        let Some(path) = path(error) else {
            // A link that leads to a folder above it: its files are listed there.
            return Ok(());
        };
        let relative = path.strip_prefix(root).unwrap_or(path);
        if relative.as_os_str().is_empty() {
            return Err(format!("`{}` cannot be read: {error}", root.display()));
        }
        let name = uri(relative).unwrap_or_else(|(name, _): (String, ApiError)| name);
        self.hide(name, &io(error));
        Ok(())
    }

    /// Remembers why `name` was not seen, unless it is simply gone.
    fn hide(&mut self, name: String, error: &io::Error) {
        if error.kind() != io::ErrorKind::NotFound {
            self.blind.insert(name, unreadable(error));
        }
    }
}

/// The path that `error` is about; none for a loop of links.
fn path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path(err)
        }
        _ => None,
    }
}

fn io(error: &ignore::Error) -> io::Error {
    match error.io_error() {
        Some(cause) => io::Error::new(cause.kind(), cause.to_string()),
        None => io::Error::other(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
