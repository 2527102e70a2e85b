//! The two texts of a manifest that end up in ids, paths and log lines, checked once where they
//! are read so that nothing later has to quote or escape them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A SHA-256 as 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// A name of lower-case letters, digits, `.`, `_` and `-`, which keeps model ids unambiguous.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ArtefactName(String);

impl Digest {
    /// The 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let valid =
            text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        valid.then_some(Self(text)).ok_or_else(|| {
            "a sha256 has 64 lower-case hexadecimal digits; `sha256sum FILE` prints it".to_owned()
        })
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl ArtefactName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ArtefactName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
        let valid = (1..=64).contains(&text.len()) && text.bytes().all(plain);
        valid.then_some(Self(text)).ok_or_else(|| {
            "a name has 1 to 64 lower-case letters, digits, `.`, `_` or `-`".to_owned()
        })
    }
}

impl fmt::Display for ArtefactName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
