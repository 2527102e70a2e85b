//! Where fetched files live and how a file earns trust.
//!
//! Layout: `<root>/<sha256>/<file name>`, so two versions never meet. Beside each file lies a
//! `verified` stamp, written after a full hash and bound to the file's path, size and
//! modification time: start-up reads the stamp, `status` always hashes. A path is only ever
//! returned for a file whose hash is known to be right.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest as _, Sha256};

use super::error::ModelError;
use super::manifest::Artefact;
use super::names::Digest;
use super::origin::Origin;

/// Name of the stamp file.
const STAMP: &str = "verified";

/// Bytes moved at a time: large enough that the hash, not the loop, takes the time.
const BLOCK: usize = 256 * 1024;

/// The folder that holds fetched model files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// Created by the first pull.
    pub root: PathBuf,
}

/// What a full check of one artefact found.
#[derive(Debug)]
pub enum Status {
    /// The file is there and its hash is right.
    Present(PathBuf),
    /// Nothing is there.
    Missing,
    /// Something is there that must not be used.
    Damaged(ModelError),
}

impl Cache {
    /// The `models` folder under `FOOTNOTE_CACHE`, else under `footnote` in the user's cache
    /// folder (`XDG_CACHE_HOME` or `HOME/.cache`); `None` when the environment has none of them.
    pub fn from_env() -> Option<Self> {
        let folder = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let base = folder("FOOTNOTE_CACHE")
            .or_else(|| folder("XDG_CACHE_HOME").map(|path| path.join("footnote")))
            .or_else(|| folder("HOME").map(|path| path.join(".cache/footnote")))?;
        Some(Self {
            root: base.join("models"),
        })
    }

    /// Where the file of `artefact` is, or will be once pulled. A `file:` source stays in place,
    /// but what is derived from one is in the cache.
    pub fn path(&self, artefact: &Artefact) -> PathBuf {
        match &artefact.source {
            Origin::File(path) if artefact.derived_from.is_none() => path.clone(),
            source => self.folder(&artefact.sha256).join(source.file_name()),
        }
    }

    /// The folder for everything that belongs to the file with this hash.
    pub fn folder(&self, digest: &Digest) -> PathBuf {
        self.root.join(digest.as_str())
    }
}

/// The path of a file that was verified before, or is verified now.
///
/// Cheap when the stamp is there: size and modification time are compared, nothing is read.
///
/// # Errors
/// [`ModelError::Missing`], [`ModelError::WrongSize`], [`ModelError::WrongHash`] or
/// [`ModelError::Io`]; the first three say to run `footnote models pull`.
pub fn locate(artefact: &Artefact, cache: &Cache) -> Result<PathBuf, ModelError> {
    let path = cache.path(artefact);
    let found = metadata(artefact, &path)?;
    check_size(artefact, &path.display().to_string(), found.len())?;
    let stamp = fs::read_to_string(cache.folder(&artefact.sha256).join(STAMP));
    match (stamp, stamp_text(&path, &found)) {
        (Ok(written), Some(expected)) if written == expected => Ok(path),
        _ => verify(artefact, cache),
    }
}

/// Hashes the file of `artefact` and says what it found.
pub fn status(artefact: &Artefact, cache: &Cache) -> Status {
    match verify(artefact, cache) {
        Ok(path) => Status::Present(path),
        Err(ModelError::Missing { .. }) => Status::Missing,
        Err(error) => Status::Damaged(error),
    }
}

/// Hashes the file of `artefact`; on success leaves a stamp.
pub(super) fn verify(artefact: &Artefact, cache: &Cache) -> Result<PathBuf, ModelError> {
    let path = cache.path(artefact);
    let found = metadata(artefact, &path)?;
    let place = path.display().to_string();
    check_size(artefact, &place, found.len())?;
    let io = || ModelError::io(artefact.name.as_str(), &path);
    let mut file = File::open(&path).map_err(io())?;
    let (_, got) = copy_hashed(&mut file, &mut io::sink(), &mut |_| ()).map_err(io())?;
    check_hash(artefact, &place, got)?;
    stamp(artefact, cache, &path, &found);
    Ok(path)
}

/// Copies everything, counting and hashing on the way; `seen` is told the running total.
pub(super) fn copy_hashed(
    from: &mut dyn Read,
    to: &mut dyn Write,
    seen: &mut dyn FnMut(u64),
) -> io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let mut block = vec![0; BLOCK];
    let mut total = 0;
    loop {
        let read = match from.read(&mut block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        let Some(bytes) = block.get(..read).filter(|bytes| !bytes.is_empty()) else {
            return Ok((total, hex::encode(hasher.finalize())));
        };
        hasher.update(bytes);
        to.write_all(bytes)?;
        total += read as u64;
        seen(total);
    }
}

/// Compares a size with the manifest's; `place` is a path or a source.
pub(super) fn check_size(artefact: &Artefact, place: &str, got: u64) -> Result<(), ModelError> {
    if got == artefact.bytes {
        return Ok(());
    }
    Err(ModelError::WrongSize {
        artefact: artefact.name.to_string(),
        place: place.to_owned(),
        expected: artefact.bytes,
        got,
    })
}

/// Compares a hash with the manifest's; `place` is a path or a source.
pub(super) fn check_hash(artefact: &Artefact, place: &str, got: String) -> Result<(), ModelError> {
    if got == artefact.sha256.as_str() {
        return Ok(());
    }
    Err(ModelError::WrongHash {
        artefact: artefact.name.to_string(),
        place: place.to_owned(),
        expected: artefact.sha256.clone(),
        got,
    })
}

/// Notes that `path` was hashed. Best effort: without the stamp (a read-only cache, say) the
/// next start hashes again, which is slower and no less safe.
fn stamp(artefact: &Artefact, cache: &Cache, path: &Path, found: &Metadata) {
    let folder = cache.folder(&artefact.sha256);
    if let Some(text) = stamp_text(path, found) {
        let _ = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join(STAMP), text));
    }
}

fn stamp_text(path: &Path, found: &Metadata) -> Option<String> {
    let modified = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let (bytes, nanos) = (found.len(), modified.as_nanos());
    Some(format!("{bytes} {nanos} {}\n", path.display()))
}

fn metadata(artefact: &Artefact, path: &Path) -> Result<Metadata, ModelError> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(ModelError::Missing {
            artefact: artefact.name.to_string(),
            path: path.to_owned(),
        }),
        other => other.map_err(ModelError::io(artefact.name.as_str(), path)),
    }
}

#[cfg(test)]
mod tests;
