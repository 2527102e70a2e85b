//! Tiny models of every family, whose weights are a formula, against the scores that
//! transformers computes for them (`fixtures/make_decoders.py`).

use std::io::Cursor;

use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};
use serde::Deserialize;

use super::*;

const EXPECTED: &str = include_str!("../../../../fixtures/decoder/expected.json");

const HIDDEN: usize = 32;
const INNER: usize = 48;
const HEADS: usize = 4;
const KV_HEADS: usize = 2;
const HEAD: usize = 8;
const LAYERS: usize = 2;
const VOCABULARY: usize = 40;

#[derive(Deserialize)]
struct Expected {
    tokens: Vec<u32>,
    models: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    name: String,
    rope_factors: Vec<f32>,
    /// For each token, each candidate for the next.
    scores: Vec<Vec<f32>>,
}

fn expected() -> Expected {
    serde_json::from_str(EXPECTED).unwrap()
}

/// The same formula as in `make_decoders.py`.
fn weights(name: &str, shape: &[usize]) -> Tensor {
    let seed: u32 = name.bytes().map(u32::from).sum();
    let (around, size) = if name.contains("norm") {
        (1.0, 0.1)
    } else {
        (0.0, 0.4)
    };
    let speed = 1.0 + 0.01 * f64::from(seed % 17);
    let wave = |i: usize| (f64::from(seed) * 0.7 + i as f64 * speed).sin();
    let count = shape.iter().product();
    let numbers: Vec<f32> = (0..count)
        .map(|i| (around + size * wave(i)) as f32)
        .collect();
    Tensor::from_vec(numbers, shape, &Device::Cpu).unwrap()
}

fn tensors(model: &Model) -> Vec<(String, Tensor)> {
    let mut shapes = vec![
        ("token_embd.weight".to_owned(), vec![VOCABULARY, HIDDEN]),
        ("output.weight".to_owned(), vec![VOCABULARY, HIDDEN]),
        ("output_norm.weight".to_owned(), vec![HIDDEN]),
    ];
    let (q, kv) = (HEADS * HEAD, KV_HEADS * HEAD);
    for layer in 0..LAYERS {
        let mut add = |name: &str, shape: &[usize]| {
            shapes.push((format!("blk.{layer}.{name}"), shape.to_vec()));
        };
        for (name, rows, columns) in [
            ("attn_q", q, HIDDEN),
            ("attn_k", kv, HIDDEN),
            ("attn_v", kv, HIDDEN),
            ("attn_output", HIDDEN, q),
            ("ffn_gate", INNER, HIDDEN),
            ("ffn_up", INNER, HIDDEN),
            ("ffn_down", HIDDEN, INNER),
        ] {
            add(&format!("{name}.weight"), &[rows, columns]);
            if model.name == "qwen2" && ["attn_q", "attn_k", "attn_v"].contains(&name) {
                add(&format!("{name}.bias"), &[rows]);
            }
        }
        add("attn_norm.weight", &[HIDDEN]);
        add("ffn_norm.weight", &[HIDDEN]);
        if model.name == "qwen3" {
            add("attn_q_norm.weight", &[HEAD]);
            add("attn_k_norm.weight", &[HEAD]);
        }
    }
    let mut tensors: Vec<(String, Tensor)> = shapes
        .into_iter()
        .map(|(name, shape)| (name.clone(), weights(&name, &shape)))
        .collect();
    if model.name == "llama3" {
        let factors = Tensor::new(model.rope_factors.as_slice(), &Device::Cpu).unwrap();
        tensors.push(("rope_freqs.weight".to_owned(), factors));
    }
    tensors
}

/// A GGUF in memory, its matrices in `format` where their rows allow it.
fn gguf(model: &Model, format: GgmlDType, more: &[(&str, Value)]) -> Cursor<Vec<u8>> {
    let family = if model.name == "llama3" {
        "llama"
    } else {
        &model.name
    };
    let sizes = [
        ("block_count", LAYERS),
        ("embedding_length", HIDDEN),
        ("feed_forward_length", INNER),
        ("attention.head_count", HEADS),
        ("attention.head_count_kv", KV_HEADS),
        ("attention.key_length", HEAD),
        ("context_length", 256),
    ];
    let mut metadata = vec![(
        "general.architecture".to_owned(),
        Value::String(family.to_owned()),
    )];
    metadata.extend(sizes.map(|(key, size)| (format!("{family}.{key}"), Value::U32(size as u32))));
    metadata.extend(
        more.iter()
            .map(|(key, value)| (format!("{family}.{key}"), value.clone())),
    );
    let metadata: Vec<(&str, &Value)> = metadata.iter().map(|(k, v)| (k.as_str(), v)).collect();
    let stored = |tensor: Tensor| {
        let fits = matches!(tensor.dims(), [_, row] if row.is_multiple_of(format.block_size()));
        QTensor::quantize(&tensor, if fits { format } else { GgmlDType::F32 }).unwrap()
    };
    let tensors: Vec<(String, QTensor)> = tensors(model)
        .into_iter()
        .map(|(name, tensor)| (name, stored(tensor)))
        .collect();
    let tensors: Vec<(&str, &QTensor)> = tensors.iter().map(|(n, t)| (n.as_str(), t)).collect();
    let mut file = Cursor::new(Vec::new());
    gguf_file::write(&mut file, &metadata, &tensors).unwrap();
    file.set_position(0);
    file
}

fn decoder(model: &Model, format: GgmlDType) -> Decoder {
    let mut file = gguf(model, format, &[]);
    let content = Content::read(&mut file).unwrap();
    Decoder::load(Shape::read(&content).unwrap(), &content, &mut file).unwrap()
}

/// Scores after every token, the text read in pieces of these lengths.
fn read(decoder: &Decoder, tokens: &[u32], pieces: &[usize]) -> Vec<f32> {
    let mut cache = decoder.cache(0);
    let mut scores = Vec::new();
    let mut left = tokens;
    for piece in pieces {
        let (now, rest) = left.split_at(*piece);
        scores.extend(decoder.read(now, &mut cache, Need::All).unwrap());
        left = rest;
    }
    assert!(left.is_empty());
    scores
}

#[track_caller]
fn check_scores(format: GgmlDType, most: f32) {
    let expected = expected();
    for model in &expected.models {
        let decoder = decoder(model, format);
        let scores = read(&decoder, &expected.tokens, &[expected.tokens.len()]);
        let wanted = model.scores.concat();
        let off = scores.iter().zip(&wanted).map(|(a, b)| (a - b).abs());
        let off = off.fold(0.0, f32::max);
        assert_eq!(scores.len(), wanted.len());
        assert!(off < most, "{} is off by {off}", model.name);
    }
}

#[test]
fn every_family_scores_as_transformers_does() {
    check_scores(GgmlDType::F32, 1e-4);
}

/// The largest scores of these models are 0.3 to 0.5.
#[test]
fn quantised_weights_score_nearly_so() {
    check_scores(GgmlDType::Q8_0, 0.05);
}

#[test]
fn a_text_read_in_pieces_has_the_same_scores_to_the_bit() {
    let expected = expected();
    let both = |model| [GgmlDType::F32, GgmlDType::Q8_0].map(|format| decoder(model, format));
    for decoder in expected.models.iter().flat_map(both) {
        let whole = read(&decoder, &expected.tokens, &[12]);
        for pieces in [vec![1; 12], vec![5, 1, 6], vec![2, 10]] {
            assert_eq!(
                read(&decoder, &expected.tokens, &pieces),
                whole,
                "{pieces:?}"
            );
        }
    }
}

#[test]
fn what_was_forgotten_leaves_no_trace() {
    let expected = expected();
    let decoder = decoder(&expected.models[0], GgmlDType::Q8_0);
    let (kept, wrong) = expected.tokens.split_at(7);
    let mut cache = decoder.cache(0);
    decoder.read(kept, &mut cache, Need::Nothing).unwrap();
    let mut fork = cache.fork(9);
    fork.truncate(7);
    decoder.read(&[1, 2], &mut fork, Need::Nothing).unwrap();
    fork.truncate(7);
    let after = decoder.read(wrong, &mut fork, Need::Last).unwrap();
    assert_eq!(after, decoder.read(wrong, &mut cache, Need::Last).unwrap());
    assert_eq!((cache.len(), fork.len()), (12, 12));
}

#[test]
fn a_token_outside_the_vocabulary_is_an_error() {
    let decoder = decoder(&expected().models[0], GgmlDType::F32);
    let mut cache = decoder.cache(0);
    assert!(
        decoder
            .read(&[VOCABULARY as u32], &mut cache, Need::Last)
            .is_err()
    );
}

#[track_caller]
fn check_refused(key: &str, value: Value, complaint: &str) {
    let mut file = gguf(&expected().models[0], GgmlDType::F32, &[(key, value)]);
    let content = Content::read(&mut file).unwrap();
    let problem = Shape::read(&content).unwrap_err();
    assert!(problem.contains(complaint), "{problem}");
}

#[test]
fn what_would_be_run_wrongly_is_refused() {
    check_refused("expert_count", Value::U32(8), "experts");
    check_refused("rope.scaling.factor", Value::F32(4.0), "scaled rotary");
    check_refused("rope.dimension_count", Value::U32(4), "partly turned");
    check_refused("attention.head_count_kv", Value::U32(3), "heads");
}

#[test]
fn a_sliding_window_ends_the_context() {
    let mut file = gguf(
        &expected().models[0],
        GgmlDType::F32,
        &[("attention.sliding_window", Value::U32(100))],
    );
    let content = Content::read(&mut file).unwrap();
    assert_eq!(Shape::read(&content).unwrap().context, 100);
}
