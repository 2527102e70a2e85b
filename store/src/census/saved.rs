//! The counts in a file, so that opening a large table does not begin with counting it.
//!
//! The file is a copy of what the table says and never needed: one that is missing, damaged,
//! or of another version of the table is counted anew.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Write;
use std::path::Path;

use footnote_ingest::id::sha256_hex;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::Census;
use crate::error::{Error, Result};
use crate::terms::TermStats;

/// Name of the file in the data directory.
pub(crate) const NAME: &str = "census.json";

/// Changes whenever [`analyse`](crate::terms::analyse) or the form of the file does.
const FORM: u32 = 1;

/// The second line of the file; the first is its SHA-256.
#[derive(Serialize, Deserialize)]
struct Saved<'s> {
    form: u32,
    index_version: String,
    chunks: u64,
    words: u64,
    terms: HashMap<Cow<'s, str>, u32>,
    collections: BTreeMap<String, u64>,
}

/// Keeps `census`, which counts `index_version`, in `folder`. A power cut may lose it.
pub(crate) fn save(folder: &Path, index_version: &str, census: &Census) -> Result<()> {
    let terms = census.terms.counts().into_iter();
    let saved = Saved {
        form: FORM,
        index_version: index_version.to_owned(),
        chunks: census.terms.chunks(),
        words: census.terms.words(),
        terms: terms.map(|(term, count)| (term.into(), count)).collect(),
        collections: census.collections.clone(),
    };
    let path = folder.join(NAME);
    let text =
        serde_json::to_string(&saved).map_err(|error| Error::corrupt(NAME, error.to_string()))?;
    let write = || -> std::io::Result<()> {
        let mut file = NamedTempFile::new_in(folder)?;
        writeln!(file, "{}\n{text}", sha256_hex(text.as_bytes()))?;
        file.persist(&path)?;
        Ok(())
    };
    write().map_err(Error::io("write", &path))
}

/// What was kept for `index_version`, if it was and is as it was written.
pub(crate) fn load(folder: &Path, index_version: &str) -> Option<Census> {
    let text = fs::read_to_string(folder.join(NAME)).ok()?;
    let (sha256, text) = text.trim_end().split_once('\n')?;
    if sha256_hex(text.as_bytes()) != sha256 {
        tracing::warn!("{NAME} is damaged; words are counted anew");
        return None;
    }
    let saved: Saved<'_> = serde_json::from_str(text).ok()?;
    let fits = saved.form == FORM && saved.index_version == index_version;
    let terms = saved.terms.into_iter();
    let counts = terms.map(|(term, count)| (term.into_owned(), count));
    fits.then(|| Census {
        terms: TermStats::of_counts(saved.chunks, saved.words, counts.collect()),
        collections: saved.collections,
    })
}

/// Forgets what was kept: after a recovery the number of a lost version is given again.
pub(crate) fn forget(folder: &Path) -> Result<()> {
    let path = folder.join(NAME);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("remove", &path)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::Stems;

    fn census() -> Census {
        let mut census = Census::default();
        census.terms.add(&mut Stems::new(), "annual leave");
        census.collections.insert("hr".to_owned(), 1);
        census
    }

    #[test]
    fn what_is_kept_comes_back_for_its_own_version_only() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(load(folder.path(), "g1.v2"), None);
        save(folder.path(), "g1.v2", &census()).unwrap();
        assert_eq!(load(folder.path(), "g1.v2"), Some(census()));
        assert_eq!(load(folder.path(), "g1.v3"), None);
        forget(folder.path()).unwrap();
        forget(folder.path()).unwrap();
        assert_eq!(load(folder.path(), "g1.v2"), None);
    }

    #[test]
    fn a_damaged_file_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        save(folder.path(), "g1.v2", &census()).unwrap();
        let path = folder.path().join(NAME);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("\"annual\":1", "\"annual\":7")).unwrap();
        assert_eq!(load(folder.path(), "g1.v2"), None);
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        assert_eq!(load(folder.path(), "g1.v2"), None);
    }
}
