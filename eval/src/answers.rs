//! Answers, as against rankings: [`ask`] has the questions answered, [`score`] judges one
//! answer, [`short`] the few words in it that answer, [`sentences`] the evidence below it,
//! [`gated`] what the gate let through, [`report`] sums up a run.

pub mod ask;
pub mod gated;
pub mod report;
pub mod score;
pub mod sentences;
pub mod short;
