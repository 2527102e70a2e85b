//! What can break between a question and its answer. Refusing to answer is not here: it is a
//! value ([`crate::gate::Reason`]); an error means a machine or a model failed.

use footnote_ingest::embed::EmbedError;
use footnote_ingest::entailment::EntailmentError;
use footnote_ingest::rerank::RerankError;
use footnote_ingest::worker::WorkerError;

use crate::generate::GenerateError;

/// A failed stage.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The index could not be read.
    #[error("reading the index failed")]
    Store(#[from] footnote_store::Error),
    /// The embedder failed on the question.
    #[error("embedding the question failed")]
    Embed(#[from] EmbedError),
    /// The reranker failed on a passage.
    #[error("reranking the passages failed")]
    Rerank(#[from] RerankError),
    /// The model of inference failed on a claim.
    #[error("checking a claim with `models.entailment` failed")]
    Entailment(#[from] EntailmentError),
    /// The generator failed.
    #[error("writing the answer failed")]
    Generate(#[from] GenerateError),
    /// A model's queue is full or its thread is gone.
    #[error("the {model} model cannot take the request")]
    Worker {
        /// Which model.
        model: &'static str,
        /// Full or gone.
        #[source]
        source: WorkerError,
    },
    /// `mode: generate` was asked for and no generator is configured.
    #[error("no generator is configured")]
    NoGenerator,
}
