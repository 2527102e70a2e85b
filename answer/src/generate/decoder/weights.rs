//! The weights of a model, taken out of a GGUF under the names its converters give them.

use std::io::{Read, Seek};

use candle_core::quantized::QTensor;
use candle_core::quantized::gguf_file::Content;
use candle_core::{Device, Result, Tensor, bail};

use super::projection::{Part, Projection};
use super::shape::Shape;
use crate::generate::device;

/// Everything that was learnt.
pub(super) struct Weights {
    /// One row per token; may be wider than the model.
    tokens: Option<QTensor>,
    /// The blocks, first to last.
    pub(super) layers: Vec<Layer>,
    /// Scale of the last normalisation.
    pub(super) norm: Vec<f32>,
    /// From hidden numbers to a score per token; also the rows of `tokens` where a model
    /// uses one matrix for both.
    pub(super) head: Projection<1>,
    /// By how much each pair's turning is slowed down.
    pub(super) rope_factors: Option<Vec<f32>>,
}

/// One block.
pub(super) struct Layer {
    pub(super) attention_norm: Vec<f32>,
    /// Queries, keys, values.
    pub(super) attention: Projection<3>,
    /// Normalisation of each head's queries and keys; qwen3 has it.
    pub(super) head_norms: Option<HeadNorms>,
    pub(super) output: Projection<1>,
    pub(super) up_norm: Vec<f32>,
    /// Gate, then up.
    pub(super) up: Projection<2>,
    pub(super) down: Projection<1>,
}

/// Scales for single heads.
pub(super) struct HeadNorms {
    pub(super) query: Vec<f32>,
    pub(super) key: Vec<f32>,
}

impl Weights {
    /// Takes all weights; one that is missing or of another size is an error that names it.
    pub(super) fn load<R: Read + Seek>(
        shape: &Shape,
        content: &Content,
        file: &mut R,
    ) -> Result<Self> {
        let mut source = Source { content, file };
        let (tokens, head) = match source.has("output.weight") {
            true => {
                let tokens = source.matrix("token_embd.weight", shape.vocabulary)?;
                (Some(tokens), "output")
            }
            false => (None, "token_embd"),
        };
        let layers = (0..shape.layers).map(|number| source.layer(shape, number));
        Ok(Self {
            layers: layers.collect::<Result<_>>()?,
            norm: source.vector("output_norm.weight", shape.hidden)?,
            rope_factors: source.optional("rope_freqs.weight", shape.head / 2)?,
            head: Projection::new([source.part(head, shape.vocabulary)?], shape.hidden)?,
            tokens,
        })
    }

    /// The rows of `tokens`, `hidden` numbers each.
    pub(super) fn embed(&self, tokens: &[u32], hidden: usize) -> Result<Vec<f32>> {
        let ids = Tensor::new(tokens, &Device::Cpu)?;
        let table = self.tokens.as_ref().unwrap_or(self.head.weight());
        let rows = table.embedding(&ids)?.narrow(1, 0, hidden)?;
        rows.flatten_all()?.to_vec1()
    }
}

/// A GGUF being read.
struct Source<'f, R> {
    content: &'f Content,
    file: &'f mut R,
}

impl<R: Read + Seek> Source<'_, R> {
    fn layer(&mut self, shape: &Shape, number: usize) -> Result<Layer> {
        let name = |part: &str| format!("blk.{number}.{part}");
        let asking = shape.heads * shape.head;
        let kept = shape.kv_width();
        let attention = [
            self.part(&name("attn_q"), asking)?,
            self.part(&name("attn_k"), kept)?,
            self.part(&name("attn_v"), kept)?,
        ];
        let up = [
            self.part(&name("ffn_gate"), shape.inner)?,
            self.part(&name("ffn_up"), shape.inner)?,
        ];
        let output = self.part(&name("attn_output"), shape.hidden)?;
        let down = self.part(&name("ffn_down"), shape.hidden)?;
        let query = self.optional(&name("attn_q_norm.weight"), shape.head)?;
        let key = self.optional(&name("attn_k_norm.weight"), shape.head)?;
        Ok(Layer {
            attention_norm: self.vector(&name("attn_norm.weight"), shape.hidden)?,
            attention: Projection::new(attention, shape.hidden)?,
            head_norms: query.zip(key).map(|(query, key)| HeadNorms { query, key }),
            output: Projection::new([output], asking)?,
            up_norm: self.vector(&name("ffn_norm.weight"), shape.hidden)?,
            up: Projection::new(up, shape.hidden)?,
            down: Projection::new([down], shape.inner)?,
        })
    }

    fn has(&self, name: &str) -> bool {
        self.content.tensor_infos.contains_key(name)
    }

    /// A matrix and its bias, if it has one.
    fn part(&mut self, name: &str, rows: usize) -> Result<Part> {
        Ok(Part {
            weight: self.matrix(&format!("{name}.weight"), rows)?,
            bias: self.optional(&format!("{name}.bias"), rows)?,
        })
    }

    fn matrix(&mut self, name: &str, rows: usize) -> Result<QTensor> {
        let format = self.content.tensor_infos.get(name);
        let place = format.map_or(&Device::Cpu, |info| device::of(info.ggml_dtype));
        let tensor = self.content.tensor(self.file, name, place)?;
        match tensor.shape().dims() {
            [found, _] if *found == rows => Ok(tensor),
            other => bail!("`{name}` is of the size {other:?}, not {rows} rows"),
        }
    }

    fn vector(&mut self, name: &str, len: usize) -> Result<Vec<f32>> {
        let tensor = self.content.tensor(self.file, name, &Device::Cpu)?;
        let numbers: Vec<f32> = tensor.dequantize(&Device::Cpu)?.flatten_all()?.to_vec1()?;
        match numbers.len() == len {
            true => Ok(numbers),
            false => bail!("`{name}` has {} numbers, not {len}", numbers.len()),
        }
    }

    fn optional(&mut self, name: &str, len: usize) -> Result<Option<Vec<f32>>> {
        match self.has(name) {
            true => self.vector(name, len).map(Some),
            false => Ok(None),
        }
    }
}
