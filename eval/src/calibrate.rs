//! The gate fitted to a team's own questions: what the confidence is made of, and from which
//! confidence on a promise about precision holds.
//!
//! A confidence is judged on questions it was not fitted on: [folds](fit::held_out) take turns
//! at being left out. Pure and deterministic.

pub mod fit;
pub mod promise;

use footnote_answer::auc::auc;
use footnote_answer::gate::{Model, Signals};
use serde::{Deserialize, Serialize};

use crate::read::{ReadError, json_lines};
use promise::Promise;

/// One question, asked with the gate open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The question's id.
    pub id: String,
    /// What the gate saw.
    pub signals: Signals,
    /// Whether the quoted sentences answer it.
    pub right: bool,
    /// Whether anything stored answers it.
    pub answerable: bool,
}

/// Reads rows, one JSON object a line.
///
/// # Errors
/// The first line that is none.
pub fn rows(text: &str) -> Result<Vec<Row>, ReadError> {
    json_lines(text, "a row of `footnote eval calibrate --rows`")
}

/// What is promised, each as a share of answers that are right.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    /// Of the answers without reserve.
    pub sure: f64,
    /// Of all answers.
    pub all: f64,
    /// How surely each holds, such as 0.95.
    pub certainty: f64,
}

/// A gate and how it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Questions it was fitted on.
    pub questions: usize,
    /// Those whose evidence answers them.
    pub right: usize,
    /// The gate, fitted on all questions.
    pub gate: Model,
    /// How it does on questions it was not fitted on.
    pub held_out: Quality,
    /// How the gate in use does on the same questions.
    pub was: Quality,
    /// Confidence for an answer without reserve; `null` when nothing keeps that promise.
    pub sure: Option<Promise>,
    /// Confidence for an answer; `null` when nothing keeps that promise.
    pub threshold: Option<Promise>,
}

/// How well confidences tell.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Right evidence against the rest: area under the ROC curve.
    pub auc: f64,
    /// Answerable questions against the others: area under the ROC curve.
    pub auc_answerable: f64,
    /// Mean squared distance from the outcome (Brier 1950): 0 is best.
    pub brier: f64,
    /// How far the confidence is from the share that is right, over ten groups of equal size.
    pub calibration_error: f64,
}

/// Fits a gate to `rows`, near `prior` where they are few, and finds the thresholds that keep
/// what is wished.
pub fn calibrate(rows: &[Row], prior: Model, wish: Wish) -> Calibration {
    let confidences = fit::held_out(rows, prior);
    let before: Vec<f64> = rows.iter().map(|row| fit::confidence(row, prior)).collect();
    let judged: Vec<(f64, bool)> = confidences
        .iter()
        .zip(rows)
        .map(|(confidence, row)| (*confidence, row.right))
        .collect();
    Calibration {
        questions: rows.len(),
        right: rows.iter().filter(|row| row.right).count(),
        gate: fit::fit(&rows.iter().collect::<Vec<_>>(), prior),
        held_out: quality(rows, &confidences),
        was: quality(rows, &before),
        sure: promise::keep(&judged, wish.sure, wish.certainty),
        threshold: promise::keep(&judged, wish.all, wish.certainty),
    }
}

fn quality(rows: &[Row], confidences: &[f64]) -> Quality {
    let of = |wanted: &dyn Fn(&Row) -> bool| -> Vec<f64> {
        let pairs = rows.iter().zip(confidences);
        pairs
            .filter(|(row, _)| wanted(row))
            .map(|(_, c)| *c)
            .collect()
    };
    let squares = rows.iter().zip(confidences).map(|(row, confidence)| {
        let distance = confidence - f64::from(u8::from(row.right));
        distance * distance
    });
    Quality {
        auc: auc(&of(&|row| row.right), &of(&|row| !row.right)),
        auc_answerable: auc(&of(&|row| row.answerable), &of(&|row| !row.answerable)),
        brier: squares.sum::<f64>() / rows.len().max(1) as f64,
        calibration_error: calibration_error(rows, confidences),
    }
}

/// Mean distance of the mean confidence from the share of right ones over [`GROUPS`] groups of
/// equal size (Naeini, Cooper and Hauskrecht, AAAI 2015).
fn calibration_error(rows: &[Row], confidences: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| confidences[*a].total_cmp(&confidences[*b]).then(a.cmp(b)));
    let size = rows.len().div_ceil(GROUPS).max(1);
    let gaps = order.chunks(size).map(|group| {
        let right = group.iter().filter(|at| rows[**at].right).count() as f64;
        let confidence: f64 = group.iter().map(|at| confidences[*at]).sum();
        (confidence - right).abs()
    });
    gaps.sum::<f64>() / rows.len().max(1) as f64
}

const GROUPS: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    /// Right ones are near, the others far; ids spread them over the folds.
    pub(super) fn rows(count: usize) -> Vec<Row> {
        let row = |i: usize| Row {
            id: format!("q{i:04}"),
            signals: Signals {
                cosine: if i.is_multiple_of(3) { 0.2 } else { 0.7 } + (i % 7) as f32 / 50.0,
                ..Signals::default()
            },
            right: !i.is_multiple_of(3),
            answerable: !i.is_multiple_of(3),
        };
        (0..count).map(row).collect()
    }

    #[test]
    fn signals_that_tell_become_a_gate_that_tells() {
        let wish = Wish {
            sure: 0.9,
            all: 0.6,
            certainty: 0.95,
        };
        let rows = rows(300);
        let found = calibrate(&rows, Model::MEASURED, wish);
        assert_eq!((found.questions, found.right), (300, 200));
        assert_eq!(found.held_out.auc, 1.0);
        assert!(found.held_out.brier <= found.was.brier, "{found:?}");
        let (sure, threshold) = (found.sure.unwrap(), found.threshold.unwrap());
        assert!(sure.confidence >= threshold.confidence);
        assert!(sure.right == 200 && sure.at_least >= 0.9, "{sure:?}");
        assert_eq!(threshold.answered, 300);
        assert_eq!(
            calibrate(&rows, Model::MEASURED, wish),
            calibrate(&rows, Model::MEASURED, wish)
        );
    }
}
