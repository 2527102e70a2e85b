//! Our own parsing code under a fuzzer that is led by what it covers: the first byte chooses a
//! format, the rest is the document. What is read must keep the laws of documents.

#![no_main]

#[path = "../../examples/mutations/laws.rs"]
mod laws;

use footnote_ingest::parse::{Limits, parse};
use footnote_ingest::source::Source;
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits {
    max_text_chars: 1_000_000,
    max_expanded_bytes: 16 << 20,
    ocr: None,
};

/// Formats whose parsers are ours, or whose text we take apart ourselves.
const ENDINGS: [&str; 16] = [
    "md", "txt", "html", "csv", "tsv", "json", "jsonl", "ipynb", "rst", "adoc", "xml", "eml",
    "mbox", "rtf", "py", "toml",
];

/// Panics of dependencies are caught where documents are parsed and refuse one document; only
/// those of our own code end the run, as the fuzzer has it for all.
fn forgive_dependencies() {
    let end = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let dependency = |at: &std::panic::Location<'_>| at.file().contains("/registry/src/");
        if !panic.location().is_some_and(dependency) {
            end(panic);
        }
    }));
}

fuzz_target!(init: forgive_dependencies(), |data: &[u8]| {
    let Some((format, bytes)) = data.split_first() else {
        return;
    };
    let ending = ENDINGS[usize::from(*format) % ENDINGS.len()];
    let source = Source {
        uri: format!("case.{ending}"),
        media_type: None,
        bytes: bytes.to_vec(),
    };
    if let Ok(document) = parse(&source, &LIMITS) {
        assert_eq!(laws::broken(&document), None);
    }
});
