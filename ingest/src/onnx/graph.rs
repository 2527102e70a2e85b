//! Walking a graph against the flow: from a value to the node that computes it, or to the
//! constant it is. Patterns are written with nothing else.

use std::collections::{HashMap, HashSet};

use super::proto::{self, FLOAT, INT64, Node, Tensor};

/// A graph that can be asked where its values come from.
pub(super) struct Graph<'a> {
    producers: HashMap<&'a str, &'a Node>,
    constants: HashMap<&'a str, &'a Tensor>,
    uses: HashMap<&'a str, usize>,
}

impl<'a> Graph<'a> {
    pub(super) fn of(graph: &'a proto::Graph) -> Self {
        let mut producers = HashMap::new();
        let mut uses: HashMap<&str, usize> = HashMap::new();
        for node in &graph.node {
            producers.extend(node.output.iter().map(|name| (name.as_str(), node)));
            for name in &node.input {
                *uses.entry(name).or_default() += 1;
            }
        }
        let inputs: HashSet<&str> = graph.input.iter().map(proto::Value::name).collect();
        let constants = graph
            .initializer
            .iter()
            .map(|tensor| (tensor.name(), tensor));
        Self {
            producers,
            // An initializer that is also an input is only a default.
            constants: constants
                .filter(|(name, _)| !inputs.contains(name))
                .collect(),
            uses,
        }
    }

    /// The node that computes `value`, if its operator is `op`, one of ONNX's own.
    pub(super) fn node(&self, value: &str, op: &str) -> Option<&'a Node> {
        let node = *self.producers.get(value)?;
        node.is(op).then_some(node)
    }

    /// The value that node number `input` of `op` takes, where that node computes `value`.
    pub(super) fn through(&self, value: &str, op: &str) -> Option<&'a str> {
        self.node(value, op)?.input(0)
    }

    /// The constant called `value`.
    pub(super) fn constant(&self, value: &str) -> Option<&'a Tensor> {
        self.constants.get(value).copied()
    }

    /// The number that `value` always is.
    pub(super) fn number(&self, value: &str) -> Option<f32> {
        let tensor = self.constant(value)?;
        let single = tensor.data_type() == FLOAT && tensor.len() == Some(1);
        let raw = || {
            <[u8; 4]>::try_from(tensor.raw_data())
                .ok()
                .map(f32::from_le_bytes)
        };
        let listed = || tensor.float_data.first().copied();
        single.then(|| raw().or_else(listed)).flatten()
    }

    /// The integer that `value` always is.
    pub(super) fn integer(&self, value: &str) -> Option<i64> {
        let tensor = self.constant(value)?;
        let single = tensor.data_type() == INT64 && tensor.len() == Some(1);
        let raw = || {
            <[u8; 8]>::try_from(tensor.raw_data())
                .ok()
                .map(i64::from_le_bytes)
        };
        let listed = || tensor.int64_data.first().copied();
        single.then(|| raw().or_else(listed)).flatten()
    }

    /// How many inputs of nodes are `value`.
    pub(super) fn uses(&self, value: &str) -> usize {
        self.uses.get(value).copied().unwrap_or_default()
    }
}

/// Drops nodes and constants that no output depends on, and the notes about values' types,
/// which are optional and would name values that are gone.
pub(super) fn remove_unused(graph: &mut proto::Graph) {
    let mut needed: HashSet<String> = graph.output.iter().map(|v| v.name().to_owned()).collect();
    let mut kept = Vec::with_capacity(graph.node.len());
    for node in graph.node.drain(..).rev() {
        if node.output.iter().any(|name| needed.contains(name)) {
            needed.extend(node.input.iter().cloned());
            kept.push(node);
        }
    }
    kept.reverse();
    graph.node = kept;
    graph
        .initializer
        .retain(|tensor| needed.contains(tensor.name()));
    graph.value_info.clear();
}

impl Node {
    /// Whether this is the operator `op` of ONNX itself.
    pub(super) fn is(&self, op: &str) -> bool {
        self.op_type() == op && matches!(self.domain(), "" | "ai.onnx")
    }

    /// Input `index`, if there is one.
    pub(super) fn input(&self, index: usize) -> Option<&str> {
        let name = self.input.get(index).map(String::as_str);
        name.filter(|name| !name.is_empty())
    }

    /// Both inputs of a node that has two.
    pub(super) fn pair(&self) -> Option<[&str; 2]> {
        match self.input.as_slice() {
            [first, second] => Some([first, second]),
            _ => None,
        }
    }

    /// Both inputs, first one way round and then the other, for operators that do not care.
    pub(super) fn either_way(&self) -> impl Iterator<Item = [&str; 2]> {
        let pair = self.pair();
        pair.into_iter().chain(pair.map(|[a, b]| [b, a]))
    }

    /// The name of the only value this computes.
    pub(super) fn result(&self) -> Option<&str> {
        match self.output.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl Tensor {
    /// How many numbers it holds, going by its shape.
    pub(super) fn len(&self) -> Option<i64> {
        self.dims
            .iter()
            .try_fold(1i64, |len, dim| len.checked_mul(*dim))
    }
}
