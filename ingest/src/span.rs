//! `Span`: a half-open range of Unicode scalar values, the one unit of offset that is stored,
//! cited and shown. Byte offsets exist only inside functions, behind [`CharIndex`].

use serde::{Deserialize, Serialize};

/// A range of Unicode scalar values, `start` inclusive, `end` exclusive, `start <= end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First scalar value inside the span.
    pub start: usize,
    /// First scalar value after the span.
    pub end: usize,
}

impl Span {
    /// A span from `start` to `end`; an inverted pair collapses to an empty span at `start`.
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start,
            end: end.max(start),
        }
    }

    /// Length in Unicode scalar values.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// True when the span holds nothing.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// True when `other` lies wholly inside `self`.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The same span counted from `origin` instead of from zero.
    ///
    /// Spans that start before `origin` are clamped to it.
    pub fn relative_to(self, origin: usize) -> Self {
        Self::new(
            self.start.saturating_sub(origin),
            self.end.saturating_sub(origin),
        )
    }

    /// The exact slice of `text` this span names, or `None` when it reaches past the end.
    pub fn slice(self, text: &str) -> Option<&str> {
        let start = byte_of(text, self.start)?;
        let len = byte_of(&text[start..], self.len())?;
        Some(&text[start..start + len])
    }
}

/// Byte offset of the `chars`-th scalar value; `text.len()` for the one past the last.
fn byte_of(text: &str, chars: usize) -> Option<usize> {
    text.char_indices()
        .map(|(byte, _)| byte)
        .chain([text.len()])
        .nth(chars)
}

/// Translates many byte ranges of one text into [`Span`]s without recounting from the start.
pub struct CharIndex<'t> {
    text: &'t str,
    /// Scalar count at every `STRIDE`-th byte boundary at or after that byte.
    marks: Vec<(usize, usize)>,
}

/// Distance between marks: one mark per kibibyte keeps the index under 2 % of the text.
const STRIDE: usize = 1024;

impl<'t> CharIndex<'t> {
    /// Indexes `text` in one pass.
    pub fn new(text: &'t str) -> Self {
        let mut marks = Vec::with_capacity(text.len() / STRIDE + 1);
        let mut next = 0;
        for (count, (byte, _)) in text.char_indices().enumerate() {
            if byte >= next {
                marks.push((byte, count));
                next = byte + STRIDE;
            }
        }
        Self { text, marks }
    }

    /// Number of scalar values before `byte`, which must be a character boundary.
    pub fn char_of(&self, byte: usize) -> usize {
        let at = self.marks.partition_point(|(mark, _)| *mark <= byte);
        let (mark, count) = at.checked_sub(1).map_or((0, 0), |i| self.marks[i]);
        count + self.text[mark..byte].chars().count()
    }

    /// The span of a byte range whose ends are character boundaries.
    pub fn span(&self, bytes: std::ops::Range<usize>) -> Span {
        Span::new(self.char_of(bytes.start), self.char_of(bytes.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_span_made_from_bytes_slices_the_same_bytes(text in "\\PC{0,60}", a in 0usize..60, b in 0usize..60) {
            let cuts: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
            let (a, b) = (cuts[a % cuts.len()], cuts[b % cuts.len()]);
            let (from, to) = (a.min(b), a.max(b));
            let span = CharIndex::new(&text).span(from..to);
            prop_assert_eq!(span.slice(&text), Some(&text[from..to]));
        }
    }

    #[test]
    fn marks_count_across_strides() {
        let text = "é".repeat(3 * STRIDE);
        let span = CharIndex::new(&text).span(2 * STRIDE..text.len());
        assert_eq!(span, Span::new(STRIDE, 3 * STRIDE));
    }

    #[test]
    fn a_span_past_the_end_slices_nothing() {
        assert_eq!(Span::new(2, 9).slice("abc"), None);
        assert_eq!(Span::new(3, 3).slice("abc"), Some(""));
    }
}
