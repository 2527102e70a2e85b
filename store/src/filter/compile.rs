//! [`Node`] to an expression tree. Each condition on a column that may be null first asks
//! whether the column is there, so that no condition is ever null and `not` is exact.

use std::sync::Arc;

use datafusion_common::ScalarValue;
use datafusion_expr::{Expr, ScalarUDF, lit};
use lancedb::expr::{col, contains};

use super::metadata::MetadataTest;
use super::{Comparison, Node, Scalar, Test, TextField, TimeField};
use crate::clock;
use crate::schema::{ZONE, column};

/// The expression that is true exactly for the rows `node` matches.
pub(super) fn compile(node: &Node) -> Expr {
    match node {
        Node::And(parts) => join(parts, true, Expr::and),
        Node::Or(parts) => join(parts, false, Expr::or),
        Node::Not(part) => !compile(part),
        Node::Text(field, test) => on_column(text_column(*field), test),
        Node::Time(field, test) => on_column(time_column(*field), test),
        Node::Page(test) => on_column(column::PAGE, test),
        Node::Metadata(path, test) => on_metadata(path, test),
    }
}

fn join(parts: &[Node], empty: bool, with: fn(Expr, Expr) -> Expr) -> Expr {
    parts
        .iter()
        .map(compile)
        .reduce(with)
        .unwrap_or_else(|| lit(empty))
}

fn on_column(name: &str, test: &Test) -> Expr {
    let present = col(name).is_not_null();
    match test {
        Test::Present => present,
        Test::Compare(comparison, value) => {
            present.and(compare(col(name), *comparison, literal(value)))
        }
        Test::In(values) if values.is_empty() => lit(false),
        Test::In(values) => {
            present.and(col(name).in_list(values.iter().map(literal).collect(), false))
        }
        Test::Contains(value) => present.and(contains(col(name), literal(value))),
    }
}

fn on_metadata(path: &[String], test: &Test) -> Expr {
    let function = MetadataTest::new(path.to_vec(), test.clone());
    ScalarUDF::new_from_impl(function).call(vec![col(column::METADATA)])
}

fn compare(left: Expr, comparison: Comparison, right: Expr) -> Expr {
    match comparison {
        Comparison::Eq => left.eq(right),
        Comparison::Lt => left.lt(right),
        Comparison::Lte => left.lt_eq(right),
        Comparison::Gt => left.gt(right),
        Comparison::Gte => left.gt_eq(right),
    }
}

fn literal(value: &Scalar) -> Expr {
    match value {
        Scalar::Text(text) => lit(text.as_str()),
        Scalar::Time(time) => lit(ScalarValue::TimestampMicrosecond(
            Some(clock::micros(*time)),
            Some(Arc::from(ZONE)),
        )),
        Scalar::Whole(number) => lit(*number),
        // Columns take none of the two below; their JSON text keeps the match total.
        Scalar::Number(number) => lit(number.to_string()),
        Scalar::Flag(flag) => lit(*flag),
    }
}

fn text_column(field: TextField) -> &'static str {
    match field {
        TextField::Uri => column::URI,
        TextField::Title => column::TITLE,
        TextField::MediaType => column::MEDIA_TYPE,
        TextField::Language => column::LANGUAGE,
    }
}

fn time_column(field: TimeField) -> &'static str {
    match field {
        TimeField::CreatedAt => column::CREATED_AT,
        TimeField::UpdatedAt => column::UPDATED_AT,
    }
}
