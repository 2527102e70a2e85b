//! Does it work? Data sets with known answers, and what the service scores on them.
//!
//! | module | answers |
//! |---|---|
//! | [`trec`], [`beir`], [`questions`] | what is asked, and what should be found? |
//! | [`gold`] | which stored documents and chunks are that? |
//! | [`harness`] | what do the configurations of a search return, and how fast? |
//! | [`metrics`], [`latency`], [`answers`] | how good is that? |
//! | [`stats`] | is a difference more than luck? |
//! | [`report`], [`html`] | what is said about a run? |
//! | [`gate`], [`junit`] | is it worse than it was? |
//! | [`calibrate`] | how sure is sure, on these questions? |
//! | [`generate`], [`feedback`] | which questions does a corpus suggest, which do its readers? |
//! | [`mod@diagnose`] | which stage lost what should have been found, and what brings it back? |
//! | [`verifier`] | does the verifier tell true claims from false ones? |
//! | [`corpus`] | what is wrong with what is stored, before anybody asks? |
//!
//! Gold of our own data sets is a document and the exact words in it, not a chunk, so that it
//! stays valid when documents are cut differently. Only [`harness`], [`answers::ask`],
//! [`mod@diagnose`] and [`corpus`] do more than compute: they read an open store. Files, the command
//! line and HTTP are the caller's business.

pub mod answers;
pub mod beir;
pub mod calibrate;
pub mod corpus;
pub mod diagnose;
pub mod feedback;
pub mod gate;
pub mod generate;
pub mod gold;
pub mod harness;
pub mod html;
pub mod junit;
pub mod latency;
pub mod metrics;
pub mod questions;
pub mod read;
pub mod report;
pub mod stats;
mod svg;
pub mod trec;
pub mod verifier;
