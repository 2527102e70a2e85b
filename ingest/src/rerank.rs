//! The reranker: a cross-encoder, which reads a question and a passage together and gives one
//! score, the higher the better. fastembed pairs, tokenises and runs it, on the ONNX Runtime
//! that the embedder uses.
//!
//! Each pass takes one passage, for the reason the embedder has: a padded batch would make a
//! score depend on the passages beside it. Several threads mean several sessions ([`Lanes`]).

mod error;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use fastembed::{
    RerankInitOptionsUserDefined, TextRerank, TokenizerFiles, UserDefinedRerankingModel,
};

pub use error::RerankError;

use crate::embed::{Lanes, NO_SPINNING, environment, overflow_guard};
use crate::own_model::OwnModel;

/// Files of a model's folder, as they are published beside each other.
pub const FILES: [&str; 5] = [
    "model.onnx",
    "tokenizer.json",
    "config.json",
    "special_tokens_map.json",
    "tokenizer_config.json",
];

/// Longest question and passage together, in tokens; more of the passage is not read. A model
/// whose `tokenizer_config.json` allows less reads less.
pub const MAX_TOKENS: usize = 512;

/// The files a reranker is opened from, read.
#[derive(Clone, PartialEq, Eq)]
pub struct RerankerFiles {
    /// Shared library of ONNX Runtime.
    runtime: PathBuf,
    model: OwnModel<5>,
}

/// An open cross-encoder. Not shareable: give it a [`crate::worker::Worker`].
pub struct Reranker {
    lanes: Lanes<TextRerank>,
}

impl RerankerFiles {
    /// Reads the [`FILES`] in `folder`.
    ///
    /// # Errors
    /// [`RerankError`] when there is no such folder, a file is missing, or the model is one
    /// that tells classes apart.
    pub fn read(runtime: PathBuf, folder: &Path) -> Result<Self, RerankError> {
        let model = OwnModel::read(folder, "models.reranker", &FILES)?;
        let [_, _, config, ..] = model.files();
        match labels(config) {
            Some(labels) if labels > 1 => Err(RerankError::Labels {
                folder: folder.to_owned(),
                labels,
            }),
            _ => Ok(Self { runtime, model }),
        }
    }

    /// What scores are signed with: `name@sha256:<64 digits>+<12 digits>`, the digest of the
    /// graph and that of everything beside it. The name is the folder's.
    pub fn id(&self) -> String {
        self.model.id()
    }

    /// The model as fastembed takes it.
    fn definition(&self) -> UserDefinedRerankingModel {
        let [graph, tokenizer, config, special, tokenizer_config] = self.model.files().clone();
        let tokenizer = TokenizerFiles {
            tokenizer_file: tokenizer,
            config_file: config,
            special_tokens_map_file: special,
            tokenizer_config_file: tokenizer_config,
        };
        UserDefinedRerankingModel::new(graph, tokenizer)
    }

    fn open(&self) -> Result<TextRerank, RerankError> {
        let options = RerankInitOptionsUserDefined::new()
            .with_environment(environment(&self.runtime)?)
            .with_max_length(MAX_TOKENS)
            .with_intra_threads(1)
            .with_session_config(NO_SPINNING.0, NO_SPINNING.1);
        let options = overflow_guard()
            .into_iter()
            .fold(options, |options, (key, value)| {
                options.with_session_config(key, value)
            });
        let mut model = TextRerank::try_new_from_user_defined(self.definition(), options)
            .map_err(|source| self.unusable(source.into()))?;
        // The name of a special token in a text is just text.
        model.tokenizer.set_encode_special_tokens(true);
        Ok(model)
    }

    /// Runs `model` once: what it gives is not checked before a passage comes, and an output of
    /// another shape makes fastembed panic.
    fn probe(&self, model: &mut TextRerank) -> Result<(), RerankError> {
        let once = catch_unwind(AssertUnwindSafe(|| score(model, "question", "passage")));
        let result = once.unwrap_or_else(|_| {
            Err(RerankError::Inference {
                source: "its output has another shape".into(),
            })
        });
        result
            .map_err(|error| self.unusable(error.into()))
            .map(drop)
    }

    fn unusable(&self, source: Box<dyn std::error::Error + Send + Sync>) -> RerankError {
        RerankError::Model {
            folder: self.model.folder().to_owned(),
            source,
        }
    }
}

impl Reranker {
    /// Opens the model so that up to `threads` passages are scored at the same time.
    ///
    /// # Errors
    /// [`RerankError`] when the runtime cannot be loaded or the files are not a cross-encoder.
    pub fn load(files: &RerankerFiles, threads: usize) -> Result<Self, RerankError> {
        let mut lanes = Lanes::open(threads, || files.open())?;
        files.probe(&mut lanes.first)?;
        Ok(Self { lanes })
    }

    /// How well each of `passages` answers `question`, in the order given: a finite number, the
    /// higher the better, comparable with others for the same question. The same pair always
    /// gets the same bits, whatever else is in `passages`.
    ///
    /// # Errors
    /// [`RerankError`] when the model fails on one of them.
    pub fn scores(&mut self, question: &str, passages: &[String]) -> Result<Vec<f32>, RerankError> {
        let one = |model: &mut TextRerank, passage: &String| score(model, question, passage);
        self.lanes.map(passages, String::len, one)
    }
}

fn score(model: &mut TextRerank, question: &str, passage: &str) -> Result<f32, RerankError> {
    let scored = model.rerank(question, [passage], false, Some(1));
    let scored = scored.map_err(|source| RerankError::Inference {
        source: source.into(),
    })?;
    let score = scored.first().map_or(f32::NAN, |result| result.score);
    match score.is_finite() {
        true => Ok(score),
        false => Err(RerankError::Score { score }),
    }
}

/// Classes that a `config.json` names; `None` when it names none.
fn labels(config: &[u8]) -> Option<usize> {
    let config: serde_json::Value = serde_json::from_slice(config).ok()?;
    let named = config["id2label"].as_object().map(serde_json::Map::len);
    named.or_else(|| config["num_labels"].as_u64()?.try_into().ok())
}

#[cfg(test)]
mod tests;
