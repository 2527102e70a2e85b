//! Does it work? Questions whose right quotes are known, and what an answer scores on them.
//!
//! [`dataset`] reads the questions, [`score`] judges one answer, [`report`] sums up a run.
//! Gold is anchored to a document and the exact words in it, not to chunks, so that it stays
//! valid when documents are cut differently. Pure: who asks the questions, and of which
//! service, is the caller's business.

pub mod dataset;
pub mod report;
pub mod score;
