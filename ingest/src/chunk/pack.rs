//! Packing: which stretches of the text become chunks. The text is taken apart into units
//! that should not be cut (blocks, or sentences of a block that is too large), units are
//! packed evenly within their section, and pieces too small to stand alone join a
//! neighbour.
//!
//! Token counts are assumed to be nearly additive: sums decide what to try, and every piece
//! that is handed out was counted as a whole.

use std::ops::Range;

use text_splitter::{ChunkConfig, ChunkSizer, TextSplitter};

use super::heading_level;
use super::section::{ByteRanges, sections};
use crate::document::Document;

/// A stretch of text that becomes a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it lies in the document's text.
    pub(super) bytes: Range<usize>,
    /// The headings it stands under, outermost first.
    pub(super) path: Vec<String>,
    /// Its tokens.
    pub(super) tokens: usize,
}

/// A piece under this fraction of the budget is too small to stand alone.
const TINY: usize = 8;

/// The pieces of `document`, in order, each of at most `max` tokens.
pub(super) fn pack(document: &Document, max: usize, count: &dyn Fn(&str) -> usize) -> Vec<Piece> {
    let packer = Packer {
        text: &document.text,
        max,
        count,
    };
    let ranges = ByteRanges::new(document);
    let mut out: Vec<Piece> = Vec::new();
    for section in sections(document, &ranges) {
        let units = packer.units(document, &ranges, section.blocks);
        for piece in packer.pieces(&units, &section.path) {
            match out.last_mut().and_then(|last| packer.merged(last, &piece)) {
                Some(merged) => out.splice(out.len() - 1.., [merged]).for_each(drop),
                None => out.push(piece),
            }
        }
    }
    out
}

/// A stretch that is not cut again, and its tokens.
#[derive(Clone, Debug)]
struct Unit {
    bytes: Range<usize>,
    tokens: usize,
}

/// The text, the budget and the measure.
struct Packer<'a> {
    text: &'a str,
    max: usize,
    count: &'a dyn Fn(&str) -> usize,
}

impl Packer<'_> {
    fn unit(&self, bytes: Range<usize>) -> Unit {
        Unit {
            tokens: (self.count)(&self.text[bytes.clone()]),
            bytes,
        }
    }

    /// The units of a section; its headings are glued to the unit that follows them.
    fn units(&self, document: &Document, ranges: &ByteRanges, blocks: Range<usize>) -> Vec<Unit> {
        let mut out: Vec<Unit> = Vec::new();
        let mut pending: Option<Range<usize>> = None;
        for at in blocks {
            let (Some(block), Some(bytes)) = (document.blocks.get(at), ranges.blocks.get(at))
            else {
                continue;
            };
            if heading_level(block.kind).is_some() {
                let start = pending.map_or(bytes.start, |headings| headings.start);
                pending = Some(start..bytes.end);
                continue;
            }
            let mut units = self.cut(bytes.clone(), ranges.sentences_in(bytes));
            if let (Some(headings), Some(first)) = (pending.take(), units.first_mut()) {
                let glued = self.unit(headings.start..first.bytes.end);
                if glued.tokens <= self.max {
                    *first = glued;
                } else {
                    out.extend(self.cut(headings, &[]));
                }
            }
            out.extend(units);
        }
        out.extend(
            pending
                .into_iter()
                .flat_map(|headings| self.cut(headings, &[])),
        );
        out
    }

    /// A block as one unit when it fits, else as its sentences, else as what fits of them.
    fn cut(&self, block: Range<usize>, sentences: &[Range<usize>]) -> Vec<Unit> {
        let whole = self.unit(block.clone());
        if whole.tokens <= self.max {
            return vec![whole];
        }
        let mut out = Vec::new();
        let mut start = block.start;
        // A unit runs to the next sentence, so that list markers are not lost.
        let ends = sentences
            .iter()
            .map(|s| s.end)
            .filter(|end| *end < block.end);
        for end in ends.chain([block.end]) {
            let blank = self.text[start..end].len() - self.text[start..end].trim_start().len();
            let unit = self.unit(start + blank..end);
            start = end;
            match unit.tokens <= self.max {
                _ if unit.bytes.is_empty() => {}
                true => out.push(unit),
                false => out.extend(self.split(unit.bytes)),
            }
        }
        out
    }

    /// Cuts one sentence that is over the budget at the best bounds inside it.
    fn split(&self, bytes: Range<usize>) -> Vec<Unit> {
        let config = ChunkConfig::new(self.max).with_sizer(Counter(self.count));
        let splitter = TextSplitter::new(config);
        let mut out = Vec::new();
        for window in windows(&self.text[bytes.clone()]) {
            let start = bytes.start + window.start;
            let parts = splitter.chunk_indices(&self.text[start..bytes.start + window.end]);
            out.extend(parts.map(|(at, part)| self.unit(start + at..start + at + part.len())));
        }
        out
    }

    /// Packs one section's units into as few pieces as the sums allow, of about equal size,
    /// so that no section ends in a scrap.
    fn pieces(&self, units: &[Unit], path: &[String]) -> Vec<Piece> {
        let mut out = Vec::new();
        let mut rest = units;
        let mut total: usize = units.iter().map(|unit| unit.tokens).sum();
        while let Some((piece, taken)) = self.next_piece(rest, total) {
            let (packed, left) = rest.split_at(taken);
            total -= packed.iter().map(|unit| unit.tokens).sum::<usize>();
            rest = left;
            out.push(Piece {
                bytes: piece.bytes,
                tokens: piece.tokens,
                path: path.to_vec(),
            });
        }
        out
    }

    /// Units from the front of `units`, which have `total` tokens, as one piece, and how many
    /// they are.
    fn next_piece(&self, units: &[Unit], total: usize) -> Option<(Unit, usize)> {
        let first = units.first()?;
        let target = total.div_ceil(total.div_ceil(self.max).max(1));
        let mut sum = 0;
        let wanted = units.iter().take_while(|unit| {
            let short = sum < target;
            sum += unit.tokens;
            short && sum <= self.max
        });
        for taken in (2..=wanted.count()).rev() {
            let joined = self.unit(first.bytes.start..units.get(taken - 1)?.bytes.end);
            if joined.tokens <= self.max {
                return Some((joined, taken));
            }
        }
        Some((first.clone(), 1))
    }

    /// Both pieces as one, when one is too small to stand alone, they belong together and fit.
    fn merged(&self, last: &Piece, next: &Piece) -> Option<Piece> {
        let tiny = |piece: &Piece| piece.tokens < self.max / TINY;
        let siblings =
            last.path.len() == next.path.len() && parent(&last.path) == parent(&next.path);
        let wanted = if last.path == next.path {
            tiny(last) || tiny(next)
        } else if next.path.starts_with(&last.path) {
            tiny(last)
        } else {
            siblings && tiny(last) && tiny(next)
        };
        if !wanted || last.tokens + next.tokens > self.max {
            return None;
        }
        let joined = self.unit(last.bytes.start..next.bytes.end);
        (joined.tokens <= self.max).then(|| Piece {
            bytes: joined.bytes,
            tokens: joined.tokens,
            path: common(&last.path, &next.path),
        })
    }
}

fn parent(path: &[String]) -> &[String] {
    path.split_last().map_or(&[], |(_, parent)| parent)
}

fn common(a: &[String], b: &[String]) -> Vec<String> {
    a.iter()
        .zip(b)
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.clone())
        .collect()
}

/// `text-splitter` looks at all that is left for every piece it cuts; a window bounds that.
const WINDOW_BYTES: usize = 4096;

/// Cuts `text` into windows, after a blank where there is one.
fn windows(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    while text.len() - start > WINDOW_BYTES {
        let end = text.floor_char_boundary(start + WINDOW_BYTES);
        let blank = text[start..end].rfind(char::is_whitespace);
        let cut = blank.filter(|at| *at > 0).map_or(end, |at| start + at);
        out.push(start..cut);
        start = cut;
    }
    out.push(start..text.len());
    out
}

/// Lets `text-splitter` measure with the caller's tokenizer.
struct Counter<'a>(&'a dyn Fn(&str) -> usize);

impl ChunkSizer for Counter<'_> {
    fn size(&self, chunk: &str) -> usize {
        (self.0)(chunk)
    }
}
