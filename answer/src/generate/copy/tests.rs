//! Only spans can be written, each can, and what was known beforehand counts.

use std::ops::Range;

use proptest::prelude::*;

use super::*;
use crate::generate::Prompt;

fn pieces(tokens: &[&str]) -> Pieces {
    let numbered = tokens.iter().zip(0..);
    numbered
        .map(|(token, id)| (token.as_bytes().into(), id))
        .collect()
}

fn copying(texts: &[&str], prior: &[(usize, Range<usize>, f32)]) -> Copying {
    let prior = prior.iter().map(|(text, bytes, share)| {
        let bytes = bytes.clone();
        (Spot { text: *text, bytes }, *share)
    });
    Copying {
        prompt: Prompt {
            system: String::new(),
            user: String::new(),
        },
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        prior: prior.collect(),
    }
}

fn allowed(copy: &Copy<'_>) -> Vec<u32> {
    copy.allowed().iter().map(|(token, _)| *token).collect()
}

#[track_caller]
fn check(evidence: &str, tokens: &[&str], write: &[u32], expected: &[u32], whole: Option<&str>) {
    let (pieces, copying) = (pieces(tokens), copying(&[evidence], &[]));
    let mut copy = Copy::new(&copying, &pieces);
    for token in write {
        copy.write(*token);
    }
    assert_eq!(allowed(&copy), expected);
    assert_eq!(copy.whole().map(|spot| &evidence[spot.bytes]), whole);
}

#[test]
fn only_what_stands_there_may_be_written() {
    let tokens = ["25", " days", "2", "5", " weeks", "of", " of"];
    let evidence = "They get 25 days of leave";
    check(evidence, &tokens, &[], &[0, 2, 5], None);
    check(evidence, &tokens, &[2], &[3], None);
    check(evidence, &tokens, &[0], &[1], Some("25"));
    check(evidence, &tokens, &[0, 1], &[6], Some("25 days"));
    check(evidence, &tokens, &[4], &[], None);
}

#[test]
fn a_span_does_not_begin_or_end_inside_a_word() {
    let tokens = ["re", "start", "restart", "ing"];
    check("restarting", &tokens, &[], &[0, 2], None);
    check("restarting", &tokens, &[2], &[3], None);
    check("restarting", &tokens, &[2, 3], &[], Some("restarting"));
}

#[test]
fn a_span_lies_in_one_text() {
    let (pieces, copying) = (pieces(&["gate", " 5", "5"]), copying(&["gate", "5"], &[]));
    let mut copy = Copy::new(&copying, &pieces);
    assert_eq!(allowed(&copy), [0, 2]);
    copy.write(2);
    let written = Spot {
        text: 1,
        bytes: 0..1,
    };
    assert_eq!(copy.whole(), Some(written));
}

#[test]
fn a_character_of_several_bytes_is_copied_whole() {
    let (first, second) = "ü".as_bytes().split_at(1);
    let mut pieces = Pieces::new();
    pieces.insert(first.into(), 0);
    pieces.insert(second.into(), 1);
    let copying = copying(&["ü"], &[]);
    let mut copy = Copy::new(&copying, &pieces);
    copy.write(0);
    assert!(copy.may_end().is_none());
    copy.write(1);
    assert_eq!(copy.whole().map(|spot| spot.bytes), Some(0..2));
}

#[test]
fn a_likely_span_gives_its_share_to_every_token_of_it_and_to_its_end() {
    let pieces = pieces(&["25", " days", "30"]);
    let copying = copying(&["25 days, 30"], &[(0, 0..7, 0.75), (0, 9..11, 0.25)]);
    let mut copy = Copy::new(&copying, &pieces);
    let near = |log: f32, share: f32| (log.exp() - share - UNKNOWN).abs() < 1e-5;
    let first = copy.allowed();
    assert!(
        near(first[0].1, 0.75) && near(first[1].1, 0.25),
        "{first:?}"
    );
    copy.write(0);
    assert!(copy.may_end().is_some_and(|end| near(end, 0.0)));
    assert!(near(copy.allowed()[0].1, 0.75));
    copy.write(1);
    assert!(copy.may_end().is_some_and(|end| near(end, 0.75)));
}

proptest! {
    #[test]
    fn what_comes_out_is_a_span_of_the_evidence(
        evidence in prop::collection::vec("[a-c ü\\.,]{0,40}", 1..3),
        choices in prop::collection::vec(0usize..9, 0..12),
    ) {
        let pieces = pieces(&["a", "b", "c", " a", " b", "ab", ".", ",", "ü", " "]);
        let texts: Vec<&str> = evidence.iter().map(String::as_str).collect();
        let copying = copying(&texts, &[]);
        let mut copy = Copy::new(&copying, &pieces);
        let mut written = String::new();
        for choice in choices {
            let allowed = allowed(&copy);
            let Some(token) = allowed.get(choice % allowed.len().max(1)) else { break };
            copy.write(*token);
            let (text, _) = pieces.iter().find(|(_, id)| *id == token).unwrap();
            written.push_str(std::str::from_utf8(text).unwrap());
            prop_assert!(evidence.iter().any(|text| text.contains(&written)));
            if let Some(spot) = copy.whole() {
                prop_assert_eq!(&evidence[spot.text][spot.bytes], written.trim_end());
            }
        }
    }
}
