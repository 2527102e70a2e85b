//! Awkward documents of strangers, from outside the repository: `messy_docs` of the shared
//! data, whose manifest says what each must come to. Prints one line a file; skipped visibly
//! where the data is not at hand. `FOOTNOTE_SHARED_DATA` says where it lies, if not beside the
//! checkout.

#![allow(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that fails"
)]

use std::path::{Path, PathBuf};
use std::time::Instant;

use footnote_ingest::parse::{Limits, ParseError, parse};
use footnote_ingest::source::Source;
use serde_json::Value;

/// Formats of the manifest that must come to what it says; the others are only listed.
const ASSERTED: [&str; 7] = ["doc", "docx", "odt", "pdf", "pptx", "rtf", "xlsx"];

const LIMITS: Limits = Limits {
    max_text_chars: 20_000_000,
    max_expanded_bytes: 256 << 20,
    ocr: None,
};

fn folder() -> Option<PathBuf> {
    let root = match std::env::var_os("FOOTNOTE_SHARED_DATA") {
        Some(root) => PathBuf::from(root),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
    };
    Some(root.join("messy_docs")).filter(|folder| folder.is_dir())
}

#[test]
fn messy_documents_come_to_what_their_manifest_says() {
    let Some(folder) = folder() else {
        eprintln!("skipped: messy_docs is not at hand");
        return;
    };
    let manifest = std::fs::read_to_string(folder.join("manifest.jsonl")).unwrap();
    let mut wrong = Vec::new();
    for line in manifest.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let (report, verdict) = check(&folder, &entry);
        eprintln!("{report}");
        let asserted = ASSERTED.contains(&entry["format"].as_str().unwrap());
        if let (true, Err(why)) = (asserted, verdict) {
            wrong.push(format!("{report}\n  {why}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A line about one entry of the manifest, and what is wrong with its outcome.
fn check(folder: &Path, entry: &Value) -> (String, Result<(), String>) {
    let file = entry["file"].as_str().unwrap();
    let source = Source {
        uri: file.to_owned(),
        media_type: None,
        bytes: std::fs::read(folder.join(file)).unwrap(),
    };
    let start = Instant::now();
    let outcome = parse(&source, &LIMITS).map(|document| document.text);
    let elapsed = start.elapsed().as_millis();
    let expected = &entry["expected"];
    let verdict = judge(&outcome, expected);
    let mark = if verdict.is_ok() { "  " } else { "!!" };
    let came = match &outcome {
        Ok(text) => format!("{} characters", text.chars().count()),
        Err(error) => reason(error).to_owned(),
    };
    let wanted = expected["outcome"].as_str().unwrap();
    let wanted = format!("{wanted} {}", expected["reason"].as_str().unwrap_or(""));
    let report = format!("{mark} {file:50} {came:22} wanted {wanted:26} {elapsed:6} ms");
    (report, verdict)
}

fn judge(outcome: &Result<String, ParseError>, expected: &Value) -> Result<(), String> {
    match (outcome, expected["outcome"].as_str().unwrap()) {
        (Ok(_), "refuse") => Err("it was read".to_owned()),
        (Err(error), "ok") => Err(error.to_string()),
        (Err(error), "refuse") if expected["reason"] != reason(error) => Err(error.to_string()),
        (Err(_), _) => Ok(()),
        (Ok(text), _) => missing(text, expected),
    }
}

/// Whether `text` holds the phrases and cells, blanks aside.
fn missing(text: &str, expected: &Value) -> Result<(), String> {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let wanted = expected["cells"]
        .as_array()
        .or(expected["contains"].as_array());
    let absent = wanted
        .into_iter()
        .flatten()
        .find(|phrase| !flat.contains(phrase.as_str().unwrap()));
    absent.map_or(Ok(()), |phrase| Err(format!("it does not say {phrase}")))
}

/// The manifest's word for why a document was refused.
fn reason(error: &ParseError) -> &'static str {
    match error {
        ParseError::Empty => "empty",
        ParseError::Unsupported { .. } => "unsupported_format",
        ParseError::Encrypted { .. } => "encrypted",
        ParseError::Corrupt { .. } => "damaged",
        ParseError::NoText { .. } => "no_text",
        ParseError::TooLarge { .. } => "resource_limit",
    }
}
