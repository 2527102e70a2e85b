//! `footnote eval gate`: a run against a committed baseline, for a build that must not make
//! retrieval worse.

use std::path::{Path, PathBuf};

use clap::Args;
use footnote_eval::gate::{Baseline, Rules, Verdict, judge};
use footnote_eval::junit;
use footnote_eval::report::Outcome;
use serde_json::json;

use super::{RunFlags, evaluate, parse, read, request, write};
use crate::cli::client::Target;
use crate::cli::{Exit, show};
use crate::error::ApiError;

/// What follows `footnote eval gate`.
#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    run: RunFlags,
    /// What must hold
    #[arg(long, value_name = "FILE", default_value = "eval.toml")]
    rules: PathBuf,
    /// The earlier run to compare with
    #[arg(long = "against", value_name = "FILE")]
    against: PathBuf,
    /// Make this run the one to compare with, instead of judging it
    #[arg(long)]
    update: bool,
    /// Write the verdicts as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

pub(super) async fn run(target: Target, mut flags: Flags, json: bool) -> Result<Exit, ApiError> {
    let rules = rules(&flags.rules)?;
    let was = if flags.update {
        None
    } else {
        Some(baseline(&flags.against)?)
    };
    if flags.run.configurations.is_empty() {
        flags.run.configurations = vec![rules.configuration.clone()];
    }
    if flags.run.measures.is_empty() {
        flags.run.measures = rules.measures.keys().cloned().collect();
    }
    flags.run.mode.get_or_insert(super::Answers::None);
    let dataset = super::data::load(&flags.run.data)?;
    let request = request(&flags.run, &dataset, &target.config)?;
    let report = parse(&evaluate(target, &dataset, &request, json).await?)?;
    let judged = report
        .configurations
        .iter()
        .find(|o| o.name == rules.configuration);
    let outcome = judged.ok_or_else(|| {
        let message = format!("`{}` was not among the configurations", rules.configuration);
        ApiError::invalid(
            message,
            "name it with `--configuration`, or another in the rules",
        )
    })?;
    match was {
        None => update(&flags.against, &Baseline::of(&report.name, outcome)),
        Some(was) => verdict(&flags, &rules, &was, outcome, json),
    }
}

fn rules(path: &Path) -> Result<Rules, ApiError> {
    Rules::parse(&read(path)?).map_err(|error| {
        let hint = "`[measures.\"ndcg@10\"]` takes `floor`, `max_drop` and `alpha`; above it may \
                    stand `configuration` and `latency_ratio`";
        ApiError::invalid(format!("`{}`: {error}", path.display()), hint)
    })
}

fn baseline(path: &Path) -> Result<Baseline, ApiError> {
    serde_json::from_str(&read(path)?).map_err(|error| {
        let message = format!("`{}` is not a baseline: {error}", path.display());
        ApiError::invalid(message, "make one with `--update`, and commit it")
    })
}

fn update(path: &Path, baseline: &Baseline) -> Result<Exit, ApiError> {
    let text = serde_json::to_string_pretty(baseline);
    let text = text.map_err(|error| ApiError::internal(&error))?;
    write(path, &format!("{text}\n"))?;
    eprintln!("`{}` is the baseline from now on", path.display());
    Ok(Exit::Done)
}

fn verdict(
    flags: &Flags,
    rules: &Rules,
    was: &Baseline,
    outcome: &Outcome,
    json: bool,
) -> Result<Exit, ApiError> {
    let verdicts = judge(rules, was, outcome);
    if let Some(file) = &flags.junit {
        write(
            file,
            &junit::xml(&format!("footnote eval {}", was.name), &verdicts),
        )?;
    }
    let passed = verdicts.iter().all(Verdict::passed);
    if json {
        show::json(&json!({ "passed": passed, "verdicts": verdicts }));
    } else {
        verdicts.iter().for_each(line);
    }
    Ok(if passed { Exit::Done } else { Exit::Below })
}

fn line(verdict: &Verdict) {
    let mark = if verdict.passed() { "ok  " } else { "FAIL" };
    show::line(&format!("{mark} {:<14}{}", verdict.name, verdict.summary));
    for failure in &verdict.failures {
        show::line(&format!("     {failure}"));
    }
}
