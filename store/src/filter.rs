//! `Filter`: which documents a search may see, as a tree of plain JSON. It is checked once,
//! when it is parsed, and compiled to an expression tree; its values never become text of a
//! query language, so there is nothing to inject into.
//!
//! # Meaning
//! Every leaf is true or false, never unknown, so `not` is exact.
//! - Text is compared by code point, case and accents included; `contains` is a substring.
//! - `created_at` and `updated_at` take RFC 3339 times, compared to the microsecond.
//! - `page` takes whole numbers.
//! - `metadata.a.b` walks into nested objects. Numbers compare as numbers, text as text,
//!   `true` and `false` by `eq`, `ne` and `in`. When the filter's value is an RFC 3339 time, it
//!   is compared as an instant with stored texts that are times too. `contains` looks for a
//!   substring of a text or an element of an array.
//! - A missing or null field, and a metadata value of another type, match only `ne` and
//!   `exists: false`; `ne` is exactly `not eq`.
//! - `in []` and `or []` match nothing, `and []` everything.
//!
//! The format's words are read in `parse`, the expression is built in `compile`.

mod compile;
mod error;
mod metadata;
mod parse;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use time::OffsetDateTime;

pub use error::FilterError;

/// Most levels of `and`, `or` and `not` above a leaf.
pub const MAX_DEPTH: usize = 16;
/// Most leaves in one filter.
pub const MAX_LEAVES: usize = 100;
/// Most values of one `in`.
pub const MAX_VALUES: usize = 1000;

/// A condition on the documents (and pages) that a search may see; see the module's text for
/// its meaning.
///
/// ```
/// let json = serde_json::json!({"field": "metadata.team", "op": "eq", "value": "hr"});
/// assert!(footnote_store::Filter::parse(&json).is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Filter {
    node: Node,
    json: Value,
}

impl Filter {
    /// Checks `json` and keeps it.
    pub fn parse(json: &Value) -> Result<Self, FilterError> {
        Ok(Self {
            node: parse::parse(json)?,
            json: json.clone(),
        })
    }

    /// The JSON that this filter was parsed from.
    pub fn as_json(&self) -> &Value {
        &self.json
    }

    pub(crate) fn to_expr(&self) -> datafusion_expr::Expr {
        compile::compile(&self.node)
    }
}

impl TryFrom<Value> for Filter {
    type Error = FilterError;

    fn try_from(json: Value) -> Result<Self, FilterError> {
        Self::parse(&json)
    }
}

impl From<Filter> for Value {
    fn from(filter: Filter) -> Self {
        filter.json
    }
}

/// A parsed filter: what cannot be compiled cannot be built.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Text(TextField, Test),
    Time(TimeField, Test),
    Page(Test),
    /// The keys to walk, outermost first; never empty.
    Metadata(Vec<String>, Test),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum TextField {
    Uri,
    Title,
    MediaType,
    Language,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum TimeField {
    CreatedAt,
    UpdatedAt,
}

/// What is asked of a field. `ne` is parsed to `not eq` and does not appear.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Test {
    Compare(Comparison, Scalar),
    In(Vec<Scalar>),
    Contains(Scalar),
    Present,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Comparison {
    Eq,
    Lt,
    Lte,
    Gt,
    Gte,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Scalar {
    Text(String),
    Time(OffsetDateTime),
    Number(Number),
    /// A number that is whole and fits, for columns of integers.
    Whole(i64),
    Flag(bool),
}
