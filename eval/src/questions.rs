//! Our own data sets: questions with known answers, one JSON object per line.
//!
//! Gold is a document and the exact words in it. Which chunks hold those words is found out
//! when the questions are run ([`locate`], [`grade`]), so a file outlives every change of how
//! documents are cut.

use std::collections::BTreeMap;

use footnote_ingest::span::Span;
use serde::{Deserialize, Serialize};

use crate::read::{ReadError, lines};
use crate::trec::Grade;

/// A question and what is known about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Names it in reports.
    pub id: String,
    /// What is asked.
    pub question: String,
    /// Kinds it belongs to; reports count by them.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Whether the documents answer it.
    pub answerable: bool,
    /// Short answers that would be right.
    #[serde(default)]
    pub answers: Vec<String>,
    /// Where it is answered; all of it is needed.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// Judged documents by URI, where whole documents are the gold, as in BEIR.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub relevant: BTreeMap<String, Grade>,
}

impl Case {
    /// An unanswerable question has no gold, every other has some: places, or at least words.
    pub fn is_consistent(&self) -> bool {
        self.answerable == (self.has_places() || (self.answerable && !self.answers.is_empty()))
    }

    /// Whether it is known where it is answered: only then can a ranking be judged.
    pub fn has_places(&self) -> bool {
        !self.evidence.is_empty() || self.relevant.values().any(|grade| *grade > 0)
    }
}

/// The exact words of a document that answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// URI of the document.
    pub document: String,
    /// The words; white space is compared folded.
    pub quote: String,
}

/// Reads `text`; blank lines are skipped.
///
/// # Errors
/// The first line that is not a case, contradicts itself or repeats an id.
pub fn read(text: &str) -> Result<Vec<Case>, ReadError> {
    let mut ids = std::collections::BTreeSet::new();
    let mut cases = Vec::new();
    for (line, json) in lines(text) {
        let case = case(line, json)?;
        if !ids.insert(case.id.clone()) {
            return Err(ReadError::SameId { line, id: case.id });
        }
        cases.push(case);
    }
    Ok(cases)
}

const CASE: &str = "a question: it needs `id`, `question` and `answerable`";

fn case(line: usize, json: &str) -> Result<Case, ReadError> {
    let case: Case = serde_json::from_str(json).map_err(|source| ReadError::Json {
        line,
        wanted: CASE,
        source,
    })?;
    if !case.is_consistent() {
        return Err(ReadError::Contradiction {
            line,
            evidence: case.evidence.len(),
            answerable: case.answerable,
            id: case.id,
        });
    }
    Ok(case)
}

/// Where `quote` first stands in `text`, blanks and line ends aside: PDF and HTML wrap lines
/// freely. `None` when it does not, or is blank.
pub fn locate(text: &str, quote: &str) -> Option<Span> {
    let ink = |text: &str| -> Vec<(usize, char)> {
        let numbered = text.chars().enumerate();
        numbered.filter(|(_, c)| !c.is_whitespace()).collect()
    };
    let (text, quote) = (ink(text), ink(quote));
    if quote.is_empty() {
        return None;
    }
    let same = |window: &&[(usize, char)]| window.iter().zip(&quote).all(|(a, b)| a.1 == b.1);
    let found = text.windows(quote.len()).find(same)?;
    Some(Span::new(found[0].0, found[found.len() - 1].0 + 1))
}

/// How relevant a chunk is to a quote of the same document: 2 when it holds all of it, 1 when
/// at least half, else 0.
pub fn grade(quote: Span, chunk: Span) -> Grade {
    let start = quote.start.max(chunk.start);
    let shared = quote.end.min(chunk.end).saturating_sub(start);
    if quote.is_empty() || shared * 2 < quote.len() {
        0
    } else if shared < quote.len() {
        1
    } else {
        2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_is_named() {
        let good = |id: &str| format!(r#"{{"id":"{id}","question":"?","answerable":false}}"#);
        let two = format!("{}\n\n{}", good("a"), good("b"));
        assert_eq!(read(&two).unwrap().len(), 2);
        let error = read(&format!("{}\n{{}}", good("a"))).unwrap_err();
        assert!(error.to_string().starts_with("line 2"), "{error}");
        let error = read(&format!("{}\n{}", good("a"), good("a"))).unwrap_err();
        assert!(
            matches!(error, ReadError::SameId { line: 2, .. }),
            "{error}"
        );
        let error = read(r#"{"id":"a","question":"?","answerable":true}"#).unwrap_err();
        assert!(
            matches!(error, ReadError::Contradiction { line: 1, .. }),
            "{error}"
        );
    }

    #[track_caller]
    fn check_place(text: &str, quote: &str, expected: Option<(usize, usize)>) {
        let span = locate(text, quote).map(|span| (span.start, span.end));
        assert_eq!(span, expected, "{quote}");
    }

    #[test]
    fn a_quote_is_found_however_its_lines_are_wrapped() {
        check_place("Öffnet um\n  sieben.", "um sieben.", Some((7, 19)));
        check_place("a b c", " b ", Some((2, 3)));
        check_place("a b c", "d", None);
        check_place("a", "a b", None);
        check_place("a", " \n", None);
    }

    #[test]
    fn a_chunk_counts_by_how_much_of_the_quote_it_holds() {
        let quote = Span::new(10, 20);
        for (start, end, expected) in [
            (0, 30, 2),
            (10, 20, 2),
            (0, 19, 1),
            (15, 99, 1),
            (16, 99, 0),
            (20, 30, 0),
            (0, 5, 0),
        ] {
            assert_eq!(
                grade(quote, Span::new(start, end)),
                expected,
                "{start}..{end}"
            );
        }
    }
}
