//! The model alone: token ids in, states computed and thrown away. What a pipeline around it
//! is measured against, in the same process and on the same texts; nothing else uses it.

use std::path::Path;

use ort::session::Session;
use ort::value::Tensor;
use tokenizers::{Tokenizer, TruncationParams};

use super::lanes::Lanes;
use super::runtime::{environment, overflow_guard, read};
use super::{EmbedError, EmbedderFiles, MAX_TOKENS};

/// Sessions of ONNX Runtime on one model file.
pub struct Raw {
    sessions: Lanes<Session>,
    tokenizer: Tokenizer,
    name: String,
}

/// The token ids of one text, special tokens included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids(Vec<i64>);

impl Raw {
    /// Opens `model` instead of the model of `files`: `sessions` times, each with `threads`.
    ///
    /// # Errors
    /// [`EmbedError`] when the runtime or the files cannot be used.
    pub fn load(
        files: &EmbedderFiles,
        model: &Path,
        sessions: usize,
        threads: usize,
    ) -> Result<Self, EmbedError> {
        let name = model.display().to_string();
        let invalid = |source: Box<dyn std::error::Error + Send + Sync>| EmbedError::Model {
            model: name.clone(),
            source,
        };
        let environment = environment(&files.runtime)?;
        let bytes = read(model)?;
        let open = || -> Result<Session, ort::Error> {
            let mut builder = Session::builder(&environment)?
                .with_intra_threads(threads.max(1))?
                .with_config_entry("session.intra_op.allow_spinning", "0")?;
            if let Some((key, value)) = overflow_guard() {
                builder = builder.with_config_entry(key, value)?;
            }
            builder.commit_from_memory(&bytes)
        };
        let sessions = Lanes::open(sessions, open).map_err(|error| invalid(error.into()))?;
        Ok(Self {
            sessions,
            tokenizer: tokenizer(&files.tokenizer)?,
            name,
        })
    }

    /// What the model reads of `text`.
    ///
    /// # Errors
    /// [`EmbedError::Inference`] when the tokenizer refuses it.
    pub fn ids(&self, text: &str) -> Result<Ids, EmbedError> {
        let encoding = self.tokenizer.encode(text, true);
        let encoding = encoding.map_err(|source| self.failed(source))?;
        Ok(Ids(encoding
            .get_ids()
            .iter()
            .map(|id| i64::from(*id))
            .collect()))
    }

    /// Runs the model on each text by itself, and returns how many tokens went through.
    ///
    /// # Errors
    /// [`EmbedError::Inference`] when it fails.
    pub fn run(&mut self, texts: &[Ids]) -> Result<usize, EmbedError> {
        let done = self.sessions.map(texts, |ids| ids.0.len(), pass);
        done.map(|tokens| tokens.iter().sum())
            .map_err(|source| self.failed(source.into()))
    }

    fn failed(&self, source: Box<dyn std::error::Error + Send + Sync>) -> EmbedError {
        EmbedError::Inference {
            model: self.name.clone(),
            source,
        }
    }
}

/// One pass; the states are computed and dropped.
fn pass(session: &mut Session, ids: &Ids) -> Result<usize, ort::Error> {
    let len = ids.0.len();
    let row = |values: Vec<i64>| Tensor::from_array(([1, len], values));
    session.run(ort::inputs! {
        "input_ids" => row(ids.0.clone())?,
        "attention_mask" => row(vec![1; len])?,
        "token_type_ids" => row(vec![0; len])?,
    })?;
    Ok(len)
}

fn tokenizer(path: &Path) -> Result<Tokenizer, EmbedError> {
    let invalid = |source| EmbedError::Tokenizer {
        path: path.to_owned(),
        source,
    };
    let mut tokenizer = Tokenizer::from_file(path).map_err(invalid)?;
    let truncation = TruncationParams {
        max_length: MAX_TOKENS,
        ..TruncationParams::default()
    };
    tokenizer
        .with_truncation(Some(truncation))
        .map_err(invalid)?;
    tokenizer.with_padding(None);
    tokenizer.set_encode_special_tokens(true);
    Ok(tokenizer)
}
