//! Texts as the embedder will see them: its tokenizer, for the embedder itself and, without a
//! model, for whoever cuts texts to fit.

use std::path::Path;
use std::sync::Arc;

use tokenizers::{Tokenizer, TruncationParams};

use super::EmbedError;

/// The embedder's tokenizer, shared; clones are cheap.
#[derive(Clone)]
pub struct TokenCounter {
    tokenizer: Arc<Tokenizer>,
}

impl TokenCounter {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// [`EmbedError::Tokenizer`] when it cannot be read as one.
    pub fn load(path: &Path) -> Result<Self, EmbedError> {
        Ok(Self {
            tokenizer: Arc::new(tokenizer(path, None)?),
        })
    }

    /// Tokens of `text`, without the special tokens around it and without truncation.
    ///
    /// A text the tokenizer refuses counts one token per byte, which no tokenizer exceeds, so
    /// that a piece cut by this count always fits.
    pub fn count(&self, text: &str) -> usize {
        self.tokenizer
            .encode_fast(text, false)
            .map_or(text.len(), |encoding| encoding.len())
    }
}

impl std::fmt::Debug for TokenCounter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenCounter")
    }
}

/// The tokenizer in front of the model: cuts at [`MAX_TOKENS`](super::MAX_TOKENS).
#[cfg(feature = "models")]
pub(super) fn encoder(path: &Path) -> Result<Tokenizer, EmbedError> {
    let truncation = TruncationParams {
        max_length: super::MAX_TOKENS,
        ..TruncationParams::default()
    };
    tokenizer(path, Some(truncation))
}

/// What the model reads of an encoded text.
#[cfg(feature = "models")]
pub(super) fn ids(encoding: &tokenizers::Encoding) -> Vec<i64> {
    encoding.get_ids().iter().map(|id| i64::from(*id)).collect()
}

/// Reads a `tokenizer.json` whose own ideas of length do not count, and for which the names of
/// special tokens in a text are just text.
fn tokenizer(path: &Path, truncation: Option<TruncationParams>) -> Result<Tokenizer, EmbedError> {
    let invalid = |source| EmbedError::Tokenizer {
        path: path.to_owned(),
        source,
    };
    let mut tokenizer = Tokenizer::from_file(path).map_err(invalid)?;
    tokenizer.with_padding(None);
    tokenizer.with_truncation(truncation).map_err(invalid)?;
    tokenizer.set_encode_special_tokens(true);
    Ok(tokenizer)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A word-level tokenizer that truncates, pads and knows one special token, as the
    /// embedder's file does.
    const TOKENIZER: &str = r#"{
        "version": "1.0",
        "truncation": {"max_length": 2, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
        "padding": {"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": null,
            "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
        "added_tokens": [{"id": 0, "special": true, "content": "[PAD]", "single_word": false,
            "lstrip": false, "rstrip": false, "normalized": false}],
        "normalizer": null,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": null,
        "decoder": null,
        "model": {"type": "WordLevel", "vocab": {"[PAD]": 0, "[UNK]": 1}, "unk_token": "[UNK]"}
    }"#;

    #[track_caller]
    fn check(text: &str, expected: usize) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokenizer.json");
        std::fs::write(&path, TOKENIZER).unwrap();
        assert_eq!(TokenCounter::load(&path).unwrap().count(text), expected);
    }

    #[test]
    fn counts_are_neither_truncated_nor_padded() {
        check("", 0);
        check("one two three four five", 5);
    }

    #[test]
    fn special_tokens_in_a_text_are_just_text() {
        check("[PAD]", 3);
    }

    #[test]
    fn a_file_that_is_no_tokenizer_is_named() {
        let error = TokenCounter::load(Path::new("nowhere/tokenizer.json")).unwrap_err();
        assert!(
            error.to_string().contains("nowhere/tokenizer.json"),
            "{error}"
        );
    }
}
