//! The models that the configuration names: their files, and the threads they are loaded on.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use footnote_answer::escalate::{Escalation, Prices, Terms};
use footnote_answer::generate::{GenerateError, Generator};
use footnote_answer::inference::Inferring;
use footnote_answer::probe::Card;
use footnote_answer::prompt::SYSTEMS;
use footnote_answer::rerank::Reranking;
use footnote_ingest::embed::{Embedder, EmbedderFiles};
use footnote_ingest::entailment::{Entailment, EntailmentFiles};
use footnote_ingest::models::{Cache, Manifest, ModelError, Role, locate};
use footnote_ingest::rerank::{Reranker, RerankerFiles};
use footnote_ingest::worker::Worker;

use crate::config::{Config, Escalate};
use crate::error::{ApiError, Code, chain};

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

/// Embedding dimension is fixed by the table; the model is asked for it before opening one.
pub(super) async fn embedder(
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

type Named<M> = (String, Worker<M>);

/// Starts loading the generator in the background; requests wait for it.
pub(super) fn generator(
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
pub(super) fn escalation(config: &Config) -> Result<Option<Arc<Escalation>>, ApiError> {
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
pub(super) fn card(config: &Config, manifest: &Manifest, cache: &Cache) -> Option<Card> {
    let artefact = manifest.artefact(Role::Generator).ok();
    let used = artefact.filter(|_| config.models.use_card)?;
    Card::read(&cache.root, &used.id())
}

/// Loads the model of inference, where one is configured: what is wrong with it is said at once.
pub(super) async fn inferring(
    config: &Config,
    runtime: PathBuf,
) -> Result<Option<Inferring>, ApiError> {
    let Some(folder) = &config.models.entailment else {
        return Ok(None);
    };
    let files = EntailmentFiles::read(runtime, folder)?;
    let (model, threads) = (files.id(), config.models.threads);
    let worker = Worker::spawn("inference", config.models.queue, move || {
        Entailment::load(&files, threads)
    })?;
    let hint = "correct `models.entailment`, or leave it out: answers are checked without";
    ready(&worker, hint).await?;
    Ok(Some(Inferring { model, worker }))
}

/// Loads the reranker, where one is configured: what is wrong with it is said at once.
pub(super) async fn reranker(
    config: &Config,
    runtime: PathBuf,
) -> Result<Option<Reranking>, ApiError> {
    let Some(folder) = &config.models.reranker else {
        return Ok(None);
    };
    let files = RerankerFiles::read(runtime, folder)?;
    let (model, threads) = (files.id(), config.models.threads);
    let worker = Worker::spawn("reranker", config.models.queue, move || {
        Reranker::load(&files, threads)
    })?;
    let hint = "correct `models.reranker`, or leave it out: search works without";
    ready(&worker, hint).await?;
    Ok(Some(Reranking { model, worker }))
}

/// Waits until the model is loaded; what keeps it from that comes with `hint`.
async fn ready<M: 'static>(worker: &Worker<M>, hint: &str) -> Result<(), ApiError> {
    let unusable = |error| ApiError::new(Code::Unavailable, chain(&error), hint);
    worker.ready().await.map_err(unusable)
}
