//! Real documents and real questions from outside the repository (`../shared/data`), where a
//! checkout has them; skipped visibly where it has not. Nothing of them is copied here.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, needs_models, root, succeed};

pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let path = root().parent()?.join("shared/data").join(name);
    if !path.is_dir() {
        println!("skipped: {name} is not at hand");
        return None;
    }
    Some(path)
}

pub(crate) fn lines(path: PathBuf) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_page_of_a_real_handbook_is_ingested() {
    needs_models!();
    let Some(handbook) = shared("handbook_18f") else {
        return;
    };
    let data = TempDir::new().unwrap();
    succeed(data.path(), &["ingest", handbook.to_str().unwrap()]);
    let files = walkdir::WalkDir::new(&handbook)
        .into_iter()
        .filter_map(Result::ok);
    let files = files.filter(|entry| entry.file_type().is_file()).count();
    let listed = succeed(data.path(), &["documents", "list"]);
    assert_eq!(listed.lines().count(), files);
    succeed(data.path(), &["doctor"]);
}

/// The paragraphs as files, the open questions against them: is the right paragraph among the
/// first five, and does every answer cite stored text?
#[test]
fn squad_paragraphs_are_found_and_answers_quote_them() {
    needs_models!();
    let Some(squad) = shared("squad2") else {
        return;
    };
    let folder = TempDir::new().unwrap();
    for paragraph in lines(squad.join("paragraphs.jsonl")) {
        let name = format!("{}.txt", paragraph["id"].as_str().unwrap());
        let text = format!("{}\n", paragraph["text"].as_str().unwrap());
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let data = TempDir::new().unwrap();
    succeed(data.path(), &["ingest", folder.path().to_str().unwrap()]);
    let server = Server::start(data.path());
    let questions: Vec<Value> = lines(squad.join("questions.jsonl"))
        .into_iter()
        .filter(|q| q["is_impossible"] == false)
        .step_by(8)
        .collect();
    let (mut found, mut answered) = (0, 0);
    for question in &questions {
        let text = question["question"].as_str().unwrap();
        let request = json!({ "question": text, "k": 5 });
        let (status, body) = server.post("/v1/search", &request);
        assert_eq!(status, 200);
        let uri = format!("{}.txt", question["paragraph_id"].as_str().unwrap());
        let hits = body["hits"].as_array().unwrap();
        found += usize::from(hits.iter().any(|hit| hit["uri"] == uri.as_str()));
        let request = json!({ "question": text, "mode": "extractive" });
        let (status, answer) = server.post("/v1/ask", &request);
        assert_eq!(status, 200);
        let claims = answer["claims"].as_array().unwrap();
        assert!(
            claims
                .iter()
                .all(|claim| !claim["citations"].as_array().unwrap().is_empty())
        );
        answered += usize::from(answer["status"] == "answered");
    }
    let hit = found as f64 / questions.len() as f64;
    println!(
        "hit@5 {hit:.3} over {} open questions, {answered} answered",
        questions.len()
    );
    assert!(hit >= 0.92, "hit@5 is {hit:.3}");
}
