//! What the crates below are told of the configuration, each in its own words.

use std::time::Duration;

use footnote_answer::ask::Settings;
use footnote_answer::evidence::{Budget, Weights};
use footnote_answer::fuse::Fusion;
use footnote_answer::lexical::Bm25;
use footnote_answer::search::SearchSettings;
use footnote_ingest::isolate::{self, Parsers};
use footnote_store::Retention;

use crate::config::{Config, Escalate};
use crate::error::ApiError;

/// Weights of the sentence score and the gate: measured, see the README's quality table.
pub(crate) fn settings(config: &Config) -> Settings {
    Settings {
        search: SearchSettings {
            candidates: config.search.candidates,
            exact: config.search.exact,
            fusion: Fusion {
                method: config.search.fusion,
                k: config.search.rrf_k,
                vector: config.search.vector_weight,
                sentence: config.search.sentence_weight,
                lexical: config.search.lexical_weight,
            },
            bm25: Bm25::MEASURED,
            rerank_depth: config.search.rerank_depth,
            collapse_duplicates: config.search.collapse_duplicates,
        },
        weights: Weights::MEASURED,
        budget: Budget {
            sentences: config.answer.max_sentences,
            chars: config.answer.max_chars,
            margin: config.answer.margin,
            coverage: config.answer.coverage,
        },
        gate: config.answer.gate,
        threshold: config.answer.threshold,
        sure: config.answer.sure,
        max_tokens: config.answer.max_new_tokens,
        sources: 5,
        escalate: config.answer.escalate == Escalate::Auto,
    }
}

/// How long what is kept of the past.
pub(super) fn retention(config: &Config) -> Retention {
    let days = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
    Retention {
        versions_for: days(config.storage.replay_days),
        versions: config.storage.replay_versions,
        receipts_for: days(config.storage.receipts_days),
        ..Retention::default()
    }
}

/// Parsing processes of this very program.
pub(super) fn parsers(config: &Config) -> Result<Parsers, ApiError> {
    let program = std::env::current_exe().map_err(|error| ApiError::internal(&error))?;
    let ingest = &config.ingest;
    let budget = isolate::Budget {
        memory_bytes: ingest.parse_memory_bytes,
        cpu_seconds: ingest.parse_cpu_seconds,
        wall_seconds: ingest.parse_wall_seconds,
        output_bytes: ingest.parse_output_bytes,
    };
    Ok(Parsers::new(program, ingest.parse_workers, budget))
}
