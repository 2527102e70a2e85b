//! Logistic regression with a prior: the coefficients that make the outcomes likeliest, held
//! near those in use, so that few questions move them little. Newton's method on the penalised
//! likelihood (Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 4.4.1);
//! the penalty counts in standard deviations of each signal, so that scales do not matter.

use footnote_answer::gate::{Model, SIGNALS, Signals};

use super::Row;

/// Coefficients: one for each signal, and the intercept last.
const SIZE: usize = SIGNALS + 1;
type Vector = [f64; SIZE];

/// Strength of the prior: on the open sets the gate's quality is the same from 10 to 100.
const PRIOR: f64 = 30.0;
/// Groups of questions that take turns at being left out.
const FOLDS: usize = 5;
/// Newton's method has converged long before.
const STEPS: usize = 50;

/// The gate for `rows`, near `prior`.
pub fn fit(rows: &[&Row], prior: Model) -> Model {
    let examples: Vec<(Vector, f64)> = rows.iter().map(|row| example(row)).collect();
    let start = coefficients(prior);
    let strength = strengths(&examples);
    let mut at = start;
    for _ in 0..STEPS {
        let step = newton_step(&examples, &at, &start, &strength);
        at.iter_mut()
            .zip(step)
            .for_each(|(value, step)| *value -= step);
        if step.iter().all(|step| step.abs() < 1e-10) {
            break;
        }
    }
    model(&at)
}

/// The confidence in each of `rows` of a gate that was fitted on the other folds.
pub fn held_out(rows: &[Row], prior: Model) -> Vec<f64> {
    let mut by_id: Vec<usize> = (0..rows.len()).collect();
    by_id.sort_by(|a, b| rows[*a].id.cmp(&rows[*b].id));
    let mut confidences = vec![0.0; rows.len()];
    for fold in 0..FOLDS {
        let is_out = |place: usize| place % FOLDS == fold;
        let numbered = || by_id.iter().enumerate();
        let others: Vec<&Row> = numbered()
            .filter(|(place, _)| !is_out(*place))
            .map(|(_, at)| &rows[*at])
            .collect();
        let gate = fit(&others, prior);
        for (_, at) in numbered().filter(|(place, _)| is_out(*place)) {
            confidences[*at] = confidence(&rows[*at], gate);
        }
    }
    confidences
}

/// What `gate` makes of a row.
pub fn confidence(row: &Row, gate: Model) -> f64 {
    logistic(dot(&coefficients(gate), &example(row).0))
}

fn example(row: &Row) -> (Vector, f64) {
    let values = row.signals.values();
    let at = |i: usize| values.get(i).map_or(1.0, |value| f64::from(*value));
    (std::array::from_fn(at), f64::from(u8::from(row.right)))
}

fn coefficients(model: Model) -> Vector {
    let weights = model.weights.values();
    let at = |i: usize| f64::from(*weights.get(i).unwrap_or(&model.bias));
    std::array::from_fn(at)
}

/// Rounded to four places: what is written down is what is used.
fn model(coefficients: &Vector) -> Model {
    // No -0: it is written down.
    let rounded = |value: f64| ((value * 1e4).round() / 1e4 + 0.0) as f32;
    Model {
        bias: rounded(coefficients[SIGNALS]),
        weights: Signals::from_values(std::array::from_fn(|i| rounded(coefficients[i]))),
    }
}

/// How strongly each coefficient is held: [`PRIOR`] times the variance of its signal. A signal
/// that never varies stays where it was; the intercept is free.
fn strengths(examples: &[(Vector, f64)]) -> Vector {
    let n = examples.len().max(1) as f64;
    let mean =
        |power: i32, i: usize| examples.iter().map(|(x, _)| x[i].powi(power)).sum::<f64>() / n;
    std::array::from_fn(|i| match i {
        SIGNALS => 0.0,
        i => PRIOR * (mean(2, i) - mean(1, i).powi(2)).max(1e-6),
    })
}

/// The step from `at` to where a parabola through it has its least value.
fn newton_step(
    examples: &[(Vector, f64)],
    at: &Vector,
    start: &Vector,
    strength: &Vector,
) -> Vector {
    let mut slope: Vector = std::array::from_fn(|i| strength[i] * (at[i] - start[i]));
    let mut bend = [[0.0; SIZE]; SIZE];
    for (i, row) in bend.iter_mut().enumerate() {
        // Enough to keep the equations soluble when all outcomes are alike.
        row[i] = strength[i] + 1e-6;
    }
    for (x, outcome) in examples {
        let p = logistic(dot(at, x));
        for i in 0..SIZE {
            slope[i] += (p - outcome) * x[i];
            for j in 0..SIZE {
                bend[i][j] += p * (1.0 - p) * x[i] * x[j];
            }
        }
    }
    solve(bend, slope)
}

/// Solves `matrix * x = right` by Gaussian elimination; the matrix is positive definite, so no
/// pivot is sought.
fn solve(mut matrix: [[f64; SIZE]; SIZE], mut right: Vector) -> Vector {
    for pivot in 0..SIZE {
        for row in pivot + 1..SIZE {
            let factor = matrix[row][pivot] / matrix[pivot][pivot];
            let above = matrix[pivot];
            let cells = matrix[row].iter_mut().zip(above);
            cells.for_each(|(cell, above)| *cell -= factor * above);
            right[row] -= factor * right[pivot];
        }
    }
    for row in (0..SIZE).rev() {
        let known: f64 = (row + 1..SIZE).map(|i| matrix[row][i] * right[i]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}

fn dot(a: &Vector, b: &Vector) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_solved() {
        let mut matrix = [[0.5; SIZE]; SIZE];
        (0..SIZE).for_each(|i| matrix[i][i] = 8.0 + i as f64);
        let x: Vector = std::array::from_fn(|i| i as f64 - 3.0);
        let right: Vector = std::array::from_fn(|i| dot(&matrix[i], &x));
        let found = solve(matrix, right);
        assert!(found.iter().zip(x).all(|(a, b)| (a - b).abs() < 1e-9));
    }

    #[test]
    fn the_slope_is_zero_where_it_ends() {
        let rows = super::super::tests::rows(90);
        let rows: Vec<&Row> = rows.iter().collect();
        let fitted = coefficients(fit(&rows, Model::MEASURED));
        let examples: Vec<(Vector, f64)> = rows.iter().map(|row| example(row)).collect();
        let (start, strength) = (coefficients(Model::MEASURED), strengths(&examples));
        let step = newton_step(&examples, &fitted, &start, &strength);
        assert!(step.iter().all(|step| step.abs() < 1e-3), "{step:?}");
    }

    #[test]
    fn without_questions_the_gate_stays() {
        let row = &super::super::tests::rows(1)[0];
        let fitted = fit(&[], Model::MEASURED);
        assert_eq!(fitted, Model::MEASURED);
        let one = fit(&[row], Model::MEASURED);
        assert!((one.weights.cosine - Model::MEASURED.weights.cosine).abs() < 0.1);
    }

    #[test]
    fn outcomes_that_are_all_alike_do_not_run_away() {
        let mut rows = super::super::tests::rows(60);
        rows.iter_mut().for_each(|row| row.right = true);
        let fitted = fit(&rows.iter().collect::<Vec<_>>(), Model::MEASURED);
        assert!(coefficients(fitted).iter().all(|value| value.is_finite()));
    }
}
