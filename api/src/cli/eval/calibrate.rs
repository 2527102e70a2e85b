//! `footnote eval calibrate`: the gate fitted to a team's own questions, with the confidence
//! from which a promised share of answers is right. It changes nothing by itself: it prints the
//! lines for `footnote.toml`.

use std::path::PathBuf;

use clap::Args;
use footnote_answer::ask::Wording;
use footnote_answer::gate::{Model, Signals};
use footnote_eval::calibrate::promise::Promise;
use footnote_eval::calibrate::{Calibration, Quality, Row, Wish, calibrate};
use serde::Serialize;
use serde_json::json;

use super::data::{DataFlags, configuration, load, parsed};
use super::{evaluate, parse, write};
use crate::cli::client::Target;
use crate::cli::{Exit, show};
use crate::error::ApiError;
use crate::evals::EvalRequest;

/// What follows `footnote eval calibrate`.
#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    data: DataFlags,
    /// Share of the answers without reserve that must be right
    #[arg(long, value_name = "SHARE", default_value_t = 0.9)]
    precision: f64,
    /// Share of all answers that must be right, those under reserve included
    #[arg(long, value_name = "SHARE", default_value_t = 0.6)]
    floor: f64,
    /// How surely both must hold
    #[arg(long, value_name = "SHARE", default_value_t = 0.95)]
    certainty: f64,
    /// Keep what the gate saw of each question, to fit several sets together
    #[arg(long, value_name = "FILE")]
    rows: Option<PathBuf>,
    /// Fit these rows of another set, too; may be repeated
    #[arg(long = "with", value_name = "FILE")]
    others: Vec<PathBuf>,
    /// Forget the present coefficients instead of moving away from them as far as the questions say
    #[arg(long)]
    afresh: bool,
}

/// Questions below which a fit says nothing.
const FEWEST: usize = 20;

pub(super) async fn run(target: Target, flags: Flags, json: bool) -> Result<Exit, ApiError> {
    let wish = wish(&flags)?;
    let dataset = load(&flags.data)?;
    let present = target.config.answer.gate;
    let request = EvalRequest {
        name: Some(dataset.name.clone()),
        collection: flags.data.collection.clone(),
        questions: dataset.cases.clone(),
        configurations: vec![configuration("hybrid")?],
        answers: Some(Wording::Extractive),
        open_gate: true,
        ..EvalRequest::default()
    };
    let report = parse(&evaluate(target, &dataset, &request, json).await?)?;
    let mut rows = report.answers.and_then(|a| a.rows).unwrap_or_default();
    if let Some(file) = &flags.rows {
        write(file, &lines(&rows)?)?;
    }
    for file in &flags.others {
        rows.extend(parsed(file, footnote_eval::calibrate::rows)?);
    }
    if rows.len() < FEWEST {
        let message = format!("{} questions are too few to fit a gate to", rows.len());
        let hint = format!("give at least {FEWEST}, some of which nothing answers");
        return Err(ApiError::invalid(message, hint));
    }
    let prior = if flags.afresh { Model::BLANK } else { present };
    let found = calibrate(&rows, prior, wish);
    if json {
        show::json(&json!({ "calibration": found, "patch": patch(&found) }));
    } else {
        print(&found, wish);
    }
    Ok(match (found.sure, found.threshold) {
        (Some(_), Some(_)) => Exit::Done,
        _ => Exit::Below,
    })
}

fn wish(flags: &Flags) -> Result<Wish, ApiError> {
    let shares = [
        ("--precision", flags.precision),
        ("--floor", flags.floor),
        ("--certainty", flags.certainty),
    ];
    for (name, share) in shares {
        // A NaN is in no range.
        if !(0.01..=0.999).contains(&share) {
            let message = format!("`{name}` is {share}: it is a share, from 0.01 to 0.999");
            return Err(ApiError::invalid(message, "as in `--precision 0.9`"));
        }
    }
    Ok(Wish {
        sure: flags.precision,
        all: flags.floor,
        certainty: flags.certainty,
    })
}

fn lines(rows: &[Row]) -> Result<String, ApiError> {
    let lines = rows.iter().map(serde_json::to_string);
    let lines: Result<Vec<String>, _> = lines.collect();
    lines
        .map(|lines| lines.join("\n") + "\n")
        .map_err(|error| ApiError::internal(&error))
}

/// What to set: `[answer]` of `footnote.toml`.
#[derive(Serialize)]
struct Section {
    answer: Answer,
}

#[derive(Serialize)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sure: Option<f64>,
    gate: Gate,
}

#[derive(Serialize)]
struct Gate {
    bias: f32,
    weights: Signals,
}

fn patch(found: &Calibration) -> Section {
    let confidence = |promise: Option<Promise>| promise.map(|kept| kept.confidence);
    let Model { bias, weights } = found.gate;
    Section {
        answer: Answer {
            threshold: confidence(found.threshold),
            sure: confidence(found.sure),
            gate: Gate { bias, weights },
        },
    }
}

fn print(found: &Calibration, wish: Wish) {
    show::line(&format!(
        "{} questions, {} of them answered by what would be quoted",
        found.questions, found.right
    ));
    show::line(&format!(
        "{:<12}{:>8}{:>20}{:>8}{:>20}",
        "", "AUC", "of the answerable", "Brier", "calibration error"
    ));
    quality("in use", found.was);
    quality("fitted", found.held_out);
    show::line("(fitted: each fifth of the questions judged by a gate fitted on the others)");
    show::line("");
    promise("without reserve", found.sure, (wish.sure, wish.certainty));
    promise(
        "answered at all",
        found.threshold,
        (wish.all, wish.certainty),
    );
    show::line("");
    let lines = toml::to_string(&patch(found)).unwrap_or_default();
    show::line(&format!("# for footnote.toml\n{}", lines.trim_end()));
}

fn quality(name: &str, quality: Quality) {
    let Quality {
        auc,
        auc_answerable,
        brier,
        calibration_error,
    } = quality;
    show::line(&format!(
        "{name:<12}{auc:>8.3}{auc_answerable:>20.3}{brier:>8.3}{calibration_error:>20.3}"
    ));
}

fn promise(name: &str, kept: Option<Promise>, (share, certainty): (f64, f64)) {
    let line = match kept {
        Some(kept) => format!(
            "from {:.4} on: {} answered, {} right, at least {:.3} right (certainty {certainty})",
            kept.confidence, kept.answered, kept.right, kept.at_least
        ),
        None => format!("no confidence shows that {share} are right (certainty {certainty})"),
    };
    show::line(&format!("{name:<16}{line}"));
}
