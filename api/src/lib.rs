//! HTTP, command line and configuration: the outermost crate and the binary `footnote`.
//!
//! | module | answers |
//! |---|---|
//! | [`config`] | what can be set, and is it valid? |
//! | [`app`] | what is open? |
//! | [`jobs`] | how does a document travel? |
//! | [`watch`] | how do documents follow a folder? |
//! | [`evals`] | how well does it find and answer? |
//! | [`http`] | what can be asked over REST? |
//! | [`wire`] | what does the JSON look like? |
//! | [`error`] | which code does a failure get? |
//! | [`cli`] | what can be typed? |
//!
//! Only this crate knows axum, JSON requests and exit codes; it holds no ranking, no parsing
//! and no wording of answers.

pub mod app;
pub mod cli;
pub mod config;
pub mod error;
pub mod evals;
pub mod http;
pub mod jobs;
mod telemetry;
pub mod watch;
pub mod wire;
