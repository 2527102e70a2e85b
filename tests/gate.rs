//! The gate from outside: three zones, and its calibration on one's own questions.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, footnote, needs_models, root, succeed};

const QUESTION: &str = "How many unused days of annual leave can I carry over?";

/// A data directory with one page of the corpus.
fn one_page() -> TempDir {
    let data = TempDir::new().unwrap();
    let page = root().join("fixtures/corpus/hr/leave-policy.md");
    succeed(data.path(), &["ingest", page.to_str().unwrap()]);
    data
}

#[test]
fn an_answer_under_reserve_is_quoted_and_says_what_to_doubt() {
    needs_models!();
    let data = one_page();
    let server = Server::start_with(data.path(), &[("FOOTNOTE__ANSWER__SURE", "1")]);
    let (status, answer) = server.post("/v1/ask", &json!({ "question": QUESTION }));
    assert_eq!((status, &answer["status"]), (200, &json!("answered")));
    assert_eq!(answer["kind"], "extractive", "{answer:#}");
    assert_eq!(answer["usage"]["completion_tokens"], 0, "{answer:#}");
    assert_eq!(answer["reason"]["code"], "low_confidence", "{answer:#}");
    assert!(
        answer["citations"]
            .as_array()
            .is_some_and(|c| !c.is_empty())
    );
    drop(server);
    let server = Server::start_with(data.path(), &[("FOOTNOTE__ANSWER__SURE", "0")]);
    let (_, sure) = server.post("/v1/ask", &json!({ "question": QUESTION }));
    assert_eq!(sure["reason"], Value::Null, "{sure:#}");
    assert_eq!(sure["confidence"], answer["confidence"]);
}

#[test]
fn a_calibration_prints_what_the_configuration_takes() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let questions = root().join("fixtures/questions.jsonl");
    let corpus = root().join("fixtures/corpus");
    let rows = data.path().join("rows.jsonl");
    let (questions, corpus) = (questions.to_str().unwrap(), corpus.to_str().unwrap());
    let arguments = [
        "eval",
        "calibrate",
        questions,
        "--corpus",
        corpus,
        "--precision",
        "0.5",
        "--floor",
        "0.3",
        "--rows",
        rows.to_str().unwrap(),
    ];
    let printed = succeed(data.path(), &arguments);
    let (_, lines) = printed.split_once("# for footnote.toml\n").unwrap();
    let file = data.path().join("fitted.toml");
    std::fs::write(&file, lines).unwrap();
    let shown = succeed(
        data.path(),
        &["--json", "--config", file.to_str().unwrap(), "config"],
    );
    let (shown, wanted): (Value, toml::Table) = (
        serde_json::from_str(&shown).unwrap(),
        toml::from_str(lines).unwrap(),
    );
    let sure = wanted["answer"]["sure"].as_float().unwrap();
    assert!((shown["answer"]["sure"].as_f64().unwrap() - sure).abs() < 1e-6);
    assert_ne!(shown["answer"]["gate"]["bias"], json!(0.0));
    assert_eq!(std::fs::read_to_string(rows).unwrap().lines().count(), 80);
}

#[test]
fn a_promise_that_cannot_be_kept_is_below_the_bar() {
    needs_models!();
    let data = one_page();
    let file = data.path().join("questions.jsonl");
    let line = |i: usize| {
        let case = json!({ "id": format!("q{i}"), "question": format!("Who won cup number {i}?"), "answerable": false });
        format!("{case}\n")
    };
    let some = |count: usize| (0..count).map(line).collect::<String>();
    std::fs::write(&file, some(25)).unwrap();
    let run = || footnote(data.path(), &["eval", "calibrate", file.to_str().unwrap()]);
    let output = run();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("no confidence shows"));
    std::fs::write(&file, some(5)).unwrap();
    let output = run();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("too few"));
}
