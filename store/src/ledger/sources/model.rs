//! The words of sources.

use std::fmt;
use std::str::FromStr;

use footnote_ingest::id::derive;

/// What every source id starts with.
const PREFIX: &str = "src_";

/// Names a source: its folder and its collection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(String);

impl SourceId {
    /// The id of the source that brings `path` into `collection`.
    pub fn derive(collection: &str, path: &str) -> Self {
        Self(derive(PREFIX, &[collection.as_bytes(), path.as_bytes()]))
    }

    /// The id as text, prefix included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text given is not the id of a source, or not a state of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id or the state of a source")]
pub struct NotOfASource;

impl FromStr for SourceId {
    type Err = NotOfASource;

    fn from_str(text: &str) -> Result<Self, NotOfASource> {
        let digits = text.strip_prefix(PREFIX).unwrap_or_default();
        let hex = |b| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        let valid = digits.len() == 32 && digits.bytes().all(hex);
        valid.then(|| Self(text.to_owned())).ok_or(NotOfASource)
    }
}

/// How a source does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceState {
    /// Its folder is read from time to time.
    Watched,
    /// Its folder cannot be read; its documents stay.
    Unavailable,
    /// Its documents are being deleted, then it goes itself.
    Removing,
}

impl FromStr for SourceState {
    type Err = NotOfASource;

    fn from_str(text: &str) -> Result<Self, NotOfASource> {
        match text {
            "watched" => Ok(Self::Watched),
            "unavailable" => Ok(Self::Unavailable),
            "removing" => Ok(Self::Removing),
            _ => Err(NotOfASource),
        }
    }
}
