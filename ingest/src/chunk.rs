//! Chunks: the pieces of a document that are embedded, searched and shown to a model.
//!
//! A chunk is an exact slice of the canonical text, so a citation is arithmetic and never a
//! search. Chunks follow the headings, then the blocks, then the sentences; only a single
//! sentence over the budget is cut inside (by `text-splitter`). They do not overlap: context
//! comes from the heading path, which [`embedding_text`] puts in front.

mod pack;
mod section;

use crate::document::{BlockKind, Document};
use crate::id::{ChunkId, DocumentId};
use crate::span::{CharIndex, Span};

/// How finely a document is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunking {
    /// Most tokens one chunk may have, as counted by the embedder's own tokenizer; 0 counts
    /// as 1.
    pub max_tokens: usize,
}

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Derived from the document, the span and the text.
    pub id: ChunkId,
    /// Position among the document's chunks, from 0.
    pub ordinal: u32,
    /// Where it lies in the canonical text.
    pub span: Span,
    /// Exactly the canonical text at `span`.
    pub text: String,
    /// The headings it stands under, outermost first, without the document's title.
    pub heading_path: Vec<String>,
    /// The page it starts on, counted from 1, where the format has pages.
    pub page: Option<u32>,
    /// Its sentences as spans of the document; one that is cut appears in part.
    pub sentences: Vec<Span>,
    /// Tokens of `text`.
    pub tokens: u32,
}

/// Cuts `document` into chunks of at most [`Chunking::max_tokens`] tokens.
///
/// `count` measures a text in tokens and is called about three times per byte of the
/// document in all. A heading stays with the text that follows it. The chunks are in order,
/// do not overlap and hold all of the text that is not blank; a chunk is over the budget
/// only when `count` says so of a single character.
pub fn chunk(
    id: &DocumentId,
    document: &Document,
    chunking: &Chunking,
    count: &dyn Fn(&str) -> usize,
) -> Vec<Chunk> {
    let max = chunking.max_tokens.max(1);
    let pieces = pack::pack(document, max, count);
    let index = CharIndex::new(&document.text);
    let mut cursor = Cursor::default();
    let build = |(ordinal, piece): (usize, pack::Piece)| {
        let span = index.span(piece.bytes.clone());
        let text = document.text[piece.bytes].to_owned();
        Chunk {
            id: ChunkId::derive(id, span, &text),
            ordinal: u32::try_from(ordinal).unwrap_or(u32::MAX),
            page: cursor.page(document, span),
            sentences: cursor.sentences(document, span),
            heading_path: without_title(piece.path, &document.title),
            tokens: u32::try_from(piece.tokens).unwrap_or(u32::MAX),
            span,
            text,
        }
    };
    pieces.into_iter().enumerate().map(build).collect()
}

/// What is embedded and indexed for a chunk: one line of context made of the document's
/// title and the heading path, then the chunk itself.
///
/// Returns the text and the byte offset at which `chunk.text` starts in it. Parts of the
/// context that the context or a line of the chunk already says are not repeated; the line
/// is cut to 120 characters, and left out when there is nothing to say.
pub fn embedding_text(title: &str, chunk: &Chunk) -> (String, usize) {
    let mut said: Vec<&str> = Vec::new();
    let parts = std::iter::once(title).chain(chunk.heading_path.iter().map(String::as_str));
    for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
        let known = said.iter().any(|other| says(other, part))
            || chunk.text.lines().any(|line| line == part);
        if !known {
            said.retain(|other| !says(part, other));
            said.push(part);
        }
    }
    let mut context = said.join(CONTEXT_SEPARATOR);
    if let Some((cut, _)) = context.char_indices().nth(MAX_CONTEXT_CHARS) {
        context.truncate(cut);
    }
    if !context.is_empty() {
        context.push('\n');
    }
    let start = context.len();
    context.push_str(&chunk.text);
    (context, start)
}

/// True when `whole` holds `part`, whatever the case.
fn says(whole: &str, part: &str) -> bool {
    whole.to_lowercase().contains(&part.to_lowercase())
}

/// Longest context line: about 30 tokens, which an embedder with 256 can spare.
const MAX_CONTEXT_CHARS: usize = 120;

const CONTEXT_SEPARATOR: &str = " > ";

/// Walks blocks and sentences once, in step with the chunks.
#[derive(Default)]
struct Cursor {
    block: usize,
    sentence: usize,
}

impl Cursor {
    /// The page of the first block that reaches into `span`.
    fn page(&mut self, document: &Document, span: Span) -> Option<u32> {
        let ahead = document.blocks.get(self.block..).unwrap_or_default();
        self.block += ahead
            .iter()
            .take_while(|b| b.span.end <= span.start)
            .count();
        document.blocks.get(self.block).and_then(|block| block.page)
    }

    /// The sentences that reach into `span`, clipped to it.
    fn sentences(&mut self, document: &Document, span: Span) -> Vec<Span> {
        let ahead = document.sentences.get(self.sentence..).unwrap_or_default();
        self.sentence += ahead.iter().take_while(|s| s.end <= span.start).count();
        let ahead = document.sentences.get(self.sentence..).unwrap_or_default();
        let inside = ahead.iter().take_while(|s| s.start < span.end);
        inside
            .map(|s| Span::new(s.start.max(span.start), s.end.min(span.end)))
            .collect()
    }
}

/// The path without a leading heading that repeats the document's title.
fn without_title(mut path: Vec<String>, title: &str) -> Vec<String> {
    if path.first().is_some_and(|first| first == title) {
        path.remove(0);
    }
    path
}

/// Level of a heading block, `None` for any other.
fn heading_level(kind: BlockKind) -> Option<u8> {
    match kind {
        BlockKind::Heading(level) => Some(level),
        BlockKind::Paragraph | BlockKind::ListItem | BlockKind::TableRow | BlockKind::Code => None,
    }
}

#[cfg(test)]
mod tests;
