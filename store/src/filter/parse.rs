//! JSON to [`Node`]: the one place that knows the filter format's words. Whatever is not in the
//! format is refused with the field and operator named, and nothing is guessed.

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::error::{FilterError, shown};
use super::{
    Comparison, MAX_DEPTH, MAX_LEAVES, MAX_VALUES, Node, Scalar, Test, TextField, TimeField,
};

/// Checks `json` as a whole.
pub(super) fn parse(json: &Value) -> Result<Node, FilterError> {
    let mut leaves = MAX_LEAVES;
    node(json, 0, &mut leaves)
}

fn node(json: &Value, depth: usize, leaves: &mut usize) -> Result<Node, FilterError> {
    if depth > MAX_DEPTH {
        return Err(too_large(MAX_DEPTH, "levels"));
    }
    let object = json.as_object().ok_or_else(|| shape(kind(json)))?;
    let mut entries = object.iter();
    let (Some((word, value)), None) = (entries.next(), entries.next()) else {
        return leaf(object, leaves);
    };
    match word.as_str() {
        "and" => nodes(value, depth, leaves).map(Node::And),
        "or" => nodes(value, depth, leaves).map(Node::Or),
        "not" => Ok(not(node(value, depth + 1, leaves)?)),
        _ => Err(shape(&format!("an object with only `{word}`"))),
    }
}

fn nodes(json: &Value, depth: usize, leaves: &mut usize) -> Result<Vec<Node>, FilterError> {
    let parts = json
        .as_array()
        .ok_or_else(|| shape("an `and` or `or` without a list"))?;
    parts
        .iter()
        .map(|part| node(part, depth + 1, leaves))
        .collect()
}

fn not(node: Node) -> Node {
    Node::Not(Box::new(node))
}

fn leaf(object: &Map<String, Value>, leaves: &mut usize) -> Result<Node, FilterError> {
    *leaves = leaves
        .checked_sub(1)
        .ok_or_else(|| too_large(MAX_LEAVES, "conditions"))?;
    if let Some(word) = object
        .keys()
        .find(|key| !matches!(key.as_str(), "field" | "op" | "value"))
    {
        return Err(shape(&format!("an object with `{}`", shown(word))));
    }
    let (Some(field), Some(op), Some(value)) = (
        text(object, "field"),
        text(object, "op"),
        object.get("value"),
    ) else {
        return Err(shape("a condition without `field`, `op` or `value`"));
    };
    match op {
        "ne" => condition(&Leaf { field, op, value }, "eq").map(not),
        "exists" if value == &Value::Bool(false) => condition(
            &Leaf {
                field,
                op,
                value: &Value::Bool(true),
            },
            op,
        )
        .map(not),
        _ => condition(&Leaf { field, op, value }, op),
    }
}

/// A condition as written, for messages.
struct Leaf<'a> {
    field: &'a str,
    op: &'a str,
    value: &'a Value,
}

fn condition(leaf: &Leaf<'_>, op: &str) -> Result<Node, FilterError> {
    let text = |field| Ok(Node::Text(field, test(leaf, op, text_value)?));
    let time = |field| Ok(Node::Time(field, test(leaf, op, time_value)?));
    match leaf.field {
        "uri" => text(TextField::Uri),
        "title" => text(TextField::Title),
        "media_type" => text(TextField::MediaType),
        "language" => text(TextField::Language),
        "created_at" => time(TimeField::CreatedAt),
        "updated_at" => time(TimeField::UpdatedAt),
        "page" => Ok(Node::Page(test(leaf, op, whole_value)?)),
        field => match field.strip_prefix("metadata.") {
            Some(path) if path.split('.').all(|key| !key.is_empty()) => {
                let path = path.split('.').map(str::to_owned).collect();
                Ok(Node::Metadata(path, test(leaf, op, any_value)?))
            }
            _ => Err(FilterError::UnknownField {
                field: shown(field),
            }),
        },
    }
}

/// Reads a value, or says what would have been right.
type Read = fn(&Value) -> Result<Scalar, &'static str>;

fn test(leaf: &Leaf<'_>, op: &str, read: Read) -> Result<Test, FilterError> {
    let scalar = || read(leaf.value).map_err(|expected| leaf.refuse(expected));
    let ordered = || match scalar()? {
        Scalar::Flag(_) => Err(leaf.refuse("a text or a number")),
        scalar => Ok(scalar),
    };
    Ok(match op {
        "eq" => Test::Compare(Comparison::Eq, scalar()?),
        "lt" => Test::Compare(Comparison::Lt, ordered()?),
        "lte" => Test::Compare(Comparison::Lte, ordered()?),
        "gt" => Test::Compare(Comparison::Gt, ordered()?),
        "gte" => Test::Compare(Comparison::Gte, ordered()?),
        "in" => Test::In(values(leaf, read)?),
        "contains" => match scalar()? {
            Scalar::Time(_) if leaf.field.starts_with("metadata.") => {
                Test::Contains(plain(leaf.value))
            }
            Scalar::Time(_) | Scalar::Whole(_) => {
                return Err(leaf.refuse("a field that holds text"));
            }
            scalar => Test::Contains(scalar),
        },
        "exists" if leaf.value.is_boolean() => Test::Present,
        "exists" => return Err(leaf.refuse("`true` or `false`")),
        _ => {
            return Err(FilterError::UnknownOp {
                field: shown(leaf.field),
                op: shown(leaf.op),
            });
        }
    })
}

impl Leaf<'_> {
    fn refuse(&self, expected: &'static str) -> FilterError {
        FilterError::Value {
            field: shown(self.field),
            op: self.op.to_owned(),
            expected,
        }
    }
}

fn values(leaf: &Leaf<'_>, read: Read) -> Result<Vec<Scalar>, FilterError> {
    let list = leaf.value.as_array().ok_or_else(|| leaf.refuse("a list"))?;
    if list.len() > MAX_VALUES {
        return Err(too_large(MAX_VALUES, "values in one `in`"));
    }
    list.iter()
        .map(|value| read(value).map_err(|expected| leaf.refuse(expected)))
        .collect()
}

fn text_value(value: &Value) -> Result<Scalar, &'static str> {
    let text = value.as_str().ok_or("a text")?;
    Ok(Scalar::Text(text.to_owned()))
}

fn time_value(value: &Value) -> Result<Scalar, &'static str> {
    let time = value.as_str().and_then(instant);
    time.map(Scalar::Time)
        .ok_or("an RFC 3339 time such as `2026-01-31T09:00:00Z`")
}

fn whole_value(value: &Value) -> Result<Scalar, &'static str> {
    value.as_i64().map(Scalar::Whole).ok_or("a whole number")
}

fn any_value(value: &Value) -> Result<Scalar, &'static str> {
    match value {
        Value::String(text) => Ok(instant(text).map_or_else(|| plain(value), Scalar::Time)),
        Value::Number(_) | Value::Bool(_) => Ok(plain(value)),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err("a text, a number, `true` or `false`")
        }
    }
}

/// A JSON scalar as it stands.
fn plain(value: &Value) -> Scalar {
    match value {
        Value::Number(number) => Scalar::Number(number.clone()),
        Value::Bool(flag) => Scalar::Flag(*flag),
        other => Scalar::Text(other.as_str().unwrap_or_default().to_owned()),
    }
}

/// The instant that an RFC 3339 text names.
pub(super) fn instant(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

fn text<'v>(object: &'v Map<String, Value>, key: &str) -> Option<&'v str> {
    object.get(key)?.as_str()
}

fn kind(json: &Value) -> &'static str {
    match json {
        Value::Null => "`null`",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn shape(found: &str) -> FilterError {
    FilterError::Shape {
        found: found.to_owned(),
    }
}

fn too_large(limit: usize, what: &'static str) -> FilterError {
    FilterError::TooLarge { limit, what }
}

#[cfg(test)]
mod tests;
