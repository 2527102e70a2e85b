//! Prompts as the service makes them, from the fixtures.

use std::fs;

use footnote_answer::generate::Prompt;
use footnote_answer::prompt;
use serde::Deserialize;

use crate::Result;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures");

#[derive(Deserialize)]
struct Question {
    question: String,
    #[serde(default)]
    evidence: Vec<Evidence>,
}

#[derive(Deserialize)]
struct Evidence {
    quote: String,
}

/// Questions with the sentence that answers them.
pub(crate) fn short(count: usize) -> Result<Vec<Prompt>> {
    let prompts = pairs()?.into_iter().take(count);
    Ok(prompts
        .map(|(question, quote)| prompt::rewrite(&question, "Handbook", &quote))
        .collect())
}

/// Questions with the sentence that answers them and nine others.
pub(crate) fn long(count: usize) -> Result<Vec<Prompt>> {
    let pairs = pairs()?;
    let quotes: Vec<&str> = pairs.iter().map(|(_, quote)| quote.as_str()).collect();
    let prompts = pairs.iter().enumerate().take(count);
    Ok(prompts
        .map(|(i, (question, _))| {
            let evidence: Vec<&str> = quotes.iter().cycle().skip(i).take(10).copied().collect();
            prompt::rewrite(question, "Handbook", &evidence.join(" "))
        })
        .collect())
}

fn pairs() -> Result<Vec<(String, String)>> {
    let lines = fs::read_to_string(format!("{FIXTURES}/questions.jsonl"))?;
    let mut pairs = Vec::new();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let question: Question = serde_json::from_str(line)?;
        if let Some(evidence) = question.evidence.into_iter().next() {
            pairs.push((question.question, evidence.quote));
        }
    }
    Ok(pairs)
}
