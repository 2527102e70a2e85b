//! The arithmetic between the matrices, row by row. `pulp` compiles each loop for what the
//! CPU at hand can do. Sums run in sixteen lanes that are added up in a fixed order, whatever
//! the CPU, so a row has the same value wherever it stands.

use std::ops::Range;
use std::sync::{LazyLock, Mutex};

use candle_core::utils::barrier_pool;
use pulp::Arch;

/// What the CPU can do.
pub(super) static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);

const LANES: usize = 16;

/// Inner product.
#[inline(always)]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sum(lanes) + rest
}

/// The lanes, added in pairs.
#[inline(always)]
fn sum(lanes: [f32; LANES]) -> f32 {
    let mut lanes = lanes;
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}

/// Adds `weight` times `b` to `a`.
#[inline(always)]
pub(super) fn add_weighted(a: &mut [f32], b: &[f32], weight: f32) {
    for (a, b) in a.iter_mut().zip(b) {
        *a += weight * b;
    }
}

/// `e` to the power of `x`, to a few parts in ten million; 0 below -87. Written out because
/// the library's function cannot be run in lanes: `x` is split into a power of two and a
/// rest of at most `ln(2) / 2`, for which six terms of the series are enough.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    /// Adding it rounds to a whole number, which then stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    // ln(2) in two parts, so that the product is exact.
    let rest = x - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let series = 1.0 / 720.0;
    let series = series * rest + 1.0 / 120.0;
    let series = series * rest + 1.0 / 24.0;
    let series = series * rest + 1.0 / 6.0;
    let series = series * rest + 0.5;
    let series = (series * rest + 1.0) * rest + 1.0;
    let power = (shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits());
    let value = series * f32::from_bits(power);
    if x <= -87.0 { 0.0 } else { value }
}

/// Adds `b` to `a`.
pub(super) fn add(a: &mut [f32], b: &[f32]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a += b;
    }
}

/// Rows divided by the root of their mean square and scaled (RMSNorm, Zhang and Sennrich
/// 2019), each filled up with zeros to `width`.
pub(super) fn normalise(rows: &[f32], scale: &[f32], epsilon: f32, width: usize) -> Vec<f32> {
    let len = scale.len();
    let mut normalised = vec![0.0; rows.len() / len * width];
    in_parts(
        &mut normalised,
        width,
        #[inline(always)]
        |part, to| {
            let rows = rows[part.start * len..part.end * len].chunks_exact(len);
            for (row, to) in rows.zip(to.chunks_exact_mut(width)) {
                let mean = dot(row, row) / len as f32;
                let factor = 1.0 / (mean + epsilon).sqrt();
                for ((to, x), scale) in to.iter_mut().zip(row).zip(scale) {
                    *to = x * factor * scale;
                }
            }
        },
    );
    normalised
}

/// `silu(a) * b` for rows of `len` numbers, each filled up with zeros to `width`.
pub(super) fn gate(a: &[f32], b: &[f32], len: usize, width: usize) -> Vec<f32> {
    let mut gated = vec![0.0; a.len() / len * width];
    in_parts(
        &mut gated,
        width,
        #[inline(always)]
        |part, to| {
            let numbers = part.start * len..part.end * len;
            let rows = a[numbers.clone()].chunks_exact(len);
            let rows = rows.zip(b[numbers].chunks_exact(len));
            for ((a, b), to) in rows.zip(to.chunks_exact_mut(width)) {
                for ((to, a), b) in to.iter_mut().zip(a).zip(b) {
                    *to = a / (1.0 + exp(-a)) * b;
                }
            }
        },
    );
    gated
}

/// Rows below which threads cost more than they bring.
const FEW: usize = 16;
/// Parts that many rows are cut into.
const PARTS: usize = 8;

/// Has `work` fill the rows of `to`, `width` numbers each, in parts, on candle's own threads;
/// each part is given with the rows that it is.
#[inline(always)]
fn in_parts(to: &mut [f32], width: usize, work: impl Fn(Range<usize>, &mut [f32]) + Sync) {
    let rows = to.len() / width;
    let compiled = |part: Range<usize>, to: &mut [f32]| {
        ARCH.dispatch(
            #[inline(always)]
            || work(part, to),
        );
    };
    if rows < FEW {
        return compiled(0..rows, to);
    }
    let size = rows.div_ceil(PARTS);
    let parts: Vec<Mutex<&mut [f32]>> = to.chunks_mut(size * width).map(Mutex::new).collect();
    barrier_pool().execute_chunked(parts.len(), |range: Range<usize>| {
        for at in range {
            // Nobody else has this part, so it is never poisoned.
            if let Ok(mut part) = parts[at].lock() {
                let first = at * size;
                compiled(first..first + part.len() / width, &mut part);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close_to_the_librarys_over_the_whole_range() {
        for step in -8_600..8_700 {
            let x = step as f32 / 100.0;
            let off = f64::from(exp(x)) / f64::from(x).exp() - 1.0;
            assert!(off.abs() < 5e-7, "exp({x}) is off by {off:e}");
        }
        assert_eq!((exp(-90.0), exp(f32::NEG_INFINITY)), (0.0, 0.0));
    }

    #[test]
    fn a_dot_product_takes_every_number_once() {
        let a: Vec<f32> = (0..37).map(|i| i as f32).collect();
        let ones = vec![1.0; 37];
        assert_eq!(dot(&a, &ones), 666.0);
    }

    #[test]
    fn rows_in_parts_are_the_rows_alone() {
        let numbers = |count: usize, step: f32| -> Vec<f32> {
            (0..count).map(|i| (i as f32 * step).sin()).collect()
        };
        let (a, b, scale) = (numbers(50 * 6, 0.7), numbers(50 * 6, 1.3), numbers(6, 0.4));
        let (gated, normalised) = (gate(&a, &b, 6, 8), normalise(&a, &scale, 1e-5, 8));
        for row in 0..50 {
            let (from, to) = (row * 6..row * 6 + 6, row * 8..row * 8 + 8);
            let alone = gate(&a[from.clone()], &b[from.clone()], 6, 8);
            assert_eq!(gated[to.clone()], alone, "row {row}");
            let alone = normalise(&a[from], &scale, 1e-5, 8);
            assert_eq!(normalised[to], alone, "row {row}");
        }
    }

    #[test]
    fn a_normalised_row_has_a_mean_square_of_one_and_a_tail_of_zeros() {
        let rows = normalise(&[3.0, -4.0, 30.0, -40.0], &[1.0, 1.0], 0.0, 3);
        let square = |row: &[f32]| row.iter().map(|x| x * x).sum::<f32>() / 2.0;
        assert!((square(&rows[..2]) - 1.0).abs() < 1e-6);
        assert_eq!(rows[2], 0.0);
        assert_eq!(rows[..3], rows[3..]);
    }
}
