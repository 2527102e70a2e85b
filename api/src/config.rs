//! Configuration: compiled-in defaults, then `footnote.toml`, then `FOOTNOTE__SECTION__KEY`,
//! then flags. It is parsed and validated as a whole before anything is opened; every problem
//! is reported at once, and an unknown key is a problem.

mod endpoint;
mod explain;
mod patch;
mod search;
mod validate;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use figment::value::Dict;
use footnote_answer::fuse::{Fusion, Method};
use footnote_answer::gate::Model;
use serde::{Deserialize, Serialize};

pub use explain::{KEYS, explain};

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

impl Default for Config {
    fn default() -> Self {
        Self {
            server: Server {
                listen: SocketAddr::from(([127, 0, 0, 1], 8420)),
                request_timeout_ms: 60_000,
                shutdown_timeout_ms: 20_000,
            },
            storage: Storage {
                data: platform_dir(|dirs| dirs.data_dir().to_owned(), "data"),
                vector_index_from: 20_000,
                replay_days: 7,
                replay_versions: 200,
                receipts_days: 90,
            },
            models: Models::default(),
            chunking: Chunking { max_tokens: 200 },
            ingest: Ingest {
                parse_workers: 2,
                parse_memory_bytes: 1 << 30,
                parse_cpu_seconds: 60,
                parse_wall_seconds: 120,
                parse_output_bytes: 512 << 20,
                ocr: None,
                ocr_languages: "eng".to_owned(),
                ocr_max_pages: 50,
                ocr_page_seconds: 30,
                settle_ms: 1_000,
                sweep_interval_ms: 60_000,
            },
            search: Search {
                candidates: 50,
                exact: false,
                fusion: Fusion::MEASURED.method,
                rrf_k: Fusion::MEASURED.k,
                vector_weight: Fusion::MEASURED.vector,
                sentence_weight: Fusion::MEASURED.sentence,
                lexical_weight: Fusion::MEASURED.lexical,
                rerank_depth: 20,
                collapse_duplicates: true,
            },
            answer: Answer {
                passages: 16,
                threshold: 0.24,
                sure: 0.4,
                gate: Model::MEASURED,
                max_sentences: 3,
                max_chars: 900,
                margin: 0.25,
                coverage: 0.8,
                max_new_tokens: 48,
                escalate: Escalate::Never,
                escalate_usd_per_day: 1.0,
            },
            limits: Limits {
                max_document_bytes: 64 << 20,
                max_expanded_bytes: 256 << 20,
                max_text_chars: 20_000_000,
                max_question_chars: 2_000,
                max_k: 100,
                max_queued_jobs: 10_000,
                max_concurrent_requests: 64,
            },
            telemetry: Telemetry {
                log: "info".to_owned(),
            },
        }
    }
}

impl Default for Models {
    fn default() -> Self {
        Self {
            cache: models_cache(),
            manifest: None,
            generator: true,
            reranker: None,
            threads: std::thread::available_parallelism().map_or(2, usize::from),
            queue: 64,
            generator_queue: 16,
            use_card: true,
            endpoint_url: None,
            endpoint_model: None,
            endpoint_key_env: None,
            endpoint_timeout_ms: 10_000,
            endpoint_max_tokens: 400,
            endpoint_usd_per_million_in: None,
            endpoint_usd_per_million_out: None,
        }
    }
}

/// What flags may override.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--data`
    pub data: Option<PathBuf>,
    /// `--listen`
    pub listen: Option<SocketAddr>,
    /// `--log`, or what `-v` stands for.
    pub log: Option<String>,
}

/// Every problem of a configuration, one line each.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {} problem(s):\n{}", .0.len(), .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

/// Reads, merges and validates the configuration.
///
/// `file` must exist when given; otherwise `footnote.toml` in the working directory is read
/// if it is there.
///
/// # Errors
/// All problems at once: unreadable or malformed file, unknown keys, wrong types, values out
/// of range.
pub fn load(file: Option<&Path>, overrides: Overrides) -> Result<Config, ConfigError> {
    let file = match file {
        Some(path) if !path.is_file() => {
            let problem = format!("  `{}` does not exist; check `--config`", path.display());
            return Err(ConfigError(vec![problem]));
        }
        Some(path) => path.to_owned(),
        None => PathBuf::from("footnote.toml"),
    };
    let given =
        Figment::from(Toml::file_exact(&file)).merge(Env::prefixed("FOOTNOTE__").split("__"));
    let given = if file.is_file() {
        given
    } else {
        Figment::from(Env::prefixed("FOOTNOTE__").split("__"))
    };
    let mut problems = unknown_keys(&given)?;
    let merged = Figment::from(Serialized::defaults(Config::default())).merge(given);
    match merged.extract::<Config>() {
        Ok(mut config) => {
            apply(&mut config, overrides);
            problems.extend(validate::problems(&config));
            if problems.is_empty() {
                return Ok(config);
            }
        }
        Err(errors) => problems.extend(errors.into_iter().map(describe)),
    }
    Err(ConfigError(problems))
}

fn apply(config: &mut Config, overrides: Overrides) {
    if let Some(data) = overrides.data {
        config.storage.data = data;
    }
    if let Some(listen) = overrides.listen {
        config.server.listen = listen;
    }
    if let Some(log) = overrides.log {
        config.telemetry.log = log;
    }
}

/// Keys that were given but do not exist, each with the nearest section's keys.
fn unknown_keys(given: &Figment) -> Result<Vec<String>, ConfigError> {
    let values = given
        .extract::<Dict>()
        .map_err(|errors| ConfigError(errors.into_iter().map(describe).collect()))?;
    let mut problems = Vec::new();
    for (section, value) in &values {
        let Some(dict) = value.as_dict() else {
            problems.push(format!(
                "  `{section}` is not a section; see `footnote config --explain`"
            ));
            continue;
        };
        for key in dict.keys() {
            let path = format!("{section}.{key}");
            if !KEYS.iter().any(|(known, _)| *known == path) {
                problems.push(format!(
                    "  `{path}` is not a key; see `footnote config --explain`"
                ));
            }
        }
    }
    Ok(problems)
}

fn describe(error: figment::Error) -> String {
    let path = error.path.join(".");
    let source = error
        .metadata
        .as_ref()
        .map_or(String::new(), |m| format!(" ({})", m.name));
    format!("  `{path}`: {}{source}", error.kind)
}

fn models_cache() -> PathBuf {
    match std::env::var_os("FOOTNOTE_CACHE") {
        Some(cache) => PathBuf::from(cache).join("models"),
        None => platform_dir(|dirs| dirs.cache_dir().to_owned(), "cache").join("models"),
    }
}

/// The platform's folder of one kind; a folder beside the working directory when the platform
/// names none (no home).
fn platform_dir(pick: impl Fn(&ProjectDirs) -> PathBuf, kind: &str) -> PathBuf {
    ProjectDirs::from("", "", "footnote")
        .map_or_else(|| PathBuf::from(".footnote").join(kind), |dirs| pick(&dirs))
}
