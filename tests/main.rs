//! Black-box tests of the shipped binary: over HTTP and the command line, with the real
//! embedded models, each on a data directory of its own. They need the model files that
//! `footnote models pull` fetches and skip visibly without them, unless
//! `FOOTNOTE_MODELS_REQUIRED` is set, as `make test` does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test stops at the first thing that fails, and says what it skips"
)]

mod cli;
mod crash;
mod diagnose;
mod durability;
mod endpoint;
mod entailment;
mod errors;
mod escalate;
mod evals;
mod fixtures;
mod gate;
mod invariants;
mod isolation;
mod journey;
mod model;
mod probe;
mod replay;
mod rerank;
mod shared_data;
mod short;
mod shutdown;
mod stream;
mod support;
mod verifier;
mod watch;
