//! The expected words, read once, and where in the stored documents they are: the gold that
//! every stage is judged by. Pure; `locate` does the looking.

use std::collections::BTreeSet;

use footnote_ingest::id::{ChunkId, DocumentId};
use footnote_ingest::span::Span;
use footnote_store::StoredChunk;
use footnote_store::ledger::documents::DocumentRow;
use footnote_store::ledger::jobs::Job;

use super::expected::Expected;
use super::text::{Word, answer_words, closest, containment, find, stated, states, words};

/// Shingles that a text must hold to count as holding the passage.
pub const ENOUGH: f32 = 0.8;

/// Shingles that a chunk must hold for its document to be looked into.
const SOME: f32 = 0.2;

/// Where the expected words are.
#[derive(Clone, Debug, Default)]
pub struct Gold {
    /// Documents that were named, or that hold the words.
    pub documents: Vec<GoldDocument>,
    /// Their chunks that hold at least a part of the words, in reading order.
    pub chunks: Vec<GoldChunk>,
    /// The newest job of the named document, or the failed job whose bytes hold the words.
    pub job: Option<Job>,
    /// Documents whose original bytes hold the words although their text does not.
    pub raw: Vec<DocumentId>,
}

/// A document that should have been found.
#[derive(Clone, Debug)]
pub struct GoldDocument {
    /// Its bookkeeping.
    pub row: DocumentRow,
    /// Where the words are in its text; the whole text when no words were given, nothing when
    /// it does not have them.
    pub spans: Vec<Span>,
    /// Share of the passage that was found, 0 to 1.
    pub share: f32,
    /// Its version and chunks in the index; `None` when it has none there.
    pub indexed: Option<(String, usize)>,
}

/// A chunk that should have been found.
#[derive(Clone, Debug)]
pub struct GoldChunk {
    /// The chunk.
    pub stored: StoredChunk,
    /// Share of the words that lie in it, 0 to 1; 1 when no words were given.
    pub share: f32,
}

impl Gold {
    /// Ids of the chunks.
    pub fn ids(&self) -> BTreeSet<ChunkId> {
        self.chunks
            .iter()
            .map(|gold| gold.stored.chunk.id.clone())
            .collect()
    }

    /// The chunk that holds the words in one piece, the expected answer with them where any
    /// piece states it.
    pub fn whole(&self, expected: &Expected) -> Option<&GoldChunk> {
        let answers = |gold: &GoldChunk| match &expected.answer {
            Some(answer) => states(&gold.stored.chunk.text, answer),
            None => true,
        };
        let nowhere = !self.chunks.iter().any(answers);
        let pieces = self.chunks.iter().filter(|gold| gold.share >= ENOUGH);
        pieces
            .filter(|gold| nowhere || answers(gold))
            .max_by(|a, b| a.share.total_cmp(&b.share))
    }

    /// Whether a stored text has the words.
    pub fn extracted(&self) -> bool {
        self.documents
            .iter()
            .any(|document| !document.spans.is_empty())
    }
}

/// The expected words, read once.
pub struct Wanted {
    passage: Option<Vec<Word>>,
    answer: Option<Vec<Word>>,
}

impl Wanted {
    /// Reads the words of `expected`.
    pub fn of(expected: &Expected) -> Self {
        Self {
            passage: expected.passage_text.as_deref().map(words),
            answer: expected.answer.as_deref().map(answer_words),
        }
    }

    /// Where `text` has the words, and which share of them; all of it when none are wanted.
    /// An answer inside the passage narrows it no further: the passage is what was asked for.
    pub fn spans(&self, text: &str) -> (Vec<Span>, f32) {
        match (&self.passage, &self.answer) {
            (None, None) => (vec![Span::new(0, text.chars().count())], 1.0),
            (Some(passage), _) => {
                let text = words(text);
                let exact = find(passage, &text);
                if !exact.is_empty() {
                    return (exact, 1.0);
                }
                match closest(passage, &text) {
                    Some((span, share)) if share >= ENOUGH => (vec![span], share),
                    Some((_, share)) => (Vec::new(), share),
                    None => (Vec::new(), 0.0),
                }
            }
            (None, Some(answer)) => {
                let found = stated(answer, &words(text));
                let share = f32::from(u8::from(!found.is_empty()));
                (found, share)
            }
        }
    }

    /// Whether a chunk of this text makes its document worth looking into.
    pub(super) fn promising(&self, text: &str) -> bool {
        let text = words(text);
        match (&self.passage, &self.answer) {
            (Some(passage), _) => containment(passage, &text) >= SOME,
            (None, Some(answer)) => !stated(answer, &text).is_empty(),
            (None, None) => false,
        }
    }
}

/// Share of `span` that lies in `chunk`; a chunk inside a longer span holds all that it can.
pub(super) fn part(span: Span, chunk: Span) -> f32 {
    let shared = span
        .end
        .min(chunk.end)
        .saturating_sub(span.start.max(chunk.start));
    match span.len() {
        0 => 0.0,
        len => shared as f32 / len as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(passage: Option<&str>, answer: Option<&str>) -> Expected {
        Expected {
            passage_text: passage.map(str::to_owned),
            answer: answer.map(str::to_owned),
            ..Expected::default()
        }
    }

    #[track_caller]
    fn check(passage: Option<&str>, answer: Option<&str>, found: &[(usize, usize)]) {
        let text = "Leave.\n\nYou may carry over up to ﬁve unused days. Days lapse in May.";
        let (spans, _) = Wanted::of(&expected(passage, answer)).spans(text);
        let spans: Vec<_> = spans.iter().map(|span| (span.start, span.end)).collect();
        assert_eq!(spans, found);
    }

    #[test]
    fn words_are_located_in_the_text() {
        check(Some("carry over up to 5 unused days"), None, &[(16, 48)]);
        check(None, Some("five unused days"), &[(33, 48)]);
        check(None, Some("6 days"), &[]);
        check(Some("You may sell unused days"), Some("5"), &[]);
    }

    #[test]
    fn a_span_over_two_chunks_lies_in_each_in_part() {
        let span = Span::new(10, 20);
        assert_eq!(part(span, Span::new(0, 14)), 0.4);
        assert_eq!(part(span, Span::new(14, 90)), 0.6);
        assert_eq!(part(span, Span::new(20, 90)), 0.0);
    }
}
