//! What somebody with access to parsers and folders saw of a passage that no stored text has.
//! This crate has neither; the caller looks and tells.

use serde::Serialize;

/// What was seen outside the stored texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outside {
    /// Whether the originals, parsed again with today's settings, have the words; `None` when
    /// nobody tried.
    pub parsed_again: Option<bool>,
    /// Files of watched folders that are no documents.
    pub files: Vec<LeftOut>,
    /// Whether an OCR program is configured.
    pub ocr: bool,
}

/// A file of a watched folder that is not ingested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Its source.
    pub source_id: String,
    /// Where it lies.
    pub path: String,
    /// Which rule leaves it out, as far as it can be told.
    pub rule: String,
    /// Whether the expected words were seen in it; a named file is not read.
    pub has_words: bool,
}
