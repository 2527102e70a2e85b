//! A cross-encoder by path, a real one of three kilobytes: it changes the order, says so, is
//! part of what an answer is signed with, and is refused at the start when it cannot work.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{BINARY, Server, needs_models, root, succeed, timeless};

/// The folder of the fixtures' cross-encoder.
fn folder() -> PathBuf {
    root().join("fixtures/reranker")
}

/// A folder with the cross-encoder that puts the right passages last.
pub(crate) fn contrary() -> TempDir {
    let copy = TempDir::new().unwrap();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    let contrary = copy.path().join("contrary.onnx");
    std::fs::rename(contrary, copy.path().join("model.onnx")).unwrap();
    copy
}

/// A server that has the model in `folder` read `depth` passages.
pub(crate) fn serve(data: &Path, folder: &Path, depth: &str) -> Server {
    let settings = [
        ("FOOTNOTE__MODELS__RERANKER", folder.to_str().unwrap()),
        ("FOOTNOTE__SEARCH__RERANK_DEPTH", depth),
        ("FOOTNOTE__MODELS__GENERATOR", "false"),
    ];
    Server::start_with(data, &settings)
}

fn ingested() -> TempDir {
    let data = TempDir::new().unwrap();
    let corpus = root().join("fixtures/corpus");
    succeed(data.path(), &["ingest", corpus.to_str().unwrap()]);
    data
}

const QUESTION: &str = "How many unused days of annual leave can I carry over?";

fn search(server: &Server) -> Value {
    let request = json!({ "question": QUESTION, "k": 6, "explain": true });
    let (status, found) = server.post("/v1/search", &request);
    assert_eq!(status, 200, "{found:#}");
    found
}

fn ask(server: &Server) -> Value {
    let (status, answer) = server.post("/v1/ask", &json!({ "question": QUESTION }));
    assert_eq!(status, 200, "{answer:#}");
    timeless(answer)
}

fn ids(hits: &Value) -> Vec<&str> {
    let hits = hits.as_array().unwrap().iter();
    hits.map(|hit| hit["chunk_id"].as_str().unwrap()).collect()
}

#[test]
fn the_reranker_orders_the_first_passages_and_says_so() {
    needs_models!();
    let data = ingested();
    let settings = [("FOOTNOTE__MODELS__GENERATOR", "false")];
    let without = Server::start_with(data.path(), &settings);
    let (fused, answer) = (search(&without), ask(&without));
    assert_eq!(fused["hits"][0]["ranks"]["rerank"], Value::Null);
    assert!(fused["trace"].get("rerank").is_none());
    assert!(answer["models"].get("reranker").is_none());
    drop(without);

    let server = serve(data.path(), &folder(), "4");
    let reranked = search(&server);
    let (before, after) = (ids(&fused["hits"]), ids(&reranked["hits"]));
    assert_ne!(before, after, "{:#}", reranked["hits"]);
    assert_eq!(before[4..], after[4..]);
    let hits = reranked["hits"].as_array().unwrap();
    for (at, hit) in hits.iter().enumerate() {
        let rank = before.iter().position(|id| hit["chunk_id"] == *id).unwrap() + 1;
        assert_eq!(hit["ranks"]["fused"], rank, "{hit:#}");
        let place = if at < 4 { json!(at + 1) } else { Value::Null };
        assert_eq!(hit["ranks"]["rerank"], place, "{hit:#}");
    }
    let scores = hits[..4].iter().map(|hit| hit["scores"]["rerank"].as_f64());
    assert!(scores.clone().all(|score| score.is_some()));
    assert!(scores.is_sorted_by(|a, b| a >= b), "{hits:#?}");
    let trace = &reranked["trace"];
    assert_eq!(trace["rerank"]["depth"], 4);
    assert_eq!(trace["fused"][0]["chunk_id"], before[0]);
    assert_eq!(trace["fused"][0]["rerank"]["score"], {
        let first = hits.iter().find(|hit| hit["ranks"]["fused"] == 1);
        first.unwrap()["scores"]["rerank"].clone()
    });
    let reranker = ask(&server)["models"]["reranker"].clone();
    assert!(reranker.as_str().unwrap().starts_with("reranker@sha256:"));
    assert_eq!(trace["rerank"]["model"], reranker);
}

#[test]
fn answers_behind_a_reranker_are_the_same_after_a_restart_and_have_ids_of_their_own() {
    needs_models!();
    let data = ingested();
    let run = |folder: &Path, depth: &str| {
        let server = serve(data.path(), folder, depth);
        let answer = ask(&server);
        assert_eq!(ask(&server), answer);
        let id = answer["id"].as_str().unwrap();
        let (status, kept) = server.get(&format!("/v1/answers/{id}"));
        assert_eq!(
            (status, &kept["receipt"]["trace"]["search"]["version"]),
            (200, &json!(3))
        );
        answer
    };
    let first = run(&folder(), "20");
    assert_eq!(run(&folder(), "20"), first);
    let contrary = contrary();
    let others = [run(&folder(), "19"), run(contrary.path(), "20"), first];
    let ids: BTreeSet<&str> = others
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn a_reranker_that_loses_a_passage_is_named() {
    needs_models!();
    let (data, contrary) = (ingested(), contrary());
    let server = serve(data.path(), contrary.path(), "20");
    let mut request = json!({
        "question": QUESTION, "k": 3, "mode": "extractive",
        "expected": { "uri": "hr/leave-policy.md", "answer": "up to five unused days" },
    });
    let (status, body) = server.post("/v1/diagnose", &request);
    assert_eq!(
        (status, &body["primary"]),
        (200, &json!("rerank")),
        "{body:#}"
    );
    let row = &body["funnel"][9];
    assert_eq!(row["k"], 3);
    assert!(row["rank"].as_u64() > Some(3) && row["evidence"]["rank_before"].as_u64() <= Some(3));
    let change = &body["suggestions"][0]["change"];
    assert!(change.get("search.rerank_depth").is_some(), "{body:#}");
    request["settings"] = change.clone();
    let (_, repaired) = server.post("/v1/diagnose", &request);
    assert_eq!(repaired["primary"], Value::Null, "{repaired:#}");
}

#[test]
fn a_reranker_that_cannot_work_is_refused_at_the_start() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let refused = |folder: &Path| {
        let output = Command::new(BINARY)
            .args(["--data", data.path().to_str().unwrap(), "search", "leave"])
            .env("FOOTNOTE__MODELS__RERANKER", folder)
            .env("FOOTNOTE__MODELS__GENERATOR", "false")
            .output()
            .unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let said = refused(&data.path().join("nowhere"));
    assert!(said.contains("nowhere` is not a folder"), "{said}");
    assert!(said.contains("models.reranker"), "{said}");
    let broken = contrary();
    std::fs::write(broken.path().join("model.onnx"), "no graph").unwrap();
    let said = refused(broken.path());
    assert!(said.contains("it must be an ONNX cross-encoder"), "{said}");
    std::fs::remove_file(broken.path().join("config.json")).unwrap();
    let said = refused(broken.path());
    assert!(said.contains("config.json` cannot be read"), "{said}");
}
