//! The small language model: a system and a user message in, a short text out.
//!
//! Greedy decoding over candle's stock quantised llama. The same prompt always gives the same
//! tokens: a prompt is read in fixed pieces, whether or not its beginning was read before.
//! Nothing here believes what the model says; that is the verifier's work. A [`Generator`]
//! blocks and is not shareable: give it a `Worker`.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::Instant;

use candle_core::Device;
use candle_core::quantized::gguf_file::Content;
use candle_transformers::models::quantized_llama::{MAX_SEQ_LEN, ModelWeights};
use footnote_ingest::embed::ModelId;

mod error;
mod gguf;
mod layout;
mod requantise;
mod run;
mod vocabulary;

pub use error::GenerateError;
use layout::Layout;
use run::Run;
use vocabulary::Vocabulary;

/// What the model is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Who it is and how it should answer; the same for many prompts, so it is read once.
    pub system: String,
    /// What it should do now. Text that looks like a special token is read as plain text.
    pub user: String,
}

/// When to stop a generation that does not stop by itself.
pub struct GenerateLimits<'a> {
    /// Longest output in tokens.
    pub max_tokens: usize,
    /// Moment after which no further step is begun.
    pub deadline: Option<Instant>,
    /// Asked before every step; `true` ends the generation.
    pub cancelled: &'a dyn Fn() -> bool,
}

/// What the model wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The text, without surrounding white space; unfinished unless `finished` says otherwise.
    pub text: String,
    /// Tokens of the prompt, chat markup included.
    pub prompt_tokens: usize,
    /// How many of them had been read for an earlier prompt.
    pub cached_tokens: usize,
    /// Tokens written, the one that ends the turn not counted.
    pub completion_tokens: usize,
    /// Why it stopped.
    pub finished: StopReason,
}

/// Why a generation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The model ended its turn.
    EndOfTurn,
    /// `max_tokens` were written.
    MaxTokens,
    /// The deadline passed.
    Deadline,
    /// The caller lost interest.
    Cancelled,
}

impl StopReason {
    /// The reason as it is written in a trace.
    pub fn as_str(self) -> &'static str {
        match self {
            StopReason::EndOfTurn => "end_of_turn",
            StopReason::MaxTokens => "max_tokens",
            StopReason::Deadline => "deadline",
            StopReason::Cancelled => "cancelled",
        }
    }
}

/// An open language model.
pub struct Generator {
    model: ModelId,
    /// Never run itself: a run happens on a clone, which shares the weights and leaves the
    /// attention masks that candle collects behind when it is dropped.
    weights: ModelWeights,
    vocabulary: Vocabulary,
    layout: Layout,
    /// Longest prompt and output together.
    context: usize,
    /// The latest system prompt, already read.
    prefix: Option<Prefix>,
}

struct Prefix {
    tokens: Vec<u32>,
    run: Run,
}

impl Generator {
    /// Opens the GGUF at `path`, which must be the file that `model` names.
    ///
    /// Weights in a format that candle reads slowly are converted once; the result is kept in
    /// `cache_dir` under the file's hash.
    ///
    /// # Errors
    /// [`GenerateError::Unsupported`] for other architectures and tokenizers than SmolLM2's;
    /// otherwise whatever keeps the files from being read or written.
    pub fn load(path: &Path, cache_dir: &Path, model: ModelId) -> Result<Self, GenerateError> {
        let fast = requantise::fast_copy(path, cache_dir, &model)?;
        let mut file = open(&fast)?;
        let invalid = GenerateError::gguf(&fast);
        let content = Content::read(&mut file).map_err(&invalid)?;
        gguf::check_supported(&content, path)?;
        let vocabulary = Vocabulary::from_gguf(&content, path)?;
        let layout = Layout::from_gguf(&content, &vocabulary, path)?;
        let trained = gguf::number(&content, "llama.context_length").unwrap_or(MAX_SEQ_LEN);
        let weights =
            ModelWeights::from_gguf(content, &mut file, &Device::Cpu).map_err(&invalid)?;
        Ok(Self {
            model,
            weights,
            vocabulary,
            layout,
            context: trained.min(MAX_SEQ_LEN),
            prefix: None,
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
        self.after(&prefix).map(|_| ())
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
        let (run, cached_tokens) = self.after(&prefix)?;
        let (written, finished) = run
            .write(&suffix, limits, &|token| self.vocabulary.ends_turn(token))
            .map_err(GenerateError::inference(&self.model))?;
        Ok(Draft {
            text: self.vocabulary.decode(&written)?,
            prompt_tokens,
            cached_tokens,
            completion_tokens: written.len(),
            finished,
        })
    }

    fn check_length(&self, prompt: usize, output: usize) -> Result<(), GenerateError> {
        if prompt.saturating_add(output) <= self.context {
            return Ok(());
        }
        Err(GenerateError::TooLong {
            prompt,
            output,
            context: self.context,
        })
    }

    /// A run that has read `prefix`, and how much of it an earlier prompt had paid for.
    fn after(&mut self, prefix: &[u32]) -> Result<(Run, usize), GenerateError> {
        if let Some(known) = &self.prefix
            && known.tokens == prefix
        {
            return Ok((known.run.clone(), prefix.len()));
        }
        let mut run = Run::new(self.weights.clone());
        run.read(prefix)
            .map_err(GenerateError::inference(&self.model))?;
        self.prefix = Some(Prefix {
            tokens: prefix.to_vec(),
            run: run.clone(),
        });
        Ok((run, 0))
    }
}

impl GenerateLimits<'_> {
    /// The first limit that forbids writing more.
    fn reached(&self, written: &[u32]) -> Option<StopReason> {
        let late = || {
            self.deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
        };
        if written.len() >= self.max_tokens {
            Some(StopReason::MaxTokens)
        } else if (self.cancelled)() {
            Some(StopReason::Cancelled)
        } else {
            late().then_some(StopReason::Deadline)
        }
    }
}

fn open(path: &Path) -> Result<BufReader<File>, GenerateError> {
    File::open(path)
        .map(BufReader::new)
        .map_err(GenerateError::io(path))
}

#[cfg(test)]
mod tests;
