//! What holds where nothing is set: no configuration is needed.

use std::net::SocketAddr;
use std::path::PathBuf;

use directories::ProjectDirs;
use footnote_answer::fuse::Fusion;
use footnote_answer::gate::Model;

use super::{
    Answer, Chunking, Config, Escalate, Ingest, Limits, Models, Search, Server, Storage, Telemetry,
};

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
            entailment: None,
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
