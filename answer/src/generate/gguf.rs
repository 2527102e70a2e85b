//! Reading the metadata of a GGUF. A value of another type than expected counts as absent.

use candle_core::quantized::gguf_file::{Content, Value};

/// A text value.
pub(super) fn text<'c>(content: &'c Content, key: &str) -> Option<&'c str> {
    match content.metadata.get(key)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// An unsigned number of any width.
pub(super) fn number(content: &Content, key: &str) -> Option<usize> {
    let number = content.metadata.get(key)?.to_u64().ok()?;
    usize::try_from(number).ok()
}

/// A number with a fraction.
pub(super) fn real(content: &Content, key: &str) -> Option<f64> {
    match content.metadata.get(key)? {
        Value::F32(number) => Some(f64::from(*number)),
        Value::F64(number) => Some(*number),
        _ => None,
    }
}

/// The values of an array of texts; an element of another type makes it `None`.
pub(super) fn texts(content: &Content, key: &str) -> Option<Vec<String>> {
    array(content, key)?
        .iter()
        .map(|value| value.to_string().ok().cloned())
        .collect()
}

/// The values of an array of whole numbers; an element of another type makes it `None`.
pub(super) fn numbers(content: &Content, key: &str) -> Option<Vec<i64>> {
    let whole = |value: &Value| match value {
        Value::I8(number) => Some(i64::from(*number)),
        Value::I16(number) => Some(i64::from(*number)),
        Value::I32(number) => Some(i64::from(*number)),
        Value::I64(number) => Some(*number),
        other => other
            .to_u64()
            .ok()
            .and_then(|number| number.try_into().ok()),
    };
    array(content, key)?.iter().map(whole).collect()
}

fn array<'c>(content: &'c Content, key: &str) -> Option<&'c [Value]> {
    match content.metadata.get(key)? {
        Value::Array(values) => Some(values),
        _ => None,
    }
}
