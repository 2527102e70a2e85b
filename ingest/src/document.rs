//! What every parser produces: canonical text, the blocks it is made of, and the sentences
//! inside them. Everything later (chunks, citations, answers) is a span of this text.

use serde::{Deserialize, Serialize};

use crate::span::Span;

/// Most characters of a title, or of a heading in the path to a chunk: every chunk repeats
/// them, so a heading of a megabyte would become a gigabyte.
pub const MAX_NAME_CHARS: usize = 300;

/// What a stretch of text is, as far as chunking and quoting need to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    /// A heading; `1` is the outermost level.
    Heading(u8),
    /// Running text.
    Paragraph,
    /// One item of a list, its marker included.
    ListItem,
    /// One row of a table, each cell with the header of its column.
    TableRow,
    /// Code or other text whose line breaks matter.
    Code,
}

/// A piece of the canonical text that a chunk boundary prefers not to cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What the text is.
    pub kind: BlockKind,
    /// Where it lies in the canonical text.
    pub span: Span,
    /// The page it starts on, counted from 1, where the format has pages.
    pub page: Option<u32>,
}

/// A parsed document: the canonical text and its structure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Title from the document itself (metadata or first heading), else its file name; at most
    /// [`MAX_NAME_CHARS`] characters.
    pub title: String,
    /// Media type of the bytes it was parsed from.
    pub media_type: String,
    /// ISO 639-3 code of the language, when it could be told with confidence.
    pub language: Option<String>,
    /// Canonical text: Unicode NFC, `\n` line ends, blocks separated by `\n\n`.
    pub text: String,
    /// Blocks in reading order; they do not overlap and cover all text that is not blank.
    pub blocks: Vec<Block>,
    /// Sentences in reading order, inside blocks; headings have none.
    pub sentences: Vec<Span>,
    /// Number of pages, where the format has pages.
    pub pages: Option<u32>,
    /// What was lost or guessed while parsing, in plain words.
    pub warnings: Vec<String>,
}
