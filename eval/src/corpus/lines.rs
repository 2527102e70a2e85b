//! What only the whole texts show: lines that many documents repeat, and text that is in no
//! chunk, which no search can find.

use std::collections::{BTreeMap, HashMap, HashSet};

use footnote_ingest::id::DocumentId;
use footnote_ingest::span::Span;
use footnote_store::ledger::documents::DocumentRow;
use footnote_store::{Result, Store};
use serde::Serialize;

/// Shorter lines are headings and labels that documents may well share.
const SHORTEST_LINE: usize = 20;
/// Fewer documents with one line are a coincidence.
const FEWEST_DOCUMENTS: usize = 3;
/// Share of the documents from which a line is boilerplate.
const SHARE: f64 = 0.05;
/// Lines of one document that are looked at.
const MOST_LINES: usize = 10_000;

/// A line that many documents share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Boilerplate {
    /// The line.
    pub line: String,
    /// How many documents have it.
    pub documents: usize,
}

/// A document with text that is in no chunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LostText {
    /// The document.
    pub uri: String,
    /// Its characters.
    pub chars: usize,
    /// Those in no chunk, white space not counted.
    pub lost: usize,
    /// Where the first of them is.
    pub first_char_index: usize,
}

/// What the texts show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Texts {
    /// The most common first.
    pub boilerplate: Vec<Boilerplate>,
    /// The greatest loss first.
    pub lost: Vec<LostText>,
}

/// Reads the texts of `rows`, whose chunks lie at `spans`. A text that cannot be read is lost
/// as a whole.
pub async fn read(
    store: &Store,
    rows: &[DocumentRow],
    spans: &BTreeMap<DocumentId, Vec<Span>>,
) -> Result<Texts> {
    let mut texts = Texts::default();
    let mut lines: HashMap<String, usize> = HashMap::new();
    for row in rows {
        let (blobs, name) = (store.blobs.clone(), row.text_sha256.clone());
        let read = tokio::task::spawn_blocking(move || blobs.get(&name)).await;
        let bytes = read.unwrap_or_else(|_| Ok(Vec::new()))?;
        let text = String::from_utf8_lossy(&bytes);
        let distinct: HashSet<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| line.chars().count() >= SHORTEST_LINE)
            .take(MOST_LINES)
            .collect();
        for line in distinct {
            *lines.entry(line.to_owned()).or_insert(0) += 1;
        }
        let covered = spans.get(&row.document_id).map_or(&[][..], Vec::as_slice);
        if let Some((lost, first)) = uncovered(&text, covered) {
            texts.lost.push(LostText {
                uri: row.uri.clone(),
                chars: text.chars().count(),
                lost,
                first_char_index: first,
            });
        }
    }
    texts
        .lost
        .sort_by(|a, b| b.lost.cmp(&a.lost).then_with(|| a.uri.cmp(&b.uri)));
    texts.boilerplate = boilerplate(lines, rows.len());
    Ok(texts)
}

fn boilerplate(lines: HashMap<String, usize>, documents: usize) -> Vec<Boilerplate> {
    let many = (documents as f64 * SHARE).max(FEWEST_DOCUMENTS as f64);
    let mut found: Vec<Boilerplate> = lines
        .into_iter()
        .filter(|(_, count)| *count as f64 >= many)
        .map(|(line, documents)| Boilerplate { line, documents })
        .collect();
    found.sort_by(|a, b| {
        b.documents
            .cmp(&a.documents)
            .then_with(|| a.line.cmp(&b.line))
    });
    found
}

/// Characters of `text` outside `spans`, white space not counted, and the first of them.
fn uncovered(text: &str, spans: &[Span]) -> Option<(usize, usize)> {
    let mut spans = spans.to_vec();
    spans.sort();
    let mut spans = spans.into_iter().peekable();
    let (mut lost, mut first) = (0, None);
    for (at, letter) in text.chars().enumerate() {
        while spans.next_if(|span| span.end <= at).is_some() {}
        let inside = spans.peek().is_some_and(|span| span.start <= at);
        if !inside && !letter.is_whitespace() {
            lost += 1;
            first = first.or(Some(at));
        }
    }
    first.map(|first| (lost, first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_outside_all_chunks_is_lost() {
        let span = Span::new;
        assert_eq!(uncovered("ab cd\n\nef", &[span(0, 5), span(7, 9)]), None);
        assert_eq!(
            uncovered("ab cd\n\nef", &[span(7, 9), span(0, 2)]),
            Some((2, 3))
        );
        assert_eq!(uncovered("ab", &[]), Some((2, 0)));
    }

    #[test]
    fn a_line_of_many_documents_is_boilerplate() {
        let lines = HashMap::from([("Confidential".to_owned(), 9), ("Rare".to_owned(), 2)]);
        let found = boilerplate(lines, 40);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].line.as_str(), found[0].documents),
            ("Confidential", 9)
        );
    }
}
