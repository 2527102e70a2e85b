//! A model of inference by path, a real one of two kilobytes that knows six pairs of opposites:
//! it lowers verdicts, never raises them, is part of what an answer is signed with, and is
//! refused at the start when it cannot work.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::endpoint::{Scripted, claimed};
use crate::escalate::{Bench, COMPLEX};
use crate::support::{BINARY, Server, needs_models, root};

fn folder() -> PathBuf {
    root().join("fixtures/entailment")
}

fn serve(data: &TempDir, folder: Option<&str>) -> Server {
    let mut settings = vec![("FOOTNOTE__MODELS__GENERATOR", "false")];
    settings.extend(folder.map(|folder| ("FOOTNOTE__MODELS__ENTAILMENT", folder)));
    Server::start_with(data.path(), &settings)
}

const PASSAGE: &str = "The main valve of the boiler in the east cellar is painted red.";

/// The verdict on `claim` by [`PASSAGE`].
fn verified(server: &Server, claim: &str) -> Value {
    let passages = json!([{ "id": "P", "text": PASSAGE }]);
    let request = json!({ "text": claim, "passages": passages });
    let (status, said) = server.post("/v1/verify", &request);
    assert_eq!(status, 200, "{said:#}");
    said["claims"][0].clone()
}

#[test]
fn a_verdict_is_lowered_and_never_raised() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let claims = [
        (PASSAGE, "supported", "supported"),
        // One new word, which the model knows and the passage does not have.
        (
            "The main valve of the hot boiler in the east cellar is painted red.",
            "supported",
            "weak",
        ),
        // The opposite of a word of the passage.
        (
            "The main valve of the boiler in the east cellar is painted blue.",
            "weak",
            "unsupported",
        ),
        (
            "Nobody has seen the director.",
            "unsupported",
            "unsupported",
        ),
    ];
    let without = serve(&data, None);
    for (claim, alone, _) in claims {
        let found = verified(&without, claim);
        assert_eq!(found["verdict"], alone, "{found:#}");
        assert!(found["checks"].get("inference").is_none());
    }
    drop(without);
    let with = serve(&data, folder().to_str());
    for (claim, alone, lowered) in claims {
        let found = verified(&with, claim);
        assert_eq!(found["verdict"], lowered, "{found:#}");
        let read = found["checks"].get("inference").is_some();
        assert_eq!(read, alone != "unsupported", "{found:#}");
    }
}

#[test]
fn an_answer_says_which_model_read_it_and_leaves_out_what_it_doubts() {
    needs_models!();
    let said = "The cold pump P-9 weighs 9 kg without its cable.";
    let endpoint = Scripted::new(Box::new(move |_| claimed(&[("S1", said)])));
    let folder = folder();
    let model = [("FOOTNOTE__MODELS__ENTAILMENT", folder.to_str().unwrap())];
    let bench = Bench::new(&endpoint.url, &[]);
    assert_eq!(bench.ask(COMPLEX)["kind"], "escalated");
    let bench = bench.again(&model);
    let answer = bench.ask(COMPLEX);
    let signed = answer["models"]["entailment"].as_str().unwrap();
    assert!(signed.starts_with("entailment@sha256:"), "{signed}");
    let escalation = bench.escalation(&answer);
    assert_eq!(escalation["status"], "unverified", "{escalation:#}");
    let inference = &escalation["claims"][0]["checks"]["inference"];
    assert!(inference["neutral"].as_f64() > Some(0.5), "{escalation:#}");
    assert_eq!(answer["kind"], "extractive");
}

#[test]
fn a_folder_that_is_no_such_model_stops_the_start() {
    needs_models!();
    let data = TempDir::new().unwrap();
    for (folder, part) in [
        ("nowhere".into(), "models.entailment"),
        (root().join("fixtures/reranker"), "id2label"),
    ] {
        let run = Command::new(BINARY)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data.path())
            .env("FOOTNOTE__MODELS__ENTAILMENT", &folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(!run.status.success() && said.contains(part), "{said}");
    }
}
