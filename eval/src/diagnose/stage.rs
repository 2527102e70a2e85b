//! The stages of the funnel, in the order a passage goes through them, and the verdict on
//! each. What each verdict means is laid down in the module's text.

use serde::Serialize;
use serde_json::{Map, Value};

/// A stage that can lose a passage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the module's table says what each asks")]
pub enum Stage {
    Ingested,
    Extracted,
    Chunked,
    Indexed,
    Filter,
    VectorRank,
    Ann,
    LexicalRank,
    Fusion,
    Rerank,
    Context,
    Gate,
    Generator,
    Verifier,
}

impl Stage {
    /// All of them, in order.
    pub const ALL: [Stage; 14] = [
        Stage::Ingested,
        Stage::Extracted,
        Stage::Chunked,
        Stage::Indexed,
        Stage::Filter,
        Stage::VectorRank,
        Stage::Ann,
        Stage::LexicalRank,
        Stage::Fusion,
        Stage::Rerank,
        Stage::Context,
        Stage::Gate,
        Stage::Generator,
        Stage::Verifier,
    ];
}

/// How a stage dealt with the passage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It let the passage through, or its miss did no harm.
    Pass,
    /// It lost the passage.
    Fail,
    /// It does not exist here, or the passage did not get as far.
    Skipped,
}

/// One row of the funnel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The stage.
    pub stage: Stage,
    /// The verdict.
    pub status: Status,
    /// Where the stage put the passage, from 1, if it ranks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<usize>,
    /// The last rank that counts, if it ranks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k: Option<usize>,
    /// What was seen.
    pub evidence: Map<String, Value>,
}

impl Row {
    /// A verdict with the fields of `evidence`, which must be an object.
    pub fn new(stage: Stage, status: Status, evidence: Value) -> Self {
        let evidence = match tidy(evidence) {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        Self {
            stage,
            status,
            rank: None,
            k: None,
            evidence,
        }
    }

    /// A stage that was not reached or does not exist.
    pub fn skipped(stage: Stage, reason: &str) -> Self {
        Self::new(
            stage,
            Status::Skipped,
            serde_json::json!({ "reason": reason }),
        )
    }

    /// The same with a rank among `k` that count.
    pub fn ranked(mut self, rank: Option<usize>, k: usize) -> Self {
        (self.rank, self.k) = (rank, Some(k));
        self
    }
}

/// Fractions to four places: more digits than that were never meant.
fn tidy(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            let rounded = number.as_f64().map(|number| (number * 1e4).round() / 1e4);
            rounded.map_or(Value::Null, Value::from)
        }
        Value::Array(items) => items.into_iter().map(tidy).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (key, tidy(value)))
            .collect(),
        other => other,
    }
}

/// `Fail` when `lost`.
pub fn verdict(lost: bool) -> Status {
    if lost { Status::Fail } else { Status::Pass }
}

/// The first stage that lost the passage, and the others.
pub fn blame(funnel: &[Row]) -> (Option<Stage>, Vec<Stage>) {
    let mut failed = funnel
        .iter()
        .filter(|row| row.status == Status::Fail)
        .map(|row| row.stage);
    (failed.next(), failed.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_contract() {
        let names: Vec<String> = Stage::ALL
            .iter()
            .map(|stage| {
                serde_json::to_value(stage)
                    .unwrap()
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        let contract = "ingested, extracted, chunked, indexed, filter, vector_rank, ann, \
            lexical_rank, fusion, rerank, context, gate, generator, verifier";
        assert_eq!(names.join(", "), contract);
    }

    #[test]
    fn the_first_failure_is_to_blame() {
        let row = |stage, status| Row::new(stage, status, Value::Null);
        let funnel = [
            row(Stage::Ingested, Status::Pass),
            row(Stage::LexicalRank, Status::Fail),
            row(Stage::Fusion, Status::Fail),
            Row::skipped(Stage::Context, "lost before"),
        ];
        assert_eq!(
            blame(&funnel),
            (Some(Stage::LexicalRank), vec![Stage::Fusion])
        );
        assert_eq!(blame(&funnel[..1]), (None, Vec::new()));
    }
}
