//! The embedder: an ONNX sentence model run by fastembed on a dynamically loaded ONNX Runtime.
//!
//! Passages run one at a time. That makes a vector depend on its own text alone, to the last
//! bit, where a padded batch would make it depend on its neighbours' lengths. It is also the
//! faster way on two cores: 4,800 tokens per second of CPU time, against 2,500 in batches of
//! sixteen. No prefix is put before queries or passages, and pooling is the mean: right for
//! MiniLM and its like.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fastembed::{
    InitOptionsUserDefined, OutputKey, TextEmbedding, TokenizerFiles, UserDefinedEmbeddingModel,
};
use ort::environment::Environment;

use super::pool::{Token, pool};
use super::{EmbedError, Embedded, Embedding, MAX_TOKENS, ModelId, Passage};
use crate::models::{Cache, Manifest, ModelError, Role, locate};

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
    model: TextEmbedding,
    id: ModelId,
    dimension: usize,
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
    /// Opens the model with `threads` threads of ONNX Runtime.
    ///
    /// # Errors
    /// [`EmbedError`] when the runtime cannot be loaded or the files are not a sentence embedder.
    pub fn load(files: &EmbedderFiles, threads: usize) -> Result<Self, EmbedError> {
        let options = InitOptionsUserDefined::new()
            .with_environment(environment(&files.runtime)?)
            .with_max_length(MAX_TOKENS)
            .with_intra_threads(threads.max(1))
            .with_session_config(NO_SPINNING.0, NO_SPINNING.1);
        let definition = UserDefinedEmbeddingModel::new(
            read(&files.model)?,
            TokenizerFiles {
                tokenizer_file: read(&files.tokenizer)?,
                config_file: b"{}".to_vec(),
                special_tokens_map_file: b"{}".to_vec(),
                tokenizer_config_file: TOKENIZER_CONFIG.as_bytes().to_vec(),
            },
        );
        let mut model =
            TextEmbedding::try_new_from_user_defined(definition, options).map_err(|source| {
                EmbedError::Model {
                    model: files.id.to_string(),
                    source: source.into(),
                }
            })?;
        model.tokenizer.set_encode_special_tokens(true);
        let mut embedder = Self {
            model,
            id: files.id.clone(),
            dimension: 0,
        };
        embedder.dimension = embedder.states("dimension")?.1;
        Ok(embedder)
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
        self.embed(text, &[]).map(|embedded| embedded.vector)
    }

    /// The vectors of passages and of their sentences, in the order given. The same passage
    /// always gets the same bits, whatever else is in `inputs`.
    ///
    /// # Errors
    /// [`EmbedError`] when the model fails on one of them.
    pub fn passages(&mut self, inputs: &[Passage]) -> Result<Vec<Embedded>, EmbedError> {
        inputs
            .iter()
            .map(|passage| self.embed(&passage.text, &passage.sentences))
            .collect()
    }

    fn embed(
        &mut self,
        text: &str,
        sentences: &[std::ops::Range<usize>],
    ) -> Result<Embedded, EmbedError> {
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

/// Idle threads sleep instead of burning the cores that the other model and the index need;
/// with two threads on two busy cores, spinning halved the throughput.
const NO_SPINNING: (&str, &str) = ("session.intra_op.allow_spinning", "0");

/// The little that fastembed needs besides `tokenizer.json`.
const TOKENIZER_CONFIG: &str = r#"{"model_max_length": 512, "pad_token": "[PAD]"}"#;

fn read(path: &Path) -> Result<Vec<u8>, EmbedError> {
    fs::read(path).map_err(|source| EmbedError::Read {
        path: path.to_owned(),
        source,
    })
}

/// The one ONNX Runtime of this process, loaded on first use, without telemetry. A second
/// library is refused: the loader would ignore it without a word.
fn environment(library: &Path) -> Result<Environment, EmbedError> {
    static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((path, environment)) = &*loaded {
        if path == library {
            return Ok(environment.clone());
        }
        return Err(EmbedError::SecondRuntime {
            loaded: path.clone(),
            asked: library.to_owned(),
        });
    }
    let failed = |source| EmbedError::Runtime {
        path: library.to_owned(),
        source,
    };
    let environment = ort::init_from(library)
        .map_err(|source| failed(Box::new(source)))?
        .with_name("footnote")
        .with_telemetry(false)
        .build()
        .map_err(|source| failed(Box::new(source)))?;
    *loaded = Some((library.to_owned(), environment.clone()));
    Ok(environment)
}

#[cfg(test)]
mod tests;
