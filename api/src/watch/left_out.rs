//! Files of watched folders that are no documents, and the rule that leaves each out: what
//! diagnosis says of a document that nobody ever stored.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use footnote_eval::diagnose::outside::LeftOut;
use footnote_store::ledger::sources::Source;
use ignore::gitignore::Gitignore;
use walkdir::WalkDir;

use super::picture::{blocking, look};
use super::rules::{Patterns, temporary};
use super::walk::Listing;
use crate::app::App;
use crate::error::ApiError;

/// Files that are looked at in each folder.
const MOST_FILES: usize = 20_000;
/// Longest file that is read for words, in bytes.
const MOST_BYTES: u64 = 1 << 20;
/// Files that are reported.
const MOST_REPORTED: usize = 5;
/// Files that hold rules, in the order they are consulted.
const RULE_FILES: [&str; 3] = [".footnoteignore", ".gitignore", ".ignore"];

/// The files of the watched folders of `collections` that are no documents and are called
/// `uri`, or have the words that `has_words` looks for.
///
/// # Errors
/// The ledger cannot be read; a folder that cannot be read has no files.
pub(crate) async fn left_out(
    app: &Arc<App>,
    collections: &[String],
    uri: Option<&str>,
    has_words: impl Fn(&str) -> bool + Clone + Send + 'static,
) -> Result<Vec<LeftOut>, ApiError> {
    let mut found = Vec::new();
    for source in app.store.ledger.sources().await? {
        if !collections.contains(&source.settings.collection) {
            continue;
        }
        let Ok(listing) = look(app, &source.settings).await? else {
            continue;
        };
        let (uri, has_words) = (uri.map(str::to_owned), has_words.clone());
        let search = move || search(&source, &listing, uri.as_deref(), has_words);
        found.extend(blocking(search).await?);
    }
    found.truncate(MOST_REPORTED);
    Ok(found)
}

fn search(
    source: &Source,
    listing: &Listing,
    uri: Option<&str>,
    has_words: impl Fn(&str) -> bool,
) -> Vec<LeftOut> {
    let root = Path::new(&source.settings.path);
    let taken: BTreeSet<PathBuf> = listing.files.keys().map(|uri| root.join(uri)).collect();
    let files = WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .take(MOST_FILES);
    let others = files.filter(|entry| !taken.contains(entry.path()));
    others
        .filter_map(|entry| {
            let relative = entry.path().strip_prefix(root).ok()?;
            let named = uri.map(|uri| relative == Path::new(uri));
            let meant = named.unwrap_or_else(|| read(entry.path()).is_some_and(|t| has_words(&t)));
            meant.then(|| LeftOut {
                source_id: source.id.as_str().to_owned(),
                path: entry.path().display().to_string(),
                rule: rule(source, root, relative),
                has_words: named.is_none(),
            })
        })
        .take(MOST_REPORTED)
        .collect()
}

fn read(path: &Path) -> Option<String> {
    let small = std::fs::metadata(path).is_ok_and(|file| file.len() <= MOST_BYTES);
    let bytes = small.then(|| std::fs::read(path).ok()).flatten()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The rule that leaves the file `relative` out, as far as it can be told.
fn rule(source: &Source, root: &Path, relative: &Path) -> String {
    let name = relative.file_name().unwrap_or_default().to_string_lossy();
    if temporary(&name) {
        return "its name, which is that of an unfinished file".to_owned();
    }
    if Patterns::of(&source.settings).is_ok_and(|patterns| !patterns.take(relative)) {
        return "the patterns of the source".to_owned();
    }
    let hidden = relative
        .components()
        .any(|part| part.as_os_str().to_string_lossy().starts_with('.'));
    if hidden {
        return "its name, which is that of a hidden file".to_owned();
    }
    let folders = relative.ancestors().skip(1).map(|folder| root.join(folder));
    folders
        .flat_map(|folder| RULE_FILES.map(|name| folder.join(name)))
        .find_map(|file| line_of(&file, &root.join(relative)))
        .unwrap_or_else(|| "something that could not be told".to_owned())
}

/// The line of the rule file `file` that leaves `path` out.
fn line_of(file: &Path, path: &Path) -> Option<String> {
    if !file.is_file() {
        return None;
    }
    let (rules, _) = Gitignore::new(file);
    let folder = file.parent()?;
    let relative = path.strip_prefix(folder).ok()?;
    let matched = rules.matched_path_or_any_parents(relative, false);
    let line = matched.is_ignore().then(|| matched.inner()).flatten()?;
    Some(format!(
        "the line `{}` of `{}`",
        line.original(),
        file.display()
    ))
}
