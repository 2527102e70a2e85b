//! The promises over every question at hand: SQuAD 2 and MT-RAG where a checkout has them, and
//! the fixtures. Stored slices, markers and citations of each answer, and the same bytes again,
//! after a restart, and on one thread instead of two.
//!
//! `FOOTNOTE_INVARIANTS_STEP` asks every n-th question only.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::shared_data::{lines, shared};
use crate::support::promises::{Texts, keeps_its_promises};
use crate::support::{Server, needs_models, questions, root, succeed, timeless};

/// Every how many questions the language model is let near: it takes a hundred times as long.
const WORDED: usize = 20;

#[test]
#[ignore = "a quarter of an hour: make invariants"]
fn every_open_question_keeps_the_promises() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let asked = ingested(data.path());
    let two = Server::start_with(data.path(), &[("FOOTNOTE__MODELS__THREADS", "2")]);
    let first = answers(&two, &asked);
    let mut texts = Texts::default();
    for answer in &first {
        keeps_its_promises(&two, &mut texts, answer);
    }
    assert_eq!(
        differing(&first, &answers(&two, &asked)),
        Vec::<String>::new()
    );
    drop(two);
    let one = [
        ("FOOTNOTE__MODELS__THREADS", "1"),
        ("RAYON_NUM_THREADS", "1"),
        ("CANDLE_NUM_THREADS", "1"),
    ];
    let one = Server::start_with(data.path(), &one);
    assert_eq!(
        differing(&first, &answers(&one, &asked)),
        Vec::<String>::new()
    );
    let kind = |wanted: &str| {
        first
            .iter()
            .filter(|answer| answer["kind"] == wanted)
            .count()
    };
    println!(
        "{} questions: {} quoted, {} reworded, {} refused",
        first.len(),
        kind("extractive"),
        kind("generated"),
        first
            .iter()
            .filter(|answer| answer["status"] == "abstained")
            .count()
    );
}

/// Stores what there is to ask about; returns the questions.
fn ingested(data: &Path) -> Vec<String> {
    let mut asked: Vec<String> = questions().into_iter().map(|case| case.question).collect();
    let folder = TempDir::new().unwrap();
    let corpus = root().join("fixtures/corpus");
    succeed(data, &["ingest", corpus.to_str().unwrap()]);
    if let Some(squad) = shared("squad2") {
        for paragraph in lines(squad.join("paragraphs.jsonl")) {
            store(folder.path(), &paragraph["id"], &paragraph["text"]);
        }
        let questions = lines(squad.join("questions.jsonl"));
        asked.extend(questions.iter().map(|line| text(&line["question"])));
    }
    if let Some(mtrag) = shared("mtrag_un") {
        for task in lines(mtrag.join("tasks.jsonl")) {
            for context in task["contexts"].as_array().into_iter().flatten() {
                store(folder.path(), &context["document_id"], &context["text"]);
            }
            let turns = task["turns"].as_array().unwrap();
            let last = turns.iter().rfind(|turn| turn["speaker"] == "user");
            asked.extend(last.map(|turn| text(&turn["text"])));
        }
    }
    if fs::read_dir(folder.path()).unwrap().next().is_some() {
        succeed(data, &["ingest", folder.path().to_str().unwrap()]);
    }
    let step = std::env::var("FOOTNOTE_INVARIANTS_STEP").ok();
    let step = step.and_then(|step| step.parse().ok()).unwrap_or(1);
    asked.into_iter().step_by(step).collect()
}

fn store(folder: &Path, name: &Value, body: &Value) {
    let safe = |c: char| if c.is_alphanumeric() { c } else { '_' };
    let name: String = text(name).chars().map(safe).collect();
    fs::write(folder.join(format!("{name}.txt")), text(body) + "\n").unwrap();
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn answers(server: &Server, asked: &[String]) -> Vec<Value> {
    let numbered = asked.iter().enumerate();
    let answer = |(i, question): (usize, &String)| {
        let mode = if i.is_multiple_of(WORDED) {
            "auto"
        } else {
            "extractive"
        };
        let request = json!({ "question": question, "mode": mode });
        let (status, answer) = server.post("/v1/ask", &request);
        assert_eq!(status, 200, "{question}: {answer:#}");
        timeless(answer)
    };
    numbered.map(answer).collect()
}

/// What differs, byte for byte.
fn differing(was: &[Value], is: &[Value]) -> Vec<String> {
    let pairs = was.iter().zip(is);
    let differing = pairs.filter(|(was, is)| was.to_string() != is.to_string());
    differing
        .map(|(was, is)| format!("{was:#}\n{is:#}"))
        .take(3)
        .collect()
}
