//! Filters that are understood, and what is said of those that are not.

use super::*;
use serde_json::json;

#[track_caller]
fn check(json: Value, message: &str) {
    let refused = parse(&json).map_err(|error| error.to_string());
    let said = refused.expect_err("the filter must be refused");
    assert!(said.contains(message), "{said}");
}

#[test]
fn what_is_not_in_the_format_is_named() {
    check(json!("team = 'hr'"), "a text");
    check(json!({}), "without `field`");
    check(json!({"xor": []}), "only `xor`");
    check(json!({"and": {}}), "without a list");
    check(json!({"and": [], "or": []}), "an object with `and`");
    check(
        json!({"field": "uri", "op": "eq", "value": "a", "boost": 2}),
        "`boost`",
    );
    check(
        json!({"field": "text", "op": "eq", "value": "a"}),
        "field `text`",
    );
    check(
        json!({"field": "metadata.", "op": "eq", "value": "a"}),
        "field `metadata.`",
    );
    check(
        json!({"field": "uri", "op": "like", "value": "a"}),
        "by `like`",
    );
    check(
        json!({"field": "uri", "op": "ne", "value": 1}),
        "`uri` by `ne`, which needs a text",
    );
    check(json!({"field": "uri", "op": "in", "value": "a"}), "a list");
    check(
        json!({"field": "page", "op": "gt", "value": 1.5}),
        "a whole number",
    );
    check(
        json!({"field": "page", "op": "contains", "value": 1}),
        "holds text",
    );
    check(
        json!({"field": "created_at", "op": "lt", "value": "soon"}),
        "RFC 3339",
    );
    check(
        json!({"field": "metadata.a", "op": "lt", "value": true}),
        "a text or a number",
    );
    check(
        json!({"field": "metadata.a", "op": "eq", "value": null}),
        "`metadata.a` by `eq`",
    );
    check(
        json!({"field": "metadata.a", "op": "exists", "value": 1}),
        "`true` or `false`",
    );
}

#[test]
fn size_is_limited() {
    let leaf = json!({"field": "uri", "op": "eq", "value": "a"});
    let nest = |depth| (0..depth).fold(leaf.clone(), |inner, _| json!({"not": inner}));
    assert!(parse(&nest(MAX_DEPTH)).is_ok());
    check(nest(MAX_DEPTH + 1), "16 levels");
    assert!(parse(&json!({"and": vec![leaf.clone(); MAX_LEAVES]})).is_ok());
    check(json!({"and": vec![leaf; MAX_LEAVES + 1]}), "100 conditions");
    let many = vec!["a"; MAX_VALUES + 1];
    check(
        json!({"field": "uri", "op": "in", "value": many}),
        "1000 values",
    );
}

#[test]
fn ne_is_not_eq() {
    let eq = json!({"field": "uri", "op": "eq", "value": "a"});
    let ne = json!({"field": "uri", "op": "ne", "value": "a"});
    assert_eq!(parse(&ne), parse(&json!({"not": eq})));
}
