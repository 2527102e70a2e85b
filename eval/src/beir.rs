//! The parts of a BEIR data set: `corpus.jsonl`, `queries.jsonl`, `qrels/*.tsv`.

use serde::Deserialize;

use crate::read::{ReadError, json_lines, lines, number};
use crate::trec::Qrels;

/// A passage of the corpus.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Document {
    /// What judgements name it by.
    #[serde(rename = "_id")]
    pub id: String,
    /// May be empty.
    #[serde(default)]
    pub title: String,
    /// May be empty where there is a title.
    #[serde(default)]
    pub text: String,
}

/// Something to search for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Query {
    /// What judgements name it by.
    #[serde(rename = "_id")]
    pub id: String,
    /// The words.
    pub text: String,
}

/// Reads `corpus.jsonl`.
///
/// # Errors
/// The first line that is not a passage.
pub fn corpus(text: &str) -> Result<Vec<Document>, ReadError> {
    json_lines(text, "a passage: it needs `_id`, and `title` or `text`")
}

/// Reads `queries.jsonl`.
///
/// # Errors
/// The first line that is not a query.
pub fn queries(text: &str) -> Result<Vec<Query>, ReadError> {
    json_lines(text, "a query: it needs `_id` and `text`")
}

const ROW: &str = "judgements have `query-id`, `corpus-id` and `score`, parted by tabs";

/// Reads judgements: three columns parted by tabs, below a heading that may be missing.
///
/// # Errors
/// The first line that is not a judgement or repeats one.
pub fn qrels(text: &str) -> Result<Qrels, ReadError> {
    let mut qrels = Qrels::default();
    for (line, row) in lines(text) {
        let columns: Vec<&str> = row.split('\t').map(str::trim).collect();
        let [query, document, grade] = columns[..] else {
            let found = columns.len();
            return Err(ReadError::Columns {
                line,
                found,
                wanted: ROW,
            });
        };
        if line > 1 || grade != "score" {
            qrels.add(line, query, document, number(line, grade)?)?;
        }
    }
    Ok(qrels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_set_is_read() {
        let passages = corpus(
            "{\"_id\":\"1\",\"title\":\"T\",\"text\":\"x\",\"metadata\":{}}\n{\"_id\":\"2\",\"text\":\"y\"}\n",
        );
        let passages = passages.unwrap();
        assert_eq!(
            (passages[0].title.as_str(), passages[1].title.as_str()),
            ("T", "")
        );
        let queries = queries("{\"_id\":\"q\",\"text\":\"why?\"}").unwrap();
        assert_eq!(
            (queries[0].id.as_str(), queries[0].text.as_str()),
            ("q", "why?")
        );
    }

    #[test]
    fn judgements_may_lack_their_heading() {
        let with = qrels("query-id\tcorpus-id\tscore\r\n1\td 1\t2\r\n").unwrap();
        assert_eq!(with, qrels("1\td 1\t2").unwrap());
        assert_eq!(with.queries["1"]["d 1"], 2);
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = queries("{\"_id\":\"q\",\"text\":\"\"}\n{}").unwrap_err();
        assert!(
            error.to_string().starts_with("line 2 is not a query"),
            "{error}"
        );
        let error = qrels("query-id\tcorpus-id\tscore\n1\t2\tmuch").unwrap_err();
        assert!(error.to_string().contains("line 2: `much`"), "{error}");
    }
}
