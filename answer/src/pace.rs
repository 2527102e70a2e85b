//! How long will the model take? A question with a deadline is worded by the model only where
//! its speed, as its card has it, says that there is time: words that are cut off are of no use,
//! and the quotes could have left at once.

use std::time::Duration;

use crate::generate::Prompt;
use crate::task::Task;

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
/// Tokens of a copied answer: nine in ten of SQuAD 2's have at most five words.
const FEW: usize = 6;

impl Pace {
    /// `task` without what would not be done in `left`: rewording goes first, because it takes
    /// longer, then copying. And whether anything went.
    pub(crate) fn within(self, mut task: Task, left: Duration) -> (Task, bool) {
        let late = self.needs(&task) > left;
        if late {
            task.write = None;
        }
        if self.needs(&task) > left {
            task.copy = None;
        }
        (task, late)
    }

    /// Time to read the user's part of the prompts of `task`, whose beginnings are read already,
    /// and to write an answer of usual length to each.
    fn needs(self, task: &Task) -> Duration {
        let copy = task.copy.as_ref();
        let copy = copy.map(|copying| self.seconds(&copying.prompt, FEW));
        let write = task.write.as_ref();
        let write = write.map(|prompt| self.seconds(prompt, USUAL.min(task.most_written)));
        Duration::from_secs_f32(copy.unwrap_or_default() + write.unwrap_or_default())
    }

    fn seconds(self, prompt: &Prompt, tokens: usize) -> f32 {
        let read = prompt.user.chars().count() as f32 / CHARS_PER_TOKEN;
        read / self.reads_per_s.max(1.0) + tokens as f32 / self.writes_per_s.max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::Copying;

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
        let mut task = Task {
            copy: None,
            write: Some(prompt.clone()),
            most_copied: 10,
            most_written: 10,
            deadline: None,
        };
        assert_eq!(pace.needs(&task), Duration::from_secs(2));
        task.most_written = 1000;
        let usual = pace.needs(&task).as_secs_f32();
        assert!((usual - 4.2).abs() < 0.01, "{usual}");
        task.copy = Some(Copying {
            prompt,
            texts: Vec::new(),
            prior: Vec::new(),
        });
        let both = pace.needs(&task).as_secs_f32();
        assert!((both - 5.8).abs() < 0.01, "{both}");

        let (all, late) = pace.within(task, Duration::from_secs(6));
        assert!(!late && all.copy.is_some() && all.write.is_some());
        let (copying, late) = pace.within(all, Duration::from_secs(3));
        assert!(late && copying.copy.is_some() && copying.write.is_none());
        let (nothing, late) = pace.within(copying, Duration::from_secs(1));
        assert!(late && nothing.is_empty());
        let (_, late) = pace.within(nothing, Duration::ZERO);
        assert!(!late, "nothing takes no time");
    }
}
