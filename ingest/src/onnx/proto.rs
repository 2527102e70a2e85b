//! The messages of an ONNX file, declared down to where rewriting looks; what lies deeper
//! (types, external data, functions) is carried along as bytes. Field numbers and presence
//! are those of `onnx.proto` (IR version 10), so decoding and encoding again gives a file of
//! the same size or one that lost something, which the caller checks.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(super) struct Model {
    #[prost(int64, optional, tag = "1")]
    pub(super) ir_version: Option<i64>,
    #[prost(string, optional, tag = "2")]
    pub(super) producer_name: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(super) producer_version: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(super) domain: Option<String>,
    #[prost(int64, optional, tag = "5")]
    pub(super) model_version: Option<i64>,
    #[prost(string, optional, tag = "6")]
    pub(super) doc_string: Option<String>,
    #[prost(message, optional, tag = "7")]
    pub(super) graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    pub(super) opset_import: Vec<OpsetId>,
    #[prost(bytes = "vec", repeated, tag = "14")]
    pub(super) metadata_props: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "20")]
    pub(super) training_info: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "25")]
    pub(super) functions: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct OpsetId {
    #[prost(string, optional, tag = "1")]
    pub(super) domain: Option<String>,
    #[prost(int64, optional, tag = "2")]
    pub(super) version: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Graph {
    #[prost(message, repeated, tag = "1")]
    pub(super) node: Vec<Node>,
    #[prost(string, optional, tag = "2")]
    pub(super) name: Option<String>,
    #[prost(message, repeated, tag = "5")]
    pub(super) initializer: Vec<Tensor>,
    #[prost(string, optional, tag = "10")]
    pub(super) doc_string: Option<String>,
    #[prost(message, repeated, tag = "11")]
    pub(super) input: Vec<Value>,
    #[prost(message, repeated, tag = "12")]
    pub(super) output: Vec<Value>,
    #[prost(message, repeated, tag = "13")]
    pub(super) value_info: Vec<Value>,
    #[prost(bytes = "vec", repeated, tag = "14")]
    pub(super) quantization_annotation: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "15")]
    pub(super) sparse_initializer: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "16")]
    pub(super) metadata_props: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Value {
    #[prost(string, optional, tag = "1")]
    pub(super) name: Option<String>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(super) type_: Option<Vec<u8>>,
    #[prost(string, optional, tag = "3")]
    pub(super) doc_string: Option<String>,
    #[prost(bytes = "vec", repeated, tag = "4")]
    pub(super) metadata_props: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Node {
    #[prost(string, repeated, tag = "1")]
    pub(super) input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(super) output: Vec<String>,
    #[prost(string, optional, tag = "3")]
    pub(super) name: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(super) op_type: Option<String>,
    #[prost(message, repeated, tag = "5")]
    pub(super) attribute: Vec<Attribute>,
    #[prost(string, optional, tag = "6")]
    pub(super) doc_string: Option<String>,
    #[prost(string, optional, tag = "7")]
    pub(super) domain: Option<String>,
    #[prost(string, optional, tag = "8")]
    pub(super) overload: Option<String>,
    #[prost(bytes = "vec", repeated, tag = "9")]
    pub(super) metadata_props: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Attribute {
    #[prost(string, optional, tag = "1")]
    pub(super) name: Option<String>,
    #[prost(float, optional, tag = "2")]
    pub(super) f: Option<f32>,
    #[prost(int64, optional, tag = "3")]
    pub(super) i: Option<i64>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(super) s: Option<Vec<u8>>,
    #[prost(message, optional, tag = "5")]
    pub(super) t: Option<Tensor>,
    #[prost(bytes = "vec", optional, tag = "6")]
    pub(super) g: Option<Vec<u8>>,
    #[prost(float, repeated, packed = "false", tag = "7")]
    pub(super) floats: Vec<f32>,
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub(super) ints: Vec<i64>,
    #[prost(bytes = "vec", repeated, tag = "9")]
    pub(super) strings: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "11")]
    pub(super) graphs: Vec<Vec<u8>>,
    #[prost(string, optional, tag = "13")]
    pub(super) doc_string: Option<String>,
    #[prost(int32, optional, tag = "20")]
    pub(super) type_: Option<i32>,
    #[prost(string, optional, tag = "21")]
    pub(super) ref_attr_name: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Tensor {
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub(super) dims: Vec<i64>,
    #[prost(int32, optional, tag = "2")]
    pub(super) data_type: Option<i32>,
    #[prost(float, repeated, tag = "4")]
    pub(super) float_data: Vec<f32>,
    #[prost(int32, repeated, tag = "5")]
    pub(super) int32_data: Vec<i32>,
    #[prost(int64, repeated, tag = "7")]
    pub(super) int64_data: Vec<i64>,
    #[prost(string, optional, tag = "8")]
    pub(super) name: Option<String>,
    #[prost(bytes = "vec", optional, tag = "9")]
    pub(super) raw_data: Option<Vec<u8>>,
    #[prost(string, optional, tag = "12")]
    pub(super) doc_string: Option<String>,
    #[prost(bytes = "vec", repeated, tag = "13")]
    pub(super) external_data: Vec<Vec<u8>>,
    #[prost(int32, optional, tag = "14")]
    pub(super) data_location: Option<i32>,
}

/// `TensorProto.DataType`.
pub(super) const FLOAT: i32 = 1;
/// `TensorProto.DataType`.
pub(super) const INT8: i32 = 3;
/// `TensorProto.DataType`.
pub(super) const INT64: i32 = 7;

impl Node {
    /// A node of the operator `op_type` in `domain`, computing `output` from `input`.
    pub(super) fn new(domain: &str, op_type: &str, input: &[&str], output: &str) -> Self {
        Self {
            input: input.iter().map(|name| (*name).to_owned()).collect(),
            output: vec![output.to_owned()],
            name: Some(format!("{output}/{op_type}")),
            op_type: Some(op_type.to_owned()),
            domain: Some(domain.to_owned()),
            ..Self::default()
        }
    }

    /// The same node with one attribute more.
    pub(super) fn with(mut self, attribute: Attribute) -> Self {
        self.attribute.push(attribute);
        self
    }

    /// The attribute called `name`.
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        let called = |attribute: &&Attribute| attribute.name.as_deref() == Some(name);
        self.attribute.iter().find(called)
    }

    /// Whether an attribute is a graph.
    pub(super) fn has_graph(&self) -> bool {
        let graph = |attribute: &Attribute| attribute.g.is_some() || !attribute.graphs.is_empty();
        self.attribute.iter().any(graph)
    }
}

impl Attribute {
    /// An integer.
    pub(super) fn int(name: &str, value: i64) -> Self {
        Self {
            name: Some(name.to_owned()),
            i: Some(value),
            type_: Some(2),
            ..Self::default()
        }
    }

    /// A float.
    pub(super) fn float(name: &str, value: f32) -> Self {
        Self {
            name: Some(name.to_owned()),
            f: Some(value),
            type_: Some(1),
            ..Self::default()
        }
    }
}
