//! One session of ONNX Runtime on a sentence embedder: token ids in, one state per token out.
//! Knows names and shapes of a model's inputs and outputs, and nothing of texts.

use std::path::Path;

use ort::session::{Session as Ort, SessionInputValue};
use ort::value::Tensor;

use super::EmbedError;
use super::runtime::{environment, overflow_guard};

/// Names under which sentence models export their token states.
const OUTPUTS: [&str; 2] = ["last_hidden_state", "token_embeddings"];

/// A model ready to run, for one caller at a time.
pub(super) struct Session {
    ort: Ort,
    /// What errors call it.
    name: String,
    /// The output with the states.
    output: String,
    /// Whether the model asks which of two texts a token belongs to.
    typed: bool,
}

impl Session {
    /// Opens the model in `bytes`, which errors call `name`.
    pub(super) fn open(
        runtime: &Path,
        bytes: &[u8],
        threads: usize,
        name: &str,
    ) -> Result<Self, EmbedError> {
        let ort = open(runtime, bytes, threads, name)?;
        let outputs: Vec<&str> = ort.outputs().iter().map(|output| output.name()).collect();
        let known = OUTPUTS.iter().find(|name| outputs.contains(name));
        let output = known.or_else(|| outputs.first().filter(|_| outputs.len() == 1));
        let output = output.map(|name| (*name).to_owned());
        Ok(Self {
            output: output.ok_or_else(|| shape(name, &[]))?,
            typed: ort
                .inputs()
                .iter()
                .any(|input| input.name() == "token_type_ids"),
            name: name.to_owned(),
            ort,
        })
    }

    /// Runs the model on one text, and gives its states, row after row, and the length of a row
    /// to `read`.
    pub(super) fn pass<T>(
        &mut self,
        ids: &[i64],
        read: impl FnOnce(&[f32], usize) -> Result<T, EmbedError>,
    ) -> Result<T, EmbedError> {
        let name = &self.name;
        let failed = |source: ort::Error| EmbedError::Inference {
            model: name.clone(),
            source: source.into(),
        };
        let types = vec![0; ids.len()];
        let inputs = inputs(ids, self.typed.then_some(&types)).map_err(failed)?;
        let outputs = self.ort.run(inputs).map_err(failed)?;
        let states = outputs.get(&self.output).ok_or_else(|| shape(name, &[]))?;
        let (dims, states) = states.try_extract_tensor::<f32>().map_err(failed)?;
        match **dims {
            [1, tokens, dimension] if tokens == ids.len() as i64 && dimension > 0 => {
                read(states, dimension as usize)
            }
            ref other => Err(shape(name, other)),
        }
    }
}

/// Idle threads of a session that has several sleep, instead of burning the cores that the
/// other model and the index need.
pub(crate) const NO_SPINNING: (&str, &str) = ("session.intra_op.allow_spinning", "0");

/// The model in `bytes`, which errors call `name`, with `threads` of its own.
pub(crate) fn open(
    runtime: &Path,
    bytes: &[u8],
    threads: usize,
    name: &str,
) -> Result<Ort, EmbedError> {
    let environment = environment(runtime)?;
    let open = || -> Result<Ort, ort::Error> {
        let mut builder = Ort::builder(&environment)?
            .with_intra_threads(threads)?
            .with_config_entry(NO_SPINNING.0, NO_SPINNING.1)?;
        if let Some((key, value)) = overflow_guard() {
            builder = builder.with_config_entry(key, value)?;
        }
        builder.commit_from_memory(bytes)
    };
    open().map_err(|source| EmbedError::Model {
        model: name.to_owned(),
        source: source.into(),
    })
}

/// One row of ids, every one of them real: nothing is ever padded. `types` says which of two
/// texts each belongs to, for models that ask.
pub(crate) fn inputs(
    ids: &[i64],
    types: Option<&[i64]>,
) -> Result<Vec<(&'static str, SessionInputValue<'static>)>, ort::Error> {
    let row = |values: Vec<i64>| Tensor::from_array(([1, values.len()], values));
    let mut inputs = vec![
        ("input_ids", row(ids.to_vec())?.into()),
        ("attention_mask", row(vec![1; ids.len()])?.into()),
    ];
    if let Some(types) = types {
        inputs.push(("token_type_ids", row(types.to_vec())?.into()));
    }
    Ok(inputs)
}

fn shape(model: &str, dims: &[i64]) -> EmbedError {
    EmbedError::Shape {
        model: model.to_owned(),
        shape: dims.to_vec(),
    }
}
