//! Vectors for texts: what goes in, what comes out, and which model made it.
//!
//! The types are always here; [`Embedder`], the ONNX model behind them, needs the feature
//! `models`. Nothing here compares texts by meaning beyond a dot product. Threads
//! live no longer than a call here; the one that calls is [`crate::worker`]'s.

use std::ops::Range;

mod error;
#[cfg(feature = "models")]
mod lanes;
mod model_id;
#[cfg(feature = "models")]
mod onnx;
#[cfg(feature = "models")]
mod pool;
#[cfg(feature = "models")]
mod raw;
#[cfg(feature = "models")]
mod runtime;
#[cfg(feature = "models")]
mod session;
mod tokens;

pub use error::EmbedError;
pub use model_id::{InvalidModelId, ModelId};
#[cfg(all(test, feature = "models"))]
pub(crate) use onnx::tests::files as test_files;
#[cfg(feature = "models")]
pub use onnx::{Embedder, EmbedderFiles};
#[cfg(feature = "models")]
pub use raw::{Ids, Raw};
pub use tokens::TokenCounter;
#[cfg(feature = "models")]
pub(crate) use {
    lanes::Lanes,
    runtime::{environment, overflow_guard},
    session::{NO_SPINNING, inputs, open},
};

/// Longest input of the embedder in tokens, its two special tokens included; what lies beyond
/// is not read. MiniLM was trained with no more.
pub const MAX_TOKENS: usize = 256;

/// A vector of unit length, so that a dot product is a cosine.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding(Vec<f32>);

/// What is embedded at once: a text and where its sentences are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Passage {
    /// What the model reads, context included.
    pub text: String,
    /// Byte ranges of sentences in `text`, in any order.
    pub sentences: Vec<Range<usize>>,
}

/// The vectors of a [`Passage`].
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    /// Vector of the whole passage.
    pub vector: Embedding,
    /// One vector for each sentence, in the order they were given.
    pub sentences: Vec<Embedding>,
}

impl Embedding {
    /// Scales `values` to unit length.
    ///
    /// # Errors
    /// [`EmbedError::Vector`] when there are not `dimension` of them, or when they have no
    /// direction: NaN, infinity or zero.
    pub fn new(values: Vec<f32>, dimension: usize) -> Result<Self, EmbedError> {
        let squares = values.iter().map(|value| f64::from(*value).powi(2));
        let norm = squares.sum::<f64>().sqrt();
        if values.len() != dimension || !norm.is_normal() {
            return Err(EmbedError::Vector {
                len: values.len(),
                dimension,
                norm,
            });
        }
        let unit = |value: f32| (f64::from(value) / norm) as f32;
        Ok(Self(values.into_iter().map(unit).collect()))
    }

    /// A vector that was stored, with exactly its numbers: scaling it again could change the
    /// last digit.
    ///
    /// # Errors
    /// As [`Embedding::new`], and when its length is not 1 within what half floats lose.
    pub fn stored(values: Vec<f32>, dimension: usize) -> Result<Self, EmbedError> {
        let squares = values.iter().map(|value| f64::from(*value).powi(2));
        let norm = squares.sum::<f64>().sqrt();
        // A NaN is in no range.
        let unit = (0.99..1.01).contains(&norm);
        if values.len() != dimension || !unit {
            return Err(EmbedError::Vector {
                len: values.len(),
                dimension,
                norm,
            });
        }
        Ok(Self(values))
    }

    /// The numbers.
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// Cosine of the angle to `other`, in `[-1, 1]` up to rounding.
    pub fn cosine(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_embedding_has_unit_length(values in prop::collection::vec(-1e3f32..1e3, 1..32)) {
            prop_assume!(values.iter().any(|value| value.abs() > 1e-3));
            let dimension = values.len();
            let embedding = Embedding::new(values, dimension).unwrap();
            prop_assert!((embedding.cosine(&embedding) - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn numbers_without_a_direction_are_refused() {
        let nan = Embedding::new(vec![f32::NAN, 1.0], 2);
        let infinite = Embedding::new(vec![f32::INFINITY, 1.0], 2);
        let zero = Embedding::new(vec![0.0, 0.0], 2);
        let short = Embedding::new(vec![1.0], 2);
        for refused in [nan, infinite, zero, short] {
            assert!(matches!(
                refused,
                Err(EmbedError::Vector { dimension: 2, .. })
            ));
        }
    }
}
