//! Configuration: what can be set. [`load`] puts together what is set.

mod defaults;
mod endpoint;
mod explain;
mod load;
mod patch;
mod search;
mod validate;

use std::net::SocketAddr;
use std::path::PathBuf;

use footnote_answer::fuse::Method;
use footnote_answer::gate::Model;
use serde::{Deserialize, Serialize};

pub use explain::{KEYS, explain};
pub use load::{ConfigError, Overrides, load};

/// Everything that can be set. [`KEYS`] documents each key; a key that is not there is found by
/// [`load`], which goes on to report what else is wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// The HTTP server.
    pub server: Server,
    /// Where data lives.
    pub storage: Storage,
    /// Which models, and where they are kept.
    pub models: Models,
    /// How documents are cut.
    pub chunking: Chunking,
    /// How documents come in.
    pub ingest: Ingest,
    /// How passages are found.
    pub search: Search,
    /// How answers are made.
    pub answer: Answer,
    /// What is refused.
    pub limits: Limits,
    /// What is said on stderr.
    pub telemetry: Telemetry,
}

/// `[server]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each key is documented once, in `KEYS`")]
pub struct Server {
    pub listen: SocketAddr,
    pub request_timeout_ms: u64,
    pub shutdown_timeout_ms: u64,
}

/// `[storage]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each key is documented once, in `KEYS`")]
pub struct Storage {
    pub data: PathBuf,
    pub vector_index_from: usize,
    pub replay_days: u64,
    pub replay_versions: usize,
    pub receipts_days: u64,
}

/// `[models]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each key is documented once, in `KEYS`")]
pub struct Models {
    pub cache: PathBuf,
    pub manifest: Option<PathBuf>,
    pub generator: bool,
    pub reranker: Option<PathBuf>,
    pub entailment: Option<PathBuf>,
    pub threads: usize,
    pub queue: usize,
    pub generator_queue: usize,
    pub use_card: bool,
    pub endpoint_url: Option<String>,
    pub endpoint_model: Option<String>,
    pub endpoint_key_env: Option<String>,
    pub endpoint_timeout_ms: u64,
    pub endpoint_max_tokens: usize,
    pub endpoint_usd_per_million_in: Option<f64>,
    pub endpoint_usd_per_million_out: Option<f64>,
}

/// `[chunking]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each key is documented once, in `KEYS`")]
pub struct Chunking {
    pub max_tokens: usize,
}

/// `[ingest]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each key is documented once, in `KEYS`")]
pub struct Ingest {
    pub parse_workers: usize,
    pub parse_memory_bytes: u64,
    pub parse_cpu_seconds: u64,
    pub parse_wall_seconds: u64,
    pub parse_output_bytes: u64,
    pub ocr: Option<PathBuf>,
    pub ocr_languages: String,
    pub ocr_max_pages: usize,
    pub ocr_page_seconds: u64,
    pub settle_ms: u64,
    pub sweep_interval_ms: u64,
}

/// `[search]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each key is documented once, in `KEYS`")]
pub struct Search {
    pub candidates: usize,
    pub exact: bool,
    pub fusion: Method,
    pub rrf_k: f32,
    pub vector_weight: f32,
    pub sentence_weight: f32,
    pub lexical_weight: f32,
    pub rerank_depth: usize,
    pub collapse_duplicates: bool,
}

/// `[answer]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each key is documented once, in `KEYS`")]
pub struct Answer {
    pub passages: usize,
    pub threshold: f32,
    pub sure: f32,
    pub gate: Model,
    pub max_sentences: usize,
    pub max_chars: usize,
    pub margin: f32,
    pub coverage: f32,
    pub max_new_tokens: usize,
    // Receipts written before these keys were have none.
    #[serde(default)]
    pub escalate: Escalate,
    #[serde(default)]
    pub escalate_usd_per_day: f64,
}

/// Whether an endpoint is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Escalate {
    /// No.
    #[default]
    Never,
    /// Where evidence was found and the local answer may be too little.
    Auto,
}

/// `[limits]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each key is documented once, in `KEYS`")]
pub struct Limits {
    pub max_document_bytes: usize,
    pub max_expanded_bytes: u64,
    pub max_text_chars: usize,
    pub max_question_chars: usize,
    pub max_k: usize,
    pub max_queued_jobs: usize,
    pub max_concurrent_requests: usize,
}

/// `[telemetry]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each key is documented once, in `KEYS`")]
pub struct Telemetry {
    pub log: String,
}
