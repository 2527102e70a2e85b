//! How fast does the language model read and write, beside llama.cpp with the same file?
//!
//! `make bench-answer`. Both get the same token ids and as many threads, and take turns on
//! every prompt: ours, theirs, ours, theirs. Reported are the medians of the ratios. The
//! prompts are what the service asks: an instruction, a sentence of the fixtures, a question;
//! for reading they carry more sentences. Nothing is read ahead.
//!
//! `--agree` compares scores and tokens instead of times.
//!
//! The table goes to stderr, JSON to stdout.

mod agree;
mod peer;
mod prompts;
mod speed;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use footnote_answer::generate::Generator;
use footnote_ingest::embed::ModelId;
use footnote_ingest::models::{Cache, Manifest, Role, locate};
use peer::Peer;
use sha2::{Digest, Sha256};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Parser)]
struct Args {
    /// Folder where node-llama-cpp is installed, or a Python that has transformers, torch and
    /// gguf (only to agree with)
    #[arg(long)]
    peer: PathBuf,
    /// Another GGUF than the embedded one
    #[arg(long)]
    model: Option<PathBuf>,
    /// Compare what comes out instead of how fast
    #[arg(long)]
    agree: bool,
    /// Prompts to compare
    #[arg(long, default_value_t = 50, requires = "agree")]
    prompts: usize,
    /// Texts for the comparison of tokens, one a line
    #[arg(long, requires = "agree")]
    texts: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let threads = std::thread::available_parallelism()?.get();
    let (path, mut generator) = generator(args)?;
    let mut peer = Peer::start(&args.peer, &path, threads)?;
    let report = match args.agree {
        true => agree::run(&generator, &mut peer, args.prompts, args.texts.as_deref())?,
        false => speed::run(&mut generator, &mut peer, threads)?,
    };
    serde_json::to_writer_pretty(std::io::stdout(), &report)?;
    Ok(())
}

fn generator(args: &Args) -> Result<(PathBuf, Generator)> {
    let cache = Cache::from_env().ok_or("no cache folder: set HOME")?;
    if let Some(path) = &args.model {
        let id = id(path)?;
        return Ok((path.clone(), Generator::load(path, &cache.root, id)?));
    }
    let manifest = Manifest::embedded()?;
    let artefact = manifest.artefact(Role::Generator)?;
    let path = locate(artefact, &cache)?;
    let generator = Generator::load(&path, &cache.root, artefact.id())?;
    Ok((path, generator))
}

fn id(path: &std::path::Path) -> Result<ModelId> {
    let digest = Sha256::digest(std::fs::read(path)?);
    Ok(format!("file@sha256:{}", hex::encode(digest)).parse()?)
}
