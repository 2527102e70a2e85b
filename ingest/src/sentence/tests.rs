//! Texts and the sentences they hold, and the laws of splitting.

use super::*;
use proptest::prelude::*;

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let got: Vec<&str> = split(text).into_iter().map(|r| &text[r]).collect();
    assert_eq!(got, expected);
}

#[test]
fn stops_end_sentences() {
    check("One. Two! Three? Four", &["One.", "Two!", "Three?", "Four"]);
    check(
        "He said \"Stop.\" Then he left.",
        &["He said \"Stop.\"", "Then he left."],
    );
    check("It works (mostly). Next.", &["It works (mostly).", "Next."]);
    check(
        "Wait... Then go. And so on... maybe.",
        &["Wait...", "Then go.", "And so on... maybe."],
    );
    check(
        "これは一つ。これは二つ。",
        &["これは一つ。", "これは二つ。"],
    );
}

#[test]
fn abbreviations_do_not() {
    check(
        "Ask Dr. Smith or Mr. Jones. Soon.",
        &["Ask Dr. Smith or Mr. Jones.", "Soon."],
    );
    check(
        "Fruit, e.g. Apples, i.e. Food.",
        &["Fruit, e.g. Apples, i.e. Food."],
    );
    check(
        "See No. 5 and Fig. 3. No. Never.",
        &["See No. 5 and Fig. 3.", "No.", "Never."],
    );
    check(
        "The U.S. Army moved. In the U.S. The law differs.",
        &["The U.S. Army moved.", "In the U.S.", "The law differs."],
    );
    check(
        "J. R. Smith wrote it. So did I. Really.",
        &["J. R. Smith wrote it.", "So did I.", "Really."],
    );
    check(
        "Acme Inc. makes it. Acme Ltd. sells it.",
        &["Acme Inc. makes it.", "Acme Ltd. sells it."],
    );
    check(
        "Open from 9 a.m. Monday to Friday. We close at 5 p.m. The shop does not.",
        &[
            "Open from 9 a.m. Monday to Friday.",
            "We close at 5 p.m.",
            "The shop does not.",
        ],
    );
}

#[test]
fn numbers_and_names_stay_whole() {
    check(
        "Use v2.3.1. It costs 3.50 EUR. Pay by 1.5.2025.",
        &["Use v2.3.1.", "It costs 3.50 EUR.", "Pay by 1.5.2025."],
    );
    check(
        "Open example.com/?q=All. Done.",
        &["Open example.com/?q=All.", "Done."],
    );
    check(
        "1. Open the lid. 2. Close it.",
        &["1. Open the lid.", "2. Close it."],
    );
    check("Safety first . . . . . 3", &["Safety first . . . . . 3"]);
}

#[test]
fn citation_markers_stay_with_their_sentence() {
    check(
        "25 days.[1] Not more.[2][10] End",
        &["25 days.[1]", "Not more.[2][10]", "End"],
    );
    check(
        "25 days [1]. Not more [2].",
        &["25 days [1].", "Not more [2]."],
    );
}

#[test]
fn only_deliberate_line_breaks_end_sentences() {
    let wrapped = "The logger hangs in a borehole on a steel wire, wakes up,\nmeasures the pressure and goes back to sleep. It\nis small.";
    let joined = "The logger hangs in a borehole on a steel wire, wakes up,\nmeasures the pressure and goes back to sleep.";
    check(wrapped, &[joined, "It\nis small."]);
    check(
        "Phone: 0113 496\nEmail: ab@cd.ef",
        &["Phone: 0113 496", "Email: ab@cd.ef"],
    );
    let labels = "Present: Gwilym Tarrant, Callum Braithe and all the others,\nNadia Fenwright\nApologies: Lorna Petrie of the western depot\nMinutes: Wilf";
    check(
        labels,
        &[
            "Present: Gwilym Tarrant, Callum Braithe and all the others,\nNadia Fenwright",
            "Apologies: Lorna Petrie of the western depot",
            "Minutes: Wilf",
        ],
    );
    check(
        "Bring:\n- a rope\n- two lamps",
        &["Bring:", "- a rope", "- two lamps"],
    );
    check("one\n\ntwo", &["one", "two"]);
}

#[test]
fn markers_are_measured() {
    for (line, len) in [
        ("- a", 2),
        ("12. b", 4),
        ("a) c", 3),
        ("(iv) d", 5),
        ("1999 e", 0),
        ("-f", 0),
        ("- ", 0),
    ] {
        assert_eq!(marker_len(line), len, "{line}");
    }
}

proptest! {
    #[test]
    fn sentences_are_ordered_disjoint_and_cover_the_text(text in "([A-Za-z0-9é。.!?\\[\\]()\"' \n-]|\\PC){0,80}") {
        let mut last = 0;
        for range in split(&text) {
            prop_assert!(text[last..range.start].trim().is_empty());
            prop_assert_eq!(text[range.clone()].trim(), &text[range.clone()]);
            prop_assert!(!range.is_empty());
            last = range.end;
        }
        prop_assert!(text[last..].trim().is_empty());
    }
}
