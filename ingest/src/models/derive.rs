//! Files that are made here from the file that was fetched: which ones, how, and the making.
//! Both are pinned, so a derived file is trusted for the same reason as a fetched one.

use std::fmt;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::ModelError;
use super::manifest::Artefact;
use super::names::Digest;
use crate::onnx;

/// What an artefact is made from: the file at its `source`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derivation {
    /// What is done with it.
    pub recipe: Recipe,
    /// SHA-256 of the file at the source.
    pub sha256: Digest,
    /// Size of the file at the source.
    pub bytes: u64,
}

/// A way to make one file from another that always gives the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipe {
    /// [`onnx::dynamic_int8`]: an embedder that multiplies integers.
    DynamicInt8,
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DynamicInt8 => "dynamic-int8",
        })
    }
}

impl Artefact {
    /// The file this one is made from, an artefact like any other; `None` for one that is used
    /// as it is fetched.
    pub fn shipped(&self) -> Option<Self> {
        self.derived_from.as_ref().map(|shipped| Self {
            sha256: shipped.sha256.clone(),
            bytes: shipped.bytes,
            derived_from: None,
            ..self.clone()
        })
    }

    /// The source as written, and what is made of it.
    pub fn provenance(&self) -> String {
        match &self.derived_from {
            Some(shipped) => format!("{} of {}", shipped.recipe, self.source),
            None => self.source.to_string(),
        }
    }
}

/// The bytes of `artefact`, made from the file at `shipped`; not yet compared with its hash.
pub(super) fn make(
    artefact: &Artefact,
    recipe: Recipe,
    shipped: &Path,
) -> Result<Vec<u8>, ModelError> {
    let bytes = fs::read(shipped).map_err(ModelError::io(artefact.name.as_str(), shipped))?;
    let made = match recipe {
        Recipe::DynamicInt8 => onnx::dynamic_int8(&bytes),
    };
    made.map_err(|source| ModelError::Derive {
        artefact: artefact.name.to_string(),
        path: shipped.to_owned(),
        recipe,
        source,
    })
}

#[cfg(test)]
mod tests {
    use crate::models::{Manifest, Role};

    #[test]
    fn a_derived_artefact_says_what_it_is_made_of() {
        let manifest = Manifest::embedded().unwrap();
        let embedder = manifest.artefact(Role::Embedder).unwrap();
        let shipped = embedder.shipped().unwrap();
        assert_ne!(shipped.id(), embedder.id());
        assert_eq!(shipped.shipped(), None);
        assert_eq!(
            embedder.provenance(),
            format!("dynamic-int8 of {}", shipped.provenance())
        );
    }
}
