//! Does the evidence hold the answer? The sentences that answers are made of, before the gate
//! and the budget: whether a right answer stands in the best one, or in one of the best three.

use footnote_answer::error::Error;
use footnote_answer::reading::Reading;
use footnote_answer::search::Search;
use serde::{Deserialize, Serialize};

use super::report::Tally as Share;
use crate::harness::Job;

/// How many questions find an answer of theirs in the best sentences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// In the best one.
    pub best: Share,
    /// In one of the best three.
    pub best_three: Share,
}

impl Tally {
    /// Counts one question with its `sentences`, best first, and its right `answers`.
    pub fn count(&mut self, sentences: &[String], answers: &[String]) {
        let answers: Vec<String> = answers.iter().map(|answer| folded(answer)).collect();
        let holds = |sentence: &String| {
            let sentence = folded(sentence);
            answers.iter().any(|answer| sentence.contains(answer))
        };
        self.best.count(sentences.iter().take(1).any(holds));
        self.best_three.count(sentences.iter().take(3).any(holds));
    }
}

/// The sentences of what `search` finds, best first.
pub(super) async fn best(job: &Job<'_>, search: &Search) -> Result<Vec<String>, Error> {
    let (found, _) = job.engine.search(job.snapshot, search).await?;
    let (settings, terms) = (&job.engine.settings, &job.snapshot.terms);
    let reading = Reading::of(settings, terms, search.question.as_str(), &found);
    let scored = reading.scored.into_iter();
    Ok(scored.map(|sentence| sentence.text).collect())
}

/// Lower case, runs of white space as one space.
fn folded(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_where_it_stands() {
        let sentences =
            ["It opens\nat Seven.", "It shuts at nine.", "x", "at ten"].map(String::from);
        let mut tally = Tally::default();
        for answer in ["at seven", "nine", "ten"] {
            tally.count(&sentences, &[answer.to_owned()]);
        }
        tally.count(&[], &["x".to_owned()]);
        assert_eq!(tally.best, Share { right: 1, of: 4 });
        assert_eq!(tally.best_three, Share { right: 2, of: 4 });
    }
}
