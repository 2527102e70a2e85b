//! The small language model: a system and a user message in, a short text out.
//!
//! Greedy decoding with an own [`decoder`] on candle's quantised kernels. The same prompt
//! always gives the same tokens, whether or not its beginning was read before. Nothing here
//! believes what the model says; that is the verifier's work. A [`Generator`] blocks and is
//! not shareable: give it a `Worker`.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::Instant;

use candle_core::quantized::gguf_file::Content;
use footnote_ingest::embed::ModelId;

mod copy;
mod decoder;
mod device;
mod draft;
mod error;
mod exchange;
mod gguf;
mod layout;
mod prepare;
mod rules;
mod run;
mod vocabulary;

use copy::Copy;
use decoder::{Cache, Decoder, Need, Shape};
pub use draft::GUESSES;
pub use error::GenerateError;
pub use exchange::{Copied, Copying, Draft, GenerateLimits, Prompt, Spot, StopReason};
use layout::Layout;
pub use prepare::kernels;
use prepare::{Format, fast_copy};
use run::Run;
use vocabulary::Vocabulary;

/// Version of the arithmetic: the same weights, prompt and version give the same text.
pub const VERSION: &str = "decoder-1";

/// An open language model.
pub struct Generator {
    model: ModelId,
    decoder: Decoder,
    vocabulary: Vocabulary,
    layout: Layout,
    /// System prompts already read, the latest last.
    prefixes: Vec<Prefix>,
}

/// System prompts remembered: what the service asks needs two.
const PREFIXES: usize = 4;

struct Prefix {
    tokens: Vec<u32>,
    cache: Cache,
}

impl Generator {
    /// Opens the GGUF at `path`, which must be the file that `model` names.
    ///
    /// Weights in a format that candle reads slowly are converted once; the result is kept in
    /// `cache_dir` under the file's hash.
    ///
    /// # Errors
    /// [`GenerateError::Unsupported`] for architectures and tokenizers that would be run
    /// wrongly; otherwise whatever keeps the files from being read or written.
    pub fn load(path: &Path, cache_dir: &Path, model: ModelId) -> Result<Self, GenerateError> {
        let (_, content) = read(path)?;
        let shape = Shape::read(&content).map_err(GenerateError::unsupported(path))?;
        let vocabulary = Vocabulary::from_gguf(&content, path)?;
        let layout = Layout::from_gguf(&content, &vocabulary, path)?;
        let fast = fast_copy(path, cache_dir, &model, Format::detect())?;
        let (mut file, content) = read(&fast)?;
        let decoder = Decoder::load(shape, &content, &mut file);
        Ok(Self {
            model,
            decoder: decoder.map_err(GenerateError::gguf(&fast))?,
            vocabulary,
            layout,
            prefixes: Vec::new(),
        })
    }

    /// Which model this is.
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// Reads a system prompt ahead of the first question, so that this one does not pay for it.
    ///
    /// # Errors
    /// As for [`generate`](Self::generate).
    pub fn warm_up(&mut self, system: &str) -> Result<(), GenerateError> {
        let first = Prompt {
            system: system.to_owned(),
            user: String::new(),
        };
        let (prefix, _) = self.layout.encode(&first, &self.vocabulary)?;
        self.check_length(prefix.len(), 0)?;
        self.read_prefix(&prefix).map(|_| ())
    }

    /// Writes what the model says to `prompt`, always taking the likeliest token.
    ///
    /// Running into a limit is no error: the draft holds what was written until then.
    ///
    /// # Errors
    /// [`GenerateError::TooLong`] when prompt and `max_tokens` exceed the context;
    /// [`GenerateError::Inference`] when candle fails.
    pub fn generate(
        &mut self,
        prompt: &Prompt,
        limits: &GenerateLimits<'_>,
    ) -> Result<Draft, GenerateError> {
        let (prefix, suffix) = self.layout.encode(prompt, &self.vocabulary)?;
        let prompt_tokens = prefix.len() + suffix.len();
        self.check_length(prompt_tokens, limits.max_tokens)?;
        let start = Instant::now();
        let cached_tokens = self.read_prefix(&prefix)?;
        let room = suffix.len() + limits.max_tokens + limits.guesses;
        let written = self
            .after(&prefix, room)
            .write(&suffix, limits, &|token| self.vocabulary.ends_turn(token))
            .map_err(GenerateError::inference(&self.model))?;
        Ok(Draft {
            text: self.vocabulary.decode(&written.tokens)?,
            prompt_tokens,
            cached_tokens,
            completion_tokens: written.tokens.len(),
            guessed_tokens: written.guessed,
            finished: written.finished,
            reading: written.from.duration_since(start),
            writing: written.from.elapsed(),
        })
    }

    /// Lets the model answer with words of the given texts and nothing else.
    ///
    /// # Errors
    /// As for [`generate`](Self::generate).
    pub fn copy(
        &mut self,
        copying: &Copying,
        limits: &GenerateLimits<'_>,
    ) -> Result<Copied, GenerateError> {
        let (prefix, suffix) = self.layout.encode(&copying.prompt, &self.vocabulary)?;
        let prompt_tokens = prefix.len() + suffix.len();
        self.check_length(prompt_tokens, limits.max_tokens)?;
        let cached_tokens = self.read_prefix(&prefix)?;
        let mut copy = Copy::new(copying, self.vocabulary.pieces());
        let written = self
            .after(&prefix, suffix.len() + limits.max_tokens)
            .copy(&suffix, limits, &mut copy, self.vocabulary.end())
            .map_err(GenerateError::inference(&self.model))?;
        let whole = written.finished == StopReason::EndOfTurn;
        Ok(Copied {
            spot: copy.whole().filter(|_| whole),
            prompt_tokens,
            cached_tokens,
            completion_tokens: written.tokens.len(),
            finished: written.finished,
        })
    }

    /// The tokens of a prompt as the model reads it.
    ///
    /// # Errors
    /// [`GenerateError::Tokenize`].
    pub fn tokens(&self, prompt: &Prompt) -> Result<Vec<u32>, GenerateError> {
        let (prefix, suffix) = self.layout.encode(prompt, &self.vocabulary)?;
        Ok([prefix, suffix].concat())
    }

    /// The tokens of a text alone; nothing in it is markup.
    ///
    /// # Errors
    /// [`GenerateError::Tokenize`].
    pub fn tokenize(&self, text: &str) -> Result<Vec<u32>, GenerateError> {
        self.vocabulary.encode(text)
    }

    /// The model's scores (logits) for the token after `tokens`, one for each of its
    /// vocabulary.
    ///
    /// # Errors
    /// [`GenerateError::Inference`], also for ids that are no tokens.
    pub fn scores(&self, tokens: &[u32]) -> Result<Vec<f32>, GenerateError> {
        self.check_length(tokens.len(), 0)?;
        let mut cache = self.decoder.cache(tokens.len());
        let scores = self.decoder.read(tokens, &mut cache, Need::Last);
        scores.map_err(GenerateError::inference(&self.model))
    }

    fn check_length(&self, prompt: usize, output: usize) -> Result<(), GenerateError> {
        let context = self.decoder.shape().context;
        if prompt.saturating_add(output) <= context {
            return Ok(());
        }
        Err(GenerateError::TooLong {
            prompt,
            output,
            context,
        })
    }

    /// Makes sure that `prefix` is remembered, and returns how much of it already was.
    fn read_prefix(&mut self, prefix: &[u32]) -> Result<usize, GenerateError> {
        if self.known(prefix).is_some() {
            return Ok(prefix.len());
        }
        let mut cache = self.decoder.cache(prefix.len());
        self.decoder
            .read(prefix, &mut cache, Need::Nothing)
            .map_err(GenerateError::inference(&self.model))?;
        if self.prefixes.len() == PREFIXES {
            self.prefixes.remove(0);
        }
        self.prefixes.push(Prefix {
            tokens: prefix.to_vec(),
            cache,
        });
        Ok(0)
    }

    fn known(&self, prefix: &[u32]) -> Option<&Prefix> {
        self.prefixes.iter().find(|known| known.tokens == prefix)
    }

    /// A run behind `prefix`, which must be remembered, with room for `more` tokens.
    fn after(&self, prefix: &[u32], more: usize) -> Run<'_> {
        let known = self.known(prefix).map(|known| known.cache.fork(more));
        let cache = known.unwrap_or_else(|| self.decoder.cache(more));
        Run::new(&self.decoder, cache, prefix)
    }
}

/// An open GGUF and its metadata.
fn read(path: &Path) -> Result<(BufReader<File>, Content), GenerateError> {
    let mut file = open(path)?;
    let content = Content::read(&mut file).map_err(GenerateError::gguf(path))?;
    Ok((file, content))
}

fn open(path: &Path) -> Result<BufReader<File>, GenerateError> {
    File::open(path)
        .map(BufReader::new)
        .map_err(GenerateError::io(path))
}

#[cfg(test)]
mod tests;
