//! How fast is the embedder, and how much of the model's own speed is left in it?
//!
//! `cargo run --release -p footnote-ingest --features models --example bench_embed`, with
//! `-- FOLDER` for other texts than the fixtures. In one run and in turns, on the same chunks:
//! ONNX Runtime alone on the model as shipped, ONNX Runtime alone on the model as prepared,
//! and `Embedder::passages`. Texts are tokenised beforehand for ONNX Runtime alone.
//!
//! The table goes to stderr, JSON to stdout. Ratios are medians of the ratios of each round:
//! on a shared machine they hold where bare times do not.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use footnote_ingest::chunk::Chunking;
use footnote_ingest::embed::{Embedder, EmbedderFiles, Ids, Passage, Raw, TokenCounter};
use footnote_ingest::id::DocumentId;
use footnote_ingest::models::{Cache, Manifest, Role, pull};
use footnote_ingest::parse::{Limits, parse};
use footnote_ingest::prepare::cut;
use footnote_ingest::source::Source;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Rounds that count; one more goes before them to warm up.
const ROUNDS: usize = 7;

/// As in the service's default configuration.
const CHUNKING: Chunking = Chunking { max_tokens: 200 };

/// One way to run the model, timed once in each round.
struct Contender {
    name: &'static str,
    sessions: usize,
    threads: usize,
    run: Box<dyn FnMut() -> Result<()>>,
    seconds: Vec<f64>,
}

fn main() -> Result<()> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus");
    let folder = std::env::args_os().nth(1).map_or(fixtures, PathBuf::from);
    let threads = std::thread::available_parallelism()?.get();
    let (files, shipped) = models()?;
    let passages = passages(&folder, &TokenCounter::load(&files.tokenizer)?)?;
    let ids = Ids::of(&files, passages.iter().map(|passage| passage.text.as_str()))?;

    let raw = |name, model: &Path, sessions, threads| -> Result<Contender> {
        let mut raw = Raw::load(&files, model, sessions, threads)?;
        let ids = ids.clone();
        let run = Box::new(move || raw.run(&ids).map(drop).map_err(Into::into));
        Ok(Contender {
            name,
            sessions,
            threads,
            run,
            seconds: Vec::new(),
        })
    };
    let mut contenders = vec![
        raw("shipped, one session", &shipped, 1, threads)?,
        raw("shipped", &shipped, threads, 1)?,
        raw("prepared, one session", &files.model, 1, threads)?,
        raw("prepared", &files.model, threads, 1)?,
        embedder(&files, passages.clone(), threads)?,
    ];
    time(&mut contenders)?;
    let tokens = Raw::load(&files, &files.model, 1, 1)?.run(&ids)?;
    report(&contenders, passages.len(), tokens);
    Ok(())
}

/// The files in use, and the file that the model was prepared from.
fn models() -> Result<(EmbedderFiles, PathBuf)> {
    let manifest = Manifest::embedded()?;
    let cache = Cache::from_env().ok_or("no cache folder: set FOOTNOTE_CACHE")?;
    for role in [Role::Embedder, Role::Tokenizer, Role::Runtime] {
        pull(manifest.artefact(role)?, &cache, &mut |_| ())?;
    }
    let shipped = manifest.artefact(Role::Embedder)?.shipped();
    let shipped = pull(
        &shipped.ok_or("the embedder is used as shipped")?,
        &cache,
        &mut |_| (),
    )?;
    Ok((EmbedderFiles::locate(&manifest, &cache)?, shipped))
}

/// The chunks of every readable document under `folder`, in the order of their paths.
fn passages(folder: &Path, tokens: &TokenCounter) -> Result<Vec<Passage>> {
    let limits = Limits {
        max_text_chars: 2_000_000,
        max_expanded_bytes: 64 << 20,
        ocr: None,
    };
    let mut passages = Vec::new();
    for path in paths(folder)? {
        let source = Source {
            uri: path.display().to_string(),
            media_type: None,
            bytes: std::fs::read(&path)?,
        };
        let id = DocumentId::derive("bench", &source.uri);
        match parse(&source, &limits) {
            Ok(document) => {
                let count = |text: &str| tokens.count(text);
                passages.extend(cut(&id, &document, &CHUNKING, &count).passages);
            }
            Err(error) => eprintln!("left out: {}: {error}", source.uri),
        }
    }
    Ok(passages)
}

fn paths(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(paths(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn embedder(files: &EmbedderFiles, passages: Vec<Passage>, threads: usize) -> Result<Contender> {
    let mut embedder = Embedder::load(files, threads)?;
    Ok(Contender {
        name: "Embedder::passages",
        sessions: threads,
        threads: 1,
        run: Box::new(move || embedder.passages(&passages).map(drop).map_err(Into::into)),
        seconds: Vec::new(),
    })
}

/// Every contender once in each round, so that whatever slows the machine slows all of them.
fn time(contenders: &mut [Contender]) -> Result<()> {
    for round in 0..=ROUNDS {
        for contender in &mut *contenders {
            let start = Instant::now();
            (contender.run)()?;
            if round > 0 {
                contender.seconds.push(start.elapsed().as_secs_f64());
            }
        }
    }
    Ok(())
}

fn report(contenders: &[Contender], passages: usize, tokens: usize) {
    let rate = |contender: &Contender| tokens as f64 / median(contender.seconds.clone());
    eprintln!("{passages} passages, {tokens} tokens, {ROUNDS} rounds, medians");
    let mut rows = Vec::new();
    for contender in contenders {
        let rate = rate(contender);
        let [shipped, prepared] = [1, 3].map(|other| ratio(contenders, contender, other));
        let Contender {
            name,
            sessions,
            threads,
            ..
        } = contender;
        eprintln!(
            "{name:22} {sessions} x {threads} threads {rate:8.0} tokens/s \
             {shipped:6.2} of shipped {prepared:6.2} of prepared"
        );
        rows.push(serde_json::json!({
            "name": name, "sessions": sessions, "threads_per_session": threads,
            "tokens_per_second": rate, "ratio_to_shipped": shipped, "ratio_to_prepared": prepared,
            "seconds": contender.seconds,
        }));
    }
    let report = serde_json::json!({
        "passages": passages, "tokens": tokens, "rounds": ROUNDS, "rows": rows,
        "max_tokens": CHUNKING.max_tokens,
    });
    write_line(&report.to_string());
}

/// How many times as fast as contender `other`.
fn ratio(contenders: &[Contender], contender: &Contender, other: usize) -> f64 {
    let others = contenders
        .get(other)
        .into_iter()
        .flat_map(|other| &other.seconds);
    let ratios = others
        .zip(&contender.seconds)
        .map(|(other, own)| other / own);
    median(ratios.collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn write_line(text: &str) {
    use std::io::Write as _;
    // Whoever closed stdout does not want the report.
    let _ = writeln!(std::io::stdout(), "{text}");
}
