//! What can go wrong with a language model. Running out of time or tokens is not here: that is
//! a draft with a reason.

use std::io;
use std::path::{Path, PathBuf};

use footnote_ingest::embed::ModelId;

/// A language model could not be opened, or failed.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// A file cannot be read or written.
    #[error("the model file `{}` cannot be used: check that it is there and its folder is writable", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is not a GGUF of a llama model.
    #[error(
        "`{}` is not a readable GGUF: run `footnote models pull`, or delete the file if it lies \
         in the cache, it will be made again",
        path.display()
    )]
    Gguf {
        /// The file.
        path: PathBuf,
        /// What candle found.
        #[source]
        source: candle_core::Error,
    },
    /// A GGUF of a kind that this decoder would run wrongly.
    #[error(
        "`{}` has {found}, which is not supported: use a GGUF of the llama, qwen2 or qwen3 \
         family (SmolLM2, Llama 3, Qwen2.5, Qwen3)",
        path.display()
    )]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What it has.
        found: String,
    },
    /// The tokenizer in the GGUF is broken.
    #[error("the tokenizer in `{}` is not usable: {problem}", path.display())]
    Vocabulary {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The chat template in the GGUF cannot be used.
    #[error("the chat template in `{}` is not usable: {problem}", path.display())]
    Template {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The tokenizer refused a text.
    #[error("the model's tokenizer failed on a text of {bytes} bytes")]
    Tokenize {
        /// Length of the text, or number of tokens to turn into text.
        bytes: usize,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Prompt and output do not fit the model.
    #[error(
        "a prompt of {prompt} tokens and {output} tokens of output exceed the model's {context}: \
         give it less evidence"
    )]
    TooLong {
        /// Tokens of the prompt.
        prompt: usize,
        /// Tokens of output asked for.
        output: usize,
        /// Tokens the model can hold.
        context: usize,
    },
    /// The forward pass failed.
    #[error("`{model}` failed while generating")]
    Inference {
        /// The model's id.
        model: String,
        /// Why.
        #[source]
        source: candle_core::Error,
    },
}

impl GenerateError {
    /// For `map_err`: an IO error at `path`.
    pub(crate) fn io(path: &Path) -> impl Fn(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            path: path.clone(),
            source,
        }
    }

    /// For `map_err`: what was found in `path`.
    pub(super) fn unsupported(path: &Path) -> impl Fn(String) -> Self {
        let path = path.to_owned();
        move |found| Self::Unsupported {
            path: path.clone(),
            found,
        }
    }

    /// For `map_err`: `path` is not a model.
    pub(super) fn gguf(path: &Path) -> impl Fn(candle_core::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Gguf {
            path: path.clone(),
            source,
        }
    }

    /// For `map_err`: the forward pass of `model` failed.
    pub(super) fn inference(model: &ModelId) -> impl Fn(candle_core::Error) -> Self {
        let model = model.to_string();
        move |source| Self::Inference {
            model: model.clone(),
            source,
        }
    }
}
