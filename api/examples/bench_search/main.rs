//! How fast is a search among many chunks, and what does finding them fast cost?
//!
//! `make bench-search`. For each size a corpus is made (module `corpus`), stored and indexed
//! as the service does, and searched as `POST /v1/search` does: question embedded, both legs,
//! fusion, ten hits with their texts. Phases run in processes of their own.
//!
//! At the first size from 100,000 chunks on other engines get the same texts, vectors and
//! questions, the questions' vectors included, between two runs of ours.
//!
//! The table goes to stderr, JSON to stdout.

mod corpus;
mod phases;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use clap::Parser;
use phases::Place;
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Chunks from which on other engines are compared.
const COMPARED_FROM: usize = 100_000;

#[derive(Parser)]
struct Args {
    /// Numbers of chunks
    #[arg(default_values_t = [5_000, 100_000, 1_000_000])]
    sizes: Vec<usize>,
    /// Documents of which the corpus is made
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/corpus"))]
    seeds: PathBuf,
    /// Python that has the other engines (lancedb, chromadb, bm25s)
    #[arg(long)]
    peers: Option<PathBuf>,
    /// Where the data goes; a temporary folder if not given
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Only this part, of one size (the program calls itself with it)
    #[arg(long, hide = true, requires = "folder")]
    phase: Option<Phase>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Phase {
    Fill,
    Ask,
    Export,
}

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<()> {
    match (args.phase, &args.folder) {
        (Some(phase), Some(folder)) => print(&part(&args, phase, folder)?),
        _ => print(&every_size(&args)?),
    }
}

fn print(report: &Value) -> Result<()> {
    use std::io::Write as _;
    Ok(writeln!(std::io::stdout(), "{report}")?)
}

fn part(args: &Args, phase: Phase, folder: &Path) -> Result<Value> {
    let place = Place {
        folder: folder.to_owned(),
        seeds: args.seeds.clone(),
        chunks: args.sizes.first().copied().unwrap_or(0),
    };
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        match phase {
            Phase::Fill => phases::fill(&place).await,
            Phase::Ask => phases::ask(&place, false).await,
            Phase::Export => phases::ask(&place, true).await,
        }
    })
}

fn every_size(args: &Args) -> Result<Value> {
    let (mut rows, mut peers) = (Vec::new(), Value::Null);
    for &chunks in &args.sizes {
        let temporary = tempfile::tempdir()?;
        let base = args.folder.as_deref().unwrap_or(temporary.path());
        let folder = base.join(format!("{chunks}-chunks"));
        std::fs::create_dir_all(&folder)?;
        let compared = args
            .peers
            .as_ref()
            .filter(|_| chunks >= COMPARED_FROM && peers.is_null());
        let filled = call(args, "fill", &folder, chunks)?;
        let asked = call(
            args,
            if compared.is_some() { "export" } else { "ask" },
            &folder,
            chunks,
        )?;
        show(chunks, &filled, &asked);
        let mut row = json!({ "chunks": chunks, "fill": filled, "ask": asked });
        if let Some(python) = compared {
            peers = others(python, &folder)?;
            let again = call(args, "ask", &folder, chunks)?;
            show(chunks, &row["fill"], &again);
            row["ask_again"] = again;
        }
        rows.push(row);
    }
    let threads = std::thread::available_parallelism()?.get();
    Ok(json!({ "threads": threads, "sizes": rows, "others": peers }))
}

/// Runs one phase in a process of its own.
fn call(args: &Args, phase: &str, folder: &Path, chunks: usize) -> Result<Value> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(chunks.to_string()).args(["--phase", phase]);
    command
        .arg("--folder")
        .arg(folder)
        .arg("--seeds")
        .arg(&args.seeds);
    output(command)
}

fn others(python: &Path, folder: &Path) -> Result<Value> {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/examples/bench_search/peers.py"
    );
    let mut command = Command::new(python);
    command.arg(script).arg(folder);
    output(command)
}

/// What `command` prints, which is JSON.
fn output(mut command: Command) -> Result<Value> {
    let output = command.stderr(Stdio::inherit()).output()?;
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout)?),
        false => Err(format!("{command:?} ended with {}", output.status).into()),
    }
}

fn show(chunks: usize, filled: &Value, asked: &Value) {
    let of = |latency: &Value| {
        let at = |percentile: &str| latency[percentile].as_f64().unwrap_or(f64::NAN);
        format!("{:6.1} {:6.1} {:6.1}", at("p50"), at("p95"), at("p99"))
    };
    eprintln!("{chunks} chunks                     p50    p95    p99 ms");
    eprintln!("  search, one client        {}", of(&asked["search_ms"]));
    eprintln!("  of it the embedding       {}", of(&asked["embedding_ms"]));
    let clients = &asked["clients"];
    eprintln!(
        "  search, {} clients         {}   {:.0} a second",
        clients["count"],
        of(&clients["search_ms"]),
        clients["per_second"].as_f64().unwrap_or(0.0)
    );
    let leg = &asked["vector_leg"];
    eprintln!("  vector leg alone, exact   {}", of(&leg["exact_ms"]));
    eprintln!("  recall@10 {} ({})", leg["recall_at_10"], leg["index"]);
    eprintln!(
        "  written in {:.1} s, upkeep {:.1} s, {} MB on disk, at most {} MB of memory",
        filled["written_seconds"].as_f64().unwrap_or(0.0),
        filled["upkeep_seconds"].as_f64().unwrap_or(0.0),
        filled["disk_mb"],
        filled["peak_mb"]
    );
    eprintln!(
        "  opened in {:.1} s with {} MB, searching at most {} MB",
        asked["open_seconds"].as_f64().unwrap_or(0.0),
        asked["opened_mb"],
        asked["peak_mb"]
    );
}
