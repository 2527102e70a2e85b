//! Parsing in a process of its own. Files are hostile until parsed: a parser may crash, loop or
//! swallow all memory, and that must cost one document and nothing else. The same binary is
//! started as a worker that reads documents from a pipe, with limits on memory, processor time,
//! output and open files, and with no way to files or the network.
//!
//! | module | answers |
//! |---|---|
//! | [`budget`] | what may one document use up, and what happens when it does? |
//! | [`pool`] | who starts, reuses and kills workers? |
//! | [`worker`] | what does a worker do? |
//! | `confine` | what is taken away from a worker? |
//! | `wire` | how do the two talk? |

pub mod budget;
mod confine;
pub mod pool;
mod wire;
pub mod worker;

pub use budget::{Budget, Stopped};
pub use pool::{IsolateError, Parsers};
