//! Identifiers: derived from names and content, never random, so that the same input always
//! gets the same id. Each is a prefix and 32 hexadecimal digits, which keeps them safe
//! inside any filter, path or log line.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::span::Span;

/// Hexadecimal digits kept of a SHA-256: 128 bits, collision-free in practice.
const DIGITS: usize = 32;

/// SHA-256 of `bytes` as 64 lower-case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Joins a prefix with the digest of `parts`; each part is length-prefixed so that moving a
/// byte from one part to the next changes the digest.
pub fn derive(prefix: &str, parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    format!("{prefix}{}", &hex::encode(hasher.finalize())[..DIGITS])
}

/// The text given where an id was expected is not one.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{text}` is not a {what} id: expected `{prefix}` and {DIGITS} hexadecimal digits")]
pub struct InvalidId {
    what: &'static str,
    prefix: &'static str,
    text: String,
}

macro_rules! id {
    ($name:ident, $what:literal, $prefix:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text, prefix included.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let hex = text.strip_prefix($prefix).unwrap_or("");
                let valid = hex.len() == DIGITS
                    && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                valid.then(|| Self(text.to_owned())).ok_or_else(|| InvalidId {
                    what: $what,
                    prefix: $prefix,
                    text: text.chars().take(80).collect(),
                })
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    DocumentId,
    "document",
    "doc_",
    "Names a document: its URI within its collection."
);
id!(
    ChunkId,
    "chunk",
    "chk_",
    "Names a chunk: its document, its span and its text."
);

impl DocumentId {
    /// The id of the document called `uri` in `collection`, whatever its content.
    pub fn derive(collection: &str, uri: &str) -> Self {
        Self(derive("doc_", &[collection.as_bytes(), uri.as_bytes()]))
    }
}

impl ChunkId {
    /// The id of the chunk of `document` that covers `span` and reads `text`.
    pub fn derive(document: &DocumentId, span: Span, text: &str) -> Self {
        let (start, end) = (span.start.to_string(), span.end.to_string());
        let parts = [document.as_str(), &start, &end, text].map(str::as_bytes);
        Self(derive("chk_", &parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_every_part() {
        let a = DocumentId::derive("default", "a.md");
        assert_eq!(a, DocumentId::derive("default", "a.md"));
        assert_ne!(a, DocumentId::derive("defaulta", ".md"));
        assert_ne!(
            ChunkId::derive(&a, Span::new(0, 2), "ab"),
            ChunkId::derive(&a, Span::new(1, 3), "ab")
        );
    }

    #[test]
    fn hostile_text_is_not_an_id() {
        for text in [
            "",
            "doc_",
            "doc_' OR 1=1 --",
            "chk_0123",
            "DOC_00000000000000000000000000000000",
        ] {
            assert!(text.parse::<DocumentId>().is_err(), "{text}");
        }
        let id = DocumentId::derive("c", "u");
        assert_eq!(id.as_str().parse(), Ok(id));
    }
}
