//! The canonical text: what every parser's blocks become, and the only text that is ever
//! stored, searched or quoted. It is Unicode NFC with `\n` line ends, no control or
//! invisible characters, no trailing blanks; blocks are separated by `\n\n`, the items of
//! one list and the rows of one table by `\n`.
//!
//! It refuses to know any format: a parser hands over a [`Draft`] and is done.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use crate::document::{Block, BlockKind, Document, MAX_NAME_CHARS};
use crate::sentence;
use crate::span::{CharIndex, Span};

/// What a parser read: blocks of visible text, not yet cleaned or placed.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// The title the document gives itself, if it does.
    pub(crate) title: Option<String>,
    /// Blocks in reading order.
    pub(crate) blocks: Vec<RawBlock>,
    /// Number of pages, where the format has pages.
    pub(crate) pages: Option<u32>,
    /// What was lost or guessed, in plain words.
    pub(crate) warnings: Vec<String>,
}

impl Draft {
    /// The same under `title`, unless it has a title of its own.
    pub(crate) fn titled(self, title: &str) -> Self {
        let own = self.title.filter(|own| !own.trim().is_empty());
        Self {
            title: own.or_else(|| Some(title.to_owned())),
            ..self
        }
    }
}

/// A block of visible text as a parser saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawBlock {
    pub(crate) kind: BlockKind,
    pub(crate) text: String,
    pub(crate) page: Option<u32>,
    /// True when it belongs to the list or table of the block before it.
    pub(crate) joined: bool,
}

impl RawBlock {
    /// A block that stands by itself, on no known page.
    pub(crate) fn new(kind: BlockKind, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            kind,
            text,
            page: None,
            joined: false,
        }
    }

    /// The same block; `joined` when it belongs to the list or table of the one before it.
    pub(crate) fn joined(mut self, joined: bool) -> Self {
        self.joined = joined;
        self
    }
}

/// Lays the blocks of `draft` out as one text and finds their sentences.
///
/// Blocks that are empty after cleaning vanish. `fallback_title` is used when neither the
/// draft nor a heading gives a title; the language is left open.
pub(crate) fn assemble(draft: Draft, fallback_title: &str, media_type: &str) -> Document {
    let mut text = String::new();
    let mut placed: Vec<(RawBlock, Range<usize>)> = Vec::new();
    for mut block in draft.blocks {
        block.text = clean(&block.text, block.kind);
        if block.text.is_empty() {
            continue;
        }
        let gap = match (placed.is_empty(), block.joined) {
            (true, _) => "",
            (false, true) => "\n",
            (false, false) => "\n\n",
        };
        text.push_str(gap);
        let start = text.len();
        text.push_str(&block.text);
        placed.push((block, start..text.len()));
    }
    let index = CharIndex::new(&text);
    Document {
        title: title(draft.title, &placed, fallback_title),
        media_type: media_type.to_owned(),
        language: None,
        blocks: placed
            .iter()
            .map(|(b, at)| located(b, index.span(at.clone())))
            .collect(),
        sentences: placed
            .iter()
            .flat_map(|(b, at)| sentences(b, at.start, &index))
            .collect(),
        pages: draft.pages,
        warnings: draft.warnings,
        text,
    }
}

fn located(block: &RawBlock, span: Span) -> Block {
    Block {
        kind: block.kind,
        span,
        page: block.page,
    }
}

/// The document's own title, else its first top heading, else the fallback.
fn title(own: Option<String>, placed: &[(RawBlock, Range<usize>)], fallback: &str) -> String {
    let heading = placed
        .iter()
        .enumerate()
        .find_map(|(i, (block, _))| match block.kind {
            BlockKind::Heading(1) => Some(block.text.clone()),
            BlockKind::Heading(_) if i == 0 => Some(block.text.clone()),
            _ => None,
        });
    let title = own
        .map(|title| one_line(&title))
        .filter(|title| !title.is_empty())
        .or_else(|| heading.map(|title| one_line(&title)))
        .unwrap_or_else(|| one_line(fallback));
    title.chars().take(MAX_NAME_CHARS).collect()
}

/// The sentences of one block that starts at byte `origin` of the text.
fn sentences<'a>(
    block: &'a RawBlock,
    origin: usize,
    index: &'a CharIndex<'_>,
) -> impl Iterator<Item = Span> + use<'a> {
    let text = block.text.as_str();
    let ranges = match block.kind {
        BlockKind::Heading(_) => Vec::new(),
        BlockKind::Paragraph => sentence::split(text),
        BlockKind::ListItem => {
            let marker = sentence::marker_len(text);
            let shift = |r: Range<usize>| r.start + marker..r.end + marker;
            sentence::split(&text[marker..])
                .into_iter()
                .map(shift)
                .collect()
        }
        BlockKind::TableRow => std::iter::once(0..text.len()).collect(),
        BlockKind::Code => lines(text),
    };
    let at = move |r: Range<usize>| index.span(origin + r.start..origin + r.end);
    ranges.into_iter().map(at)
}

/// Byte ranges of the lines that are not blank, without their indentation.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut out = Vec::new();
    for line in text.split('\n') {
        let body = line.trim();
        if !body.is_empty() {
            let from = start + (line.len() - line.trim_start().len());
            out.push(from..from + body.len());
        }
        start += line.len() + 1;
    }
    out
}

/// `text` in canonical form; everything but code has its runs of blanks collapsed.
fn clean(text: &str, kind: BlockKind) -> String {
    let visible: String = visible(text).nfc().collect();
    match kind {
        BlockKind::Code => code(&visible),
        BlockKind::Heading(_) | BlockKind::TableRow => collapse(&visible),
        BlockKind::Paragraph | BlockKind::ListItem => {
            let lines = visible.split('\n').map(collapse);
            lines
                .filter(|line| !line.is_empty())
                .collect::<Vec<_>>()
                .join("\n")
        }
    }
}

/// A title or heading on one line.
fn one_line(text: &str) -> String {
    collapse(&visible(text).nfc().collect::<String>())
}

/// Drops what cannot be seen and makes all line ends `\n`, all other blanks a space.
fn visible(text: &str) -> impl Iterator<Item = char> + '_ {
    let mut after_return = false;
    text.chars().filter_map(move |c| {
        let second_half = after_return && c == '\n';
        after_return = c == '\r';
        match c {
            '\n' if second_half => None,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            // Soft hyphen, zero-width space, word joiner and byte order mark.
            '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' => None,
            '\t' => Some('\t'),
            c if c.is_control() => None,
            c if c.is_whitespace() => Some(' '),
            c => Some(c),
        }
    })
}

fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Trims line ends and drops blank lines at both ends, but keeps all indentation.
fn code(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(0);
    let last = lines
        .iter()
        .rposition(|line| !line.is_empty())
        .map_or(first, |at| at + 1);
    lines.get(first..last).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests;
