//! The store on the real engine, in fresh directories, through its public API only. One binary,
//! because each links all of LanceDB.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that fails"
)]

mod filters;
mod maintenance;
mod model;
mod past;
mod restart;
mod search;
mod support;
mod vectors;
