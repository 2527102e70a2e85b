//! The embedder: a sentence model on a dynamically loaded ONNX Runtime.
//!
//! Each pass through the model takes one passage. That makes a vector depend on its own text
//! alone, to the last bit: a padded batch would make it depend on its neighbours' lengths, and
//! a model that quantises as it goes ([`crate::onnx`]) on their values too. Several threads
//! mean several sessions of one thread each ([`Lanes`]), which never wait for one another,
//! rather than one session that divides each small product. No prefix is put before queries or
//! passages, and pooling is the mean: right for MiniLM and its like.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::lanes::Lanes;
use super::pool::{Token, pool};
use super::runtime::read;
use super::session::Session;
use super::tokens::{encoder, ids};
use super::{EmbedError, Embedded, Embedding, ModelId, Passage};
use crate::models::{Cache, Manifest, ModelError, Role, locate};
use tokenizers::{Encoding, Tokenizer};

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

/// One session of the model, for one thread at a time, and the tokenizer they share.
struct Lane {
    session: Session,
    tokenizer: Arc<Tokenizer>,
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
        let bytes = read(&files.model)?;
        let tokenizer = Arc::new(encoder(&files.tokenizer)?);
        let mut lanes = Lanes::open(threads, || Lane::open(files, &bytes, &tokenizer))?;
        let sample = ids(&lanes.first.encode("dimension")?);
        let dimension = lanes
            .first
            .session
            .pass(&sample, |_, dimension| Ok(dimension))?;
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

    /// The vector of a question; tokens beyond [`MAX_TOKENS`](super::MAX_TOKENS) are not read.
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
    fn open(
        files: &EmbedderFiles,
        model: &[u8],
        tokenizer: &Arc<Tokenizer>,
    ) -> Result<Self, EmbedError> {
        Ok(Self {
            session: Session::open(&files.runtime, model, 1, files.id.as_str())?,
            tokenizer: Arc::clone(tokenizer),
            id: files.id.clone(),
        })
    }

    fn embed(&mut self, text: &str, sentences: &[Range<usize>]) -> Result<Embedded, EmbedError> {
        let encoding = self.encode(text)?;
        let tokens = tokens(&encoding);
        let pooled = |states: &[f32], dimension| pool(states, &tokens, sentences, dimension);
        self.session.pass(&ids(&encoding), pooled)
    }

    fn encode(&self, text: &str) -> Result<Encoding, EmbedError> {
        let encoding = self.tokenizer.encode(text, true);
        encoding.map_err(|source| EmbedError::Inference {
            model: self.id.to_string(),
            source,
        })
    }
}

/// The tokens the model reads, with the bytes each was made from.
fn tokens(encoding: &Encoding) -> Vec<Token> {
    let specials = encoding.get_special_tokens_mask().iter();
    let offsets = encoding.get_offsets().iter();
    offsets
        .zip(specials)
        .map(|(&(start, end), &special)| Token {
            bytes: start..end,
            special: special == 1,
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod tests;
