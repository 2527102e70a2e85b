//! How long will the model take? A question with a deadline is worded by the model only where
//! its speed, as its card has it, says that there is time: words that are cut off are of no use,
//! and the quotes could have left at once.

use std::time::Duration;

use crate::generate::Prompt;

/// How fast a model is on this machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Tokens of a prompt read in a second.
    pub reads_per_s: f32,
    /// Tokens written in a second.
    pub writes_per_s: f32,
}

/// Characters of evidence and question for each token that is read: measured with SmolLM2 on 42
/// fixture questions, the template's own tokens included.
const CHARS_PER_TOKEN: f32 = 3.2;
/// Tokens of an answer: of the same 42 half have at most 23, and one in ten runs to the limit
/// of 48.
const USUAL: usize = 32;

impl Pace {
    /// Time to read the user's part of `prompt`, whose beginning is read already, and to write
    /// an answer of usual length, at most `max_tokens`.
    pub fn needs(self, prompt: &Prompt, max_tokens: usize) -> Duration {
        let read = prompt.user.chars().count() as f32 / CHARS_PER_TOKEN;
        let written = USUAL.min(max_tokens) as f32;
        let seconds = read / self.reads_per_s.max(1.0) + written / self.writes_per_s.max(1.0);
        Duration::from_secs_f32(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_and_writing_take_their_time() {
        let pace = Pace {
            reads_per_s: 100.0,
            writes_per_s: 10.0,
        };
        let prompt = Prompt {
            system: "never counted".into(),
            user: "x".repeat(320),
        };
        assert_eq!(pace.needs(&prompt, 10), Duration::from_secs(2));
        let usual = pace.needs(&prompt, 1000).as_secs_f32();
        assert!((usual - 4.2).abs() < 0.01, "{usual}");
    }
}
