//! Evaluations from outside: a small BEIR folder through the command line, the gate, made-up
//! questions, and the same over REST.

use std::path::Path;
use std::time::{Duration, Instant};

use footnote_eval::metrics::{Measure, mean};
use footnote_eval::questions;
use footnote_eval::trec::{Qrels, Run};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, corpus, footnote, needs_models, root, succeed};

fn beir() -> String {
    root()
        .join("fixtures/retrieval")
        .to_str()
        .unwrap()
        .to_owned()
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

fn near(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap();
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
}

#[test]
fn a_beir_folder_is_evaluated_and_its_corpus_is_kept() {
    needs_models!();
    let out = TempDir::new().unwrap();
    let (cache, runs, html) = (
        path(&out, "cache"),
        path(&out, "runs"),
        path(&out, "report.html"),
    );
    let arguments = [
        "--json",
        "eval",
        &beir(),
        "--cache",
        &cache,
        "--runs",
        &runs,
        "--html",
        &html,
        "--measure",
        "ndcg@10",
        "--measure",
        "map",
        "-c",
        "vector",
        "-c",
        "hybrid",
        "-c",
        "one: mode=hybrid, candidates=1",
    ];
    let first = footnote(out.path(), &arguments);
    let said = String::from_utf8(first.stderr).unwrap();
    assert!(said.contains("8 of 8 documents are ingested"), "{said}");
    let body: Value = serde_json::from_slice(&first.stdout).unwrap();
    let report = &body["report"];
    assert_eq!(report["judged"], 5);
    assert_eq!(report["unresolved"], json!([]));
    let hybrid = &report["configurations"][1];
    assert!(
        hybrid["values"]["ndcg@10"]["mean"].as_f64().unwrap() > 0.9,
        "{hybrid:#}"
    );
    near(&hybrid["by_question"]["map"]["q5"], 1.0);
    assert_eq!(hybrid["versus"], Value::Null);
    assert_eq!(report["configurations"][0]["versus"]["map"]["n"], 5);
    assert!(hybrid["latency_ms"]["total"]["p50"].as_f64().unwrap() > 0.0);
    written(Path::new(&runs), hybrid);
    let page = std::fs::read_to_string(&html).unwrap();
    assert!(page.contains("<svg") && !page.contains("http"), "{page}");

    let second = footnote(out.path(), &arguments);
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(!said.contains("ingested"), "{said}");
    let again: Value = serde_json::from_slice(&second.stdout).unwrap();
    assert_eq!(again["report"]["configurations"][1]["run"], hybrid["run"]);
}

/// The TREC files say what the report says.
fn written(runs: &Path, hybrid: &Value) {
    let read = |name: &str| std::fs::read_to_string(runs.join(name)).unwrap();
    let qrels = Qrels::parse(&read("qrels.txt")).unwrap();
    let run = Run::parse(&read("hybrid.run")).unwrap();
    near(
        &hybrid["values"]["map"]["mean"],
        mean(Measure::Map, &qrels, &run),
    );
    near(
        &hybrid["values"]["ndcg@10"]["mean"],
        mean(Measure::Ndcg(10), &qrels, &run),
    );
}

#[test]
fn the_gate_passes_what_is_no_worse_and_stops_what_is() {
    needs_models!();
    let out = TempDir::new().unwrap();
    let (cache, was, junit) = (
        path(&out, "cache"),
        path(&out, "was.json"),
        path(&out, "junit.xml"),
    );
    let rules = path(&out, "eval.toml");
    let beir = beir();
    let gate = |text: &str, more: &[&str]| {
        std::fs::write(&rules, text).unwrap();
        let usual = [
            "eval",
            "gate",
            &beir,
            "--cache",
            &cache,
            "--rules",
            &rules,
            "--against",
            &was,
        ];
        footnote(
            out.path(),
            &[&usual[..], &["--junit", &junit], more].concat(),
        )
    };
    let kept = "[measures.\"ndcg@10\"]\nfloor = 0.5\nmax_drop = 0.01\n";
    assert_eq!(
        gate(kept, &[]).status.code(),
        Some(2),
        "there is no baseline yet"
    );
    assert_eq!(gate(kept, &["--update"]).status.code(), Some(0));
    assert_eq!(gate(kept, &[]).status.code(), Some(0));
    let file = || std::fs::read_to_string(&junit).unwrap();
    assert!(file().contains("failures=\"0\""), "{}", file());
    let failed = gate("[measures.\"ndcg@10\"]\nfloor = 1.5\n", &[]);
    assert_eq!(failed.status.code(), Some(3));
    let said = String::from_utf8(failed.stdout).unwrap();
    assert!(said.starts_with("FAIL ndcg@10"), "{said}");
    assert!(file().contains("<failure message="), "{}", file());
    assert_eq!(gate("[measures.speed]\n", &[]).status.code(), Some(2));
}

#[test]
fn questions_made_of_the_corpus_lead_back_to_it() {
    needs_models!();
    let server = corpus();
    let out = TempDir::new().unwrap();
    let file = path(&out, "made.jsonl");
    let run = |args: &[&str]| succeed(out.path(), &[&["--server", &server.url], args].concat());
    run(&["eval", "gen", "--limit", "30", "-o", &file]);
    let made = questions::read(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(made.len(), 30);
    assert!(made.iter().all(|case| case.tags[0] == "synthetic"));
    let report = run(&[
        "--json",
        "eval",
        &file,
        "--mode",
        "none",
        "--measure",
        "success@10",
    ]);
    let report = &serde_json::from_str::<Value>(&report).unwrap()["report"];
    assert_eq!(report["unresolved"], json!([]));
    let hybrid = &report["configurations"][2]["values"]["success@10"]["mean"];
    assert!(hybrid.as_f64().unwrap() > 0.8, "{hybrid}");
}

#[test]
fn answers_are_judged_with_the_rankings() {
    needs_models!();
    let server = corpus();
    let out = TempDir::new().unwrap();
    let file = root().join("fixtures/questions.jsonl");
    let arguments = [
        "--server",
        &server.url,
        "eval",
        file.to_str().unwrap(),
        "--mode",
        "extractive",
    ];
    let said = succeed(out.path(), &arguments);
    for wanted in [
        "ndcg@10",
        "hybrid",
        "latency, ms",
        "answerable, all cited",
        "right answer in best",
    ] {
        assert!(said.contains(wanted), "{wanted} is not in\n{said}");
    }
}

fn ended(server: &Server, id: &str) -> Value {
    let started = Instant::now();
    loop {
        let (status, eval) = server.get(&format!("/v1/evals/{id}"));
        assert_eq!(status, 200, "{eval:#}");
        if eval["state"] == "succeeded" || eval["state"] == "failed" {
            return eval;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{eval:#}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn an_evaluation_over_rest_is_kept_across_a_restart() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path());
    server.put_text(
        "tea.md",
        "# Tea\n\nTea is served at four in the garden room.",
    );
    server.put_text("cork.md", "# Loft\n\nThe loft is insulated with cork.");
    let question = json!({
        "id": "q1", "question": "When is tea served?", "answerable": true, "answers": ["four"],
        "evidence": [{ "document": "tea.md", "quote": "Tea is served at four" }],
    });
    let (status, record) = server.post(
        "/v1/evals",
        &json!({ "name": "tea", "questions": [question], "answers": "extractive", "measures": ["mrr"] }),
    );
    assert_eq!(status, 202, "{record:#}");
    let id = record["id"].as_str().unwrap().to_owned();
    let eval = ended(&server, &id);
    assert_eq!(eval["state"], "succeeded", "{eval:#}");
    assert_eq!((&eval["done"], &eval["of"]), (&json!(4), &json!(4)));
    near(
        &eval["report"]["configurations"][2]["values"]["mrr"]["mean"],
        1.0,
    );
    assert_eq!(
        eval["report"]["answers"]["sentences"]["best"],
        json!({ "right": 1, "of": 1 })
    );
    drop(server);
    let server = Server::start(data.path());
    assert_eq!(server.get(&format!("/v1/evals/{id}")).1, eval);
    let again = json!({ "questions": [question] });
    let newer = server.post("/v1/evals", &again).1["id"].clone();
    ended(&server, newer.as_str().unwrap());
    let (_, list) = server.get("/v1/evals?limit=1");
    assert_eq!(list["items"][0]["id"], newer);
    assert_eq!(list["items"][0].get("report"), None);
    let next = list["next_cursor"].as_str().unwrap();
    let (_, list) = server.get(&format!("/v1/evals?limit=1&cursor={next}"));
    assert_eq!(list["items"][0]["id"], eval["id"]);
    assert_eq!(list["next_cursor"], Value::Null);
}

#[test]
fn what_cannot_be_evaluated_is_refused_by_name() {
    needs_models!();
    let server = corpus();
    let open = json!({ "id": "q", "question": "?", "answerable": false });
    for (body, wanted) in [
        (json!({ "questions": [] }), "`questions` is empty"),
        (json!({ "questions": [open, open] }), "there twice"),
        (
            json!({ "questions": [open], "measures": ["speed"] }),
            "`speed` is not a measure",
        ),
        (
            json!({ "questions": [open], "baseline": "x" }),
            "`baseline` is `x`",
        ),
        (
            json!({ "questions": [open], "configurations": [{ "name": "a", "search": { "depth": 1 } }] }),
            "`search.depth` is not a key",
        ),
        (json!({ "questions": [open], "colour": 1 }), "colour"),
    ] {
        let (status, error) = server.post("/v1/evals", &body);
        assert_eq!(
            (status, &error["error"]["code"]),
            (400, &json!("invalid_request"))
        );
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains(wanted), "{message}");
    }
    for id in ["evl_00", "x", "..%2f..%2fledger"] {
        assert_eq!(server.get(&format!("/v1/evals/{id}")).0, 404, "{id}");
    }
}
