//! The two file formats of TREC, which every retrieval toolkit reads: judgements (qrels) and
//! rankings (runs).

mod qrels;
mod run;

pub use qrels::{Grade, Qrels};
pub use run::{Run, Scored};
