//! One pass through the model: reading tokens, then writing the likeliest next ones. Knows no
//! text and no template.

use candle_core::{Device, Result, Tensor};
use candle_transformers::models::quantized_llama::ModelWeights;

use super::{GenerateLimits, StopReason};

/// Tokens read between two looks at the limits. Part of what makes output reproducible:
/// another value may round differently.
const STEP: usize = 64;

/// Weights and the attention state of the tokens read so far. A clone shares both, and goes
/// its own way from there.
#[derive(Clone)]
pub(super) struct Run {
    weights: ModelWeights,
    position: usize,
}

impl Run {
    /// A run that has read nothing.
    pub(super) fn new(weights: ModelWeights) -> Self {
        Self {
            weights,
            position: 0,
        }
    }

    /// Reads all of `tokens`.
    pub(super) fn read(&mut self, tokens: &[u32]) -> Result<()> {
        tokens
            .chunks(STEP)
            .try_for_each(|piece| self.step(piece).map(|_| ()))
    }

    /// Reads `tokens`, then writes until the model ends its turn or a limit is reached.
    pub(super) fn write(
        mut self,
        tokens: &[u32],
        limits: &GenerateLimits<'_>,
        ends_turn: &dyn Fn(u32) -> bool,
    ) -> Result<(Vec<u32>, StopReason)> {
        let mut written = Vec::new();
        let mut scores = Vec::new();
        for piece in tokens.chunks(STEP) {
            if let Some(reason) = limits.reached(&written) {
                return Ok((written, reason));
            }
            scores = self.step(piece)?;
        }
        loop {
            let token = likeliest(&scores);
            if ends_turn(token) {
                return Ok((written, StopReason::EndOfTurn));
            }
            if let Some(reason) = limits.reached(&written) {
                return Ok((written, reason));
            }
            written.push(token);
            scores = self.step(&[token])?;
        }
    }

    /// Reads `tokens` at once and returns the scores of all candidates for the next one.
    fn step(&mut self, tokens: &[u32]) -> Result<Vec<f32>> {
        let input = Tensor::new(tokens, &Device::Cpu)?.unsqueeze(0)?;
        let scores = self.weights.forward(&input, self.position)?;
        self.position += tokens.len();
        scores.squeeze(0)?.to_vec1()
    }
}

/// The candidate with the highest score; of equal ones the first, so that ties are stable.
fn likeliest(scores: &[f32]) -> u32 {
    let mut best = (0, f32::NEG_INFINITY);
    for (token, &score) in (0..).zip(scores) {
        if score > best.1 {
            best = (token, score);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::likeliest;

    #[test]
    fn of_equal_candidates_the_first_is_taken() {
        assert_eq!(likeliest(&[0.5, 2.0, -1.0, 2.0]), 1);
        assert_eq!(likeliest(&[f32::NAN, -3.0, f32::NAN]), 1);
    }
}
