//! How is a model's graph made faster without changing what it says?
//!
//! [`dynamic_int8`] rewrites an ONNX sentence embedder whose weights are stored as 8-bit
//! integers but multiplied as floats. Its products are then done in integers, activations
//! being quantised as they come; attention and GELU, which exporters write out in dozens of
//! small steps, become one operator each. The operators are ONNX Runtime's own.
//!
//! The same input always gives the same bytes, on every machine, so the result can be pinned
//! by its hash. Nothing here runs a model, and nothing knows a model by name: shapes of
//! expressions are recognised, and what is not recognised stays as it was.

mod attention;
mod graph;
mod patterns;
mod proto;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::sample;

use prost::Message as _;

use graph::Graph;
use proto::{Model, Node, OpsetId};

/// Why a model was not rewritten.
#[derive(Debug, thiserror::Error)]
pub enum OnnxError {
    /// The bytes are no ONNX model.
    #[error("it is not an ONNX model")]
    Decode {
        /// What the decoder found.
        #[source]
        source: prost::DecodeError,
    },
    /// Something in the file would have been lost.
    #[error("it holds fields this version does not know, or no graph")]
    Unknown,
    /// Nodes with graphs of their own refer to values by name from the inside.
    #[error("its node `{node}` holds a graph of its own (`If`, `Loop`), which is not supported")]
    Nested {
        /// Name of the node.
        node: String,
    },
    /// There is nothing to win.
    #[error("it has no product with a constant matrix of 8-bit integers")]
    Nothing,
}

/// Domain of the operators that only ONNX Runtime has.
const MICROSOFT: &str = "com.microsoft";

/// The same model with integer products; see the module.
///
/// # Errors
/// [`OnnxError`] when the bytes are no ONNX model, or none this can help.
pub fn dynamic_int8(model: &[u8]) -> Result<Vec<u8>, OnnxError> {
    let mut rewritten = Model::decode(model).map_err(|source| OnnxError::Decode { source })?;
    // Unknown fields are dropped by the decoder; then the sizes differ.
    if rewritten.encoded_len() != model.len() {
        return Err(OnnxError::Unknown);
    }
    let graph = rewritten.graph.as_mut().ok_or(OnnxError::Unknown)?;
    refuse_nested(&graph.node)?;
    let nodes = replaced(graph);
    if !nodes.iter().any(|node| node.op_type() == patterns::PRODUCT) {
        return Err(OnnxError::Nothing);
    }
    graph.node = nodes;
    patterns::flatten_scales(graph);
    graph::remove_unused(graph);
    import_operators(&mut rewritten);
    Ok(rewritten.encode_to_vec())
}

/// Every node, or what stands for it. A replacement gives the same value from earlier ones, so
/// order stays right; nodes that are no longer asked for are left to [`graph::remove_unused`].
fn replaced(graph: &proto::Graph) -> Vec<Node> {
    let view = Graph::of(graph);
    let replacement = |node: &Node| {
        patterns::product_with_bias(&view, node)
            .or_else(|| patterns::product(&view, node))
            .or_else(|| patterns::lookup(&view, node))
            .or_else(|| patterns::gelu(&view, node))
            .or_else(|| attention::attention(&view, node))
            .unwrap_or_else(|| vec![node.clone()])
    };
    graph.node.iter().flat_map(replacement).collect()
}

fn refuse_nested(nodes: &[Node]) -> Result<(), OnnxError> {
    match nodes.iter().find(|node| node.has_graph()) {
        Some(node) => Err(OnnxError::Nested {
            node: node.name.clone().unwrap_or_default(),
        }),
        None => Ok(()),
    }
}

fn import_operators(model: &mut Model) {
    let known = |opset: &OpsetId| opset.domain.as_deref() == Some(MICROSOFT);
    if !model.opset_import.iter().any(known) {
        model.opset_import.push(OpsetId {
            domain: Some(MICROSOFT.to_owned()),
            version: Some(1),
        });
    }
}
