//! A question in, a cited answer or a reason out.
//!
//! The stages, in the order they run, each a module:
//!
//! | module | answers |
//! |---|---|
//! | [`ask`], [`question`] | what is asked for? |
//! | [`search`] | which passages are near? (both legs; [`closeness`] and [`lexical`] score, [`fuse`] and [`rerank`] rank, [`collapse`] drops copies) |
//! | [`evidence`] | which sentences answer, and which are quoted? |
//! | [`reading`] | what do the found passages say to that? |
//! | [`gate`] | is that enough to answer at all? |
//! | [`prompt`], [`generate`], `wording`, `task`, [`rewrite`] | can the model say it better, and in time? ([`probe`] measures which can, [`pace`] how fast) |
//! | [`escalate`] | is an endpoint to be asked as well? |
//! | [`verify`], [`checks`], [`inference`] | does stored text support what was said? |
//! | [`compose`] | how does it read, and what does each marker point to? |
//! | [`short`] | which few words of the evidence answer? |
//! | [`progress`] | what is known before the answer is? |
//! | [`outcome`], [`trace`] | what is published, and what is kept? |
//!
//! [`engine::Engine::ask`] alone sees all of them; [`check`] opens the verifier to texts that
//! were written elsewhere. Everything but the model threads and the snapshot is pure. The
//! crate knows no HTTP and no configuration files.

pub mod ask;
pub mod auc;
mod calendar;
pub mod check;
pub mod checks;
pub mod clock;
pub mod closeness;
pub mod collapse;
pub mod compose;
pub mod engine;
pub mod error;
pub mod escalate;
pub mod evidence;
pub mod fuse;
pub mod gate;
pub mod generate;
pub mod inference;
pub mod lexical;
pub mod outcome;
pub mod pace;
pub mod probe;
pub mod progress;
pub mod prompt;
pub mod question;
mod quote;
pub mod reading;
pub mod rerank;
pub mod rewrite;
pub mod search;
mod sheet;
pub mod short;
mod task;
mod ticket;
pub mod trace;
pub mod verify;
mod wording;

pub use error::Error;
