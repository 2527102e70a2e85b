//! The two halves of the benchmark, each in a process of its own, so that the memory of one is
//! not counted in the other: filling a data directory, and searching it.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use footnote_answer::question::Question;
use footnote_answer::search::{Mode, Search};
use footnote_api::app::App;
use footnote_api::config::{self, Overrides};
use footnote_eval::latency::{Percentiles, percentiles};
use footnote_ingest::id::DocumentId;
use footnote_ingest::prepare::cut;
use footnote_ingest::source::Source;
use footnote_store::ledger::collections::DEFAULT;
use footnote_store::{LegHit, Scope};
use serde_json::{Value, json};
use walkdir::WalkDir;

use crate::corpus::{CHUNKS_EACH, Corpus, Real};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Documents of one commit.
const TOGETHER: usize = 250;
/// Questions asked before the clock starts.
const WARM_UP: usize = 50;
/// Questions that count, one after the other.
const QUESTIONS: usize = 300;
/// Questions of which the vector leg is compared with an exact search.
const COMPARED: usize = 100;
/// Clients that ask at the same time.
const CLIENTS: usize = 8;
/// Hits of a search.
const K: usize = 10;

/// Where a phase works.
pub(crate) struct Place {
    /// Holds the data directory, and what other engines are given.
    pub(crate) folder: PathBuf,
    /// Real documents.
    pub(crate) seeds: PathBuf,
    /// Chunks of the made corpus.
    pub(crate) chunks: usize,
}

impl Place {
    fn documents(&self) -> usize {
        self.chunks.div_ceil(CHUNKS_EACH)
    }

    async fn open(&self) -> Result<Arc<App>> {
        let overrides = Overrides {
            data: Some(self.folder.join("data")),
            ..Overrides::default()
        };
        let mut config = config::load(None, overrides)?;
        config.models.generator = false;
        Ok(App::open(config).await.map_err(|error| error.message)?)
    }
}

/// Writes the corpus and lets the upkeep make its indexes.
pub(crate) async fn fill(place: &Place) -> Result<Value> {
    let app = place.open().await?;
    let corpus = Corpus::new(reals(&app, &place.seeds).await?)?;
    let (mut making, mut writing) = (0.0, 0.0);
    for first in (0..place.documents()).step_by(TOGETHER) {
        let start = Instant::now();
        let numbers = first..place.documents().min(first + TOGETHER);
        let documents: Vec<_> = numbers
            .map(|number| corpus.document(number))
            .collect::<Result<_>>()?;
        making += start.elapsed().as_secs_f64();
        let start = Instant::now();
        app.store.replace(&documents).await?;
        writing += start.elapsed().as_secs_f64();
        eprint!(
            "\r{} of {} documents ",
            first + documents.len(),
            place.documents()
        );
    }
    eprintln!();
    let start = Instant::now();
    let done = app.store.maintain().await?;
    let upkeep = start.elapsed().as_secs_f64();
    for failure in &done.failures {
        eprintln!("upkeep: {failure}");
    }
    let steps = app.store.ledger.steps().await?;
    let steps = steps.iter().map(|step| {
        let row = json!({ "seconds": step.took_ms as f64 / 1e3, "outcome": step.outcome });
        (step.step.clone(), row)
    });
    Ok(json!({
        "made_seconds": making, "written_seconds": writing, "upkeep_seconds": upkeep,
        "upkeep": steps.collect::<serde_json::Map<_, _>>(),
        "peak_mb": status_mb("VmHWM"), "disk_mb": disk_mb(&place.folder.join("data")),
    }))
}

/// The chunks of every readable document under `folder`, embedded.
async fn reals(app: &App, folder: &Path) -> Result<Vec<Real>> {
    let mut reals = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry?;
        if !entry.file_type().is_file() {
            continue;
        }
        let source = Source {
            uri: entry.file_name().to_string_lossy().into_owned(),
            media_type: None,
            bytes: std::fs::read(entry.path())?,
        };
        let Ok(document) = footnote_ingest::parse::parse(&source, &app.parse_limits()) else {
            continue;
        };
        let id = DocumentId::derive(DEFAULT, &source.uri);
        let chunked = cut(&id, &document, &app.chunking(), &|text| {
            app.tokens.count(text)
        });
        let passages = chunked.passages.clone();
        let embedder = &app.engine.embedder;
        let embedded = embedder
            .run(move |model| model.passages(&passages))
            .await??;
        let chunks = chunked.with(embedded);
        reals.extend(chunks.iter().map(|chunk| Real::new(&document.title, chunk)));
    }
    Ok(reals)
}

/// Asks questions, from one client and from several; with `export`, leaves texts, vectors and
/// questions for other engines.
pub(crate) async fn ask(place: &Place, export: bool) -> Result<Value> {
    let start = Instant::now();
    let app = place.open().await?;
    let (opened, rested) = (start.elapsed().as_secs_f64(), status_mb("VmRSS"));
    let corpus = Corpus::new(reals(&app, &place.seeds).await?)?;
    let questions = |first: usize, count: usize| -> Result<Vec<String>> {
        (first..first + count)
            .map(|number| corpus.question(number, place.documents()))
            .collect()
    };
    timed(&app, &questions(0, WARM_UP)?).await?;
    let counted = questions(WARM_UP, QUESTIONS)?;
    let (alone, embedding) = timed(&app, &counted).await?;
    let (together, seconds) = crowd(&app, &counted).await?;
    let peak = status_mb("VmHWM");
    let compared = &counted[..COMPARED.min(counted.len())];
    let recall = compare(&app, compared, export.then_some(place.folder.as_path())).await?;
    let rate = |count: usize| count as f64 / seconds;
    Ok(json!({
        "open_seconds": opened, "opened_mb": rested, "peak_mb": peak,
        "search_ms": percentiles(alone), "embedding_ms": percentiles(embedding),
        "clients": { "count": CLIENTS, "search_ms": percentiles(together.clone()),
            "per_second": rate(together.len()) },
        "vector_leg": recall,
    }))
}

fn search(question: &str) -> Result<Search> {
    Ok(Search {
        question: Question::new(question, usize::MAX)?,
        scope: Scope::collection(DEFAULT),
        k: K,
        mode: Mode::Hybrid,
    })
}

/// Milliseconds of each search, and of its embedding.
async fn timed(app: &App, questions: &[String]) -> Result<(Vec<f64>, Vec<f64>)> {
    let (mut whole, mut embedding) = (Vec::new(), Vec::new());
    for question in questions {
        let (request, snapshot) = (search(question)?, app.store.snapshot());
        let start = Instant::now();
        let (found, clock) = app.engine.search(&snapshot, &request).await?;
        whole.push(start.elapsed().as_secs_f64() * 1e3);
        if found.hits.is_empty() {
            return Err(format!("nothing was found for `{question}`").into());
        }
        let embed = clock.laps().iter().find(|(stage, _)| *stage == "embed");
        embedding.extend(embed.map(|(_, lap)| lap.as_secs_f64() * 1e3));
    }
    Ok((whole, embedding))
}

/// Milliseconds of each search while [`CLIENTS`] ask at once, and seconds in all.
async fn crowd(app: &Arc<App>, questions: &[String]) -> Result<(Vec<f64>, f64)> {
    let start = Instant::now();
    let share = questions.len().div_ceil(CLIENTS);
    let clients = questions.chunks(share).map(|questions| {
        let (app, questions) = (Arc::clone(app), questions.to_vec());
        tokio::spawn(async move {
            let done = timed(&app, &questions).await;
            done.map(|(whole, _)| whole)
                .map_err(|error| error.to_string())
        })
    });
    let mut all = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        all.extend(client.await??);
    }
    Ok((all, start.elapsed().as_secs_f64()))
}

/// What the vector leg finds beside what an exact search finds.
async fn compare(app: &App, questions: &[String], export: Option<&Path>) -> Result<Value> {
    let snapshot = app.store.snapshot();
    let scope = Scope::collection(DEFAULT);
    let (mut found, mut times, mut asked) = (0, Vec::new(), Vec::new());
    for question in questions {
        let text = question.clone();
        let vector = app
            .engine
            .embedder
            .run(move |model| model.query(&text))
            .await??;
        let near = snapshot.nearest(vector.as_slice(), &scope, K).await?;
        let start = Instant::now();
        let exact = snapshot.nearest_exact(vector.as_slice(), &scope, K).await?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        let same = |hit: &&LegHit| near.iter().any(|other| other.chunk_id == hit.chunk_id);
        found += exact.iter().filter(same).count();
        let ids: Vec<&str> = exact.iter().map(|hit| hit.chunk_id.as_str()).collect();
        asked.push(json!({ "text": question, "vector": vector.as_slice(), "exact": ids }));
    }
    if let Some(folder) = export {
        leave(app, folder, &asked).await?;
    }
    let exact_ms: Percentiles = percentiles(times);
    Ok(json!({
        "index": snapshot.vector_index.map(|index| index.to_string()),
        "recall_at_10": found as f64 / (K * questions.len()) as f64, "exact_ms": exact_ms,
    }))
}

/// Writes `questions.jsonl`, `texts.jsonl` and `vectors.f32` (little-endian, row by row).
async fn leave(app: &App, folder: &Path, questions: &[Value]) -> Result<()> {
    let create = |name: &str| File::create(folder.join(name)).map(BufWriter::new);
    let mut asked = create("questions.jsonl")?;
    for question in questions {
        writeln!(asked, "{question}")?;
    }
    let (mut texts, mut vectors) = (create("texts.jsonl")?, create("vectors.f32")?);
    let mut failed = Ok(());
    let mut write = |stored: footnote_store::StoredChunk| -> std::io::Result<()> {
        let (id, text) = (stored.chunk.id.as_str(), &stored.chunk.text);
        writeln!(texts, "{}", json!({ "id": id, "text": text }))?;
        let mut numbers = stored.vector.iter();
        numbers.try_for_each(|number| vectors.write_all(&number.to_le_bytes()))
    };
    let scope = Scope::collection(DEFAULT);
    let walk = app.store.snapshot();
    walk.walk(&scope, |stored| {
        if failed.is_ok() {
            failed = write(stored);
        }
    })
    .await?;
    failed?;
    asked.flush()?;
    texts.flush()?;
    Ok(vectors.flush()?)
}

/// A line of the process's status in MB, where there is one.
fn status_mb(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line
        .trim_matches(|c: char| !c.is_ascii_digit())
        .parse()
        .ok()?;
    Some(kilobytes / 1024)
}

fn disk_mb(folder: &Path) -> u64 {
    let files = WalkDir::new(folder)
        .into_iter()
        .filter_map(|entry| entry.ok()?.metadata().ok());
    files.map(|file| file.len()).sum::<u64>() >> 20
}
