//! What should have been found, in the words of whoever complains, and whether an answer meets
//! it. Every part that is given must be met.

use footnote_answer::outcome::{Answer, Citation};
use footnote_ingest::id::DocumentId;
use footnote_ingest::span::Span;
use serde::Serialize;

use super::gold::Gold;
use super::text::states;

/// What should have been found; at least one part is given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    /// The document, by id.
    pub document_id: Option<DocumentId>,
    /// The document, by name.
    pub uri: Option<String>,
    /// Words of the document.
    pub passage_text: Option<String>,
    /// What the answer should say.
    pub answer: Option<String>,
}

impl Expected {
    /// Whether a document is named.
    pub fn names_a_document(&self) -> bool {
        self.document_id.is_some() || self.uri.is_some()
    }
}

/// Which parts of an expectation an answer meets; `null` for parts that were not given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Met {
    /// A citation lies in the expected document or passage.
    pub cited: Option<bool>,
    /// The answer says what was expected, in its own words: what it only cites is not said.
    pub stated: Option<bool>,
}

impl Met {
    /// Judges `answer`.
    pub fn by(answer: &Answer, expected: &Expected, gold: &Gold) -> Self {
        let located = expected.names_a_document() || expected.passage_text.is_some();
        let cited = || {
            answer
                .citations
                .iter()
                .any(|citation| cites(citation, gold))
        };
        let stated = |wanted: &String| states(&without_markers(answer), wanted);
        Self {
            cited: located.then(cited),
            stated: expected.answer.as_ref().map(stated),
        }
    }

    /// Whether nothing is missing.
    pub fn all(self) -> bool {
        self.cited != Some(false) && self.stated != Some(false)
    }
}

fn without_markers(answer: &Answer) -> String {
    let claims: Vec<&str> = answer
        .claims
        .iter()
        .map(|claim| claim.text.as_str())
        .collect();
    claims.join(" ")
}

/// Whether a citation holds at least half of the expected words, or lies in them by half.
fn cites(citation: &Citation, gold: &Gold) -> bool {
    let cited = Span::new(citation.start_char_index, citation.end_char_index);
    let spans = gold
        .documents
        .iter()
        .filter(|document| document.row.document_id == citation.document_id)
        .flat_map(|document| &document.spans);
    spans.into_iter().any(|span| overlaps(cited, *span))
}

/// Whether the shorter of two spans lies in the other by at least half.
pub fn overlaps(a: Span, b: Span) -> bool {
    let shared = a.end.min(b.end).saturating_sub(a.start.max(b.start));
    shared > 0 && 2 * shared >= a.len().min(b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_shorter_is_enough() {
        let span = Span::new;
        assert!(overlaps(span(0, 10), span(5, 100)));
        assert!(!overlaps(span(0, 10), span(6, 100)));
        assert!(overlaps(span(40, 50), span(0, 100)));
        assert!(!overlaps(span(0, 0), span(0, 100)));
        assert!(!overlaps(span(0, 10), span(10, 20)));
    }

    #[test]
    fn every_given_part_counts() {
        let met = |cited, stated| Met { cited, stated }.all();
        assert!(met(None, None) && met(Some(true), None));
        assert!(!met(Some(true), Some(false)) && !met(Some(false), Some(true)));
    }
}
