//! A filter taken apart: which of its clauses lets the expected chunks through, what the chunk
//! holds instead, and what is left of the filter without the clauses that do not.

use std::collections::BTreeSet;

use footnote_ingest::id::ChunkId;
use footnote_store::{Filter, Result, Scope, Snapshot, StoredChunk};
use serde::Serialize;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

/// One clause of a scope and what it says to the expected chunks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Clause {
    /// The clause, as in the request.
    pub clause: Value,
    /// Whether one of the expected chunks passes.
    pub passes: bool,
    /// What the chunk has in the field of the clause; `null` when it has none.
    pub value: Value,
}

/// The clauses of `scope`, its collections first, judged by the index itself.
pub async fn judge(
    snapshot: &Snapshot,
    scope: &Scope,
    gold: &[&StoredChunk],
) -> Result<Vec<Clause>> {
    let ids: Vec<ChunkId> = gold.iter().map(|stored| stored.chunk.id.clone()).collect();
    let Some(first) = gold.first() else {
        return Ok(Vec::new());
    };
    let mut clauses = vec![Clause {
        clause: json!({ "field": "collection", "op": "in", "value": scope.collections }),
        passes: gold
            .iter()
            .any(|stored| scope.collections.contains(&stored.collection)),
        value: json!(first.collection),
    }];
    let anywhere: BTreeSet<String> = gold
        .iter()
        .map(|stored| stored.collection.clone())
        .collect();
    let filter = scope
        .filter
        .as_ref()
        .map(|filter| conjuncts(filter.as_json()));
    for clause in filter.unwrap_or_default() {
        let alone = Scope {
            collections: anywhere.iter().cloned().collect(),
            filter: Filter::parse(&clause).ok(),
        };
        clauses.push(Clause {
            passes: !snapshot.visible(&ids, &alone).await?.is_empty(),
            value: value(first, clause.get("field").and_then(Value::as_str)),
            clause,
        });
    }
    Ok(clauses)
}

/// The parts that must all hold.
fn conjuncts(filter: &Value) -> Vec<Value> {
    match filter.get("and").and_then(Value::as_array) {
        Some(parts) => parts.iter().flat_map(conjuncts).collect(),
        None => vec![filter.clone()],
    }
}

/// What is left of the filter: the clauses that let the chunks through.
pub fn remaining(clauses: &[Clause]) -> Option<Filter> {
    let kept: Vec<Value> = clauses
        .iter()
        .skip(1)
        .filter(|clause| clause.passes)
        .map(|clause| clause.clause.clone())
        .collect();
    match kept.as_slice() {
        [] => None,
        [one] => Filter::parse(one).ok(),
        _ => Filter::parse(&json!({ "and": kept })).ok(),
    }
}

/// What `stored` has in `field`.
fn value(stored: &StoredChunk, field: Option<&str>) -> Value {
    let time = |at: time::OffsetDateTime| json!(at.format(&Rfc3339).ok());
    match field {
        Some("uri") => json!(stored.uri),
        Some("title") => json!(stored.title),
        Some("media_type") => json!(stored.media_type),
        Some("language") => json!(stored.language),
        Some("page") => json!(stored.chunk.page),
        Some("created_at") => time(stored.created_at),
        Some("updated_at") => time(stored.updated_at),
        Some(path) => {
            let mut keys = path
                .strip_prefix("metadata.")
                .unwrap_or_default()
                .split('.');
            let object = Value::Object(stored.metadata.clone());
            let found = keys.try_fold(&object, |at, key| at.get(key));
            found.cloned().unwrap_or_default()
        }
        None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(field: &str) -> Value {
        json!({ "field": field, "op": "eq", "value": "x" })
    }

    #[test]
    fn what_must_all_hold_is_taken_apart() {
        let either = json!({ "or": [leaf("title"), leaf("language")] });
        let filter = json!({ "and": [leaf("uri"), { "and": [either, leaf("title")] }] });
        assert_eq!(conjuncts(&filter), [leaf("uri"), either, leaf("title")]);
        assert_eq!(conjuncts(&leaf("uri")), [leaf("uri")]);
    }

    #[test]
    fn only_the_failing_clauses_go() {
        let clause = |field: &str, passes| Clause {
            clause: leaf(field),
            passes,
            value: Value::Null,
        };
        let scope = clause("collection", true);
        let left = remaining(&[scope.clone(), clause("uri", true), clause("title", false)]);
        assert_eq!(left.map(Value::from), Some(leaf("uri")));
        assert_eq!(remaining(&[scope, clause("title", false)]), None);
    }
}
