//! The embedder: an ONNX sentence model run by fastembed on a dynamically loaded ONNX Runtime.
//!
//! Each pass through the model takes one passage. That makes a vector depend on its own text
//! alone, to the last bit: a padded batch would make it depend on its neighbours' lengths, and
//! a model that quantises as it goes ([`crate::onnx`]) on their values too. Several threads
//! mean several sessions of one thread each ([`Lanes`]), which never wait for one another,
//! rather than one session that divides each small product. No prefix is put before queries or
//! passages, and pooling is the mean: right for MiniLM and its like.

use std::ops::Range;
use std::path::PathBuf;

use super::lanes::Lanes;
use super::pool::{Token, pool};
use super::runtime::{environment, overflow_guard, read};
use super::{EmbedError, Embedded, Embedding, MAX_TOKENS, ModelId, Passage};
use crate::models::{Cache, Manifest, ModelError, Role, locate};
use fastembed::{
    InitOptionsUserDefined, OutputKey, TextEmbedding, TokenizerFiles, UserDefinedEmbeddingModel,
};

/// The files an embedder is opened from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbedderFiles {
    /// Shared library of ONNX Runtime.
    pub runtime: PathBuf,
    /// ONNX graph and weights.
    pub model: PathBuf,
    /// `tokenizer.json`.
    pub tokenizer: PathBuf,
    /// What the vectors will be signed with.
    pub id: ModelId,
}

/// An open embedding model. Not shareable: give it a [`crate::worker::Worker`].
pub struct Embedder {
    lanes: Lanes<Lane>,
    id: ModelId,
    dimension: usize,
}

/// One session of the model, for one thread at a time.
struct Lane {
    model: TextEmbedding,
    id: ModelId,
}

impl EmbedderFiles {
    /// Finds the files in `cache` and checks that they are the ones `manifest` pins.
    ///
    /// # Errors
    /// [`ModelError`] when a role is not in the manifest, or a file is missing or wrong.
    pub fn locate(manifest: &Manifest, cache: &Cache) -> Result<Self, ModelError> {
        let model = manifest.artefact(Role::Embedder)?;
        let tokenizer = manifest.artefact(Role::Tokenizer)?;
        Ok(Self {
            runtime: locate(manifest.artefact(Role::Runtime)?, cache)?,
            model: locate(model, cache)?,
            tokenizer: locate(tokenizer, cache)?,
            id: model.id().bound_to(&tokenizer.sha256),
        })
    }
}

impl Embedder {
    /// Opens the model so that up to `threads` passages are embedded at the same time.
    ///
    /// # Errors
    /// [`EmbedError`] when the runtime cannot be loaded or the files are not a sentence embedder.
    pub fn load(files: &EmbedderFiles, threads: usize) -> Result<Self, EmbedError> {
        let mut lanes = Lanes::open(threads, || Lane::load(files))?;
        let (_, dimension) = lanes.first.states("dimension")?;
        Ok(Self {
            lanes,
            id: files.id.clone(),
            dimension,
        })
    }

    /// Which model this is.
    pub fn model(&self) -> &ModelId {
        &self.id
    }

    /// Numbers in each vector.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The vector of a question; tokens beyond [`MAX_TOKENS`] are not read.
    ///
    /// # Errors
    /// [`EmbedError`] when the model fails.
    pub fn query(&mut self, text: &str) -> Result<Embedding, EmbedError> {
        let embedded = self.lanes.first.embed(text, &[])?;
        Ok(embedded.vector)
    }

    /// The vectors of passages and of their sentences, in the order given. The same passage
    /// always gets the same bits, whatever else is in `inputs`.
    ///
    /// # Errors
    /// [`EmbedError`] when the model fails on one of them.
    pub fn passages(&mut self, inputs: &[Passage]) -> Result<Vec<Embedded>, EmbedError> {
        let embed =
            |lane: &mut Lane, passage: &Passage| lane.embed(&passage.text, &passage.sentences);
        self.lanes.map(inputs, |passage| passage.text.len(), embed)
    }
}

impl Lane {
    fn load(files: &EmbedderFiles) -> Result<Self, EmbedError> {
        let options = InitOptionsUserDefined::new()
            .with_environment(environment(&files.runtime)?)
            .with_max_length(MAX_TOKENS)
            .with_intra_threads(1);
        let options = overflow_guard()
            .into_iter()
            .fold(options, |options, (key, value)| {
                options.with_session_config(key, value)
            });
        let definition = UserDefinedEmbeddingModel::new(
            read(&files.model)?,
            TokenizerFiles {
                tokenizer_file: read(&files.tokenizer)?,
                config_file: b"{}".to_vec(),
                special_tokens_map_file: b"{}".to_vec(),
                tokenizer_config_file: TOKENIZER_CONFIG.as_bytes().to_vec(),
            },
        );
        let opened = TextEmbedding::try_new_from_user_defined(definition, options);
        let mut model = opened.map_err(|source| EmbedError::Model {
            model: files.id.to_string(),
            source: source.into(),
        })?;
        model.tokenizer.set_encode_special_tokens(true);
        let id = files.id.clone();
        Ok(Self { model, id })
    }

    fn embed(&mut self, text: &str, sentences: &[Range<usize>]) -> Result<Embedded, EmbedError> {
        let tokens = self.tokens(text)?;
        let (states, dimension) = self.states(text)?;
        pool(&states, &tokens, sentences, dimension)
    }

    /// The tokens the model reads, with the bytes each was made from.
    fn tokens(&self, text: &str) -> Result<Vec<Token>, EmbedError> {
        let encoding = self
            .model
            .tokenizer
            .encode(text, true)
            .map_err(|source| self.failed(source))?;
        let specials = encoding.get_special_tokens_mask().iter();
        let offsets = encoding.get_offsets().iter();
        Ok(offsets
            .zip(specials)
            .map(|(&(start, end), &special)| Token {
                bytes: start..end,
                special: special == 1,
            })
            .collect())
    }

    /// One state per token, row after row, and the length of a row.
    fn states(&mut self, text: &str) -> Result<(Vec<f32>, usize), EmbedError> {
        let failed = |source: fastembed::Error| EmbedError::Inference {
            model: self.id.to_string(),
            source: source.into(),
        };
        let output = self
            .model
            .transform([text], None)
            .map_err(failed)?
            .into_raw();
        let shape = |shape: &[usize]| EmbedError::Shape {
            model: self.id.to_string(),
            shape: shape.to_vec(),
        };
        let batch = output.first().ok_or_else(|| shape(&[]))?;
        let states = batch.select_output(&OUTPUTS).map_err(failed)?;
        match *states.shape() {
            [1, tokens, dimension] if tokens > 0 && dimension > 0 => {
                Ok((states.iter().copied().collect(), dimension))
            }
            ref other => Err(shape(other)),
        }
    }

    fn failed(&self, source: tokenizers::Error) -> EmbedError {
        EmbedError::Inference {
            model: self.id.to_string(),
            source,
        }
    }
}

/// Names under which sentence models export their token states.
const OUTPUTS: &[OutputKey] = &[
    OutputKey::ByName("last_hidden_state"),
    OutputKey::ByName("token_embeddings"),
    OutputKey::OnlyOne,
];

/// The little that fastembed needs besides `tokenizer.json`.
const TOKENIZER_CONFIG: &str = r#"{"model_max_length": 512, "pad_token": "[PAD]"}"#;

#[cfg(test)]
mod tests;
