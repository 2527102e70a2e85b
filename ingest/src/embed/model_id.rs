//! The name under which a model signs its work. Indexes and receipts carry it, so two ids are
//! equal only when the same files were used.

use std::fmt;
use std::str::FromStr;

use crate::models::{ArtefactName, Digest};

/// Which files made a vector or a sentence: `name@sha256:<64 digits>`, and `+<12 digits>` for
/// a second file the output depends on (an embedder's tokenizer).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelId(String);

/// A text that is no [`ModelId`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{text}` is not a model id: expected `name@sha256:` and 64 hexadecimal digits")]
pub struct InvalidModelId {
    /// The text as given.
    pub text: String,
}

impl ModelId {
    /// The id of the model `name` whose file has this hash.
    pub fn of(name: &ArtefactName, sha256: &Digest) -> Self {
        Self(format!("{name}@sha256:{sha256}"))
    }

    /// The same id, bound to a second file with this hash.
    pub fn bound_to(&self, second: &Digest) -> Self {
        let first = self.0.split('+').next().unwrap_or_default();
        Self(format!("{first}+{second:.SHORT$}"))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the model file, 64 hexadecimal digits.
    pub fn sha256(&self) -> &str {
        split(&self.0).map_or("", |(_, digest, _)| digest)
    }
}

impl FromStr for ModelId {
    type Err = InvalidModelId;

    fn from_str(text: &str) -> Result<Self, InvalidModelId> {
        let hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '@';
        let valid = split(text).is_some_and(|(name, digest, second)| {
            (!name.is_empty() && name.chars().all(plain))
                && (digest.len() == DIGITS && hex(digest))
                && second.is_none_or(|second| second.len() == SHORT && hex(second))
        });
        valid
            .then(|| Self(text.to_owned()))
            .ok_or_else(|| InvalidModelId {
                text: text.chars().take(120).collect(),
            })
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hexadecimal digits of a SHA-256.
const DIGITS: usize = 64;

/// Hexadecimal digits kept of a second file's hash.
const SHORT: usize = 12;

/// Name, digest and second digest of the text of a model id.
fn split(text: &str) -> Option<(&str, &str, Option<&str>)> {
    let (name, digests) = text.split_once("@sha256:")?;
    Some(match digests.split_once('+') {
        Some((digest, second)) => (name, digest, Some(second)),
        None => (name, digests, None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_id_names_its_files() {
        let digest = "0a".repeat(32);
        let id: ModelId = format!("model-1.5@sha256:{digest}").parse().unwrap();
        assert_eq!(id.sha256(), digest);
        let bound = id.bound_to(&Digest::try_from("b".repeat(64)).unwrap());
        assert_eq!(
            bound.as_str(),
            format!("model-1.5@sha256:{digest}+bbbbbbbbbbbb")
        );
        assert_eq!(bound.sha256(), digest);
        assert_eq!(bound.as_str().parse(), Ok(bound));
    }

    #[test]
    fn other_texts_are_no_model_ids() {
        let digest = "0".repeat(64);
        for text in [
            "model".to_owned(),
            format!("@sha256:{digest}"),
            format!("a model@sha256:{digest}"),
            format!("model@sha256:{digest}0"),
            format!("model@sha256:{}", digest.replace('0', "A")),
            format!("model@sha256:{digest}+12"),
        ] {
            assert!(text.parse::<ModelId>().is_err(), "{text}");
        }
    }
}
