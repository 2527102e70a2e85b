//! Does it work? Data sets with known answers, and what the service scores on them.
//!
//! Read: [`trec`] (judgements and runs), [`beir`] (folders of passages, queries and
//! judgements), [`questions`] (ours: gold is a document and the exact words in it, not a chunk,
//! so that it stays valid when documents are cut differently).
//! Judge: [`metrics`] (rankings, as trec_eval defines them), [`stats`] (is a difference more
//! than luck?), [`latency`], [`answers`] (did an answer cite the right words, or abstain?).
//! Everything here is pure: who runs the questions, and against which service, is the
//! caller's business.

pub mod answers;
pub mod beir;
pub mod latency;
pub mod metrics;
pub mod questions;
pub mod read;
pub mod stats;
pub mod trec;
