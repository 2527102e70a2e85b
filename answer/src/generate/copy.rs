//! Writing that may only copy: at every step the model chooses among the tokens that go on
//! with some span of the evidence. What comes out is a span by construction; a model too
//! small to be trusted with words can still point.
//!
//! Compared by bytes, so a span may begin inside what the tokenizer would have joined. Pure;
//! the model's scores come from outside.

use std::collections::HashMap;
use std::ops::Range;

/// Words a copied span has at most.
const WORDS: usize = 10;
/// Bytes of the longest token looked for.
const LONGEST: usize = 32;

/// Tokens by their bytes.
pub(super) type Pieces = HashMap<Box<[u8]>, u32>;

/// The spans that what was written so far could be the beginning of.
pub(super) struct Copy<'e> {
    evidence: &'e str,
    pieces: &'e Pieces,
    /// Beginning and end so far, in bytes, in reading order.
    open: Vec<Range<usize>>,
}

impl<'e> Copy<'e> {
    /// Nothing written yet: a span may begin with any word.
    pub(super) fn new(evidence: &'e str, pieces: &'e Pieces) -> Self {
        let words = evidence.char_indices().filter(|(at, c)| {
            let before = evidence[..*at].chars().next_back();
            !c.is_whitespace() && before.is_none_or(|before| parts(before, *c))
        });
        Self {
            evidence,
            pieces,
            open: words.map(|(at, _)| at..at).collect(),
        }
    }

    /// Tokens that go on with a span, each once, in ascending order.
    pub(super) fn allowed(&self) -> Vec<u32> {
        let next = self.open.iter().flat_map(|span| self.next(span));
        let mut tokens: Vec<u32> = next.map(|(token, _)| token).collect();
        tokens.sort_unstable();
        tokens.dedup();
        tokens
    }

    /// Whether a span could end here.
    pub(super) fn may_end(&self) -> bool {
        self.whole().is_some()
    }

    /// Goes on with `token`.
    pub(super) fn write(&mut self, token: u32) {
        let next = self.open.iter().flat_map(|span| {
            let on = self.next(span).into_iter();
            on.filter(|(found, _)| *found == token)
                .map(|(_, end)| span.start..end)
        });
        self.open = next.collect();
    }

    /// The first span that ends here, without white space around it.
    pub(super) fn whole(&self) -> Option<Range<usize>> {
        let ends = |span: &&Range<usize>| {
            let text = &self.evidence[(*span).clone()];
            let last = text.chars().next_back();
            let after = self.evidence[span.end..].chars().next();
            last.is_some_and(|last| after.is_none_or(|after| parts(last, after)))
        };
        let span = self
            .open
            .iter()
            .filter(|span| self.readable(span))
            .find(ends)?;
        let text = self.evidence[span.clone()].trim_end();
        Some(span.start..span.start + text.len())
    }

    /// Whether a span ends between characters.
    fn readable(&self, span: &Range<usize>) -> bool {
        self.evidence.is_char_boundary(span.end)
    }

    /// Every token that goes on with `span`, and where it then ends.
    fn next(&self, span: &Range<usize>) -> Vec<(u32, usize)> {
        let rest = &self.evidence.as_bytes()[span.end..];
        let known = |length: usize| {
            let token = self.pieces.get(rest.get(..length)?)?;
            Some((*token, span.end + length))
        };
        let found = (1..=LONGEST.min(rest.len())).filter_map(known);
        found
            .filter(|(_, end)| self.words(span.start..*end) <= WORDS)
            .collect()
    }

    fn words(&self, span: Range<usize>) -> usize {
        let text = self.evidence.as_bytes().get(span).unwrap_or_default();
        let words = text.split(u8::is_ascii_whitespace);
        words.filter(|word| !word.is_empty()).count()
    }
}

/// Whether a word may end with `before` where `after` follows.
fn parts(before: char, after: char) -> bool {
    !(before.is_alphanumeric() && after.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(tokens: &[&str]) -> Pieces {
        let numbered = tokens.iter().zip(0..);
        numbered
            .map(|(token, id)| (token.as_bytes().into(), id))
            .collect()
    }

    #[track_caller]
    fn check(evidence: &str, tokens: &[&str], write: &[u32], allowed: &[u32], whole: Option<&str>) {
        let pieces = pieces(tokens);
        let mut copy = Copy::new(evidence, &pieces);
        for token in write {
            copy.write(*token);
        }
        assert_eq!(copy.allowed(), allowed);
        assert_eq!(copy.whole().map(|span| &evidence[span]), whole);
    }

    #[test]
    fn only_what_stands_there_may_be_written() {
        let tokens = ["25", " days", "2", "5", " weeks", "of", " of"];
        let evidence = "They get 25 days of leave";
        check(evidence, &tokens, &[], &[0, 2, 5], None);
        check(evidence, &tokens, &[2], &[3], None);
        check(evidence, &tokens, &[0], &[1], Some("25"));
        check(evidence, &tokens, &[0, 1], &[6], Some("25 days"));
        check(evidence, &tokens, &[4], &[], None);
    }

    #[test]
    fn a_span_does_not_begin_or_end_inside_a_word() {
        let tokens = ["re", "start", "restart", "ing"];
        check("restarting", &tokens, &[], &[0, 2], None);
        check("restarting", &tokens, &[2], &[3], None);
        check("restarting", &tokens, &[2, 3], &[], Some("restarting"));
    }

    #[test]
    fn a_character_of_several_bytes_is_copied_whole() {
        let (first, second) = ("ü".as_bytes().split_at(1), 0);
        let mut pieces = Pieces::new();
        pieces.insert(first.0.into(), second);
        pieces.insert(first.1.into(), 1);
        let mut copy = Copy::new("ü", &pieces);
        copy.write(0);
        assert!(!copy.may_end());
        copy.write(1);
        assert_eq!(copy.whole(), Some(0..2));
    }

    proptest! {
        #[test]
        fn what_comes_out_is_a_span_of_the_evidence(
            evidence in "[a-c ü\\.,]{0,40}",
            choices in prop::collection::vec(0usize..9, 0..12),
        ) {
            let pieces = pieces(&["a", "b", "c", " a", " b", "ab", ".", ",", "ü", " "]);
            let mut copy = Copy::new(&evidence, &pieces);
            let mut written = String::new();
            for choice in choices {
                let allowed = copy.allowed();
                let Some(token) = allowed.get(choice % allowed.len().max(1)) else { break };
                copy.write(*token);
                let (text, _) = pieces.iter().find(|(_, id)| *id == token).unwrap();
                written.push_str(std::str::from_utf8(text).unwrap());
                prop_assert!(evidence.contains(&written));
                if let Some(span) = copy.whole() {
                    prop_assert_eq!(&evidence[span], written.trim_end());
                }
            }
        }
    }
}
