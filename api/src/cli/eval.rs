//! `footnote eval`: how well a data set is found and answered. The evaluation itself is
//! `POST /v1/evals`, here or on a server; this is what surrounds it: reading data sets,
//! keeping corpora, and writing tables, pages and files.

mod calibrate;
mod corpus;
mod data;
mod gate;
mod generate;
mod table;
mod verify;

use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::Method;
use clap::{Args, Subcommand, ValueEnum};
use footnote_answer::ask::Wording;
use footnote_eval::gold::Gold;
use footnote_eval::html;
use footnote_eval::report::Report;
use footnote_eval::trec::{Qrels, Run};
use indicatif::ProgressBar;
use serde::Deserialize;
use serde_json::Value;

use super::client::{Client, Payload, Target};
use super::{Exit, show};
use crate::config::Config;
use crate::error::{ApiError, Code, ErrorDetail};
use crate::evals::EvalRequest;
use data::Dataset;
pub(super) use data::cases;

/// What follows `footnote eval`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunFlags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fit the gate to these questions, and find the confidence that keeps a promise
    Calibrate(Box<calibrate::Flags>),
    /// Compare with a committed baseline; exits with 3 when a measure got worse
    Gate(Box<gate::Flags>),
    /// Make known-item questions from the headings and definitions of the stored documents
    Gen(generate::Flags),
    /// Measure the verifier on labelled claims, and on corruptions of the true ones
    Verify(verify::Flags),
}

/// What an evaluation is of, and where its results go.
#[derive(Debug, Args)]
struct RunFlags {
    #[command(flatten)]
    data: data::DataFlags,
    /// How to search, as in 'deep: mode=hybrid, candidates=200'; may be repeated [default: vector, lexical, hybrid]
    #[arg(short, long = "configuration", value_name = "SPEC")]
    configurations: Vec<String>,
    /// Also leave out each part of the hybrid ranking in turn
    #[arg(long)]
    ablate: bool,
    /// Configuration that the others are compared with [default: hybrid]
    #[arg(long, value_name = "NAME")]
    baseline: Option<String>,
    /// Measure such as ndcg@10, the first being the primary one; may be repeated
    #[arg(long = "measure", value_name = "NAME")]
    measures: Vec<String>,
    /// What is ranked [default: passages where quotes are the gold]
    #[arg(long, value_enum)]
    gold: Option<Ranked>,
    /// Hits asked for
    #[arg(short, default_value_t = 10)]
    k: usize,
    /// Who may word the answers; `none` judges rankings only [default: auto, none for BEIR]
    #[arg(long, value_enum)]
    mode: Option<Answers>,
    /// Write TREC files there: a run for each configuration, judgements, values by question
    #[arg(long, value_name = "DIR")]
    runs: Option<PathBuf>,
    /// Write a page with plots
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Ranked {
    Documents,
    Passages,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Answers {
    None,
    Auto,
    Extractive,
    Generate,
}

impl From<Ranked> for Gold {
    fn from(ranked: Ranked) -> Self {
        match ranked {
            Ranked::Documents => Gold::Documents,
            Ranked::Passages => Gold::Passages,
        }
    }
}

impl Answers {
    fn wording(self) -> Option<Wording> {
        match self {
            Answers::None => None,
            Answers::Auto => Some(Wording::Auto),
            Answers::Extractive => Some(Wording::Extractive),
            Answers::Generate => Some(Wording::Generate),
        }
    }
}

pub(super) async fn run(
    target: Target,
    arguments: Arguments,
    json: bool,
) -> Result<Exit, ApiError> {
    match arguments.command {
        Some(Command::Calibrate(flags)) => calibrate::run(target, *flags, json).await,
        Some(Command::Gate(flags)) => gate::run(target, *flags, json).await,
        Some(Command::Gen(flags)) => generate::run(target, flags).await,
        Some(Command::Verify(flags)) => verify::run(target, flags, json).await,
        None => report(target, arguments.run, json).await,
    }
}

async fn report(target: Target, flags: RunFlags, json: bool) -> Result<Exit, ApiError> {
    let dataset = data::load(&flags.data)?;
    let request = request(&flags, &dataset, &target.config)?;
    let body = evaluate(target, &dataset, &request, json).await?;
    let report = parse(&body)?;
    if let Some(folder) = &flags.runs {
        write_runs(folder, &report)?;
    }
    if let Some(file) = &flags.html {
        write(file, &html::page(&report))?;
    }
    if json {
        show::json(&body);
    } else {
        table::print(&report);
    }
    Ok(Exit::Done)
}

fn request(flags: &RunFlags, dataset: &Dataset, config: &Config) -> Result<EvalRequest, ApiError> {
    let mut configurations = if flags.ablate {
        data::ablations(config)?
    } else {
        Vec::new()
    };
    for spec in &flags.configurations {
        configurations.push(data::configuration(spec)?);
    }
    let usual = if dataset.answered {
        Answers::Auto
    } else {
        Answers::None
    };
    Ok(EvalRequest {
        name: Some(dataset.name.clone()),
        collection: flags.data.collection.clone(),
        questions: dataset.cases.clone(),
        gold: flags.gold.map(Gold::from),
        measures: flags.measures.clone(),
        configurations,
        baseline: flags.baseline.clone(),
        k: Some(flags.k),
        answers: flags.mode.unwrap_or(usual).wording(),
        open_gate: false,
        runs: flags.runs.is_some(),
    })
}

/// Has `request` evaluated over the corpus of `dataset`, or over what is stored; returns the
/// body of the evaluation, report included.
async fn evaluate(
    mut target: Target,
    dataset: &Dataset,
    request: &EvalRequest,
    json: bool,
) -> Result<Value, ApiError> {
    // A model that nobody asks would load beside the measurement.
    target.config.models.generator &= !matches!(request.answers, None | Some(Wording::Extractive));
    let client = corpus::open(target, dataset, json).await?;
    let report = ask(&client, request, json).await;
    client.close().await;
    report
}

async fn ask(client: &Client, request: &EvalRequest, json: bool) -> Result<Value, ApiError> {
    let body = serde_json::to_value(request).map_err(|error| ApiError::internal(&error))?;
    let record = client
        .call(Method::POST, "/v1/evals", Payload::Json(body))
        .await?;
    let path = format!("/v1/evals/{}", show::text(&record["id"]));
    let bar = match json {
        true => ProgressBar::hidden(),
        false => ProgressBar::new(record["of"].as_u64().unwrap_or(0)),
    };
    loop {
        let eval = client.call(Method::GET, &path, Payload::Nothing).await?;
        bar.set_position(eval["done"].as_u64().unwrap_or(0));
        match eval["state"].as_str() {
            Some("succeeded") => {
                bar.finish_and_clear();
                return Ok(eval);
            }
            Some("failed") => return Err(failure(&eval["error"])),
            _ => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

fn failure(error: &Value) -> ApiError {
    let mut detail = error.clone();
    detail["request_id"] = Value::from("");
    match serde_json::from_value::<ErrorDetail>(detail) {
        Ok(detail) => ApiError::new(detail.code, detail.message, detail.hint),
        Err(error) => ApiError::internal(&error),
    }
}

/// The report of an evaluation that has succeeded.
fn parse(eval: &Value) -> Result<Report, ApiError> {
    Report::deserialize(&eval["report"]).map_err(|error| ApiError::internal(&error))
}

/// `NAME.run` and `NAME.json` (values by measure and question) for each configuration, and
/// `qrels.txt`.
fn write_runs(folder: &Path, report: &Report) -> Result<(), ApiError> {
    let qrels = Qrels {
        queries: report.qrels.clone().unwrap_or_default(),
    };
    write(&folder.join("qrels.txt"), &qrels.to_text())?;
    for outcome in &report.configurations {
        // A name is a file's name, and a column of the run.
        let word = |c: char| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '_'
            }
        };
        let name: String = outcome.name.chars().map(word).collect();
        let run = Run::ranked(&name, outcome.run.clone().unwrap_or_default());
        write(&folder.join(format!("{name}.run")), &run.to_text())?;
        let values = serde_json::to_string(&outcome.by_question);
        let values = values.map_err(|error| ApiError::internal(&error))?;
        write(&folder.join(format!("{name}.json")), &values)?;
    }
    Ok(())
}

/// Writes a file, with the folders above it.
fn write(path: &Path, text: &str) -> Result<(), ApiError> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| {
            let message = format!("`{}` cannot be written: {error}", path.display());
            ApiError::new(
                Code::InvalidRequest,
                message,
                "check the path and its permissions",
            )
        })
}

/// Reads a file that the user named.
fn read(path: &Path) -> Result<String, ApiError> {
    std::fs::read_to_string(path).map_err(|error| {
        let message = format!("`{}` cannot be read: {error}", path.display());
        ApiError::invalid(message, "check the path and its permissions")
    })
}
