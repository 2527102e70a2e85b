//! What can go wrong between two texts and what a model makes of them.

use std::path::PathBuf;

use crate::embed::EmbedError;
use crate::own_model::FolderError;

/// A pair could not be read, or no model to do it could be opened.
#[derive(Debug, thiserror::Error)]
pub enum EntailmentError {
    /// The folder does not hold the model's files.
    #[error(transparent)]
    Folder(#[from] FolderError),
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
    /// ONNX Runtime could not be loaded.
    #[error(transparent)]
    Runtime(#[from] EmbedError),
    /// The files are not a model that can be run.
    #[error(
        "the model in `{}` cannot be used as `models.entailment`: it must be an ONNX \
         cross-encoder with inputs `input_ids` and `attention_mask` and an output `logits` with \
         a score for each label",
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
