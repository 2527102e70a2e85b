//! Questions with known answers, one JSON object per line.

use serde::{Deserialize, Serialize};

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
}

/// The exact words of a document that answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// URI of the document.
    pub document: String,
    /// The words; white space is compared folded.
    pub quote: String,
}

/// A data set that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// A line is not a case.
    #[error("line {line} is not a question: it needs `id`, `question` and `answerable`")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What the parser found.
        #[source]
        source: serde_json::Error,
    },
    /// Evidence and `answerable` disagree.
    #[error("line {line}: `{id}` is {} answerable but has {evidence} pieces of `evidence`", if *answerable { "" } else { "not" })]
    Contradiction {
        /// Counted from 1.
        line: usize,
        /// The case.
        id: String,
        /// What it claims.
        answerable: bool,
        /// What it has.
        evidence: usize,
    },
}

/// Reads `text`; blank lines are skipped.
///
/// # Errors
/// The first line that is not a case, or contradicts itself.
pub fn read(text: &str) -> Result<Vec<Case>, DatasetError> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(i, line)| case(i + 1, line)).collect()
}

fn case(line: usize, json: &str) -> Result<Case, DatasetError> {
    let case: Case =
        serde_json::from_str(json).map_err(|source| DatasetError::Line { line, source })?;
    if case.answerable == case.evidence.is_empty() {
        return Err(DatasetError::Contradiction {
            line,
            evidence: case.evidence.len(),
            answerable: case.answerable,
            id: case.id,
        });
    }
    Ok(case)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_is_named() {
        let good = r#"{"id":"a","question":"?","answerable":false}"#;
        assert_eq!(read(&format!("{good}\n\n{good}")).unwrap().len(), 2);
        let error = read(&format!("{good}\n{{}}")).unwrap_err();
        assert!(error.to_string().starts_with("line 2"), "{error}");
        let error = read(r#"{"id":"a","question":"?","answerable":true}"#).unwrap_err();
        assert!(
            matches!(error, DatasetError::Contradiction { line: 1, .. }),
            "{error}"
        );
    }
}
