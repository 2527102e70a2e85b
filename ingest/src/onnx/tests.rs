//! The rewriting on a block of a transformer small enough to write down, and, where ONNX
//! Runtime is at hand, whether it still computes the same.

use super::proto::{Attribute, Graph, INT64, Tensor, Value};
use super::*;

/// Numbers per token of the block; two heads of four.
const WIDTH: i64 = 8;

fn float(name: &str, dims: &[i64], value: impl Fn(usize) -> f32) -> Tensor {
    let len = dims.iter().product::<i64>() as usize;
    let bytes = (0..len).flat_map(|i| value(i).to_le_bytes()).collect();
    tensor(name, dims, proto::FLOAT, bytes)
}

fn int64(name: &str, values: &[i64]) -> Tensor {
    let bytes = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    tensor(name, &[values.len() as i64], INT64, bytes)
}

fn int8(name: &str, dims: &[i64]) -> Tensor {
    let len = dims.iter().product::<i64>() as u64;
    let bytes = (0..len)
        .map(|i| (i * 89 + name.len() as u64 * 31) as u8)
        .collect();
    tensor(name, dims, proto::INT8, bytes)
}

fn tensor(name: &str, dims: &[i64], data_type: i32, bytes: Vec<u8>) -> Tensor {
    Tensor {
        name: Some(name.to_owned()),
        dims: dims.to_vec(),
        data_type: Some(data_type),
        raw_data: Some(bytes),
        ..Tensor::default()
    }
}

fn ints(name: &str, ints: &[i64]) -> Attribute {
    Attribute {
        name: Some(name.to_owned()),
        ints: ints.to_vec(),
        type_: Some(7),
        ..Attribute::default()
    }
}

/// A graph under construction.
#[derive(Default)]
struct Block {
    nodes: Vec<Node>,
    constants: Vec<Tensor>,
}

impl Block {
    fn op(&mut self, op: &str, inputs: &[&str], output: &str) -> &mut Node {
        self.nodes.push(Node::new("", op, inputs, output));
        self.nodes.last_mut().unwrap()
    }

    /// `name = scales * int8`, as the exporter stores a weight.
    fn stored(&mut self, name: &str, dims: [i64; 2], scales: [i64; 2]) {
        let [integers, floats, scale] = ["q", "f", "s"].map(|part| format!("{name}_{part}"));
        self.constants.push(int8(&integers, &dims));
        self.constants
            .push(float(&scale, &scales, |i| 0.002 + i as f32 * 1e-4));
        let cast = self.op("Cast", &[&integers], &floats);
        cast.attribute.push(Attribute::int("to", 1));
        self.op("Mul", &[&floats, &scale], name);
    }

    /// `output = x * W + bias`.
    fn linear(&mut self, x: &str, output: &str) {
        let [weight, product, bias] = ["w", "p", "b"].map(|part| format!("{output}_{part}"));
        self.stored(&weight, [WIDTH, WIDTH], [1, WIDTH]);
        self.constants
            .push(float(&bias, &[WIDTH], |i| i as f32 / 9.0));
        self.op("MatMul", &[x, &weight], &product);
        self.op("Add", &[&product, &bias], output);
    }

    fn transpose(&mut self, x: &str, permutation: &[i64], output: &str) {
        let node = self.op("Transpose", &[x], output);
        node.attribute.push(ints("perm", permutation));
    }

    fn heads(&mut self, x: &str, output: &str) {
        let [dense, split] = ["dense", "split"].map(|part| format!("{output}_{part}"));
        self.linear(x, &dense);
        self.op("Reshape", &[&dense, "cut"], &split);
        self.transpose(&split, &[0, 2, 1, 3], output);
    }

    fn attention(&mut self, x: &str, output: &str) {
        let shapes: [(&str, &[i64]); 6] = [
            ("one", &[1]),
            ("open", &[-1]),
            ("size", &[4]),
            ("flat", &[-1, 3, 4]),
            ("deep", &[1, 2, 4, 3]),
            ("joined", &[1, 3, WIDTH]),
        ];
        self.constants
            .extend(shapes.map(|(name, values)| int64(name, values)));
        self.constants.push(int64("tokens", &[3]));
        self.constants.push(float("root", &[], |_| 0.7));
        self.constants.push(float("zero", &[], |_| 0.0));
        let masked = |i: usize| if i % 3 == 2 { -9.0 } else { 0.0 };
        self.constants.push(float("mask", &[1, 1, 3, 3], masked));
        self.op("Concat", &["one", "tokens", "open", "size"], "cut")
            .attribute
            .push(Attribute::int("axis", 0));
        for part in ["query", "key", "value"] {
            self.heads(x, part);
        }
        self.op("Reshape", &["key", "flat"], "key_flat");
        self.transpose("key_flat", &[0, 2, 1], "key_turned");
        self.op("Reshape", &["key_turned", "deep"], "key_deep");
        self.op("Mul", &["query", "root"], "query_scaled");
        self.op("Mul", &["key_deep", "root"], "key_scaled");
        self.op("MatMul", &["query_scaled", "key_scaled"], "scores");
        self.op("Add", &["scores", "mask"], "masked");
        self.op("Softmax", &["masked"], "weights")
            .attribute
            .push(Attribute::int("axis", -1));
        self.op("IsNaN", &["weights"], "nan");
        self.op("Where", &["nan", "zero", "weights"], "guarded");
        self.op("MatMul", &["guarded", "value"], "mixed");
        self.transpose("mixed", &[0, 2, 1, 3], "turned");
        self.op("Reshape", &["turned", "joined"], output);
    }

    fn gelu(&mut self, x: &str, output: &str) {
        let numbers = [
            ("root_two", std::f32::consts::SQRT_2),
            ("half", 0.5),
            ("unit", 1.0),
        ];
        self.constants
            .extend(numbers.map(|(name, value)| float(name, &[], |_| value)));
        self.op("Div", &[x, "root_two"], "scaled");
        self.op("Erf", &["scaled"], "erf");
        self.op("Add", &["erf", "unit"], "above");
        self.op("Mul", &["half", "above"], "gate");
        self.op("Mul", &[x, "gate"], output);
    }

    fn model(self, input: &str, input_type: i32) -> Vec<u8> {
        // TypeProto { tensor_type: { elem_type } }
        let typed = |name: &str, data_type: i32| Value {
            name: Some(name.to_owned()),
            type_: Some(vec![0x0a, 2, 0x08, data_type as u8]),
            ..Value::default()
        };
        let graph = Graph {
            node: self.nodes,
            name: Some("block".to_owned()),
            initializer: self.constants,
            input: vec![typed(input, input_type)],
            output: vec![typed("out", proto::FLOAT)],
            ..Graph::default()
        };
        let model = Model {
            ir_version: Some(8),
            graph: Some(graph),
            opset_import: vec![OpsetId {
                domain: None,
                version: Some(17),
            }],
            ..Model::default()
        };
        model.encode_to_vec()
    }
}

/// Table lookup, attention, a dense layer and GELU, as a sentence embedder has them.
fn transformer() -> Vec<u8> {
    let mut block = Block::default();
    block.stored("table", [10, WIDTH], [10, 1]);
    let gather = block.op("Gather", &["table", "ids"], "x");
    gather.attribute.push(Attribute::int("axis", 0));
    block.attention("x", "attended");
    block.linear("attended", "dense");
    block.gelu("dense", "out");
    block.model("ids", INT64)
}

/// A model and what becomes of it, for tests of other modules.
pub(crate) fn sample() -> (Vec<u8>, Vec<u8>) {
    let model = transformer();
    let made = dynamic_int8(&model).unwrap();
    (model, made)
}

fn operators(model: &[u8]) -> Vec<String> {
    let nodes = Model::decode(model).unwrap().graph.unwrap().node;
    nodes.iter().map(|node| node.op_type().to_owned()).collect()
}

#[test]
fn every_expression_becomes_its_faster_equal() {
    let expected = [
        "Gather",
        "Gather",
        "Cast",
        "Mul",
        "DynamicQuantizeMatMul",
        "DynamicQuantizeMatMul",
        "DynamicQuantizeMatMul",
        "MultiHeadAttention",
        "DynamicQuantizeMatMul",
        "Gelu",
    ];
    assert_eq!(operators(&dynamic_int8(&transformer()).unwrap()), expected);
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    let once = dynamic_int8(&transformer()).unwrap();
    assert_eq!(dynamic_int8(&transformer()).unwrap(), once);
    assert_eq!(dynamic_int8(&once).unwrap(), once, "done twice");
}

#[test]
fn what_is_not_recognised_stays_as_it_was() {
    let mut block = Block::default();
    block.linear("ids", "dense");
    block.constants.push(float("almost", &[], |_| 0.49));
    block.op("Mul", &["dense", "almost"], "out");
    let model = dynamic_int8(&block.model("ids", proto::FLOAT)).unwrap();
    assert_eq!(operators(&model), ["DynamicQuantizeMatMul", "Mul"]);
}

#[test]
fn a_file_that_cannot_be_helped_says_why() {
    let mut plain = Block::default();
    plain.op("Erf", &["ids"], "out");
    let plain = plain.model("ids", proto::FLOAT);
    assert!(matches!(dynamic_int8(&plain), Err(OnnxError::Nothing)));

    let strange = [plain.as_slice(), &[0xf8, 0x07, 1]].concat();
    assert!(matches!(dynamic_int8(&strange), Err(OnnxError::Unknown)));
    assert!(matches!(
        dynamic_int8(b"\xff\xff"),
        Err(OnnxError::Decode { .. })
    ));
    assert!(matches!(dynamic_int8(b""), Err(OnnxError::Unknown)));

    let mut nested = Block::default();
    nested.op("If", &["ids"], "out").attribute.push(Attribute {
        g: Some(Vec::new()),
        ..Attribute::default()
    });
    let nested = dynamic_int8(&nested.model("ids", proto::FLOAT));
    assert!(matches!(nested, Err(OnnxError::Nested { .. })));
}

#[cfg(feature = "models")]
#[test]
fn the_rewritten_block_computes_the_same() {
    let Some(files) = crate::embed::test_files() else {
        return;
    };
    let compute = |model: &[u8]| {
        let environment = crate::embed::environment(&files.runtime).unwrap();
        let session = ort::session::Session::builder(&environment);
        let mut model = session.unwrap().commit_from_memory(model).unwrap();
        let ids = ort::value::Tensor::from_array(([1, 3], vec![7i64, 2, 5])).unwrap();
        let outputs = model.run(ort::inputs! { "ids" => ids }).unwrap();
        outputs["out"]
            .try_extract_tensor::<f32>()
            .unwrap()
            .1
            .to_vec()
    };
    let [float, integer] =
        [transformer(), dynamic_int8(&transformer()).unwrap()].map(|model| compute(&model));
    assert!(float.iter().any(|value| value.abs() > 0.1), "{float:?}");
    for (a, b) in float.iter().zip(&integer) {
        assert!((a - b).abs() < 0.02, "{float:?} {integer:?}");
    }
}
