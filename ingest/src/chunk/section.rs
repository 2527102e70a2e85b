//! Sections: what the headings make of a document's blocks, and where all of it lies in
//! bytes.

use std::ops::Range;

use super::heading_level;
use crate::document::{Document, MAX_NAME_CHARS};

/// Byte ranges of all blocks and sentences, each text position looked up once.
pub(super) struct ByteRanges {
    pub(super) blocks: Vec<Range<usize>>,
    sentences: Vec<Range<usize>>,
}

impl ByteRanges {
    pub(super) fn new(document: &Document) -> Self {
        let bytes: Vec<usize> = document.text.char_indices().map(|(at, _)| at).collect();
        let byte = |char: usize| bytes.get(char).copied().unwrap_or(document.text.len());
        Self {
            blocks: document
                .blocks
                .iter()
                .map(|b| byte(b.span.start)..byte(b.span.end))
                .collect(),
            sentences: document
                .sentences
                .iter()
                .map(|s| byte(s.start)..byte(s.end))
                .collect(),
        }
    }

    /// The sentences that start inside `block`.
    pub(super) fn sentences_in(&self, block: &Range<usize>) -> &[Range<usize>] {
        let from = self.sentences.partition_point(|s| s.start < block.start);
        let to = self.sentences.partition_point(|s| s.start < block.end);
        self.sentences.get(from..to).unwrap_or_default()
    }
}

/// Headings in a row and the blocks up to the next heading.
pub(super) struct Section {
    /// Indices into the document's blocks.
    pub(super) blocks: Range<usize>,
    /// The headings it stands under, its own last.
    pub(super) path: Vec<String>,
}

/// The sections of `document`, in order; together they hold all blocks.
pub(super) fn sections(document: &Document, ranges: &ByteRanges) -> Vec<Section> {
    let mut out: Vec<Section> = Vec::new();
    let mut stack: Vec<(u8, String)> = Vec::new();
    let mut after_heading = false;
    for (at, block) in document.blocks.iter().enumerate() {
        let level = heading_level(block.kind);
        if let Some(level) = level {
            stack.retain(|(outer, _)| *outer < level);
            let text = ranges
                .blocks
                .get(at)
                .and_then(|at| document.text.get(at.clone()));
            stack.push((level, clipped(text.unwrap_or_default())));
        }
        let path = || stack.iter().map(|(_, heading)| heading.clone()).collect();
        match out.last_mut() {
            Some(last) if level.is_none() || after_heading => {
                last.blocks.end = at + 1;
                if level.is_some() {
                    last.path = path();
                }
            }
            _ => out.push(Section {
                blocks: at..at + 1,
                path: path(),
            }),
        }
        after_heading = level.is_some();
    }
    out
}

/// A heading as it stands in paths, which every chunk below it repeats.
fn clipped(heading: &str) -> String {
    heading.chars().take(MAX_NAME_CHARS).collect()
}
