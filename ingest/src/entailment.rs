//! Does one text follow from another? A cross-encoder for natural language inference reads a
//! premise and a hypothesis together and says how likely the premise entails the hypothesis,
//! contradicts it, or does neither. It runs on the ONNX Runtime that the embedder uses.
//!
//! Each pass takes one pair, for the reason the embedder has: a padded batch would make a
//! result depend on the pairs beside it.

mod error;
mod labels;
mod session;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokenizers::{Tokenizer, TruncationParams};

pub use error::EntailmentError;
use labels::Labels;
use session::Classifier;

use crate::embed::{EmbedError, Lanes};
use crate::own_model::OwnModel;

/// Files of a model's folder, as they are published beside each other.
pub const FILES: [&str; 3] = ["model.onnx", "tokenizer.json", "config.json"];

/// Longest pair in tokens; of the longer text, what lies beyond is not read.
const MAX_TOKENS: usize = 512;

/// What a model makes of a pair. The three are 0 to 1 and add up to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inference {
    /// The hypothesis follows from the premise.
    pub entailment: f32,
    /// It may be true or not; 0 for models that only know the other two.
    pub neutral: f32,
    /// It cannot be true; 0 for models that do not tell this from neutral.
    pub contradiction: f32,
}

/// The files a model is opened from, read.
#[derive(Clone, PartialEq, Eq)]
pub struct EntailmentFiles {
    /// Shared library of ONNX Runtime.
    runtime: PathBuf,
    model: OwnModel<3>,
    labels: Labels,
}

/// An open model. Not shareable: give it a [`crate::worker::Worker`].
pub struct Entailment {
    tokenizer: Tokenizer,
    labels: Labels,
    lanes: Lanes<Classifier>,
}

/// A premise and a hypothesis.
pub type Pair = (String, String);

impl EntailmentFiles {
    /// Reads the [`FILES`] in `folder`.
    ///
    /// # Errors
    /// [`EntailmentError`] when there is no such folder, a file is missing, or `config.json`
    /// does not say which output means entailment.
    pub fn read(runtime: PathBuf, folder: &Path) -> Result<Self, EntailmentError> {
        let model = OwnModel::read(folder, "models.entailment", &FILES)?;
        let [_, _, config] = model.files();
        let labels = Labels::read(config).ok_or_else(|| EntailmentError::Labels {
            folder: folder.to_owned(),
        })?;
        Ok(Self {
            runtime,
            model,
            labels,
        })
    }

    /// What verdicts are signed with: `name@sha256:<64 digits>+<12 digits>`, the digest of the
    /// graph and that of everything beside it. The name is the folder's.
    pub fn id(&self) -> String {
        self.model.id()
    }

    fn unusable(&self, source: Box<dyn std::error::Error + Send + Sync>) -> EntailmentError {
        EntailmentError::Model {
            folder: self.model.folder().to_owned(),
            source,
        }
    }

    /// The tokenizer, its own ideas of length aside; the name of a special token in a text is
    /// just text.
    fn tokenizer(&self) -> tokenizers::Result<Tokenizer> {
        let [_, tokenizer, _] = self.model.files();
        let mut tokenizer = Tokenizer::from_bytes(tokenizer)?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(Some(TruncationParams {
            max_length: MAX_TOKENS,
            ..TruncationParams::default()
        }))?;
        tokenizer.set_encode_special_tokens(true);
        Ok(tokenizer)
    }
}

impl Entailment {
    /// Opens the model so that up to `threads` pairs are read at the same time, and tries it.
    ///
    /// # Errors
    /// [`EntailmentError`] when the runtime cannot be loaded or the files are not such a model.
    pub fn load(files: &EntailmentFiles, threads: usize) -> Result<Self, EntailmentError> {
        let unusable = |source| files.unusable(source);
        let [graph, ..] = files.model.files();
        let open = || {
            let opened = Classifier::open(&files.runtime, graph, files.labels.count());
            opened.map_err(|error| match error {
                EmbedError::Model { source, .. } => files.unusable(source),
                other => other.into(),
            })
        };
        let mut model = Self {
            tokenizer: files.tokenizer().map_err(unusable)?,
            labels: files.labels,
            lanes: Lanes::open(threads, open)?,
        };
        let trial = model.infer(&[("premise".to_owned(), "hypothesis".to_owned())]);
        trial.map_err(|error| files.unusable(error.into()))?;
        Ok(model)
    }

    /// What the model makes of each of `pairs`, in the order given. The same pair always gets
    /// the same bits, whatever else is in `pairs`.
    ///
    /// # Errors
    /// [`EntailmentError::Inference`] when the model fails on one of them.
    pub fn infer(&mut self, pairs: &[Pair]) -> Result<Vec<Inference>, EntailmentError> {
        let (tokenizer, labels) = (&self.tokenizer, self.labels);
        let one = |model: &mut Classifier, (premise, hypothesis): &Pair| {
            let pair = (premise.as_str(), hypothesis.as_str());
            let tokens = tokenizer.encode(pair, true);
            let tokens = tokens.map_err(|source| EntailmentError::Inference { source })?;
            let wide = |ids: &[u32]| ids.iter().copied().map(i64::from).collect::<Vec<_>>();
            let scores = model.scores(&wide(tokens.get_ids()), &wide(tokens.get_type_ids()))?;
            Ok(labels.inference(&scores))
        };
        let size = |(premise, hypothesis): &Pair| premise.len() + hypothesis.len();
        self.lanes.map(pairs, size, one)
    }
}

#[cfg(test)]
mod tests;
