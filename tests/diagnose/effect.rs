//! What a suggestion does to the other questions of an eval set, over REST and on the command
//! line. The corpus and its questions are those of the fixtures.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{corpus, footnote, needs_models, questions, root, succeed};

/// Time enough on a busy machine.
const PATIENT: u64 = 60_000;

/// A passage that only the lexical leg finds, which weighs nothing.
fn lost_by_fusion() -> Value {
    json!({
        "question": "For how long is an RMA number valid?",
        "expected": {
            "uri": "support/phone-script-rma.txt",
            "passage_text": "The number is valid for 45 days.",
        },
        "k": 2,
        "mode": "extractive",
        "settings": { "search.fusion": "ranks", "search.vector_weight": 1, "search.lexical_weight": 0 },
        "budget_ms": PATIENT,
    })
}

fn diagnose(request: &Value) -> Value {
    let (status, body) = corpus().post("/v1/diagnose", request);
    assert_eq!(status, 200, "{body:#}");
    body
}

fn ids(list: &Value) -> BTreeSet<&str> {
    let ids = list.as_array().unwrap().iter();
    ids.map(|id| id.as_str().unwrap()).collect()
}

#[test]
fn a_suggestion_says_what_it_does_to_the_other_questions() {
    needs_models!();
    let mut request = lost_by_fusion();
    let plain = diagnose(&request);
    assert_eq!(plain["suggestions"][0].get("effect"), None, "{plain:#}");

    let set = questions();
    let others = set.iter().filter(|case| case.answerable).count() - 1;
    request["questions"] = json!(set);
    let body = diagnose(&request);
    let effects = body["suggestions"].as_array().unwrap().iter();
    let effects: Vec<&Value> = effects
        .map(|suggestion| &suggestion["effect"])
        .filter(|effect| effect.is_object())
        .collect();
    assert!(!effects.is_empty(), "{:#}", body["suggestions"]);
    for effect in effects {
        assert_eq!(effect["questions"], others);
        assert_eq!(effect["before"]["measure"], "success@2");
        let (gained, lost) = (ids(&effect["gained"]), ids(&effect["lost"]));
        assert!(gained.is_disjoint(&lost), "{effect:#}");
        assert!(!gained.contains("q014") && !lost.contains("q014"));
        let mean = |side: &str| effect[side]["mean"].as_f64().unwrap();
        let moved = (gained.len() as f64 - lost.len() as f64) / others as f64;
        assert!(
            (mean("after") - mean("before") - moved).abs() < 1e-9,
            "{effect:#}"
        );
        assert!((0.0..=1.0).contains(&effect["p"].as_f64().unwrap()));
        assert!(effect["after"]["latency_ms"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn what_is_about_one_request_has_no_effect_and_says_so() {
    needs_models!();
    let body = diagnose(&json!({
        "question": "For how long is an RMA number valid?",
        "filter": { "field": "uri", "op": "eq", "value": "support/faq.html" },
        "expected": { "passage_text": "The number is valid for 45 days." },
        "mode": "extractive",
        "budget_ms": PATIENT,
        "questions": questions(),
    }));
    let suggestion = &body["suggestions"][0];
    assert_eq!(suggestion["change"], json!({ "filter": null }), "{body:#}");
    assert_eq!(suggestion["effect"], Value::Null);
    let reason = suggestion["effect_reason"].as_str().unwrap();
    assert!(reason.contains("this request alone"), "{reason}");
}

#[test]
fn wrong_questions_are_refused_by_name() {
    needs_models!();
    let refuse = |questions: Value, part: &str| {
        let mut request = lost_by_fusion();
        request["questions"] = questions;
        let (status, body) = corpus().post("/v1/diagnose", &request);
        let message = body["error"]["message"].as_str().unwrap_or_default();
        assert_eq!((status, message.contains(part)), (400, true), "{body:#}");
    };
    refuse(json!([]), "`questions` is empty");
    refuse(json!([{ "id": "a", "question": "?" }]), "answerable");
    let blank = json!({ "id": "a", "question": " ", "answerable": false });
    refuse(json!([blank]), "`a`");
    let open = json!({ "id": "a", "question": "?", "answerable": false });
    refuse(json!([open, open]), "twice");
}

#[test]
fn the_command_line_prints_the_effect_on_answers() {
    needs_models!();
    let set = root().join("fixtures/questions.jsonl");
    let budget = PATIENT.to_string();
    let arguments = |file| {
        [
            "--server",
            &corpus().url,
            "diagnose",
            "How long does probation last?",
            "--expect-uri",
            "hr/probation-and-performance.docx",
            "--mode",
            "extractive",
            "--set",
            "answer.threshold=0.95",
            "--budget",
            &budget,
            "--questions",
            file,
        ]
    };
    let shown = succeed(Path::new("unused"), &arguments(set.to_str().unwrap()));
    let line = shown.lines().find(|line| line.contains("other questions"));
    let line = line.unwrap_or_else(|| panic!("{shown}"));
    for part in [" gained (q", " lost", "right 0.", " (p 0.", " ms"] {
        assert!(line.contains(part), "{line}");
    }
    let absent = footnote(Path::new("unused"), &arguments("no-such-file.jsonl"));
    assert_eq!(absent.status.code(), Some(2));
    let said = String::from_utf8(absent.stderr).unwrap();
    assert!(said.contains("no-such-file.jsonl"), "{said}");
}
