//! How much of the embedder's own speed is left in the whole pipeline?
//!
//! `make bench-ingest`, with `FOLDER=...` for other documents than the fixtures. In one run and in turns: ONNX Runtime alone on the passages of
//! all documents, tokenised beforehand, and the service's own way from queued bytes to a
//! committed index (worker processes, chunks, vectors, commits, upkeep), each time into a new
//! data directory.
//!
//! The table goes to stderr, JSON to stdout. The ratio is the median of the ratios of each
//! round: on a shared machine it holds where bare times do not.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use footnote_api::app::App;
use footnote_api::config::{self, Config, Overrides};
use footnote_api::jobs;
use footnote_ingest::embed::{EmbedderFiles, Ids, Raw, TokenCounter};
use footnote_ingest::id::DocumentId;
use footnote_ingest::isolate::worker;
use footnote_ingest::models::{Cache, Manifest};
use footnote_ingest::parse::{Limits, parse};
use footnote_ingest::prepare::cut;
use footnote_ingest::source::Source;
use footnote_store::ledger::collections::DEFAULT;
use footnote_store::ledger::jobs::{Op, Priority, State, Task};
use tokio::sync::watch;
use walkdir::WalkDir;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Rounds that count; one more goes before them to warm up.
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    if std::env::args_os()
        .nth(1)
        .is_some_and(|arg| arg == worker::COMMAND)
    {
        return worker::run();
    }
    let done = tokio::runtime::Runtime::new()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(run()));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus");
    let folder = std::env::args_os().nth(1).map_or(fixtures, PathBuf::from);
    let sources = sources(&folder)?;
    let threads = std::thread::available_parallelism()?.get();
    let cache = Cache::from_env().ok_or("no cache folder: set FOOTNOTE_CACHE")?;
    let files = EmbedderFiles::locate(&Manifest::embedded()?, &cache)?;
    let ids = ids(&files, &sources)?;
    let mut raw = Raw::load(&files, &files.model, threads, 1)?;
    let tokens = raw.run(&ids)?;
    let (mut alone, mut whole) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let start = Instant::now();
        raw.run(&ids)?;
        let seconds = (start.elapsed().as_secs_f64(), pipeline(&sources).await?);
        if round > 0 {
            alone.push(seconds.0);
            whole.push(seconds.1);
        }
    }
    report(&sources, ids.len(), tokens, threads, alone, whole);
    Ok(())
}

/// Every readable document under `folder`, in the order of their paths.
fn sources(folder: &Path) -> Result<Vec<Source>> {
    let mut found = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() {
            let source = Source {
                uri: entry.path().display().to_string(),
                media_type: None,
                bytes: std::fs::read(entry.path())?,
            };
            match parse(&source, &limits(&Config::default())) {
                Ok(_) => found.push(source),
                Err(error) => eprintln!("left out: {}: {error}", source.uri),
            }
        }
    }
    Ok(found)
}

fn limits(config: &Config) -> Limits {
    Limits {
        max_text_chars: config.limits.max_text_chars,
        max_expanded_bytes: config.limits.max_expanded_bytes,
        ocr: None,
    }
}

/// What the model reads of all documents.
fn ids(files: &EmbedderFiles, sources: &[Source]) -> Result<Vec<Ids>> {
    let (counter, config) = (TokenCounter::load(&files.tokenizer)?, Config::default());
    let chunking = footnote_ingest::chunk::Chunking {
        max_tokens: config.chunking.max_tokens,
    };
    let mut texts = Vec::new();
    for source in sources {
        let document = parse(source, &limits(&config))?;
        let id = DocumentId::derive(DEFAULT, &source.uri);
        let chunked = cut(&id, &document, &chunking, &|text| counter.count(text));
        texts.extend(chunked.passages.into_iter().map(|passage| passage.text));
    }
    Ok(Ids::of(files, texts.iter().map(String::as_str))?)
}

/// Seconds from queueing all of `sources` until the last job has ended.
async fn pipeline(sources: &[Source]) -> Result<f64> {
    let data = tempfile::tempdir()?;
    let overrides = Overrides {
        data: Some(data.path().to_owned()),
        ..Overrides::default()
    };
    let mut config = config::load(None, overrides)?;
    config.models.generator = false;
    let app = App::open(config).await.map_err(|error| error.message)?;
    let tasks = tasks(&app, sources)?;
    let (stop, stopped) = watch::channel(false);
    let start = Instant::now();
    app.store.ledger.enqueue_all(&tasks, u64::MAX >> 1).await?;
    let runner = tokio::spawn(jobs::run(Arc::clone(&app), stopped));
    while unfinished(&app).await? {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let seconds = start.elapsed().as_secs_f64();
    stop.send_replace(true);
    runner.await?;
    Ok(seconds)
}

fn tasks(app: &App, sources: &[Source]) -> Result<Vec<Task>> {
    sources
        .iter()
        .map(|source| {
            Ok(Task {
                op: Op::Put,
                document_id: DocumentId::derive(DEFAULT, &source.uri),
                collection: DEFAULT.to_owned(),
                uri: source.uri.clone(),
                content_sha256: Some(app.store.blobs.put(&source.bytes)?),
                media_type: None,
                metadata: serde_json::Map::new(),
                priority: Priority::Bulk,
            })
        })
        .collect()
}

async fn unfinished(app: &App) -> Result<bool> {
    let counts = app.store.ledger.count_jobs().await?;
    let failed = counts.get(&State::Failed).copied().unwrap_or(0);
    match failed {
        0 => Ok(counts.contains_key(&State::Queued) || counts.contains_key(&State::Running)),
        failed => Err(format!("{failed} documents failed").into()),
    }
}

fn report(
    sources: &[Source],
    passages: usize,
    tokens: usize,
    threads: usize,
    alone: Vec<f64>,
    whole: Vec<f64>,
) {
    let ratios = alone.iter().zip(&whole).map(|(alone, whole)| alone / whole);
    let ratio = median(ratios.collect());
    let rate = |seconds: &[f64]| tokens as f64 / median(seconds.to_vec());
    let documents = sources.len();
    let bytes: usize = sources.iter().map(|source| source.bytes.len()).sum();
    eprintln!("{documents} documents, {bytes} bytes, {passages} passages, {tokens} tokens");
    eprintln!(
        "raw ONNX Runtime, {threads} x 1 threads {:9.0} tokens/s",
        rate(&alone)
    );
    eprintln!(
        "the whole pipeline            {:9.0} tokens/s",
        rate(&whole)
    );
    eprintln!("ratio, median of {ROUNDS} rounds     {ratio:9.2}");
    let report = serde_json::json!({
        "documents": documents, "bytes": bytes, "passages": passages, "tokens": tokens,
        "threads": threads, "raw_seconds": alone, "pipeline_seconds": whole, "ratio": ratio,
        "raw_tokens_per_second": rate(&alone), "pipeline_tokens_per_second": rate(&whole),
    });
    use std::io::Write as _;
    // Whoever closed stdout does not want the report.
    let _ = writeln!(std::io::stdout(), "{report}");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
