//! The words put to the small model: one short instruction, the evidence sentence, the
//! question. Small on purpose: a model of this size rewrites one sentence well and three
//! badly (measured; see the README). Pure.

use crate::generate::Prompt;

/// Bumped whenever the wording below changes; part of every receipt.
pub const VERSION: &str = "rewrite-2";

/// The instructions of what every question may need: a generator reads each once, ahead of the
/// first question.
pub const SYSTEMS: [&str; 2] = [REWRITE, COPY];

const REWRITE: &str = "You answer questions in one short sentence, using only the given text.";
const COPY: &str = "You answer questions with a few words copied exactly from the given text.";

/// The prompt that asks for an answer from `evidence`, with its `heading` for context.
pub fn rewrite(question: &str, heading: &str, evidence: &str) -> Prompt {
    ask(
        REWRITE,
        format!("Text ({heading}): {evidence}\n\nQuestion: {question}"),
    )
}

/// The prompt that asks for a few words of one of `texts` and nothing else.
pub fn copy(question: &str, texts: &[String]) -> Prompt {
    let evidence = texts.join("\n");
    ask(COPY, format!("Text: {evidence}\n\nQuestion: {question}"))
}

/// The prompt that asks which of the numbered `texts` answers.
pub fn choose(question: &str, texts: &[&str]) -> Prompt {
    let numbered = texts.iter().zip(1..);
    let lines: Vec<String> = numbered.map(|(text, n)| format!("[{n}] {text}")).collect();
    ask(
        "You say which text answers the question. Reply with its number only.",
        format!("{}\n\nQuestion: {question}", lines.join("\n")),
    )
}

/// The prompt that asks whether `text` answers at all.
pub fn answers(question: &str, text: &str) -> Prompt {
    ask(
        "You say whether the text states the answer to the question. Reply Yes or No.",
        format!("Text: {text}\n\nQuestion: {question}"),
    )
}

fn ask(system: &str, user: String) -> Prompt {
    Prompt {
        system: system.to_owned(),
        user,
    }
}
