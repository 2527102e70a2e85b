//! Reading line by line, and what is wrong with a line: shared by all formats here, so that a
//! bad file is reported the same way whichever it is.

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A row with the wrong number of columns.
    #[error("line {line} has {found} columns where {wanted}")]
    Columns {
        /// Counted from 1.
        line: usize,
        /// How many there are.
        found: usize,
        /// What the format has, as in "a TREC run has `query Q0 document rank score tag`".
        wanted: &'static str,
    },
    /// A column that must be a number and is not.
    #[error("line {line}: `{value}` is not a number")]
    Number {
        /// Counted from 1.
        line: usize,
        /// What is there.
        value: String,
    },
    /// The same document twice for one query.
    #[error("line {line}: `{document}` was already given for query `{query}`")]
    Twice {
        /// Counted from 1.
        line: usize,
        /// The query.
        query: String,
        /// The document.
        document: String,
    },
    /// An id that an earlier line has.
    #[error("line {line}: `{id}` is the id of an earlier line")]
    SameId {
        /// Counted from 1.
        line: usize,
        /// The id.
        id: String,
    },
    /// A line that is not the JSON object it should be.
    #[error("line {line} is not {wanted}")]
    Json {
        /// Counted from 1.
        line: usize,
        /// What it should be, with its fields.
        wanted: &'static str,
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

/// The lines of `text` that are not blank, numbered from 1.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(i, line)| (i + 1, line));
    numbered.filter(|(_, line)| !line.trim().is_empty())
}

/// One JSON object per line; `wanted` says what each should be.
pub(crate) fn json_lines<T: serde::de::DeserializeOwned>(
    text: &str,
    wanted: &'static str,
) -> Result<Vec<T>, ReadError> {
    let parsed = lines(text).map(|(line, json)| {
        serde_json::from_str(json).map_err(|source| ReadError::Json {
            line,
            wanted,
            source,
        })
    });
    parsed.collect()
}

/// Column `value` as a number.
pub(crate) fn number<N: std::str::FromStr>(line: usize, value: &str) -> Result<N, ReadError> {
    value.parse().map_err(|_| ReadError::Number {
        line,
        value: value.to_owned(),
    })
}
