//! Small weights in a file, converted and read back.

use candle_core::Tensor;

use super::*;

fn gguf(folder: &Path, dtype: GgmlDType) -> PathBuf {
    let values: Vec<f32> = (0..128).map(|i| (i as f32 / 9.0).sin()).collect();
    let tensor = Tensor::from_vec(values, (2, 64), &Device::Cpu).unwrap();
    let tensor = QTensor::quantize(&tensor, dtype).unwrap();
    let path = folder.join("source.gguf");
    let mut file = File::create(&path).unwrap();
    gguf_file::write(&mut file, &[], &[("weights", &tensor)]).unwrap();
    path
}

fn model() -> ModelId {
    format!("test@sha256:{}", "0".repeat(64)).parse().unwrap()
}

fn weights(path: &Path) -> QTensor {
    let mut file = File::open(path).unwrap();
    let content = Content::read(&mut file).unwrap();
    content.tensor(&mut file, "weights", &Device::Cpu).unwrap()
}

fn numbers(tensor: &QTensor) -> Vec<Vec<f32>> {
    tensor.dequantize(&Device::Cpu).unwrap().to_vec2().unwrap()
}

#[track_caller]
fn check(dtype: GgmlDType, format: Format, columns: usize) {
    let folder = tempfile::tempdir().unwrap();
    let source = gguf(folder.path(), dtype);
    let fast = fast_copy(&source, folder.path(), &model(), format).unwrap();
    let (before, after) = (weights(&source), weights(&fast));
    assert_eq!(after.dtype(), GgmlDType::Q8_0);
    assert_eq!(after.shape().dims(), [2, columns]);
    for (before, after) in numbers(&before).iter().zip(numbers(&after)) {
        // A step of Q8_0 is 1/127 of the largest number of its 32, which is at most 1.
        let off = before.iter().zip(&after).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f32::max) <= 0.5 / 127.0 + 1e-3);
        assert!(after[before.len()..].iter().all(|x| *x == 0.0));
    }
    fs::remove_file(&source).unwrap();
    let again = fast_copy(&source, folder.path(), &model(), format).unwrap();
    assert_eq!(again, fast, "it is converted once");
}

#[test]
fn slow_weights_are_converted_and_keep_their_values() {
    check(GgmlDType::Q4_1, PLAIN, 64);
    check(GgmlDType::Q4_1, VNNI, 256);
    check(GgmlDType::F16, PLAIN, 64);
    check(GgmlDType::Q8_0, VNNI, 256);
}

#[test]
fn fast_weights_are_used_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    for dtype in [GgmlDType::Q8_0, GgmlDType::F32] {
        let source = gguf(folder.path(), dtype);
        let fast = fast_copy(&source, folder.path(), &model(), PLAIN).unwrap();
        assert_eq!(fast, source);
    }
}

#[test]
fn a_truncated_source_is_named_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let source = gguf(folder.path(), GgmlDType::Q4_1);
    let bytes = fs::read(&source).unwrap();
    fs::write(&source, &bytes[..bytes.len() - 40]).unwrap();
    let cache = folder.path().join("cache");
    let error = fast_copy(&source, &cache, &model(), PLAIN).unwrap_err();
    assert!(error.to_string().contains("source.gguf"), "{error}");
    assert!(!cache.exists());
}
