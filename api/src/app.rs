//! The opened service: ledger, index, blobs, models and settings, shared by the HTTP handlers
//! and the job runner. Opening is all or nothing; what fails says what to do.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use footnote_answer::ask::{Abilities, Settings};
use footnote_answer::engine::Engine;
use footnote_answer::escalate::{Escalation, Prices, Terms};
use footnote_answer::evidence::{Budget, Weights};
use footnote_answer::fuse::Fusion;
use footnote_answer::generate::{GenerateError, Generator};
use footnote_answer::lexical::Bm25;
use footnote_answer::outcome::Models;
use footnote_answer::probe::Card;
use footnote_answer::prompt::SYSTEMS;
use footnote_answer::rerank::Reranking;
use footnote_answer::search::SearchSettings;
use footnote_ingest::chunk::Chunking;
use footnote_ingest::embed::{Embedder, EmbedderFiles, TokenCounter};
use footnote_ingest::isolate::{self, Parsers};
use footnote_ingest::models::{Cache, Manifest, ModelError, Role, locate};
use footnote_ingest::parse::{self, Ocr};
use footnote_ingest::prepare::PIPELINE;
use footnote_ingest::rerank::{Reranker, RerankerFiles};
use footnote_ingest::worker::Worker;
use footnote_store::ledger::jobs::{Job, JobId, State, Task};
use footnote_store::{Generation, Retention, Store, StoreConfig};
use tokio::sync::{RwLock, watch};

use crate::config::{Config, Escalate};
use crate::error::{ApiError, Code, chain};
use crate::evals::Evals;
use crate::watch::Watching;

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

/// Embedding dimension is fixed by the table; the model is asked for it before opening one.
async fn load_embedder(
    config: &Config,
    files: EmbedderFiles,
) -> Result<(Worker<Embedder>, usize), ApiError> {
    let threads = config.models.threads;
    let worker = Worker::spawn("embedder", config.models.queue, move || {
        Embedder::load(&files, threads)
    })?;
    worker.ready().await?;
    let dimension = worker.run(|model| model.dimension()).await?;
    Ok((worker, dimension))
}

/// The manifest in force: the built-in one, under the user's where one is configured.
pub fn manifest(config: &Config) -> Result<Manifest, ModelError> {
    let built_in = Manifest::embedded()?;
    match &config.models.manifest {
        Some(path) => Ok(built_in.overlaid(Manifest::load(path)?)),
        None => Ok(built_in),
    }
}

/// The cache the configuration names.
pub fn cache(config: &Config) -> Cache {
    Cache {
        root: config.models.cache.clone(),
    }
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
        let generator = generator(&config, &manifest, &cache)?;
        let escalation = escalation(&config)?;
        let (embedder, dimension) = load_embedder(&config, files).await?;
        let reranker = reranker(&config, runtime).await?;
        let generation = Generation::new(embedder_id.clone(), dimension, chunker(&config));
        let pipeline = format!("{}/{PIPELINE}", generation.fingerprint());
        let place = StoreConfig {
            vector_index_from: config.storage.vector_index_from,
            retention: retention(&config),
            ..StoreConfig::at(&config.storage.data)
        };
        let store = Store::open(place, generation).await?;
        for mended in &store.warnings {
            tracing::warn!(mended, "the data directory was damaged");
        }
        store.ledger.requeue_running().await?;
        let card = card(&config, &manifest, &cache);
        let engine = Engine {
            embedder,
            models: Models {
                embedder: embedder_id,
                generator: generator.as_ref().map(|(id, _)| id.clone()),
                reranker: reranker.as_ref().map(|reranker| reranker.model.clone()),
                endpoint: escalation
                    .as_ref()
                    .and(config.models.endpoint_model.clone()),
            },
            escalation,
            reranker,
            generator: generator.map(|(_, worker)| worker),
            abilities: card.as_ref().map_or(Abilities::UNTRIED, Card::abilities),
            pace: card.as_ref().map(Card::pace),
            settings: settings(&config),
        };
        let parsers = parsers(&config)?;
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

/// How long what is kept of the past.
fn retention(config: &Config) -> Retention {
    let days = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
    Retention {
        versions_for: days(config.storage.replay_days),
        versions: config.storage.replay_versions,
        receipts_for: days(config.storage.receipts_days),
        ..Retention::default()
    }
}

/// Parsing processes of this very program.
fn parsers(config: &Config) -> Result<Parsers, ApiError> {
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

type Named<M> = (String, Worker<M>);

/// Starts loading the generator in the background; requests wait for it.
fn generator(
    config: &Config,
    manifest: &Manifest,
    cache: &Cache,
) -> Result<Option<Named<Generator>>, ApiError> {
    if !config.models.generator {
        return Ok(None);
    }
    let artefact = manifest.artefact(Role::Generator)?;
    let (path, id) = (locate(artefact, cache)?, artefact.id());
    let folder = cache.root.clone();
    let name = id.to_string();
    let worker = Worker::spawn("generator", config.models.generator_queue, move || {
        let mut model = Generator::load(&path, &folder, id)?;
        for system in SYSTEMS {
            model.warm_up(system)?;
        }
        Ok::<_, GenerateError>(model)
    })?;
    Ok(Some((name, worker)))
}

/// The endpoint, where one is to be asked. It is not called here.
fn escalation(config: &Config) -> Result<Option<Arc<Escalation>>, ApiError> {
    let models = &config.models;
    let (Escalate::Auto, Some(url), Some(model)) = (
        config.answer.escalate,
        &models.endpoint_url,
        &models.endpoint_model,
    ) else {
        return Ok(None);
    };
    let unusable = |why: String| {
        let hint = "correct the endpoint's keys in `[models]`, or set `answer.escalate` to `never`";
        ApiError::new(Code::Unavailable, why, hint)
    };
    let key = models.endpoint_key_env.as_deref().map(|name| {
        let said = "the variable that `models.endpoint_key_env` names is not set, or is no text";
        std::env::var(name).map_err(|_| unusable(format!("{said}: `{name}`")))
    });
    let key = key.transpose()?;
    let terms = Terms {
        url,
        model,
        key: key.as_deref(),
        timeout: Duration::from_millis(models.endpoint_timeout_ms),
        max_tokens: models.endpoint_max_tokens,
        prices: Prices {
            input: models.endpoint_usd_per_million_in.unwrap_or_default(),
            output: models.endpoint_usd_per_million_out.unwrap_or_default(),
        },
        usd_per_day: config.answer.escalate_usd_per_day,
    };
    let escalation = Escalation::new(terms);
    let escalation = escalation.map_err(|error| unusable(format!("the endpoint: {error}")))?;
    Ok(Some(Arc::new(escalation)))
}

/// What `models probe` found out about the generator.
fn card(config: &Config, manifest: &Manifest, cache: &Cache) -> Option<Card> {
    let artefact = manifest.artefact(Role::Generator).ok();
    let used = artefact.filter(|_| config.models.use_card)?;
    Card::read(&cache.root, &used.id())
}

/// Loads the reranker, where one is configured: what is wrong with it is said at once.
async fn reranker(config: &Config, runtime: PathBuf) -> Result<Option<Reranking>, ApiError> {
    let Some(folder) = &config.models.reranker else {
        return Ok(None);
    };
    let files = RerankerFiles::read(runtime, folder)?;
    let (model, threads) = (files.id(), config.models.threads);
    let worker = Worker::spawn("reranker", config.models.queue, move || {
        Reranker::load(&files, threads)
    })?;
    let unusable = |error| {
        let hint = "correct `models.reranker`, or leave it out: search works without";
        ApiError::new(Code::Unavailable, chain(&error), hint)
    };
    worker.ready().await.map_err(unusable)?;
    Ok(Some(Reranking { model, worker }))
}

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
