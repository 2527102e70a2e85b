//! The model alone: token ids in, states computed and thrown away. What a pipeline around it
//! is measured against, in the same process and on the same texts; nothing else uses it.

use std::path::Path;

use super::lanes::Lanes;
use super::runtime::read;
use super::session::Session;
use super::tokens::{encoder, ids};
use super::{EmbedError, EmbedderFiles};

/// Sessions of ONNX Runtime on one model file.
pub struct Raw {
    sessions: Lanes<Session>,
}

/// The token ids of one text, special tokens included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids(Vec<i64>);

impl Raw {
    /// Opens `model` with the runtime of `files`: `sessions` times, each with `threads`.
    ///
    /// # Errors
    /// [`EmbedError`] when the runtime or the model cannot be used.
    pub fn load(
        files: &EmbedderFiles,
        model: &Path,
        sessions: usize,
        threads: usize,
    ) -> Result<Self, EmbedError> {
        let (bytes, name) = (read(model)?, model.display().to_string());
        let open = || Session::open(&files.runtime, &bytes, threads, &name);
        let sessions = Lanes::open(sessions, open)?;
        Ok(Self { sessions })
    }

    /// Runs the model on each text by itself, and returns how many tokens went through.
    ///
    /// # Errors
    /// [`EmbedError::Inference`] when it fails.
    pub fn run(&mut self, texts: &[Ids]) -> Result<usize, EmbedError> {
        let pass = |session: &mut Session, ids: &Ids| session.pass(&ids.0, |_, _| Ok(ids.0.len()));
        let tokens = self.sessions.map(texts, |ids| ids.0.len(), pass)?;
        Ok(tokens.iter().sum())
    }
}

impl Ids {
    /// What the embedder reads of each text.
    ///
    /// # Errors
    /// [`EmbedError`] when the tokenizer cannot be used, or refuses a text.
    pub fn of<'a>(
        files: &EmbedderFiles,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<Self>, EmbedError> {
        let tokenizer = encoder(&files.tokenizer)?;
        let texts = texts.into_iter().map(|text| tokenizer.encode(text, true));
        texts
            .map(|encoding| encoding.map(|encoding| Self(ids(&encoding))))
            .collect::<Result<_, _>>()
            .map_err(|source| EmbedError::Inference {
                model: files.id.to_string(),
                source,
            })
    }
}
