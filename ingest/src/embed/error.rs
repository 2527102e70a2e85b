//! What can go wrong between a text and its vector.

use std::path::PathBuf;

/// A text could not be embedded, or no model to do it could be opened.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// ONNX Runtime could not be loaded.
    #[error("ONNX Runtime could not be loaded from `{}`: run `footnote models pull`", path.display())]
    Runtime {
        /// Shared library.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another ONNX Runtime is in use; a process can have one.
    #[error(
        "this process already uses the ONNX Runtime at `{}`, so `{}` cannot be loaded: use one \
         library for all models",
        loaded.display(),
        asked.display()
    )]
    SecondRuntime {
        /// The library in use.
        loaded: PathBuf,
        /// The library asked for.
        asked: PathBuf,
    },
    /// A file of the model cannot be read.
    #[error("the model file `{}` cannot be read: run `footnote models pull`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The files are not a model this embedder can run.
    #[error(
        "`{model}` cannot be used: it must be an ONNX sentence embedder that ONNX Runtime opens"
    )]
    Model {
        /// The model's id.
        model: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A tokenizer cannot be read.
    #[error("`{}` is not a usable `tokenizer.json`", path.display())]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The model ran and failed.
    #[error("`{model}` failed while embedding")]
    Inference {
        /// The model's id.
        model: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The model's output is not one vector per token.
    #[error(
        "`{model}` gives an output of shape {shape:?}, but one vector per token is needed, in an \
         output named `last_hidden_state` or `token_embeddings`"
    )]
    Shape {
        /// The model's id.
        model: String,
        /// Shape of the output.
        shape: Vec<i64>,
    },
    /// Numbers that are no direction: not finite, all zero, or too many or too few.
    #[error("a vector of {len} numbers and length {norm} is no embedding of dimension {dimension}")]
    Vector {
        /// Numbers given.
        len: usize,
        /// Numbers expected.
        dimension: usize,
        /// Euclidean length of what was given.
        norm: f64,
    },
}
