//! `footnote models probe`: what it finds is kept, and the service goes by it.

use std::fs;
use std::path::Path;
use std::process::Command;

use footnote_ingest::models::Cache;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{BINARY, Server, needs_models};

/// The model cache once more, without the cards of this machine.
fn cache() -> TempDir {
    let copy = TempDir::new().unwrap();
    for folder in fs::read_dir(Cache::from_env().unwrap().root).unwrap() {
        let folder = folder.unwrap();
        if folder.file_type().unwrap().is_dir() {
            link(&folder.path(), &copy.path().join(folder.file_name()));
        }
    }
    copy
}

fn link(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let plain = file.file_type().unwrap().is_file() && file.file_name() != "card.json";
        let to = to.join(file.file_name());
        if plain && fs::hard_link(file.path(), &to).is_err() {
            fs::copy(file.path(), &to).unwrap();
        }
    }
}

fn probe(cache: &Path) -> Value {
    let output = Command::new(BINARY)
        .args(["models", "probe", "--json"])
        .env("FOOTNOTE__MODELS__CACHE", cache)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What the model wrote and copied for one question, if anything, by a service that goes by the
/// card in `cache` and has `patience` milliseconds if any.
fn said(cache: &Path, card: &Value, patience: Option<u64>) -> [Option<String>; 2] {
    said_where_sure_from(cache, card, patience, "0.4")
}

/// The same, where the gate has a reserve below the confidence `sure`.
fn said_where_sure_from(
    cache: &Path,
    card: &Value,
    patience: Option<u64>,
    sure: &str,
) -> [Option<String>; 2] {
    let sha256 = card["model"].as_str().unwrap().rsplit(':').next().unwrap();
    fs::write(cache.join(sha256).join("card.json"), card.to_string()).unwrap();
    let data = TempDir::new().unwrap();
    let settings = [
        ("FOOTNOTE__MODELS__CACHE", cache.to_str().unwrap()),
        ("FOOTNOTE__MODELS__USE_CARD", "true"),
        ("FOOTNOTE__ANSWER__SURE", sure),
    ];
    let server = Server::start_with(data.path(), &settings);
    server.put_text("gate.md", "The east gate closes at 19:30 on working days.");
    let question = "When does the east gate close on working days?";
    let request = json!({ "question": question, "max_latency_ms": patience });
    let (status, answer) = server.post("/v1/ask", &request);
    assert_eq!(
        (status, &answer["status"]),
        (200, &json!("answered")),
        "{answer:#}"
    );
    let short = answer["short_answer"]["text"].as_str().unwrap_or_default();
    assert!("The east gate closes at 19:30 on working days.".contains(short));
    let path = format!("/v1/answers/{}/replay", answer["id"].as_str().unwrap());
    let (_, replayed) = server.post(&path, &json!({ "at": "recorded" }));
    assert_eq!(replayed["identical"], true, "{replayed:#}");
    let (_, kept) = server.get(&format!("/v1/answers/{}", answer["id"].as_str().unwrap()));
    let trace = &kept["receipt"]["trace"];
    let text = |part: &str| trace[part]["text"].as_str().map(str::to_owned);
    let [wrote, copied] = [text("rewrite"), text("copy")];
    if let Some(copied) = &copied {
        assert_eq!(short, copied, "{kept:#}");
    }
    let usage = answer["usage"]["completion_tokens"].as_u64();
    assert_eq!(usage > Some(0), wrote.is_some() || copied.is_some());
    [wrote, copied]
}

#[test]
fn a_model_is_used_for_what_it_has_shown_it_can_do() {
    needs_models!();
    let cache = cache();
    let mut card = probe(cache.path());
    for ability in ["rewriting", "copying", "citing", "abstaining"] {
        let share = card[ability].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&share), "{card:#}");
    }
    assert!(card["writes_per_s"].as_f64().unwrap() > 0.0);
    assert_eq!(probe(cache.path())["rewriting"], card["rewriting"]);

    (card["rewriting"], card["copying"]) = (json!(0.1), json!(0.1));
    assert_eq!(said(cache.path(), &card, None), [None, None]);
    card["copying"] = json!(0.9);
    let [wrote, copied] = said(cache.path(), &card, None);
    assert!(wrote.is_none() && copied.is_some());
    card["rewriting"] = json!(0.9);
    let [wrote, copied] = said(cache.path(), &card, None);
    assert!(wrote.is_some() && copied.is_some());
    let [wrote, copied] = said_where_sure_from(cache.path(), &card, None, "1.0");
    assert!(
        wrote.is_none() && copied.is_some(),
        "a reserve: no rewording"
    );
    // By its card it needs half a minute, whatever it really needs, and six seconds to copy.
    (card["reads_per_s"], card["writes_per_s"]) = (json!(1_000.0), json!(1.0));
    let [wrote, copied] = said(cache.path(), &card, Some(20_000));
    assert!(wrote.is_none() && copied.is_some(), "time to copy only");
    // And now minutes for either.
    (card["reads_per_s"], card["writes_per_s"]) = (json!(1.0), json!(1.0));
    assert_eq!(said(cache.path(), &card, Some(20_000)), [None, None]);
}
