//! Reading the metadata of a GGUF, and refusing what would be run wrongly. candle opens many
//! files whose tokenizer or positions it then gets wrong without a word; this is where that
//! ends.

use std::path::Path;

use candle_core::quantized::gguf_file::{Content, Value};

use super::error::GenerateError;

/// Refuses everything but llama models with SmolLM2's tokenizer and plain rotary positions.
pub(super) fn check_supported(content: &Content, path: &Path) -> Result<(), GenerateError> {
    let expected = [
        ("general.architecture", "architecture", "llama"),
        ("tokenizer.ggml.model", "tokenizer", "gpt2"),
        ("tokenizer.ggml.pre", "pre-tokenizer", "smollm"),
    ];
    for (key, what, supported) in expected {
        let found = text(content, key).unwrap_or("none");
        if found != supported {
            return Err(unsupported(path, format!("{what} `{found}`")));
        }
    }
    // Llama 3.1 and later scale their positions by this tensor; candle does not read it.
    if content.tensor_infos.contains_key("rope_freqs.weight") {
        return Err(unsupported(path, "scaled rotary positions".to_owned()));
    }
    Ok(())
}

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

fn unsupported(path: &Path, found: String) -> GenerateError {
    GenerateError::Unsupported {
        path: path.to_owned(),
        found,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use candle_core::quantized::{GgmlDType, QTensor, gguf_file};
    use candle_core::{Device, Tensor};

    use super::*;

    /// Writes and reads a GGUF with these texts as metadata and one tensor of this name.
    fn content(texts: &[(&str, &str)], tensor: &str) -> Content {
        let values: Vec<(&str, Value)> = texts
            .iter()
            .map(|(key, text)| (*key, Value::String((*text).to_owned())))
            .collect();
        let metadata: Vec<(&str, &Value)> =
            values.iter().map(|(key, value)| (*key, value)).collect();
        let weights = Tensor::ones(4, candle_core::DType::F32, &Device::Cpu).unwrap();
        let weights = QTensor::quantize(&weights, GgmlDType::F32).unwrap();
        let mut file = Cursor::new(Vec::new());
        gguf_file::write(&mut file, &metadata, &[(tensor, &weights)]).unwrap();
        file.set_position(0);
        Content::read(&mut file).unwrap()
    }

    #[track_caller]
    fn check(architecture: &str, pre: &str, tensor: &str, complaint: Option<&str>) {
        let texts = [
            ("general.architecture", architecture),
            ("tokenizer.ggml.model", "gpt2"),
            ("tokenizer.ggml.pre", pre),
        ];
        let outcome = check_supported(&content(&texts, tensor), Path::new("model.gguf"));
        let message = outcome.err().map(|error| error.to_string());
        match (&message, complaint) {
            (None, None) => {}
            (Some(message), Some(complaint)) => assert!(message.contains(complaint), "{message}"),
            _ => panic!("{message:?}"),
        }
    }

    #[test]
    fn only_what_is_run_rightly_is_accepted() {
        check("llama", "smollm", "token_embd.weight", None);
        check(
            "qwen2",
            "qwen2",
            "token_embd.weight",
            Some("architecture `qwen2`"),
        );
        check(
            "llama",
            "llama-bpe",
            "token_embd.weight",
            Some("pre-tokenizer `llama-bpe`"),
        );
        check(
            "llama",
            "smollm",
            "rope_freqs.weight",
            Some("scaled rotary positions"),
        );
    }

    #[test]
    fn a_file_that_says_nothing_is_refused() {
        let empty = content(&[], "token_embd.weight");
        let error = check_supported(&empty, Path::new("model.gguf")).unwrap_err();
        assert!(error.to_string().contains("architecture `none`"), "{error}");
    }
}
