//! One session of ONNX Runtime on a classifier of pairs: token ids in, one score per class out.

use std::path::Path;

use ort::session::Session as Ort;

use super::EntailmentError;
use crate::embed::{EmbedError, inputs, open};

/// A model ready to run, for one caller at a time.
pub(super) struct Classifier {
    ort: Ort,
    classes: usize,
    /// Whether the model asks which of the two texts a token belongs to.
    typed: bool,
}

impl Classifier {
    /// Opens the model in `bytes`, which gives `classes` scores.
    pub(super) fn open(runtime: &Path, bytes: &[u8], classes: usize) -> Result<Self, EmbedError> {
        let ort = open(runtime, bytes, 1, "models.entailment")?;
        let mut asked = ort.inputs().iter().map(|input| input.name());
        Ok(Self {
            typed: asked.any(|name| name == "token_type_ids"),
            classes,
            ort,
        })
    }

    /// The scores of one pair, finite numbers.
    pub(super) fn scores(
        &mut self,
        ids: &[i64],
        types: &[i64],
    ) -> Result<Vec<f32>, EntailmentError> {
        let failed = |source: ort::Error| EntailmentError::Inference {
            source: source.into(),
        };
        let types = self.typed.then_some(types);
        let outputs = self
            .ort
            .run(inputs(ids, types).map_err(failed)?)
            .map_err(failed)?;
        let logits = outputs.get("logits").ok_or_else(|| shapeless(&[]))?;
        let (dims, scores) = logits.try_extract_tensor::<f32>().map_err(failed)?;
        let fits = matches!(**dims, [1, classes] if classes == self.classes as i64);
        match fits && scores.iter().all(|score| score.is_finite()) {
            true => Ok(scores.to_vec()),
            false => Err(shapeless(dims)),
        }
    }
}

fn shapeless(dims: &[i64]) -> EntailmentError {
    EntailmentError::Inference {
        source: format!("its output `logits` is missing, has the shape {dims:?}, or is not finite")
            .into(),
    }
}
