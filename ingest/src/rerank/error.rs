//! What can go wrong between a question with a passage and their score.

use std::path::PathBuf;

use crate::embed::EmbedError;
use crate::own_model::FolderError;

/// A passage could not be scored, or no model to do it could be opened.
#[derive(Debug, thiserror::Error)]
pub enum RerankError {
    /// The folder does not hold the model's files.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The model tells several classes apart; one score is needed.
    #[error(
        "the model in `{}` gives {labels} scores for a passage (see its `config.json`), and a \
         reranker gives one: use a cross-encoder that was trained to rank",
        folder.display()
    )]
    Labels {
        /// The model's folder.
        folder: PathBuf,
        /// Classes it tells apart.
        labels: usize,
    },
    /// ONNX Runtime could not be loaded.
    #[error(transparent)]
    Runtime(#[from] EmbedError),
    /// The files are not a model this reranker can run.
    #[error(
        "the model in `{}` cannot be used: it must be an ONNX cross-encoder with inputs \
         `input_ids` and `attention_mask` and an output `logits` of shape [batch, 1]",
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
    #[error("the reranker failed on a passage")]
    Inference {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A score that cannot be compared with others.
    #[error("the reranker gave a passage the score {score}, which is no number to sort by")]
    Score {
        /// What came out.
        score: f32,
    },
}
