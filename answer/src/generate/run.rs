//! Writing: reading a prompt, then taking the likeliest token again and again. Knows no text
//! and no template.
//!
//! Answers repeat their evidence, so what followed the same words earlier is read along as a
//! guess ([`super::draft`]); a guess that turns out to be what the model would have written
//! has cost almost nothing. The tokens are the same with and without guessing.

use std::time::Instant;

use candle_core::Result;

use super::copy::Copy;
use super::decoder::{Cache, Decoder, Need};
use super::draft;
use super::{GenerateLimits, StopReason};

/// Tokens read between two looks at the limits.
const STEP: usize = 256;

/// What a run wrote.
pub(super) struct Written {
    pub(super) tokens: Vec<u32>,
    pub(super) finished: StopReason,
    /// How many of the tokens had been guessed.
    pub(super) guessed: usize,
    /// When the prompt was read and writing began.
    pub(super) from: Instant,
}

impl Written {
    fn nothing() -> Self {
        Self {
            tokens: Vec::new(),
            finished: StopReason::EndOfTurn,
            guessed: 0,
            from: Instant::now(),
        }
    }

    fn stopped(reason: StopReason) -> Self {
        Self {
            finished: reason,
            ..Self::nothing()
        }
    }
}

/// A decoder and what it has read of one prompt.
pub(super) struct Run<'d> {
    decoder: &'d Decoder,
    cache: Cache,
    /// All tokens read, the cached ones included: where guesses come from.
    context: Vec<u32>,
}

impl<'d> Run<'d> {
    /// Goes on after `prefix`, which `cache` has read.
    pub(super) fn new(decoder: &'d Decoder, cache: Cache, prefix: &[u32]) -> Self {
        Self {
            decoder,
            cache,
            context: prefix.to_vec(),
        }
    }

    /// Reads `prompt`, then writes until the model ends its turn or a limit is reached.
    pub(super) fn write(
        mut self,
        prompt: &[u32],
        limits: &GenerateLimits<'_>,
        ends_turn: &dyn Fn(u32) -> bool,
    ) -> Result<Written> {
        let scores = match self.read_prompt(prompt, limits)? {
            Ok(scores) => scores,
            Err(reason) => return Ok(Written::stopped(reason)),
        };
        let mut written = Written::nothing();
        let mut next = likeliest(&scores);
        loop {
            if ends_turn(next) {
                return Ok(written);
            }
            if let Some(reason) = limits.reached(&written.tokens) {
                written.finished = reason;
                return Ok(written);
            }
            written.tokens.push(next);
            let room = limits.max_tokens - written.tokens.len();
            let (right, following) = self.step(next, room.min(limits.guesses))?;
            for token in right {
                if ends_turn(token) {
                    return Ok(written);
                }
                written.tokens.push(token);
                written.guessed += 1;
            }
            next = following;
        }
    }

    /// Reads `prompt`, then writes a span of what `copy` knows, token by token, until `end` has
    /// a higher score than any token that goes on with it.
    pub(super) fn copy(
        mut self,
        prompt: &[u32],
        limits: &GenerateLimits<'_>,
        copy: &mut Copy<'_>,
        end: u32,
    ) -> Result<Written> {
        let mut scores = match self.read_prompt(prompt, limits)? {
            Ok(scores) => scores,
            Err(reason) => return Ok(Written::stopped(reason)),
        };
        let mut written = Written::nothing();
        loop {
            let mut allowed = copy.allowed();
            allowed.extend(copy.may_end().map(|share| (end, share)));
            let Some(next) = likeliest_of(&scores, &allowed).filter(|next| *next != end) else {
                return Ok(written);
            };
            if let Some(reason) = limits.reached(&written.tokens) {
                written.finished = reason;
                return Ok(written);
            }
            written.tokens.push(next);
            copy.write(next);
            scores = self.read(&[next], Need::Last)?;
        }
    }

    /// The scores after `prompt`, or why it was not read to its end.
    fn read_prompt(
        &mut self,
        prompt: &[u32],
        limits: &GenerateLimits<'_>,
    ) -> Result<std::result::Result<Vec<f32>, StopReason>> {
        let mut scores = Vec::new();
        let mut left = prompt;
        while !left.is_empty() {
            if let Some(reason) = limits.reached(&[]) {
                return Ok(Err(reason));
            }
            let (piece, rest) = left.split_at(left.len().min(STEP));
            let need = match rest.is_empty() {
                true => Need::Last,
                false => Need::Nothing,
            };
            scores = self.read(piece, need)?;
            left = rest;
        }
        Ok(Ok(scores))
    }

    /// Reads `token` and up to `most` guesses. Returns the guesses that were right and the
    /// token after them.
    fn step(&mut self, token: u32, most: usize) -> Result<(Vec<u32>, u32)> {
        let mut tokens = vec![token];
        tokens.extend(draft::guess(&self.context, token, most));
        let scores = self.read(&tokens, Need::All)?;
        let rows = scores.chunks_exact(self.decoder.shape().vocabulary);
        let follows: Vec<u32> = rows.map(likeliest).collect();
        let guesses = &tokens[1..];
        let right = guesses.iter().zip(&follows).take_while(|(a, b)| a == b);
        let right = right.count();
        self.forget(guesses.len() - right);
        let following = follows.get(right).copied().unwrap_or_default();
        Ok((guesses[..right].to_vec(), following))
    }

    fn read(&mut self, tokens: &[u32], need: Need) -> Result<Vec<f32>> {
        self.context.extend_from_slice(tokens);
        self.decoder.read(tokens, &mut self.cache, need)
    }

    /// Takes the last `tokens` back.
    fn forget(&mut self, tokens: usize) {
        let left = self.context.len() - tokens;
        self.context.truncate(left);
        self.cache.truncate(left);
    }
}

/// The candidate with the highest score; of equal ones the first, so that ties are stable.
pub(super) fn likeliest(scores: &[f32]) -> u32 {
    let mut best = (0, f32::NEG_INFINITY);
    for (token, &score) in (0..).zip(scores) {
        if score > best.1 {
            best = (token, score);
        }
    }
    best.0
}

/// Of `allowed`, the candidate with the highest score, what stands beside it added; of equal
/// ones the first.
fn likeliest_of(scores: &[f32], allowed: &[(u32, f32)]) -> Option<u32> {
    let scored = allowed.iter().filter_map(|(token, more)| {
        let score = scores.get(*token as usize)?;
        Some((*token, score + more))
    });
    let best = scored.reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map(|(token, _)| token)
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
