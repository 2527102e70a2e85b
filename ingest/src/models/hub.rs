//! Downloads from the Hugging Face hub, or a mirror of it (`HF_ENDPOINT`). The hub client's
//! cache is pointed at a scratch folder and forgotten: our own cache, keyed by hash, is the
//! only one.

use std::path::{Path, PathBuf};

use hf_hub::api::Progress;
use hf_hub::api::sync::{ApiBuilder, ApiError};
use hf_hub::{Cache, Repo, RepoType};

use super::error::ModelError;
use super::manifest::Artefact;

/// A file of the hub.
pub(super) struct Place<'a> {
    /// `owner/name`.
    pub(super) repository: String,
    /// Branch, tag or commit.
    pub(super) revision: &'a str,
    /// Path in the repository.
    pub(super) file: &'a str,
}

/// Downloads `place` into `folder` and returns the path of the file.
///
/// `arrived` is told the bytes received so far. A private repository needs `HF_TOKEN`.
pub(super) fn download(
    endpoint: Option<String>,
    place: Place<'_>,
    artefact: &Artefact,
    folder: &Path,
    arrived: &mut dyn FnMut(u64),
) -> Result<PathBuf, ModelError> {
    let counted = Counted { done: 0, arrived };
    transfer(endpoint, place, folder, counted).map_err(|source| ModelError::Hub {
        artefact: artefact.name.to_string(),
        origin: artefact.source.to_string(),
        source: Box::new(source),
    })
}

fn transfer(
    endpoint: Option<String>,
    place: Place<'_>,
    folder: &Path,
    counted: Counted<'_>,
) -> Result<PathBuf, ApiError> {
    let setting = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let mut builder =
        ApiBuilder::from_cache(Cache::new(folder.join("hub"))).with_token(setting("HF_TOKEN"));
    if let Some(endpoint) = endpoint.or_else(|| setting("HF_ENDPOINT")) {
        builder = builder.with_endpoint(endpoint);
    }
    let revision = place.revision.to_owned();
    let repository = Repo::with_revision(place.repository, RepoType::Model, revision);
    let repository = builder.build()?.repo(repository);
    repository.download_with_progress(place.file, counted)
}

/// Turns the increments of the hub client into totals.
struct Counted<'a> {
    done: u64,
    arrived: &'a mut dyn FnMut(u64),
}

impl Progress for Counted<'_> {
    fn init(&mut self, _size: usize, _filename: &str) {
        self.done = 0;
    }

    fn update(&mut self, size: usize) {
        self.done += size as u64;
        (self.arrived)(self.done);
    }

    fn finish(&mut self) {}
}
