//! Random filters with hostile values against an oracle that reads the documents itself. Both
//! legs must let through exactly what the oracle does, on rows that are indexed and rows that
//! are not.

use std::collections::BTreeSet;

use footnote_ingest::id::ChunkId;
use footnote_ingest::prepare::Prepared;
use footnote_store::{Filter, LegHit, Scope, Snapshot};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::support::{document, embed, open};

const HOSTILE: [&str; 9] = [
    "",
    "hr",
    "') OR 1=1 --",
    "true) OR (true",
    "it's",
    "back\\slash",
    "\"quoted\"",
    "日本語 %_",
    "a; DROP TABLE x",
];
const OPS: [&str; 9] = [
    "eq", "ne", "in", "lt", "lte", "gt", "gte", "exists", "contains",
];
const FIELDS: [&str; 9] = [
    "uri",
    "title",
    "media_type",
    "language",
    "created_at",
    "page",
    "metadata.team",
    "metadata.n",
    "metadata.deep.er",
];

/// One document for each hostile text, with what can be missing missing on some.
fn corpus() -> Vec<Prepared> {
    HOSTILE
        .iter()
        .enumerate()
        .map(|(n, text)| hostile_document(n, text))
        .collect()
}

fn hostile_document(n: usize, text: &str) -> Prepared {
    let mut document = document(text, "word one\nword two");
    document.document.title = HOSTILE[(n + 4) % HOSTILE.len()].to_owned();
    document.document.language = (!n.is_multiple_of(3)).then(|| "eng".to_owned());
    document.created_at = OffsetDateTime::UNIX_EPOCH + Duration::days(n as i64);
    document.metadata = match n % 4 {
        0 => Map::new(),
        1 => object(json!({"team": text, "n": n})),
        2 => object(json!({"team": null, "n": "2", "deep": {"er": text}})),
        _ => object(json!({"team": [text, "hr"], "n": n as f64 / 2.0, "deep": "flat"})),
    };
    for (embedded, page) in document.chunks.iter_mut().zip([Some(1), None]) {
        embedded.chunk.page = page;
    }
    document
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn leaf() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(&HOSTILE[..]);
    (
        prop::sample::select(&FIELDS[..]),
        prop::sample::select(&OPS[..]),
        text,
        0i64..10,
        any::<bool>(),
    )
        .prop_map(|(field, op, text, number, flag)| {
            let scalar = match field {
                "created_at" => json!(
                    (OffsetDateTime::UNIX_EPOCH + Duration::days(number))
                        .format(&Rfc3339)
                        .unwrap()
                ),
                "page" => json!(number % 3),
                "metadata.n" if flag => json!(number),
                _ => json!(text),
            };
            let value = match op {
                "in" if flag => json!([]),
                "in" => json!([scalar, scalar]),
                "exists" => json!(flag),
                _ => scalar,
            };
            let op = if op == "contains" && matches!(field, "created_at" | "page") {
                "lt"
            } else {
                op
            };
            let value = if op == "lt" && value.is_array() {
                json!(flag)
            } else {
                value
            };
            json!({"field": field, "op": op, "value": value})
        })
}

fn filter() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|parts| json!({"and": parts})),
            prop::collection::vec(inner.clone(), 0..3).prop_map(|parts| json!({"or": parts})),
            inner.prop_map(|part| json!({"not": part})),
        ]
    })
}

/// What the format says, read off the JSON without the store's parser.
fn passes(filter: &Value, document: &Prepared, page: Option<u32>) -> bool {
    let all = |parts: &Value| parts.as_array().unwrap().clone();
    if let Some(parts) = filter.get("and") {
        return all(parts).iter().all(|part| passes(part, document, page));
    }
    if let Some(parts) = filter.get("or") {
        return all(parts).iter().any(|part| passes(part, document, page));
    }
    if let Some(part) = filter.get("not") {
        return !passes(part, document, page);
    }
    let value = stored(filter["field"].as_str().unwrap(), document, page);
    test(filter["op"].as_str().unwrap(), &value, &filter["value"])
}

fn stored(field: &str, document: &Prepared, page: Option<u32>) -> Value {
    match field {
        "uri" => json!(document.uri),
        "title" => json!(document.document.title),
        "media_type" => json!(document.document.media_type),
        "language" => json!(document.document.language),
        "created_at" => json!(document.created_at.format(&Rfc3339).unwrap()),
        "page" => json!(page),
        path => {
            let metadata = Value::Object(document.metadata.clone());
            let pointer = path.replacen("metadata", "", 1).replace('.', "/");
            metadata.pointer(&pointer).cloned().unwrap_or(Value::Null)
        }
    }
}

fn test(op: &str, value: &Value, wanted: &Value) -> bool {
    let same = |a: &Value, b: &Value| match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    };
    // All dates of the corpus are written alike and below year 10000, so text order is time order.
    let order = match (value, wanted) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => {
            a.as_f64().unwrap().partial_cmp(&b.as_f64().unwrap())
        }
        _ => None,
    };
    match op {
        "eq" => same(value, wanted),
        "ne" => !same(value, wanted),
        "in" => wanted
            .as_array()
            .unwrap()
            .iter()
            .any(|wanted| same(value, wanted)),
        "lt" => order.is_some_and(|order| order.is_lt()),
        "lte" => order.is_some_and(|order| order.is_le()),
        "gt" => order.is_some_and(|order| order.is_gt()),
        "gte" => order.is_some_and(|order| order.is_ge()),
        "exists" => value.is_null() != wanted.as_bool().unwrap(),
        _ => match (value, wanted) {
            (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
            (Value::Array(items), wanted) => items.iter().any(|item| same(item, wanted)),
            _ => false,
        },
    }
}

#[test]
fn filters_let_through_exactly_what_they_say() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus();
    let snapshot = runtime.block_on(async {
        let store = open(&folder).await;
        let (indexed, fresh) = corpus.split_at(5);
        store.replace(indexed).await.unwrap();
        store.maintain().await.unwrap();
        store.replace(fresh).await.unwrap();
        store.snapshot()
    });
    let config = ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(json in filter())| runtime.block_on(check(&snapshot, &corpus, &json)));
}

async fn check(snapshot: &Snapshot, corpus: &[Prepared], json: &Value) {
    let scope = Scope {
        collections: vec!["default".to_owned()],
        filter: Some(Filter::parse(json).unwrap()),
    };
    let expected: BTreeSet<ChunkId> = corpus
        .iter()
        .flat_map(|document| {
            document
                .chunks
                .iter()
                .map(move |embedded| (document, &embedded.chunk))
        })
        .filter(|(document, chunk)| passes(json, document, chunk.page))
        .map(|(_, chunk)| chunk.id.clone())
        .collect();
    let vector = embed("word");
    let near = snapshot
        .nearest(vector.as_slice(), &scope, 100)
        .await
        .unwrap();
    let matched = snapshot.matching("word", &scope, 100).await.unwrap();
    assert_eq!(ids(near), expected, "nearest, {json}");
    assert_eq!(ids(matched), expected, "matching, {json}");
}

fn ids(hits: Vec<LegHit>) -> BTreeSet<ChunkId> {
    hits.into_iter().map(|hit| hit.chunk_id).collect()
}
