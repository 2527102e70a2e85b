//! Where two answers differ. Ids follow from the settings and times from the clock, so neither
//! is compared; nor is `stale`, which is about what waits in the queue. Pure.

use serde_json::Value;

/// Fields of an answer that say nothing of what was answered.
const ASIDE: [&str; 4] = ["id", "trace_id", "timings_ms", "stale"];

/// A place where two JSON values are not the same.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Differing {
    /// Names and positions from the outside in: `claims[0].text`.
    pub(super) path: String,
    /// What one has there; `null` when nothing.
    pub(super) was: Value,
    /// What the other has.
    pub(super) is: Value,
}

/// Where the answer `is` differs from the answer `was`, in order of place.
pub(super) fn answers(was: &Value, is: &Value) -> Vec<Differing> {
    values(&without_aside(was), &without_aside(is), "")
}

fn without_aside(answer: &Value) -> Value {
    let mut answer = answer.clone();
    if let Some(fields) = answer.as_object_mut() {
        fields.retain(|name, _| !ASIDE.contains(&name.as_str()));
    }
    answer
}

/// Where `is` differs from `was`, with places below `path`.
pub(super) fn values(was: &Value, is: &Value, path: &str) -> Vec<Differing> {
    match (was, is) {
        (Value::Object(a), Value::Object(b)) => {
            let mut names: Vec<&String> = a.keys().chain(b.keys()).collect();
            names.sort_unstable();
            names.dedup();
            let dot = if path.is_empty() { "" } else { "." };
            let below = names.into_iter().flat_map(|name| {
                let (was, is) = (a.get(name), b.get(name));
                let null = &Value::Null;
                values(
                    was.unwrap_or(null),
                    is.unwrap_or(null),
                    &format!("{path}{dot}{name}"),
                )
            });
            below.collect()
        }
        (Value::Array(a), Value::Array(b)) => {
            let below = (0..a.len().max(b.len())).flat_map(|at| {
                let (was, is) = (a.get(at), b.get(at));
                let null = &Value::Null;
                values(
                    was.unwrap_or(null),
                    is.unwrap_or(null),
                    &format!("{path}[{at}]"),
                )
            });
            below.collect()
        }
        _ if was == is => Vec::new(),
        _ => vec![Differing {
            path: path.to_owned(),
            was: was.clone(),
            is: is.clone(),
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(was: Value, is: Value, places: &[&str]) {
        let found = answers(&was, &is);
        let found: Vec<&str> = found.iter().map(|one| one.path.as_str()).collect();
        assert_eq!(found, places);
    }

    #[test]
    fn places_are_named_from_the_outside_in() {
        let was = json!({ "answer": "a", "claims": [{ "text": "a" }], "usage": { "n": 1 } });
        check(was.clone(), was.clone(), &[]);
        let is = json!({ "answer": "b", "claims": [{ "text": "b" }, 2], "usage": { "n": 1 } });
        check(was, is, &["answer", "claims[0].text", "claims[1]"]);
        check(json!({ "a": 1 }), json!({ "a": null, "b": 0 }), &["a", "b"]);
    }

    #[test]
    fn ids_and_times_are_set_aside() {
        let (was, is) = (
            json!({ "id": "x", "timings_ms": { "total": 1 } }),
            json!({}),
        );
        check(was, is, &[]);
    }
}
