//! From the libraries' errors to the contract's codes: the only place that knows both. Every
//! match is exhaustive, so a new variant must be given a code before the crate builds.

use footnote_answer::question::InvalidQuestion;
use footnote_ingest::embed::EmbedError;
use footnote_ingest::entailment::EntailmentError;
use footnote_ingest::isolate::IsolateError;
use footnote_ingest::models::ModelError;
use footnote_ingest::parse::ParseError;
use footnote_ingest::rerank::RerankError;
use footnote_ingest::worker::WorkerError;
use footnote_store::filter::FilterError;

use super::{ApiError, Code};

impl From<ParseError> for ApiError {
    fn from(error: ParseError) -> Self {
        let code = match &error {
            ParseError::Unsupported { .. } => Code::UnsupportedFormat,
            ParseError::TooLarge { .. } => Code::DocumentTooLarge,
            ParseError::Empty
            | ParseError::Encrypted { .. }
            | ParseError::Corrupt { .. }
            | ParseError::NoText { .. } => Code::UnreadableDocument,
        };
        Self::new(code, error.to_string(), error.hint())
    }
}

impl From<IsolateError> for ApiError {
    fn from(error: IsolateError) -> Self {
        let message = error.to_string();
        match &error {
            IsolateError::Parse(error) => error.clone().into(),
            IsolateError::Stopped { stopped, .. } => {
                let hint = stopped.key().map_or_else(
                    || {
                        "open it in the program that made it, save it anew and retry the job"
                            .to_owned()
                    },
                    |key| format!("split the document or raise `{key}`, then retry the job"),
                );
                Self::new(Code::UnreadableDocument, message, hint)
            }
            IsolateError::Start(_) => {
                let hint = "the machine may be short of memory or processes; it is tried again";
                Self::new(Code::Unavailable, message, hint).because(&error)
            }
        }
    }
}

impl From<InvalidQuestion> for ApiError {
    fn from(error: InvalidQuestion) -> Self {
        let hint = match &error {
            InvalidQuestion::Empty => "write the question in words",
            InvalidQuestion::TooLong { .. } => {
                "ask a shorter question, or raise `limits.max_question_chars`"
            }
        };
        Self::invalid(error.to_string(), hint)
    }
}

impl From<FilterError> for ApiError {
    fn from(error: FilterError) -> Self {
        let hint = "a filter is `{\"field\",\"op\",\"value\"}` or `and`, `or`, `not` of filters";
        Self::invalid(format!("`filter`: {error}"), hint)
    }
}

impl From<WorkerError> for ApiError {
    fn from(error: WorkerError) -> Self {
        let (code, hint) = match &error {
            WorkerError::Busy { .. } => (Code::Overloaded, "try again in a second"),
            WorkerError::Loading { .. } => (Code::Unavailable, "wait until `/readyz` answers 200"),
            WorkerError::Load { .. } => (Code::Unavailable, "run `footnote doctor` on the server"),
            WorkerError::Gone { .. } => (Code::Internal, "report the request id"),
        };
        Self::new(code, error.to_string(), hint).because(&error)
    }
}

impl From<EmbedError> for ApiError {
    fn from(error: EmbedError) -> Self {
        Self::internal(&error)
    }
}

impl From<EntailmentError> for ApiError {
    fn from(error: EntailmentError) -> Self {
        let hint = "correct `models.entailment`, or leave it out: answers are checked without";
        match &error {
            EntailmentError::Folder(_)
            | EntailmentError::Labels { .. }
            | EntailmentError::Model { .. } => {
                Self::new(Code::Unavailable, error.to_string(), hint).because(&error)
            }
            EntailmentError::Runtime(_) | EntailmentError::Inference { .. } => {
                Self::internal(&error)
            }
        }
    }
}

impl From<RerankError> for ApiError {
    fn from(error: RerankError) -> Self {
        let hint = "correct `models.reranker`, or leave it out: search works without";
        match &error {
            RerankError::Folder(_) | RerankError::Labels { .. } | RerankError::Model { .. } => {
                Self::new(Code::Unavailable, error.to_string(), hint).because(&error)
            }
            RerankError::Runtime(_) | RerankError::Inference { .. } | RerankError::Score { .. } => {
                Self::internal(&error)
            }
        }
    }
}

impl From<ModelError> for ApiError {
    fn from(error: ModelError) -> Self {
        let hint = "run `footnote models pull`, then `footnote doctor`";
        Self::new(Code::Unavailable, error.to_string(), hint).because(&error)
    }
}

impl From<footnote_store::Error> for ApiError {
    fn from(error: footnote_store::Error) -> Self {
        use footnote_store::Error as Store;
        let message = error.to_string();
        match &error {
            Store::Locked { .. } => Self::new(
                Code::Unavailable,
                message,
                "if a server is running, add `--server http://127.0.0.1:8420`",
            ),
            Store::GenerationMismatch { .. } => Self::new(
                Code::Conflict,
                message,
                "use the old settings, or a new data directory and ingest again",
            ),
            Store::QueueFull { .. } => Self::new(
                Code::Overloaded,
                message,
                "wait until jobs have finished, then retry",
            ),
            Store::VersionGone { .. } => Self::new(
                Code::NotFound,
                message,
                "replay with `\"at\":\"latest\"`; `storage.replay_days` and `storage.replay_versions` say how long versions are kept",
            ),
            Store::NotFound { what, name } => Self::not_found(what, name),
            Store::Conflict { .. } => Self::new(
                Code::Conflict,
                message,
                "look at what is stored, then decide",
            ),
            Store::Invalid { .. } => Self::invalid(message, "correct the value and send it again"),
            Store::Io { .. } | Store::Engine { .. } if disk_full(&error) => Self::new(
                Code::Unavailable,
                "the disk that holds the data directory is full",
                "free some space; what was stored is safe",
            )
            .because(&error),
            Store::Io { .. } | Store::Engine { .. } | Store::Corrupt { .. } => {
                Self::internal(&error)
            }
        }
    }
}

/// True when some cause of `error` is a full disk. The engines pass the cause on as text only.
fn disk_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let causes = super::chain(error);
    ["No space left on device", "database or disk is full"]
        .iter()
        .any(|sign| causes.contains(sign))
}

impl From<footnote_answer::Error> for ApiError {
    fn from(error: footnote_answer::Error) -> Self {
        use footnote_answer::Error as Answer;
        match error {
            Answer::Store(error) => error.into(),
            Answer::Embed(error) => error.into(),
            Answer::Rerank(error) => error.into(),
            Answer::Entailment(error) => error.into(),
            Answer::Worker { source, .. } => source.into(),
            Answer::NoGenerator => Self::new(
                Code::Unavailable,
                error.to_string(),
                "set `models.generator = true`, or ask with `\"mode\":\"extractive\"`",
            ),
            Answer::Generate(ref cause) => Self::internal(cause),
        }
    }
}
