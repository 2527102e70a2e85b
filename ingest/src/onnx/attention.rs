//! Recognises multi-head attention as PyTorch exports it and says it in one operator.
//!
//! The mask stays what it was, a term added to the scores. Only the guard against rows that
//! are masked altogether is dropped: no such row exists where every text has its own tokens.

use super::MICROSOFT;
use super::graph::Graph;
use super::proto::{Attribute, Node};

/// From `[batch, tokens, heads, size]` to `[batch, heads, tokens, size]`, and back.
const HEADS_FIRST: [i64; 4] = [0, 2, 1, 3];

/// Queries, keys or values before they were cut into heads.
struct Heads<'a> {
    values: &'a str,
    size: i64,
}

/// `reshape(transpose(softmax(a * Q * transpose(b * K) + mask) * V))`.
pub(super) fn attention(graph: &Graph<'_>, node: &Node) -> Option<Vec<Node>> {
    let output = node.is("Reshape").then(|| node.result()).flatten()?;
    let joined = graph.node(node.input(0)?, "Transpose")?;
    let mixed = permuted(joined, &HEADS_FIRST)?;
    let [weights, values] = graph.node(mixed, "MatMul")?.pair()?;
    let values = heads(graph, values)?;
    let softmax = graph.node(unguarded(graph, weights), "Softmax")?;
    let last = softmax
        .attribute("axis")
        .is_none_or(|axis| matches!(axis.i(), -1 | 3));
    let masked = graph.node(softmax.input(0)?, "Add")?;
    let (scores, mask) = masked
        .either_way()
        .find_map(|[scores, mask]| Some((graph.node(scores, "MatMul")?, mask)))?;
    let [queries, keys] = scores.pair()?;
    let (queries, left) = scaled(graph, queries)?;
    let (keys, right) = scaled(graph, keys)?;
    let queries = heads(graph, queries)?;
    let keys = heads(graph, untransposed(graph, keys)?)?;
    let number = width(graph, queries.values)? / queries.size;
    let same_size = queries.size == keys.size && keys.size == values.size;
    let inputs = [queries.values, keys.values, values.values, "", "", mask];
    (last && same_size && number > 0).then(|| {
        let fused = Node::new(MICROSOFT, "MultiHeadAttention", &inputs, output);
        let fused = fused.with(Attribute::int("num_heads", number));
        vec![fused.with(Attribute::float("scale", left * right))]
    })
}

/// `transpose(reshape(values, [.., .., heads, size]))`, with one of the last two left open.
fn heads<'a>(graph: &Graph<'a>, value: &str) -> Option<Heads<'a>> {
    let split = permuted(graph.node(value, "Transpose")?, &HEADS_FIRST)?;
    let [values, shape] = graph.node(split, "Reshape")?.pair()?;
    let shape = graph.node(shape, "Concat")?;
    let size = graph.integer(shape.input(3)?)?;
    (shape.input.len() == 4 && size > 0).then_some(Heads { values, size })
}

/// The keys before their last two axes were exchanged, which the exporter does on a copy of
/// three dimensions: `reshape(transpose(reshape(keys)))`.
fn untransposed<'a>(graph: &Graph<'a>, value: &str) -> Option<&'a str> {
    let exchanged = graph.through(value, "Reshape")?;
    let flat = permuted(graph.node(exchanged, "Transpose")?, &[0, 2, 1])?;
    graph.through(flat, "Reshape")
}

/// `value * factor`.
fn scaled<'a>(graph: &Graph<'a>, value: &str) -> Option<(&'a str, f32)> {
    graph
        .node(value, "Mul")?
        .either_way()
        .find_map(|[value, factor]| Some((value, graph.number(factor)?)))
}

/// What `where(isnan(x), 0, x)` guards, or the value itself.
fn unguarded<'a>(graph: &Graph<'a>, value: &'a str) -> &'a str {
    let guarded = || {
        let choice = graph.node(value, "Where")?;
        let weights = choice.input(2)?;
        let guards = graph.through(choice.input(0)?, "IsNaN")? == weights;
        let zero = graph.number(choice.input(1)?)? == 0.0;
        (guards && zero).then_some(weights)
    };
    guarded().unwrap_or(value)
}

fn permuted<'a>(node: &'a Node, permutation: &[i64]) -> Option<&'a str> {
    let same = node.attribute("perm")?.ints == permutation;
    same.then(|| node.input(0)).flatten()
}

/// Numbers per token of `value`, known where a bias is added to it.
fn width(graph: &Graph<'_>, value: &str) -> Option<i64> {
    graph
        .node(value, "Add")?
        .either_way()
        .find_map(|[_, bias]| match *graph.constant(bias)?.dims.as_slice() {
            [width] => Some(width),
            _ => None,
        })
}
