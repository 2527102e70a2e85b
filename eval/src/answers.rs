//! Answers, as against rankings: [`ask`] has the questions answered, [`score`] judges one
//! answer, [`sentences`] the evidence below it, [`report`] sums up a run.

pub mod ask;
pub mod report;
pub mod score;
pub mod sentences;
