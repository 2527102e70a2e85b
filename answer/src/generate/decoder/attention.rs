//! Causal attention on the CPU. Every query row is scored against the keys before it, in
//! order, so the result does not depend on which rows are read together. Heads are computed
//! in parallel, on candle's own threads: others would get in the way of those, which spin.

use std::ops::Range;
use std::sync::OnceLock;

use candle_core::utils::barrier_pool;

use super::cache::Memory;
use super::math::{ARCH, add_weighted, dot, exp};
use super::shape::Shape;

/// What the rows of `queries`, the last ones that `memory` has read, see: `[row][head]
/// [number]`, each row filled up with zeros to `width`.
pub(super) fn attend(shape: &Shape, queries: &[f32], memory: &Memory, width: usize) -> Vec<f32> {
    let heads: Vec<OnceLock<Vec<f32>>> = vec![OnceLock::new(); shape.heads];
    barrier_pool().execute_chunked(shape.heads, |range: Range<usize>| {
        for head in range {
            heads[head].get_or_init(|| attend_head(shape, queries, memory, head));
        }
    });
    let rows = queries.len() / (shape.heads * shape.head);
    let mut seen = vec![0.0; rows * width];
    for (at, row) in seen.chunks_exact_mut(width).enumerate() {
        let heads = heads.iter().filter_map(OnceLock::get);
        for (to, head) in row.chunks_exact_mut(shape.head).zip(heads) {
            to.copy_from_slice(&head[at * shape.head..][..shape.head]);
        }
    }
    seen
}

/// What one head sees: `[row][number]`.
fn attend_head(shape: &Shape, queries: &[f32], memory: &Memory, head: usize) -> Vec<f32> {
    let from = head / (shape.heads / shape.kv_heads) * shape.head;
    let asked = Asked {
        keys: &memory.keys[from..],
        values: &memory.values[from..],
        stride: shape.kv_width(),
        head: shape.head,
    };
    let width = shape.heads * shape.head;
    let (rows, read) = (queries.len() / width, memory.keys.len() / asked.stride);
    let mut seen = vec![0.0; rows * shape.head];
    let mut weights = vec![0.0; read];
    ARCH.dispatch(
        #[inline(always)]
        || {
            for (row, seen) in seen.chunks_exact_mut(shape.head).enumerate() {
                let weights = &mut weights[..=read - rows + row];
                asked.weigh(
                    &queries[row * width + head * shape.head..][..shape.head],
                    weights,
                );
                asked.collect(weights, seen);
            }
        },
    );
    seen
}

/// One key head's memory: every `stride` numbers another token's `head` numbers begin.
struct Asked<'m> {
    keys: &'m [f32],
    values: &'m [f32],
    stride: usize,
    head: usize,
}

impl Asked<'_> {
    /// How much of each token `query` takes: the softmax of the scaled inner products.
    #[inline(always)]
    fn weigh(&self, query: &[f32], weights: &mut [f32]) {
        let scale = 1.0 / (self.head as f32).sqrt();
        let mut most = f32::NEG_INFINITY;
        for (weight, key) in weights.iter_mut().zip(self.keys.chunks(self.stride)) {
            *weight = dot(query, &key[..self.head]) * scale;
            most = most.max(*weight);
        }
        for weight in weights.iter_mut() {
            *weight = exp(*weight - most);
        }
        let total: f32 = weights.iter().sum();
        for weight in weights {
            *weight /= total;
        }
    }

    /// The weighted sum of the values.
    #[inline(always)]
    fn collect(&self, weights: &[f32], seen: &mut [f32]) {
        for (weight, value) in weights.iter().zip(self.values.chunks(self.stride)) {
            add_weighted(seen, &value[..self.head], *weight);
        }
    }
}
