//! Judgements: which document is relevant to which query, and how much.
//!
//! Lines are `query iteration document grade`, the iteration being ignored, as trec_eval does.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::read::{ReadError, lines, number};

/// How relevant: 0 or less is not; more is better.
pub type Grade = i32;

/// Grades by query and document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Qrels {
    /// Query, then document.
    pub queries: BTreeMap<String, BTreeMap<String, Grade>>,
}

const ROW: &str = "judgements have `query 0 document grade`";

impl Qrels {
    /// Reads TREC judgements; columns are parted by any white space.
    ///
    /// # Errors
    /// The first line that is not a judgement or repeats one.
    pub fn parse(text: &str) -> Result<Self, ReadError> {
        let mut qrels = Self::default();
        for (line, row) in lines(text) {
            let columns: Vec<&str> = row.split_whitespace().collect();
            let [query, _, document, grade] = columns[..] else {
                let found = columns.len();
                return Err(ReadError::Columns {
                    line,
                    found,
                    wanted: ROW,
                });
            };
            qrels.add(line, query, document, number(line, grade)?)?;
        }
        Ok(qrels)
    }

    /// Adds what `line` says.
    pub(crate) fn add(
        &mut self,
        line: usize,
        query: &str,
        document: &str,
        grade: Grade,
    ) -> Result<(), ReadError> {
        let judged = self.queries.entry(query.to_owned()).or_default();
        match judged.insert(document.to_owned(), grade) {
            None => Ok(()),
            Some(_) => Err(ReadError::Twice {
                line,
                query: query.to_owned(),
                document: document.to_owned(),
            }),
        }
    }

    /// In the form that [`Qrels::parse`] reads, in order of the ids.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (query, judged) in &self.queries {
            for (document, grade) in judged {
                let _ = writeln!(text, "{query} 0 {document} {grade}");
            }
        }
        text
    }

    /// Only the queries that some document is relevant to. The others say nothing about a
    /// ranking: they belong to the questions on which to abstain.
    #[must_use]
    pub fn with_relevant(&self) -> Self {
        let some = self.queries.iter();
        let some = some.filter(|(_, judged)| judged.values().any(|grade| *grade > 0));
        Self {
            queries: some
                .map(|(q, judged)| (q.clone(), judged.clone()))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judgements_survive_writing_and_reading() {
        let text = "1 0 d1 2\n1 0 d2 -1\n2 0 d1 0\n";
        let qrels = Qrels::parse(text).unwrap();
        assert_eq!(qrels.to_text(), text);
        assert_eq!(
            Qrels::parse("1\tQ0\td1\t 2\n\n1 0 d2 -1\r\n2 x d1 0").unwrap(),
            qrels
        );
        assert_eq!(qrels.with_relevant().queries.len(), 1);
    }

    #[track_caller]
    fn refused(text: &str, wanted: &str) {
        let error = Qrels::parse(text).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }

    #[test]
    fn a_bad_line_is_named() {
        refused("1 0 d 1\n1 0 d\n", "line 2 has 3 columns");
        refused("1 0 d high\n", "`high` is not a number");
        refused("1 0 d 1\n1 0 d 1\n", "line 2: `d` was already given");
    }
}
