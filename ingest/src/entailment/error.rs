//! What can go wrong between two texts and what a model makes of them.

use std::path::PathBuf;

use super::FILES;
use crate::embed::EmbedError;

/// A pair could not be read, or no model to do it could be opened.
#[derive(Debug, thiserror::Error)]
pub enum EntailmentError {
    /// The path of the model is no folder.
    #[error(
        "`{}` is not a folder: set `models.entailment` to one with {}",
        path.display(),
        FILES.join(", ")
    )]
    NoFolder {
        /// As configured.
        path: PathBuf,
    },
    /// A file of the model cannot be read.
    #[error(
        "`{}` cannot be read: the folder `models.entailment` must have {}",
        path.display(),
        FILES.join(", ")
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Nothing says which output means what.
    #[error(
        "the `config.json` in `{}` does not say which of two or three outputs is `entailment`: \
         use a cross-encoder trained for natural language inference, and name its outputs in \
         `id2label`",
        folder.display()
    )]
    Labels {
        /// The model's folder.
        folder: PathBuf,
    },
    /// ONNX Runtime could not be loaded, or not with this model.
    #[error(transparent)]
    Runtime(#[from] EmbedError),
    /// The files are not a model that can be run.
    #[error(
        "the model in `{}` cannot be used: it must be an ONNX cross-encoder with inputs \
         `input_ids` and `attention_mask` and an output `logits` with a score for each label",
        folder.display()
    )]
    Model {
        /// The model's folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The model ran and failed.
    #[error("the model of `models.entailment` failed on a pair")]
    Inference {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
