//! The shapes of expressions that have a faster equal, attention aside. Each function looks
//! at one node and answers with what computes the same value, or with nothing.

use super::MICROSOFT;
use super::graph::Graph;
use super::proto::{self, FLOAT, INT8, Node, Tensor};

/// The operator that quantises its left side as it comes and multiplies integers.
///
/// The left side gets one scale for the whole tensor, so a passage must be run by itself: in a
/// batch, its vector would depend on its neighbours.
pub(super) const PRODUCT: &str = "DynamicQuantizeMatMul";

/// A matrix stored as 8-bit integers, and the scales that make floats of it.
struct Stored<'a> {
    integers: &'a str,
    scales: &'a str,
}

/// `x * W + bias`.
pub(super) fn product_with_bias(graph: &Graph<'_>, node: &Node) -> Option<Vec<Node>> {
    let output = node.is("Add").then(|| node.result()).flatten()?;
    node.either_way().find_map(|[product, bias]| {
        let (left, weight) = factors(graph, graph.node(product, "MatMul")?)?;
        let vector = graph.constant(bias)?;
        let fits = vector.data_type() == FLOAT
            && vector.dims.as_slice() == graph.constant(weight.integers)?.dims.get(1..)?;
        let inputs = [left, weight.integers, weight.scales, "", bias];
        fits.then(|| vec![Node::new(MICROSOFT, PRODUCT, &inputs, output)])
    })
}

/// `x * W`.
pub(super) fn product(graph: &Graph<'_>, node: &Node) -> Option<Vec<Node>> {
    let output = node.is("MatMul").then(|| node.result()).flatten()?;
    let (left, weight) = factors(graph, node)?;
    let inputs = [left, weight.integers, weight.scales];
    Some(vec![Node::new(MICROSOFT, PRODUCT, &inputs, output)])
}

/// A row of a table looked up first and made floats then, instead of the whole table at each
/// start: the same numbers to the last bit, for a quarter of the memory.
pub(super) fn lookup(graph: &Graph<'_>, node: &Node) -> Option<Vec<Node>> {
    let output = node.is("Gather").then(|| node.result()).flatten()?;
    let rows = node.attribute("axis").is_none_or(|axis| axis.i() == 0);
    let [table, index] = node.pair()?;
    let table = stored(graph, table)?;
    let [height, 1] = *graph.constant(table.scales)?.dims.as_slice() else {
        return None;
    };
    let same_height = graph.constant(table.integers)?.dims.first() == Some(&height);
    let [integers, scale, float] =
        ["int8", "scale", "float"].map(|part| format!("{output}/{part}"));
    let cast = Node::new("", "Cast", &[&integers], &float);
    (rows && same_height).then(|| {
        vec![
            Node::new("", "Gather", &[table.integers, index], &integers),
            Node::new("", "Gather", &[table.scales, index], &scale),
            cast.with(proto::Attribute::int("to", FLOAT.into())),
            Node::new("", "Mul", &[&float, &scale], output),
        ]
    })
}

/// `x * (0.5 * (1 + erf(x / sqrt 2)))`.
pub(super) fn gelu(graph: &Graph<'_>, node: &Node) -> Option<Vec<Node>> {
    let output = node.is("Mul").then(|| node.result()).flatten()?;
    node.either_way().find_map(|[x, half]| {
        let sum = beside(graph, graph.node(half, "Mul")?, 0.5)?;
        let erf = beside(graph, graph.node(sum, "Add")?, 1.0)?;
        let [inner, root] = graph.node(graph.through(erf, "Erf")?, "Div")?.pair()?;
        let root = graph.number(root)?;
        let same = inner == x && (root - std::f32::consts::SQRT_2).abs() < 1e-5;
        same.then(|| vec![Node::new(MICROSOFT, "Gelu", &[x], output)])
    })
}

/// [`PRODUCT`] wants the scales of the columns as a vector, not as a matrix of one row.
pub(super) fn flatten_scales(graph: &mut proto::Graph) {
    let products = graph.node.iter().filter(|node| node.op_type() == PRODUCT);
    let scales: Vec<String> = products
        .filter_map(|node| node.input.get(2).cloned())
        .collect();
    for tensor in &mut graph.initializer {
        if scales.iter().any(|name| name == tensor.name()) {
            tensor.dims.retain(|dim| *dim != 1);
        }
    }
}

/// The value that a sum or product joins with the constant `number`.
fn beside<'a>(graph: &Graph<'_>, node: &'a Node, number: f32) -> Option<&'a str> {
    let matches = |[_, constant]: &[&str; 2]| graph.number(constant) == Some(number);
    node.either_way().find(matches).map(|[value, _]| value)
}

/// Left side and matrix of a product that can be done in integers: a scale for each column,
/// used for this matrix only, since its shape will change.
fn factors<'a>(graph: &Graph<'a>, node: &'a Node) -> Option<(&'a str, Stored<'a>)> {
    let [left, right] = node.pair()?;
    let weight = stored(graph, right)?;
    let [_, columns] = *graph.constant(weight.integers)?.dims.as_slice() else {
        return None;
    };
    let per_column = columns > 1 && graph.constant(weight.scales)?.dims == [1, columns];
    let alone = graph.uses(weight.scales) == 1;
    (per_column && alone).then_some((left, weight))
}

/// `Cast(integers) * scales`.
fn stored<'a>(graph: &Graph<'a>, value: &str) -> Option<Stored<'a>> {
    graph
        .node(value, "Mul")?
        .either_way()
        .find_map(|[floats, scales]| {
            let integers = graph.through(floats, "Cast")?;
            let typed = |name, wanted| graph.constant(name).map(Tensor::data_type) == Some(wanted);
            (typed(integers, INT8) && typed(scales, FLOAT)).then_some(Stored { integers, scales })
        })
}
