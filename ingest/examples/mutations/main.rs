//! Can a hostile file hurt the service? `make mutations`, or
//! `cargo run -p footnote-ingest --example mutations -- [COUNT] [SEED] [CASE]`.
//!
//! Damages every file of the fixtures, the seeds of the fuzz target and, where they are at
//! hand, the messy documents, COUNT times in all, and has each parsed by the isolated parsers
//! that the service uses, two at a time; what is read is checked and cut into chunks as the
//! service does it. Same seed, same cases. With CASE, that one alone is run and its bytes are
//! written to the folder for temporary files.
//!
//! The table goes to stderr, JSON to stdout. Fails when a worker crashes other than at a limit,
//! cannot be started or is lost track of, and when a document breaks a law of documents.

mod laws;
mod memory;
mod mutate;
mod rng;
mod tally;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use footnote_ingest::document::Document;
use footnote_ingest::isolate::{Budget, IsolateError, Parsers, worker};
use footnote_ingest::parse::Limits;
use footnote_ingest::source::Source;

use self::tally::{Outcome, Tally, judge};

const LIMITS: Limits = Limits {
    max_text_chars: 2_000_000,
    max_expanded_bytes: 256 << 20,
    ocr: None,
};

const BUDGET: Budget = Budget {
    memory_bytes: 512 << 20,
    cpu_seconds: 10,
    wall_seconds: 20,
    output_bytes: 64 << 20,
};

/// Workers, and cases under way.
const AT_ONCE: usize = 2;

/// What the service may take to notice a limit.
const GRACE: Duration = Duration::from_secs(5);

/// What it may take to cut a document, which grows with the text alone.
const CUTTING: Duration = Duration::from_secs(10);

/// How many times the memory of this process is noted.
const NOTES: usize = 10;

struct Run {
    files: Vec<Source>,
    seed: u64,
    cases: std::ops::Range<usize>,
    next: AtomicUsize,
    parsers: Parsers,
    tally: Mutex<Tally>,
    memory: Mutex<Vec<u64>>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments
        .first()
        .is_some_and(|word| word == worker::COMMAND)
    {
        return Ok(worker::run());
    }
    let number = |at: usize, default: usize| -> Result<usize, std::num::ParseIntError> {
        arguments.get(at).map_or(Ok(default), |word| word.parse())
    };
    let (count, seed) = (number(0, 20_000)?, number(1, 1)? as u64);
    let files = files()?;
    let cases = match arguments.get(2) {
        None => 0..count,
        Some(_) => kept(&files, seed, number(2, 0)?)?,
    };
    let run = Arc::new(Run {
        files,
        seed,
        next: AtomicUsize::new(cases.start),
        cases,
        parsers: Parsers::new(std::env::current_exe()?, AT_ONCE, BUDGET),
        tally: Mutex::default(),
        memory: Mutex::default(),
    });
    let workers = memory::watch_workers();
    let start = Instant::now();
    tokio::runtime::Runtime::new()?.block_on(everything(&run));
    Ok(report(&run, start.elapsed(), &workers))
}

/// Every file to damage, in the order of their paths.
fn files() -> Result<Vec<Source>, Box<dyn Error>> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("FOOTNOTE_SHARED_DATA")
        .map_or_else(|| own.join("../../shared/data"), PathBuf::from);
    let mut found = Vec::new();
    for folder in [
        "../fixtures/corpus",
        "../fixtures/broken",
        "../fixtures/formats",
        "fuzz/seeds",
    ] {
        walk(&own.join(folder), &mut found)?;
    }
    let messy = shared.join("messy_docs/files");
    match messy.is_dir() {
        true => walk(&messy, &mut found)?,
        false => eprintln!("without the messy documents, which are not at hand"),
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<Source>) -> std::io::Result<()> {
    let mut paths = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(&path, found)?;
            continue;
        }
        found.push(Source {
            uri: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            media_type: None,
            bytes: std::fs::read(&path)?,
        });
    }
    Ok(())
}

/// Case `n` alone, its bytes written where they can be looked at.
fn kept(files: &[Source], seed: u64, n: usize) -> std::io::Result<std::ops::Range<usize>> {
    let (_, case) = mutate::case(files, seed, n);
    let path = std::env::temp_dir().join(format!("case-{seed}-{n}-{}", case.uri));
    std::fs::write(&path, &case.bytes)?;
    eprintln!("{}", path.display());
    Ok(n..n + 1)
}

async fn everything(run: &Arc<Run>) {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        let run = Arc::clone(run);
        tasks.spawn(async move {
            loop {
                let n = run.next.fetch_add(1, Ordering::Relaxed);
                if !run.cases.contains(&n) {
                    return;
                }
                let outcome = one(&run, n).await;
                note(&run, outcome);
            }
        });
    }
    tasks.join_all().await;
}

async fn one(run: &Run, n: usize) -> Outcome {
    let (file, source) = mutate::case(&run.files, run.seed, n);
    let patience = Duration::from_secs(BUDGET.wall_seconds) + GRACE;
    let start = Instant::now();
    let parsed = tokio::time::timeout(patience, run.parsers.parse(&source, &LIMITS)).await;
    let parse = start.elapsed();
    let mut outcome = Outcome {
        n,
        file,
        what: "parsed".to_owned(),
        place: None,
        parse,
        cut: Duration::ZERO,
        finding: None,
    };
    match parsed {
        Ok(Ok(document)) => (outcome.cut, outcome.finding) = cut(document).await,
        Ok(Err(error)) => {
            (outcome.what, outcome.finding) = judge(&error);
            if let IsolateError::Stopped { place, .. } = error {
                outcome.place = place;
            }
        }
        Err(_) => outcome.finding = Some("the service lost track of it".to_owned()),
    }
    outcome
}

/// What the service does with the document, outside of the worker.
async fn cut(document: Document) -> (Duration, Option<String>) {
    let start = Instant::now();
    let broken = tokio::task::spawn_blocking(move || laws::broken(&document));
    let finding = match tokio::time::timeout(CUTTING, broken).await {
        Ok(Ok(broken)) => broken,
        Ok(Err(panic)) => Some(format!("cutting it: {panic}")),
        Err(_) => Some("cutting it takes too long".to_owned()),
    };
    (start.elapsed(), finding)
}

fn note(run: &Run, outcome: Outcome) {
    let mut tally = run.tally.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(finding) = &outcome.finding {
        eprintln!("case {}: {}: {finding}", outcome.n, outcome.file);
    }
    tally.add(outcome);
    if tally.done.is_multiple_of(run.cases.len().div_ceil(NOTES)) {
        let mut memory = run.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.push(memory::own() / 1024);
        eprintln!("{} of {}", tally.done, run.cases.len());
    }
}

fn report(run: &Run, took: Duration, workers: &AtomicU64) -> ExitCode {
    use std::io::Write as _;
    let tally = run.tally.lock().unwrap_or_else(PoisonError::into_inner);
    let memory = run.memory.lock().unwrap_or_else(PoisonError::into_inner);
    let worker = workers.load(Ordering::Relaxed) / 1024;
    let (cases, files, seconds) = (run.cases.len(), run.files.len(), took.as_secs());
    eprint!("{}", tally.table());
    eprintln!(
        "{cases} cases of {files} files, seed {}, {seconds} s",
        run.seed
    );
    eprintln!("memory: service {memory:?} MiB as the run went on, worker at most {worker} MiB");
    let mut json = tally.json();
    json["run"] = serde_json::json!({
        "cases": cases, "files": files, "seed": run.seed, "seconds": seconds,
        "service_mib": *memory, "worker_peak_mib": worker, "budget": BUDGET, "limits": LIMITS,
    });
    // Whoever closed stdout does not want the report.
    let _ = writeln!(std::io::stdout(), "{json}");
    match tally.findings.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
