//! Weights in a format the CPU kernels are good at. candle runs `Q4_1` and its kin by scalar
//! code on x86; as `Q8_0`, which holds the same values almost exactly, they run several times
//! faster. The converted file is made once, under the hash of its source.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use candle_core::quantized::gguf_file::{self, Content, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Result};
use footnote_ingest::embed::ModelId;

use super::error::GenerateError;
use super::gguf::check_supported;
use super::open;

/// Name of a converted file. The number changes when the conversion does.
const NAME: &str = "q8_0-v1.gguf";

/// Formats without a vectorised kernel on x86 in candle 0.11.
const SLOW: [GgmlDType; 3] = [GgmlDType::Q4_1, GgmlDType::Q5_0, GgmlDType::Q5_1];

/// The file to load instead of `source`: a converted copy in `cache_dir`, made now if need be,
/// or `source` itself when nothing in it is slow.
pub(super) fn fast_copy(
    source: &Path,
    cache_dir: &Path,
    model: &ModelId,
) -> std::result::Result<PathBuf, GenerateError> {
    let folder = cache_dir.join(model.sha256());
    let path = folder.join(NAME);
    if path.is_file() {
        return Ok(path);
    }
    let mut file = open(source)?;
    let invalid = GenerateError::gguf(source);
    let content = Content::read(&mut file).map_err(&invalid)?;
    check_supported(&content, source)?;
    if !content
        .tensor_infos
        .values()
        .any(|info| SLOW.contains(&info.ggml_dtype))
    {
        return Ok(source.to_owned());
    }
    let tensors = tensors(&content, &mut file).map_err(&invalid)?;
    write(&content, &tensors, &folder)?;
    Ok(path)
}

/// All tensors by name, slow ones converted.
fn tensors(content: &Content, file: &mut BufReader<File>) -> Result<Vec<(String, QTensor)>> {
    let mut names: Vec<&String> = content.tensor_infos.keys().collect();
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let tensor = content.tensor(file, name, &Device::Cpu)?;
            Ok((name.clone(), convert(tensor)?))
        })
        .collect()
}

fn convert(tensor: QTensor) -> Result<QTensor> {
    if !SLOW.contains(&tensor.dtype()) {
        return Ok(tensor);
    }
    // Both formats pack 32 numbers of a row at a time, so every shape carries over.
    QTensor::quantize(&tensor.dequantize(&Device::Cpu)?, GgmlDType::Q8_0)
}

/// Writes beside the final place, flushes to disk, then renames: a file called [`NAME`] is
/// always whole.
fn write(
    content: &Content,
    tensors: &[(String, QTensor)],
    folder: &Path,
) -> std::result::Result<(), GenerateError> {
    let io = GenerateError::io(folder);
    fs::create_dir_all(folder).map_err(&io)?;
    let scratch = tempfile::Builder::new()
        .prefix(".partial-")
        .tempdir_in(folder)
        .map_err(&io)?;
    let unfinished = scratch.path().join(NAME);
    let mut metadata: Vec<(&str, &Value)> = content
        .metadata
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .collect();
    metadata.sort_by_key(|(key, _)| *key);
    let tensors: Vec<(&str, &QTensor)> = tensors
        .iter()
        .map(|(name, tensor)| (name.as_str(), tensor))
        .collect();
    let mut file = BufWriter::new(File::create(&unfinished).map_err(&io)?);
    gguf_file::write(&mut file, &metadata, &tensors).map_err(GenerateError::gguf(&unfinished))?;
    file.flush().map_err(&io)?;
    file.get_ref().sync_all().map_err(&io)?;
    fs::rename(&unfinished, folder.join(NAME)).map_err(&io)
}

#[cfg(test)]
mod tests {
    use candle_core::Tensor;

    use super::*;

    fn gguf(folder: &Path, dtype: GgmlDType) -> PathBuf {
        let values: Vec<f32> = (0..128).map(|i| (i as f32 / 9.0).sin()).collect();
        let tensor = Tensor::from_vec(values, (2, 64), &Device::Cpu).unwrap();
        let tensor = QTensor::quantize(&tensor, dtype).unwrap();
        let path = folder.join("source.gguf");
        let [llama, gpt2, smollm] =
            ["llama", "gpt2", "smollm"].map(|name| Value::String(name.to_owned()));
        let metadata = [
            ("general.architecture", &llama),
            ("tokenizer.ggml.model", &gpt2),
            ("tokenizer.ggml.pre", &smollm),
        ];
        let mut file = File::create(&path).unwrap();
        gguf_file::write(&mut file, &metadata, &[("weights", &tensor)]).unwrap();
        path
    }

    fn model() -> ModelId {
        format!("test@sha256:{}", "0".repeat(64)).parse().unwrap()
    }

    fn values(path: &Path) -> (GgmlDType, Vec<f32>) {
        let mut file = File::open(path).unwrap();
        let content = Content::read(&mut file).unwrap();
        let tensor = content.tensor(&mut file, "weights", &Device::Cpu).unwrap();
        let numbers = tensor.dequantize(&Device::Cpu).unwrap();
        (
            tensor.dtype(),
            numbers.flatten_all().unwrap().to_vec1().unwrap(),
        )
    }

    #[test]
    fn a_slow_format_is_converted_once_and_keeps_its_values() {
        let folder = tempfile::tempdir().unwrap();
        let source = gguf(folder.path(), GgmlDType::Q4_1);
        let fast = fast_copy(&source, folder.path(), &model()).unwrap();
        let ((_, before), (format, after)) = (values(&source), values(&fast));
        assert_eq!(format, GgmlDType::Q8_0);
        // A step of Q8_0 is 1/127 of the largest number of its 32, which is at most 1.
        let off = before.iter().zip(&after).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f32::max) <= 0.5 / 127.0 + 1e-3);

        fs::remove_file(&source).unwrap();
        assert_eq!(fast_copy(&source, folder.path(), &model()).unwrap(), fast);
    }

    #[test]
    fn a_fast_format_is_used_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let source = gguf(folder.path(), GgmlDType::Q8_0);
        assert_eq!(fast_copy(&source, folder.path(), &model()).unwrap(), source);
    }

    #[test]
    fn a_truncated_source_is_named_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let source = gguf(folder.path(), GgmlDType::Q4_1);
        let bytes = fs::read(&source).unwrap();
        fs::write(&source, &bytes[..bytes.len() - 40]).unwrap();
        let cache = folder.path().join("cache");
        let error = fast_copy(&source, &cache, &model()).unwrap_err();
        assert!(error.to_string().contains("source.gguf"), "{error}");
        assert!(!cache.exists());
    }
}
