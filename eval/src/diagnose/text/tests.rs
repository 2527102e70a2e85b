//! Where an expected text is found, whole, cut or changed.

use super::*;

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let words: Vec<String> = words(text).into_iter().map(|word| word.text).collect();
    assert_eq!(words, expected);
}

#[test]
fn spelling_does_not_count() {
    check("Ｅﬃcient r\u{e9}sum\u{e9}s", &["efficient", "resumes"]);
    check(
        "after six days, 1,200.50 km",
        &["after", "6", "days", "1200.5", "km"],
    );
    check(
        "exam-\nple, part-time, co\u{ad}op",
        &["example", "part", "time", "coop"],
    );
    check("v2.3.1 of KB-2041", &["v2.3.1", "of", "kb", "2041"]);
    check("休暇 25", &["休", "暇", "25"]);
}

#[test]
fn places_are_those_of_the_text_as_written() {
    let text = "Caf\u{e9}s close\nat SIX.";
    let at = find(&words("close at 6"), &words(text));
    assert_eq!(at, [Span::new(6, 18)]);
    assert_eq!(at[0].slice(text), Some("close\nat SIX"));
    assert!(find(&[], &words(text)).is_empty());
}

#[test]
fn most_of_a_passage_is_found_although_a_word_differs() {
    let passage = words("The depot keeps 45 cold spares and 8 warm spares in the yard");
    let text =
        words("Leeds. The depot keeps 45 cold spares and nine warm spares. Lunch is at noon.");
    let (span, share) = closest(&passage, &text).unwrap();
    assert_eq!(span, Span::new(7, 41));
    assert!((0.2..0.6).contains(&share), "{share}");
    assert_eq!(containment(&words("cold spares and"), &text), 1.0);
    assert_eq!(containment(&words("cold spares or"), &text), 0.0);
}

#[test]
fn an_answer_is_stated_in_any_spelling() {
    assert!(states("It takes 45 days.", "45 days"));
    assert!(states("Six attempts lock it", "the 6 attempts"));
    assert!(!states("It takes 145 days.", "45 days"));
    assert!(states("Up to five unused days carry over.", "5 days"));
    assert!(!states("Five people left after two long days.", "5 days"));
    assert!(!states("The days were five.", "5 days"));
}
