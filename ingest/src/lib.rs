//! Bytes in, embedded chunks out: the first stage of `footnote`.
//!
//! A [`source::Source`] is parsed into a [`document::Document`] (canonical text, blocks,
//! sentences), cut into chunks that are exact slices of that text, and embedded. The
//! crate knows no database, no HTTP and no prompts.
//!
//! | module | answers |
//! |---|---|
//! | [`span`] | how is a place in a text named? |
//! | [`id`] | how are documents and chunks named? |
//! | [`source`] | what arrives? |
//! | [`document`] | what does a parser produce? |
//! | [`parse`] | how do bytes become a document? |
//! | [`isolate`] | how is a hostile document kept from doing harm? |
//! | [`sentence`] | where does a sentence end? |
//! | [`chunk`] | how is a document cut? |
//! | [`embed`] | what is a vector, and which model made it? |
//! | [`models`] | which model files are there, and are they the right ones? |
//! | `entailment` | does one text follow from another? |
//! | `own_model` | which model is in a folder of the user's? |
//! | `rerank` | how well does a passage answer a question, both read together? |
//! | [`onnx`] | how is a model graph made faster without changing what it says? |
//! | [`worker`] | on which thread does a model run? |
//! | [`prepare`] | what is handed to the store? |

pub mod chunk;
pub mod document;
pub mod embed;
#[cfg(feature = "models")]
pub mod entailment;
pub mod id;
pub mod isolate;
pub mod models;
pub mod onnx;
#[cfg(feature = "models")]
pub mod own_model;
pub mod parse;
pub mod prepare;
#[cfg(feature = "models")]
pub mod rerank;
pub mod sentence;
pub mod source;
pub mod span;
pub mod worker;
