//! The opened service: ledger, index, blobs, models and settings, shared by the HTTP handlers
//! and the job runner. Opening is all or nothing; what fails says what to do.

use std::sync::Arc;
use std::time::Duration;

use footnote_answer::ask::Abilities;
use footnote_answer::engine::Engine;
use footnote_answer::outcome::Models;
use footnote_answer::probe::Card;
use footnote_ingest::chunk::Chunking;
use footnote_ingest::embed::{EmbedderFiles, TokenCounter};
use footnote_ingest::isolate::Parsers;
use footnote_ingest::models::Role;
use footnote_ingest::parse::{self, Ocr};
use footnote_ingest::prepare::PIPELINE;
use footnote_store::ledger::jobs::{Job, JobId, State, Task};
use footnote_store::{Generation, Store, StoreConfig};
use time::{OffsetDateTime, Time};
use tokio::sync::{RwLock, watch};

use crate::config::Config;
use crate::error::ApiError;
use crate::evals::Evals;
use crate::watch::Watching;

mod models;
mod settings;

pub use models::{cache, manifest};
pub(crate) use settings::settings;

/// The opened service.
pub struct App {
    /// The settings it was opened with.
    pub config: Config,
    /// The data directory: chunk index, ledger and blobs.
    pub store: Store,
    /// Search and answers.
    pub engine: Engine,
    /// Measures chunks as the embedder does.
    pub tokens: TokenCounter,
    /// Names everything between bytes and chunks; part of each document's version.
    pub pipeline: String,
    /// The processes that parse.
    pub parsers: Parsers,
    /// Held for reading between storing an upload's bytes and queueing its job.
    pub uploads: RwLock<()>,
    /// Which watched folders are being worked on.
    pub watching: Watching,
    /// Evaluations that were asked for.
    pub evals: Evals,
    /// Counts calls to look at the queue.
    queued: watch::Sender<u64>,
    /// Counts finished jobs, for those who wait for one.
    finished: watch::Sender<u64>,
}

/// Names the embedder and everything between bytes and chunks under `config`, without loading
/// a model.
pub fn fingerprint(config: &Config) -> Result<String, ApiError> {
    let embedder = manifest(config)?.artefact(Role::Embedder)?.id().to_string();
    let generation = Generation::new(embedder, 0, chunker(config));
    Ok(format!("{}/{PIPELINE}", generation.fingerprint()))
}

/// Chunker settings as the text a generation keeps.
fn chunker(config: &Config) -> String {
    format!("tokens-{}", config.chunking.max_tokens)
}

impl App {
    /// Opens everything in `config`. Interrupted jobs are queued again.
    ///
    /// # Errors
    /// Missing models, a data directory in use or built with other models, a damaged store.
    pub async fn open(config: Config) -> Result<Arc<Self>, ApiError> {
        let (manifest, cache) = (manifest(&config)?, cache(&config));
        let files = EmbedderFiles::locate(&manifest, &cache)?;
        let tokens = TokenCounter::load(&files.tokenizer)?;
        let embedder_id = files.id.to_string();
        let runtime = files.runtime.clone();
        let generator = models::generator(&config, &manifest, &cache)?;
        let escalation = models::escalation(&config)?;
        let (embedder, dimension) = models::embedder(&config, files).await?;
        let reranker = models::reranker(&config, runtime.clone()).await?;
        let inferring = models::inferring(&config, runtime).await?;
        let generation = Generation::new(embedder_id.clone(), dimension, chunker(&config));
        let pipeline = format!("{}/{PIPELINE}", generation.fingerprint());
        let place = StoreConfig {
            vector_index_from: config.storage.vector_index_from,
            retention: settings::retention(&config),
            ..StoreConfig::at(&config.storage.data)
        };
        let store = Store::open(place, generation).await?;
        for mended in &store.warnings {
            tracing::warn!(mended, "the data directory was damaged");
        }
        store.ledger.requeue_running().await?;
        if let Some(escalation) = &escalation {
            escalation.count(spent_today(&store).await?);
        }
        let card = models::card(&config, &manifest, &cache);
        let engine = Engine {
            embedder,
            models: Models {
                embedder: embedder_id,
                generator: generator.as_ref().map(|(id, _)| id.clone()),
                reranker: reranker.as_ref().map(|reranker| reranker.model.clone()),
                entailment: inferring.as_ref().map(|one| one.model.clone()),
                endpoint: escalation
                    .as_ref()
                    .and(config.models.endpoint_model.clone()),
            },
            escalation,
            reranker,
            inferring,
            generator: generator.map(|(_, worker)| worker),
            abilities: card.as_ref().map_or(Abilities::UNTRIED, Card::abilities),
            pace: card.as_ref().map(Card::pace),
            settings: settings(&config),
        };
        let parsers = settings::parsers(&config)?;
        Ok(Arc::new(Self {
            parsers,
            queued: watch::Sender::new(0),
            finished: watch::Sender::new(0),
            uploads: RwLock::new(()),
            watching: Watching::default(),
            evals: Evals::at(&config.storage.data),
            config,
            store,
            engine,
            tokens,
            pipeline,
        }))
    }

    /// What the parser may use up.
    pub fn parse_limits(&self) -> parse::Limits {
        parse::Limits {
            max_text_chars: self.config.limits.max_text_chars,
            max_expanded_bytes: self.config.limits.max_expanded_bytes,
            ocr: self.ocr(),
        }
    }

    fn ocr(&self) -> Option<Ocr> {
        let ingest = &self.config.ingest;
        Some(Ocr {
            program: ingest.ocr.clone()?,
            languages: ingest.ocr_languages.clone(),
            max_pages: ingest.ocr_max_pages,
            page_timeout_seconds: ingest.ocr_page_seconds,
        })
    }

    /// How documents are cut.
    pub fn chunking(&self) -> Chunking {
        Chunking {
            max_tokens: self.config.chunking.max_tokens,
        }
    }

    /// Queues `task` and rouses the job runner.
    pub async fn submit(&self, task: &Task) -> Result<Job, ApiError> {
        let limit = self.config.limits.max_queued_jobs as u64;
        let job = self.store.ledger.enqueue(task, limit).await?;
        self.rouse();
        Ok(job)
    }

    /// Has the job runner look at the queue: something was queued.
    pub fn rouse(&self) {
        self.queued
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Changes whenever [`App::rouse`] is called.
    pub fn roused(&self) -> watch::Receiver<u64> {
        self.queued.subscribe()
    }

    /// Changes whenever jobs have ended.
    pub fn ended_jobs(&self) -> watch::Receiver<u64> {
        self.finished.subscribe()
    }

    /// Tells those who wait for jobs that some have ended, and the job runner: a newer job of
    /// the same document may start now.
    pub fn tell_finished(&self) {
        self.finished
            .send_modify(|count| *count = count.wrapping_add(1));
        self.rouse();
    }

    /// Waits until job `id` has ended, one way or the other.
    pub async fn ended(&self, id: &JobId) -> Result<Job, ApiError> {
        let mut finished = self.finished.subscribe();
        loop {
            let job = self.store.ledger.job(id).await?;
            match job.state {
                State::Queued | State::Running => {}
                State::Succeeded | State::Failed | State::Dead => return Ok(job),
            }
            // A missed signal costs at most this long.
            let _ = tokio::time::timeout(Duration::from_secs(1), finished.changed()).await;
        }
    }
}

/// What answers of this day (UTC) cost, in dollars.
async fn spent_today(store: &Store) -> Result<f64, ApiError> {
    let midnight = OffsetDateTime::now_utc().replace_time(Time::MIDNIGHT);
    let spent = store
        .ledger
        .sum_in_receipts("$.answer.usage.cost_usd", midnight);
    Ok(spent.await?)
}
