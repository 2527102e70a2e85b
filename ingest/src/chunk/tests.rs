//! The laws of chunks, on generated documents, and how sections are packed, on written ones.

use proptest::prelude::*;

use super::*;
use crate::parse::{Limits, parse};
use crate::source::Source;

const LIMITS: Limits = Limits {
    max_text_chars: 1_000_000,
    max_expanded_bytes: 1_000_000,
    ocr: None,
};

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

fn document(markdown: &str) -> Document {
    let source = Source {
        uri: "t.md".to_owned(),
        media_type: None,
        bytes: markdown.as_bytes().to_vec(),
    };
    parse(&source, &LIMITS).expect("Markdown parses")
}

fn chunks(document: &Document, max_tokens: usize) -> Vec<Chunk> {
    let id = DocumentId::derive("default", "t.md");
    chunk(&id, document, &Chunking { max_tokens }, &words)
}

/// Cuts `markdown` into chunks of at most `max` words and compares path and text.
#[track_caller]
fn check(markdown: &str, max: usize, expected: &[(&[&str], &str)]) {
    let chunks = chunks(&document(markdown), max);
    let got: Vec<(Vec<&str>, &str)> = chunks
        .iter()
        .map(|c| {
            (
                c.heading_path.iter().map(String::as_str).collect(),
                c.text.as_str(),
            )
        })
        .collect();
    let expected: Vec<(Vec<&str>, &str)> = expected
        .iter()
        .map(|(path, text)| (path.to_vec(), *text))
        .collect();
    assert_eq!(got, expected);
}

#[test]
fn a_section_is_a_chunk_with_its_heading() {
    check(
        "# T\n\n## A\n\none two three\n\n### B\n\nfour five six\n\n## C\n\nseven eight",
        20,
        &[
            (&["A"], "T\n\nA\n\none two three"),
            (&["A", "B"], "B\n\nfour five six"),
            (&["C"], "C\n\nseven eight"),
        ],
    );
}

#[test]
fn a_large_section_is_cut_evenly_between_sentences() {
    check(
        "# T\n\n## A\n\nOne two three. Four five six. Seven eight nine. Ten eleven.",
        8,
        &[
            (&["A"], "T\n\nA\n\nOne two three. Four five six."),
            (&["A"], "Seven eight nine. Ten eleven."),
        ],
    );
}

#[test]
fn a_sentence_over_the_budget_is_cut_inside() {
    check(
        "one two three four five six seven",
        3,
        &[
            (&[], "one two three"),
            (&[], "four five six"),
            (&[], "seven"),
        ],
    );
}

#[test]
fn a_huge_sentence_is_cut_in_time_that_grows_with_its_length() {
    let counted = std::cell::Cell::new(0);
    let count = |text: &str| {
        counted.set(counted.get() + text.len());
        text.chars().count()
    };
    let document = document(&"é".repeat(100_000));
    let id = DocumentId::derive("default", "t.md");
    let chunks = chunk(&id, &document, &Chunking { max_tokens: 200 }, &count);
    assert_eq!(chunks.iter().map(|c| c.span.len()).sum::<usize>(), 100_000);
    assert!(
        counted.get() < 100 * document.text.len(),
        "{}",
        counted.get()
    );
}

#[test]
fn a_scrap_joins_what_it_introduces() {
    check(
        "# T\n\nHi.\n\n## A\n\none two three\n\n## B\n\nx\n\n## C\n\ny",
        32,
        &[
            (&[], "T\n\nHi.\n\nA\n\none two three"),
            (&[], "B\n\nx\n\nC\n\ny"),
        ],
    );
}

#[test]
fn table_rows_and_list_markers_are_kept_whole() {
    check(
        "| K | V |\n|---|---|\n| a | one two |\n| b | three four |",
        5,
        &[(&[], "K: a; V: one two"), (&[], "K: b; V: three four")],
    );
    check(
        "- One two three. Four five.",
        4,
        &[(&[], "- One two three."), (&[], "Four five.")],
    );
}

#[test]
fn the_context_line_says_each_thing_once() {
    let document = document("# Leave policy\n\n## Leave\n\n### Vacation\n\nTwenty-five days.");
    let mut chunk = chunks(&document, 50).remove(0);
    assert_eq!(chunk.heading_path, ["Leave", "Vacation"]);
    assert_eq!(embedding_text("", &chunk).1, 0);
    chunk.text = "Twenty-five days.".to_owned();
    let (text, start) = embedding_text("Leave policy", &chunk);
    assert_eq!(text, "Leave policy > Vacation\nTwenty-five days.");
    assert_eq!(&text[start..], chunk.text);
    assert!(
        embedding_text("Vac", &chunk)
            .0
            .starts_with("Leave > Vacation\n")
    );
    let (text, start) = embedding_text(&"é".repeat(500), &chunk);
    assert_eq!(
        (text.chars().count(), &text[start..]),
        (121 + 17, chunk.text.as_str())
    );
}

fn markdown() -> impl Strategy<Value = String> {
    let sentence = "[A-Z][a-zé]{0,6}( [a-z]{1,5}){0,9}[.!?]";
    let paragraph = prop::collection::vec(sentence, 1..6).prop_map(|s| s.join(" "));
    let block = prop_oneof![
        4 => paragraph.clone(),
        2 => ("#{1,4}", "[A-Z][a-z]{1,6}( [a-z]{1,6}){0,4}").prop_map(|(level, text)| format!("{level} {text}")),
        1 => prop::collection::vec(paragraph, 1..4).prop_map(|items| format!("- {}", items.join("\n- "))),
        1 => "[a-z]{1,5}( [a-z]{1,5}){0,40}".prop_map(|code| format!("```\n{}\n```", code.replace(" a", "\na"))),
    ];
    prop::collection::vec(block, 1..14).prop_map(|blocks| blocks.join("\n\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn chunks_are_slices_in_order_that_cover_the_text(source in markdown(), max in 1usize..40) {
        let document = document(&source);
        let mut end = 0;
        for chunk in chunks(&document, max) {
            prop_assert_eq!(chunk.span.slice(&document.text), Some(chunk.text.as_str()));
            let skipped = Span::new(end, chunk.span.start).slice(&document.text);
            prop_assert!(chunk.span.start >= end && skipped.is_some_and(|s| s.trim().is_empty()), "{:?}", skipped);
            end = chunk.span.end;
        }
        let rest = Span::new(end, document.text.chars().count()).slice(&document.text);
        prop_assert_eq!(rest.map(str::trim), Some(""));
    }

    #[test]
    fn chunks_keep_to_the_budget(source in markdown(), max in 1usize..40) {
        for chunk in chunks(&document(&source), max) {
            prop_assert!(words(&chunk.text) <= max);
            prop_assert_eq!(chunk.tokens as usize, words(&chunk.text));
        }
    }

    #[test]
    fn only_sentences_over_the_budget_are_cut(source in markdown(), max in 1usize..40) {
        let document = document(&source);
        let chunks = chunks(&document, max);
        for sentence in &document.sentences {
            let whole = chunks.iter().any(|chunk| chunk.sentences.contains(sentence));
            let text = sentence.slice(&document.text).unwrap_or_default();
            // A list marker counts with the first sentence of its item.
            prop_assert!(whole || words(text) + 1 > max, "`{}` is cut", text);
        }
    }

    #[test]
    fn the_same_document_gives_the_same_chunks(source in markdown(), max in 1usize..40) {
        let document = document(&source);
        prop_assert_eq!(chunks(&document, max), chunks(&document, max));
    }

    #[test]
    fn a_tokenizer_that_is_not_additive_is_obeyed(source in markdown(), max in 8usize..60) {
        // Counts two special tokens and pairs of letters that may straddle any border.
        let count = |text: &str| 2 + text.chars().count().div_ceil(2);
        let document = document(&source);
        let id = DocumentId::derive("default", "t.md");
        for chunk in chunk(&id, &document, &Chunking { max_tokens: max }, &count) {
            prop_assert!(count(&chunk.text) <= max);
        }
    }
}

/// `markdown` cut within `seconds`.
#[track_caller]
fn check_time(markdown: &str, seconds: u64) -> Vec<Chunk> {
    let document = document(markdown);
    let id = DocumentId::derive("default", "t.md");
    let start = std::time::Instant::now();
    let count = |text: &str| text.len().div_ceil(4);
    let chunks = chunk(&id, &document, &Chunking { max_tokens: 8 }, &count);
    let took = start.elapsed();
    assert!(took.as_secs() < seconds, "{took:?}");
    chunks
}

#[test]
fn many_headings_were_each_looked_for_from_the_start_of_the_text() {
    check_time(&"## Related\n\nWords and more words.\n\n".repeat(20_000), 5);
}

#[test]
fn many_units_were_added_up_again_for_every_piece() {
    check_time(&"Words.\n\n".repeat(100_000), 5);
}

#[test]
fn a_long_heading_was_copied_whole_into_every_chunk_below_it() {
    let long = "long ".repeat(2_000);
    let chunks = check_time(
        &format!("# {long}\n\n## {long}\n\n{}", "Words.\n\n".repeat(1_000)),
        5,
    );
    let longest = chunks
        .iter()
        .flat_map(|chunk| &chunk.heading_path)
        .map(|name| name.chars().count());
    assert_eq!(longest.max(), Some(crate::document::MAX_NAME_CHARS));
}
