//! Weights laid out for the fast kernels of the processor at hand.
//!
//! candle multiplies by `Q8_0` several times faster than by `Q4_1` and its kin, which run by
//! scalar code, and on x86 with VNNI several times faster again when a row is a multiple of
//! 256 numbers long. So such weights become `Q8_0`, which holds the same values almost
//! exactly, and their rows are filled up with zeros. The converted file is made once, under
//! the hash of its source.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use candle_core::quantized::gguf_file::{self, Content, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{D, Device, Result};
use footnote_ingest::embed::ModelId;

use super::device::device;
use super::error::GenerateError;
use super::open;

/// A way of laying weights out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    /// Name of the converted file. The number changes when the conversion does.
    name: &'static str,
    /// Formats that are converted.
    slow: &'static [GgmlDType],
    /// Rows are filled up to a multiple of this.
    columns: usize,
}

/// Formats without a vectorised kernel in candle 0.11, or without any.
const PLAIN: Format = Format {
    name: "q8_0-v2.gguf",
    slow: &[
        GgmlDType::Q4_1,
        GgmlDType::Q5_0,
        GgmlDType::Q5_1,
        GgmlDType::F16,
        GgmlDType::BF16,
    ],
    columns: 32,
};

/// As above; `Q6K` has a kernel for one row and another for many, which round differently,
/// and would make an answer depend on how its prompt was cut.
const VNNI: Format = Format {
    name: "q8_0-256-v2.gguf",
    slow: &[
        GgmlDType::Q4_1,
        GgmlDType::Q5_0,
        GgmlDType::Q5_1,
        GgmlDType::Q6K,
        GgmlDType::F16,
        GgmlDType::BF16,
    ],
    columns: 256,
};

/// What multiplies the weights of a language model here, in words. Texts of different kernels
/// may differ.
pub fn kernels() -> &'static str {
    match Format::detect() {
        _ if !device().is_cpu() => "cuda",
        VNNI => "q8_0 vnni",
        _ => "q8_0",
    }
}

impl Format {
    /// The fastest one for the processor at hand.
    pub(super) fn detect() -> Self {
        let vnni = device().is_cpu() && vnni();
        if vnni { VNNI } else { PLAIN }
    }

    /// Whether a weight of this format and row length is to be converted. Tables that are no
    /// weights are kept as full numbers.
    fn converts(self, dtype: GgmlDType, dimensions: &[usize]) -> bool {
        let &[_, columns] = dimensions else {
            return false;
        };
        let kept = dtype == GgmlDType::F32 || !columns.is_multiple_of(GgmlDType::Q8_0.block_size());
        !kept && (self.slow.contains(&dtype) || !columns.is_multiple_of(self.columns))
    }

    fn convert(self, tensor: QTensor) -> Result<QTensor> {
        if !self.converts(tensor.dtype(), tensor.shape().dims()) {
            return Ok(tensor);
        }
        let numbers = tensor.dequantize(&Device::Cpu)?;
        let columns = numbers.dim(D::Minus1)?;
        let missing = columns.next_multiple_of(self.columns) - columns;
        let padded = numbers.pad_with_zeros(D::Minus1, 0, missing)?;
        QTensor::quantize(&padded, GgmlDType::Q8_0)
    }
}

#[cfg(target_arch = "x86_64")]
fn vnni() -> bool {
    use std::arch::is_x86_feature_detected as has;
    let wide = has!("avx512f") && has!("avx512bw") && has!("avx512vnni");
    wide || has!("avxvnni")
}

#[cfg(not(target_arch = "x86_64"))]
fn vnni() -> bool {
    false
}

/// The file to load instead of `source`: a converted copy in `cache_dir`, made now if need be,
/// or `source` itself when nothing in it is slow.
pub(super) fn fast_copy(
    source: &Path,
    cache_dir: &Path,
    model: &ModelId,
    format: Format,
) -> std::result::Result<PathBuf, GenerateError> {
    let folder = cache_dir.join(model.sha256());
    let path = folder.join(format.name);
    if path.is_file() {
        return Ok(path);
    }
    let mut file = open(source)?;
    let invalid = GenerateError::gguf(source);
    let content = Content::read(&mut file).map_err(&invalid)?;
    let slow = content.tensor_infos.values();
    let slow = slow.filter(|info| format.converts(info.ggml_dtype, info.shape.dims()));
    if slow.count() == 0 {
        return Ok(source.to_owned());
    }
    let tensors = tensors(&content, &mut file, format).map_err(&invalid)?;
    write(&content, &tensors, &path)?;
    Ok(path)
}

/// All tensors by name, slow ones converted.
fn tensors(
    content: &Content,
    file: &mut BufReader<File>,
    format: Format,
) -> Result<Vec<(String, QTensor)>> {
    let mut names: Vec<&String> = content.tensor_infos.keys().collect();
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let tensor = content.tensor(file, name, &Device::Cpu)?;
            Ok((name.clone(), format.convert(tensor)?))
        })
        .collect()
}

/// Writes beside the final place, flushes to disk, then renames: a file at `path` is always
/// whole.
fn write(
    content: &Content,
    tensors: &[(String, QTensor)],
    path: &Path,
) -> std::result::Result<(), GenerateError> {
    let folder = path.parent().unwrap_or(path);
    let io = GenerateError::io(folder);
    fs::create_dir_all(folder).map_err(&io)?;
    let scratch = tempfile::Builder::new()
        .prefix(".partial-")
        .tempdir_in(folder)
        .map_err(&io)?;
    let unfinished = scratch.path().join("weights.gguf");
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
    fs::rename(&unfinished, path).map_err(&io)
}

#[cfg(test)]
mod tests;
