//! Replies as endpoints write them: fenced, wordy, cut off, hostile.

use super::*;

#[track_caller]
fn check(text: &str, expected: Option<(bool, &[&str])>) {
    let found = claims(text);
    let found = found.as_ref().map(|claims| {
        let texts = claims.said.iter().map(|said| said.text.as_str());
        (claims.answerable, texts.collect::<Vec<_>>())
    });
    let expected = expected.map(|(answerable, texts)| (answerable, texts.to_vec()));
    assert_eq!(found, expected, "{text}");
}

#[test]
fn claims_are_found_in_what_models_put_around_them() {
    let plain = r#"{"answerable":true,"claims":[{"evidence":["S1"],"text":"It weighs 9 kg."}]}"#;
    let yes = Some((true, &["It weighs 9 kg."][..]));
    check(plain, yes);
    check(&format!("```json\n{plain}\n```"), yes);
    check(&format!("Here you are: {plain} I hope it helps!"), yes);
    check(
        &format!("<think>Is {{this}} or {{\"a\":1}} it?</think>{plain}"),
        yes,
    );
    check(r#"{"claims":[{"text":"It weighs 9 kg"}]}"#, yes);
}

#[test]
fn what_is_no_reply_is_none() {
    for text in [
        "",
        "It weighs 9 kg.",
        "{",
        "[]",
        "{\"claims\":3}",
        r#"{"answerable":true}"#,
        r#"{"answerable":true,"claims":[{"evidence":["S1"],"text":"It we"#,
    ] {
        check(text, None);
    }
    check(&"{".repeat(100_000), None);
}

#[test]
fn a_reply_that_was_cut_short_has_the_claims_it_has() {
    check(
        r#"{"answerable":true,"claims":[{"evidence":["S1"],"text":"It weighs 9 kg."},{"evidence":["S1"],"te"#,
        Some((true, &["It weighs 9 kg."])),
    );
    check(r#"{"answerable":true,"claims":[{"evidence":["#, None);
}

#[test]
fn a_model_may_decline() {
    check(
        r#"{"answerable":false,"claims":[{"text":"Perhaps 9."}]}"#,
        Some((false, &[])),
    );
    check(r#"{"answerable":true,"claims":[]}"#, Some((true, &[])));
    check(
        r#"{"claims":[{"text":3},{"text":"20 minutes."},7]}"#,
        Some((true, &[])),
    );
}

#[test]
fn a_claim_of_two_sentences_is_two() {
    check(
        r#"{"claims":[{"evidence":"S1","text":"It weighs 9 kg. It is red."}]}"#,
        Some((true, &["It weighs 9 kg.", "It is red."])),
    );
}

#[test]
fn there_is_an_end_to_it() {
    let text = "It is so. ".repeat(200);
    let reply = serde_json::json!({ "claims": [{ "text": text }, { "text": "a".repeat(700) }] });
    assert_eq!(
        claims(&reply.to_string()).unwrap().said.len(),
        MOST_SENTENCES
    );
}

#[test]
fn markers_are_taken_out_and_other_brackets_stay() {
    for (text, expected) in [
        ("It weighs 9 kg [S1].", "It weighs 9 kg."),
        ("It weighs 9 kg.[1]", "It weighs 9 kg."),
        ("It (S1, S2) weighs [2][3] 9 kg", "It weighs 9 kg"),
        (
            "It (the pump) has (2) valves [sic]",
            "It (the pump) has (2) valves [sic]",
        ),
        ("Open [", "Open ["),
        ("It\u{7}is\nred", "It is red"),
    ] {
        assert_eq!(without_markers(text), expected);
    }
}

#[test]
fn the_envelope_is_the_one_of_chat_completions() {
    let body = br#"{"model":"m","system_fingerprint":null,"choices":[{"finish_reason":"stop",
            "message":{"content":"{}"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}"#;
    let read = completion(body).unwrap();
    assert_eq!((read.text.as_str(), read.tokens), ("{}", Some((3, 1))));
    assert_eq!(read.model.as_deref(), Some("m"));
    for body in ["", "<html>", "{}", r#"{"choices":[]}"#, "[1]", "null"] {
        assert_eq!(completion(body.as_bytes()), None, "{body}");
    }
    let silent = br#"{"choices":[{"message":{"content":null}}]}"#;
    assert_eq!(completion(silent), None);
}
