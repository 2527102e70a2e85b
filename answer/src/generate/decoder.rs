//! The model itself: token ids in, scores of the next token out.
//!
//! One decoder for the llama, qwen2 and qwen3 families, which differ in details only
//! ([`Shape`]). candle holds the weights and multiplies by them; everything between two
//! matrices is small and done here on plain slices. Each row of a batch is computed without
//! a look at the others and in one fixed order, so reading a text at once, in pieces or
//! behind a cached prefix gives the same bits.

use std::io::{Read, Seek};

use candle_core::Result;
use candle_core::quantized::gguf_file::Content;

mod attention;
mod cache;
mod math;
mod projection;
mod rope;
mod shape;
mod weights;

pub(super) use cache::Cache;
pub(super) use shape::Shape;

use attention::attend;
use math::{add, gate, normalise};
use rope::{Angles, Rope};
use weights::{Layer, Weights};

/// Weights and positions, ready to run. Never changes: a [`Cache`] holds what was read.
pub(super) struct Decoder {
    shape: Shape,
    rope: Rope,
    weights: Weights,
}

/// For which of the tokens read the scores of their successors are wanted. The last matrix
/// is a fifth of a small model's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// The last one.
    Last,
    /// All.
    All,
    /// None: the tokens are only remembered.
    Nothing,
}

impl Decoder {
    /// Takes the weights of a GGUF that [`Shape::read`] understood.
    pub(super) fn load<R: Read + Seek>(
        shape: Shape,
        content: &Content,
        file: &mut R,
    ) -> Result<Self> {
        let weights = Weights::load(&shape, content, file)?;
        let rope = Rope::new(&shape, weights.rope_factors.as_deref());
        Ok(Self {
            shape,
            rope,
            weights,
        })
    }

    /// What the model looks like.
    pub(super) fn shape(&self) -> &Shape {
        &self.shape
    }

    /// A cache that remembers nothing, with room for `tokens`.
    pub(super) fn cache(&self, tokens: usize) -> Cache {
        Cache::new(self.shape.layers, self.shape.kv_width(), tokens)
    }

    /// Reads `tokens` after those in `cache` and scores what could follow: one row of
    /// [`Shape::vocabulary`] numbers for each token that `need` names, in order.
    ///
    /// # Errors
    /// Token ids outside the vocabulary, and whatever candle's kernels fail with.
    pub(super) fn read(&self, tokens: &[u32], cache: &mut Cache, need: Need) -> Result<Vec<f32>> {
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        let mut hidden = self.weights.embed(tokens, self.shape.hidden)?;
        let angles = self.rope.angles(cache.len()..cache.len() + tokens.len());
        for (number, layer) in self.weights.layers.iter().enumerate() {
            self.listen(layer, number, &mut hidden, &angles, cache)?;
            self.think(layer, &mut hidden)?;
        }
        cache.advance(tokens.len());
        let from = match need {
            Need::Last => tokens.len().saturating_sub(1),
            Need::All => 0,
            Need::Nothing => return Ok(Vec::new()),
        };
        self.score(hidden.get(from * self.shape.hidden..).unwrap_or_default())
    }

    /// Attention: every token looks at itself and at those before it.
    fn listen(
        &self,
        layer: &Layer,
        number: usize,
        hidden: &mut [f32],
        angles: &Angles,
        cache: &mut Cache,
    ) -> Result<()> {
        let shape = &self.shape;
        let width = layer.attention.width();
        let input = normalise(hidden, &layer.attention_norm, shape.epsilon, width);
        let [mut queries, mut keys, values] = layer.attention.forward(input)?;
        if let Some(norms) = &layer.head_norms {
            queries = normalise(&queries, &norms.query, shape.epsilon, shape.head);
            keys = normalise(&keys, &norms.key, shape.epsilon, shape.head);
        }
        angles.turn(&mut queries, shape.heads);
        angles.turn(&mut keys, shape.kv_heads);
        cache.push(number, &keys, &values);
        let seen = attend(shape, &queries, cache.layer(number), layer.output.width());
        let [said] = layer.output.forward(seen)?;
        add(hidden, &said);
        Ok(())
    }

    /// The feed-forward network (SwiGLU, Shazeer 2020), each token for itself.
    fn think(&self, layer: &Layer, hidden: &mut [f32]) -> Result<()> {
        let width = layer.up.width();
        let input = normalise(hidden, &layer.up_norm, self.shape.epsilon, width);
        let [opened, raised] = layer.up.forward(input)?;
        let inner = gate(&opened, &raised, self.shape.inner, layer.down.width());
        let [lowered] = layer.down.forward(inner)?;
        add(hidden, &lowered);
        Ok(())
    }

    /// Scores of all candidates for each row of `hidden`.
    fn score(&self, hidden: &[f32]) -> Result<Vec<f32>> {
        let head = &self.weights.head;
        let epsilon = self.shape.epsilon;
        let [scores] =
            head.forward(normalise(hidden, &self.weights.norm, epsilon, head.width()))?;
        Ok(scores)
    }
}

#[cfg(test)]
mod tests;
