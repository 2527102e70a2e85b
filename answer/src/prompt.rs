//! The words put to the small model: one short instruction, the evidence sentence, the
//! question. Small on purpose: a model of this size rewrites one sentence well and three
//! badly (measured; see the README). Pure.

use crate::generate::Prompt;

/// Bumped whenever the wording below changes; part of every receipt.
pub const VERSION: &str = "rewrite-1";

/// The instruction, the same for every question: a generator reads it once.
pub const SYSTEM: &str = "You answer questions in one short sentence, using only the given text.";

/// The prompt that asks for an answer from `evidence`, with its `heading` for context.
pub fn rewrite(question: &str, heading: &str, evidence: &str) -> Prompt {
    Prompt {
        system: SYSTEM.to_owned(),
        user: format!("Text ({heading}): {evidence}\n\nQuestion: {question}"),
    }
}
