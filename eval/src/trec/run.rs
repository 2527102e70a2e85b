//! Rankings of one system: for each query, documents and their scores.
//!
//! Lines are `query Q0 document rank score tag`. The rank is ignored in reading, as trec_eval
//! does: the order is by score, see [`Run::ranking`]. Scores are `f32` because trec_eval holds
//! them so, and two scores that differ only beyond that are a tie for it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::read::{ReadError, lines, number};

/// A document and what it scored.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Its id.
    pub document: String,
    /// Larger is better.
    pub score: f32,
}

/// What one system returned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// Names the system.
    pub tag: String,
    /// Documents by query, in any order.
    pub queries: BTreeMap<String, Vec<Scored>>,
}

const ROW: &str = "a TREC run has `query Q0 document rank score tag`";

impl Run {
    /// Reads a TREC run; the tag is that of the first line.
    ///
    /// # Errors
    /// The first line that is not a row of a run, or names a document of a query again.
    pub fn parse(text: &str) -> Result<Self, ReadError> {
        let mut run = Self::default();
        let mut seen = BTreeSet::new();
        for (line, row) in lines(text) {
            let columns: Vec<&str> = row.split_whitespace().collect();
            let [query, _, document, _, score, tag] = columns[..] else {
                let found = columns.len();
                return Err(ReadError::Columns {
                    line,
                    found,
                    wanted: ROW,
                });
            };
            if !seen.insert((query, document)) {
                return Err(ReadError::Twice {
                    line,
                    query: query.to_owned(),
                    document: document.to_owned(),
                });
            }
            if run.tag.is_empty() {
                tag.clone_into(&mut run.tag);
            }
            let score = score_of(line, score)?;
            let document = document.to_owned();
            let scored = run.queries.entry(query.to_owned()).or_default();
            scored.push(Scored { document, score });
        }
        Ok(run)
    }

    /// A run of documents that are in their order already. Scores are made to fall strictly,
    /// one over the rank, so that no reader breaks a tie its own way.
    pub fn ranked(tag: &str, queries: BTreeMap<String, Vec<String>>) -> Self {
        let scored = |documents: Vec<String>| {
            let ranked = documents.into_iter().enumerate();
            let ranked = ranked.map(|(i, document)| Scored {
                document,
                score: 1.0 / (i + 1) as f32,
            });
            ranked.collect()
        };
        let queries = queries.into_iter().map(|(q, found)| (q, scored(found)));
        Self {
            tag: tag.to_owned(),
            queries: queries.collect(),
        }
    }

    /// The documents of `query`, best first: by score, ties by id, the byte-wise larger id
    /// first, as trec_eval has it. Empty for a query that the run does not have.
    pub fn ranking(&self, query: &str) -> Vec<&str> {
        let mut scored: Vec<&Scored> = self.queries.get(query).into_iter().flatten().collect();
        scored.sort_by(|a, b| best_first(a, b));
        scored.into_iter().map(|s| s.document.as_str()).collect()
    }

    /// In the form that [`Run::parse`] reads, queries in order of their ids.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (query, scored) in &self.queries {
            let mut scored: Vec<&Scored> = scored.iter().collect();
            scored.sort_by(|a, b| best_first(a, b));
            for (i, Scored { document, score }) in scored.into_iter().enumerate() {
                let rank = i + 1;
                let _ = writeln!(text, "{query} Q0 {document} {rank} {score} {}", self.tag);
            }
        }
        text
    }
}

fn best_first(a: &Scored, b: &Scored) -> Ordering {
    let by_score = b.score.total_cmp(&a.score);
    by_score.then_with(|| b.document.as_bytes().cmp(a.document.as_bytes()))
}

/// Zero has one sign here: the total order of floats would part `0.0` from `-0.0`, which tie.
fn score_of(line: usize, column: &str) -> Result<f32, ReadError> {
    let score: f64 = number(line, column)?;
    if score.is_nan() {
        return Err(ReadError::Number {
            line,
            value: column.to_owned(),
        });
    }
    Ok(score as f32 + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rows: &[(&str, &str)], expected: &[&str]) {
        let row = |(document, score): &(&str, &str)| format!("q Q0 {document} 0 {score} t\n");
        let run = Run::parse(&rows.iter().map(row).collect::<String>()).unwrap();
        assert_eq!(run.ranking("q"), expected);
    }

    #[test]
    fn the_order_is_by_score_then_by_falling_id() {
        check(&[("a", "1"), ("b", "3"), ("c", "2")], &["b", "c", "a"]);
        check(&[("a", "1"), ("b", "1"), ("B", "1")], &["b", "a", "B"]);
        check(&[("d10", "1"), ("d9", "1")], &["d9", "d10"]);
        check(&[("z", "1"), ("é", "1")], &["é", "z"]);
    }

    #[test]
    fn scores_beyond_single_precision_tie() {
        check(&[("a", "1.00000000001"), ("b", "1")], &["b", "a"]);
        check(&[("a", "0.0"), ("b", "-0.0")], &["b", "a"]);
    }

    #[test]
    fn a_ranking_survives_writing_and_reading() {
        let documents: Vec<String> = (0..2000).map(|i| format!("d{i}")).collect();
        let run = Run::ranked("t", BTreeMap::from([("q".to_owned(), documents.clone())]));
        let read = Run::parse(&run.to_text()).unwrap();
        assert_eq!(read, run);
        assert_eq!(read.ranking("q"), documents);
        assert!(read.ranking("none").is_empty());
    }

    #[test]
    fn a_bad_line_is_named() {
        let wrong = |text: &str| Run::parse(text).unwrap_err().to_string();
        assert!(wrong("q Q0 d 1 2\n").contains("line 1 has 5 columns"));
        assert!(wrong("q Q0 d 1 NaN t\n").contains("`NaN` is not a number"));
        let twice = wrong("q Q0 d 1 2 t\nq Q0 d 2 1 t\n");
        assert!(twice.contains("line 2: `d` was already given"), "{twice}");
    }
}
