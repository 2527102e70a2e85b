//! Rotary position embedding (Su et al. 2021): pairs of numbers of each head are turned by an
//! angle that grows with the position. Angles are computed in double precision for the
//! positions in use, so that nothing depends on the length of a table.

use std::ops::Range;

use super::shape::{Pairs, Shape};

/// How fast each pair of a head turns, in radians per position.
pub(super) struct Rope {
    speeds: Vec<f64>,
    pairs: Pairs,
}

/// Cosines and sines for a run of positions, one row of `head / 2` for each.
pub(super) struct Angles {
    cosines: Vec<f32>,
    sines: Vec<f32>,
    /// Pairs per head.
    half: usize,
    pairs: Pairs,
}

impl Rope {
    /// `factors` slow single pairs down; Llama 3.1 and later bring them along to reach further.
    pub(super) fn new(shape: &Shape, factors: Option<&[f32]>) -> Self {
        let half = shape.head / 2;
        let speed = |pair: usize| {
            let exponent = -2.0 * pair as f64 / shape.head as f64;
            let factor = factors.and_then(|factors| factors.get(pair));
            shape.rope_base.powf(exponent) / f64::from(factor.copied().unwrap_or(1.0))
        };
        Self {
            speeds: (0..half).map(speed).collect(),
            pairs: shape.pairs,
        }
    }

    /// The angles of a run of positions.
    pub(super) fn angles(&self, positions: Range<usize>) -> Angles {
        let angles = positions.flat_map(|position| {
            self.speeds
                .iter()
                .map(move |speed| (position as f64 * speed).sin_cos())
        });
        let (sines, cosines) = angles.map(|(sin, cos)| (sin as f32, cos as f32)).unzip();
        Angles {
            cosines,
            sines,
            half: self.speeds.len(),
            pairs: self.pairs,
        }
    }
}

impl Angles {
    /// Turns every head of every row, in place.
    pub(super) fn turn(&self, rows: &mut [f32], heads: usize) {
        let cosines = self.cosines.chunks_exact(self.half);
        let sines = self.sines.chunks_exact(self.half);
        let rows = rows.chunks_exact_mut(heads * 2 * self.half);
        for (row, (cosines, sines)) in rows.zip(cosines.zip(sines)) {
            for head in row.chunks_exact_mut(2 * self.half) {
                match self.pairs {
                    Pairs::Neighbours => neighbours(head, cosines, sines),
                    Pairs::Halves => halves(head, cosines, sines),
                }
            }
        }
    }
}

fn neighbours(head: &mut [f32], cosines: &[f32], sines: &[f32]) {
    for (pair, (cos, sin)) in head.chunks_exact_mut(2).zip(cosines.iter().zip(sines)) {
        if let [x, y] = pair {
            (*x, *y) = (*x * cos - *y * sin, *x * sin + *y * cos);
        }
    }
}

fn halves(head: &mut [f32], cosines: &[f32], sines: &[f32]) {
    let (first, second) = head.split_at_mut(cosines.len());
    let angles = cosines.iter().zip(sines);
    for ((x, y), (cos, sin)) in first.iter_mut().zip(second).zip(angles) {
        (*x, *y) = (*x * cos - *y * sin, *x * sin + *y * cos);
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::FRAC_PI_2;

    use super::*;

    /// A head of four numbers, read at position 1, whose first pair makes a quarter turn.
    #[track_caller]
    fn check(pairs: Pairs, expected: [f32; 4]) {
        let rope = Rope {
            speeds: vec![FRAC_PI_2, 0.0],
            pairs,
        };
        let mut head = [1.0, 2.0, 3.0, 4.0];
        rope.angles(1..2).turn(&mut head, 1);
        let off = head.iter().zip(expected).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f32::max) < 1e-6, "{head:?}");
    }

    #[test]
    fn the_right_numbers_turn_together() {
        check(Pairs::Neighbours, [-2.0, 1.0, 3.0, 4.0]);
        check(Pairs::Halves, [-3.0, 2.0, 1.0, 4.0]);
    }
}
