//! The span answers, is a slice of what is cited, and is left out where nothing stands out.

use super::*;
use crate::outcome::CitationType;
use footnote_ingest::id::{ChunkId, DocumentId};
use footnote_ingest::span::Span;
use proptest::prelude::*;

/// What is picked from `sentences`.
fn picked<'s>(question: &str, sentences: &[&'s str]) -> Option<&'s str> {
    let spot = best(question, sentences, &TermStats::default())?;
    Some(&sentences[spot.text][spot.bytes])
}

#[test]
fn an_answer_survives_where_its_words_do() {
    let survives = |text: &str| {
        let question = "How many weeks of parental leave does a new parent get?";
        let sentence = "A new parent gets 18 weeks of parental leave on full pay.";
        super::survives(question, sentence, text, &TermStats::default())
    };
    assert!(survives("New parents have 18 weeks of leave."));
    assert!(!survives("A new parent gets parental leave on full pay."));
}

#[track_caller]
fn check(question: &str, sentence: &str, expected: Option<&str>) {
    assert_eq!(picked(question, &[sentence]), expected, "{question}");
}

#[test]
fn each_kind_of_question_finds_its_span() {
    check(
        "How many weeks of parental leave does a new parent get?",
        "A new parent gets 18 weeks of parental leave on full pay.",
        Some("18 weeks"),
    );
    check(
        "When was the depot in Lyon opened?",
        "The depot in Lyon was opened in March 1998 by the mayor.",
        Some("March 1998"),
    );
    check(
        "Who opened the depot in Lyon?",
        "The depot in Lyon was opened in March 1998 by Ada Keller.",
        Some("Ada Keller"),
    );
    check(
        "Where is the spare key kept?",
        "The spare key is kept in Halifax.",
        Some("Halifax"),
    );
    check(
        "What is the daily rate of an engineer?",
        "The daily rate of an engineer is \u{a3}540.",
        Some("\u{a3}540"),
    );
}

#[test]
fn what_asks_for_no_span_gets_none() {
    let sentence = "The tank in Leeds is blue and holds 400 litres.";
    for question in ["Is the tank in Leeds blue?", "tank Leeds", "", "?"] {
        check(question, sentence, None);
    }
    check("How big is the tank?", "", None);
    check("How big is the tank?", "The tank is...", None);
}

#[test]
fn offsets_count_characters_of_the_document() {
    let text = "\u{201c}No\u{eb}l\u{201d} is on 25 December.";
    let document = DocumentId::derive("c", "u");
    let citation = Citation {
        n: 2,
        kind: CitationType::CharLocation,
        chunk_id: ChunkId::derive(&document, Span::new(0, 0), ""),
        document_id: document,
        document_version: String::new(),
        uri: String::new(),
        title: String::new(),
        heading_path: Vec::new(),
        page: None,
        cited_text: text.to_owned(),
        start_char_index: 100,
        end_char_index: 100 + text.chars().count(),
    };
    let short = pick("When is No\u{eb}l?", &[citation], &TermStats::default()).unwrap();
    assert_eq!((short.text.as_str(), short.citation), ("25 December", 2));
    assert_eq!((short.start_char_index, short.end_char_index), (113, 124));
}

proptest! {
    #[test]
    fn a_span_is_a_trimmed_slice(
        question in "(who|when|how many|what is|why) [a-z ]{0,20}",
        sentences in prop::collection::vec("[a-cA-C0-9 ,.;:()'\u{e9}\u{a3}%-]{0,60}|.{0,40}", 0..4),
    ) {
        let sentences: Vec<&str> = sentences.iter().map(String::as_str).collect();
        let stats = TermStats::default();
        let found = best(&question, &sentences, &stats);
        prop_assert_eq!(&found, &best(&question, &sentences, &stats));
        let shares: f32 = prior(&question, &sentences, &stats).iter().map(|(_, share)| share).sum();
        prop_assert!(shares == 0.0 || (shares - 1.0).abs() < 1e-4, "{shares}");
        if let Some(spot) = found {
            let span = &sentences[spot.text][spot.bytes];
            prop_assert!(!span.is_empty());
            prop_assert_eq!(span, span.trim());
        }
    }
}
