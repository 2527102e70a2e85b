//! Answers, as against rankings: [`score`] judges one, [`report`] sums up a run of them.

pub mod report;
pub mod score;
