//! What is kept of an answer: all that is needed to make it again, and to say what has changed
//! since.

use footnote_answer::ask::{Abilities, Ask, Cut, Wording};
use footnote_answer::escalate::Escalating;
use footnote_answer::generate;
use footnote_answer::outcome::Answer;
use footnote_answer::prompt;
use footnote_answer::question::Question;
use footnote_answer::search::{Mode, Search};
use footnote_answer::trace::AnswerTrace;
use footnote_store::{Filter, Scope};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::format_description::well_known::Rfc3339;

use crate::app::App;
use crate::config;
use crate::error::ApiError;

/// The request with its defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) question: String,
    pub(super) collections: Vec<String>,
    pub(super) filter: Option<Filter>,
    pub(super) k: usize,
    pub(super) mode: Wording,
    pub(super) strict: bool,
    pub(super) max_claims: usize,
    #[serde(default)]
    pub(super) max_latency_ms: Option<u64>,
}

impl Asked {
    /// The question to the engine, without its deadline: that is a moment.
    pub(super) fn ask(&self) -> Result<Ask, ApiError> {
        Ok(Ask {
            search: Search {
                // Its length was checked when it was asked.
                question: Question::new(&self.question, usize::MAX)?,
                scope: Scope {
                    collections: self.collections.clone(),
                    filter: self.filter.clone(),
                },
                k: self.k,
                mode: Mode::Hybrid,
            },
            wording: self.mode,
            strict: self.strict,
            max_claims: self.max_claims,
            deadline: None,
            quote_when_busy: false,
            cut: Cut::default(),
            escalating: Escalating::Never,
        })
    }
}

/// Everything the answer depended on. What it was told by the index and the models is in the
/// trace; the models' digests are in the answer.
#[derive(Serialize)]
pub(super) struct Receipt<'a> {
    request: &'a Asked,
    #[serde(flatten)]
    surroundings: Surroundings<'a>,
    trace: &'a AnswerTrace,
}

/// What is the same for every question that a service is asked.
#[derive(Serialize)]
struct Surroundings<'a> {
    service_version: &'static str,
    generation: String,
    pipeline: &'a str,
    /// What the models compute with: floating point differs between processors.
    kernels: String,
    /// Version of the arithmetic of the language model.
    decoder: &'static str,
    /// What the language model was used for.
    abilities: Abilities,
    prompt_version: &'static str,
    search: &'a config::Search,
    answer: &'a config::Answer,
}

/// Written as text, not through `Value`, which would widen every number to 64 bits and print
/// digits that were never computed.
#[derive(Serialize)]
struct Kept<'a> {
    answer: &'a Answer,
    receipt: &'a Receipt<'a>,
}

impl<'a> Receipt<'a> {
    /// The receipt for the answer that `app` gave to `asked` as `trace` says.
    pub(super) fn of(app: &'a App, asked: &'a Asked, trace: &'a AnswerTrace) -> Self {
        Self {
            request: asked,
            surroundings: Surroundings::of(app),
            trace,
        }
    }

    /// `answer` and this receipt, as they are kept and read back.
    pub(super) fn beside(&self, answer: &Answer) -> Result<String, ApiError> {
        let kept = Kept {
            answer,
            receipt: self,
        };
        serde_json::to_string(&kept).map_err(|error| ApiError::internal(&error))
    }
}

impl<'a> Surroundings<'a> {
    fn of(app: &'a App) -> Self {
        Self {
            service_version: env!("CARGO_PKG_VERSION"),
            generation: app.store.generation().name(),
            pipeline: &app.pipeline,
            kernels: kernels(),
            decoder: generate::VERSION,
            abilities: app.engine.abilities,
            prompt_version: prompt::VERSION,
            search: &app.config.search,
            answer: &app.config.answer,
        }
    }
}

/// What a receipt written by `app` now would say beside question and trace.
pub(super) fn surroundings(app: &App) -> Result<Value, ApiError> {
    as_read(&Surroundings::of(app))
}

/// `value` as it is read back after it was kept.
pub(super) fn as_read(value: &impl Serialize) -> Result<Value, ApiError> {
    let text = serde_json::to_string(value);
    let read = text.and_then(|text| serde_json::from_str(&text));
    read.map_err(|error| ApiError::internal(&error))
}

/// What is kept under `id`, with the time it was kept.
pub(super) async fn read(app: &App, id: &str) -> Result<Value, ApiError> {
    let (created_at, body) = app.store.ledger.receipt(id).await?;
    let mut body: Value =
        serde_json::from_str(&body).map_err(|error| ApiError::internal(&error))?;
    let created_at = created_at
        .format(&Rfc3339)
        .map_err(|error| ApiError::internal(&error))?;
    if let Some(receipt) = body.get_mut("receipt").and_then(Value::as_object_mut) {
        receipt.insert("created_at".to_owned(), created_at.into());
    }
    Ok(body)
}

/// The architecture, the vector instructions that kernels choose by, and what multiplies the
/// language model's weights.
fn kernels() -> String {
    let mut found = vec![std::env::consts::ARCH];
    #[cfg(target_arch = "x86_64")]
    {
        let features = [
            ("avx2", is_x86_feature_detected!("avx2")),
            ("fma", is_x86_feature_detected!("fma")),
            ("avx512f", is_x86_feature_detected!("avx512f")),
            ("avx512vnni", is_x86_feature_detected!("avx512vnni")),
        ];
        found.extend(features.iter().filter(|f| f.1).map(|f| f.0));
    }
    format!("{}, {}", found.join("+"), generate::kernels())
}
