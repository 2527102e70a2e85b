//! A real graph on the real runtime, from `fixtures/reranker`; what needs the runtime is skipped
//! with a line on stderr where it was not pulled, as the embedder's tests are.

use std::fs;

use super::*;
use crate::embed::test_files;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/reranker")
}

fn reranker(threads: usize) -> Option<Reranker> {
    let files = RerankerFiles::read(test_files()?.runtime, &folder()).unwrap();
    Some(Reranker::load(&files, threads).unwrap())
}

fn passages(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// A copy of the fixture with `change` made to it.
#[track_caller]
fn refused(change: impl Fn(&Path), part: &str) {
    let Some(files) = test_files() else { return };
    let copy = tempfile::TempDir::new().unwrap();
    for name in FILES {
        fs::copy(folder().join(name), copy.path().join(name)).unwrap();
    }
    change(copy.path());
    let loaded =
        RerankerFiles::read(files.runtime, copy.path()).and_then(|files| Reranker::load(&files, 1));
    let message = loaded.err().expect("it is refused").to_string();
    assert!(message.contains(part), "{message}");
}

#[test]
fn passages_are_scored_against_the_question() {
    let Some(mut reranker) = reranker(2) else {
        return;
    };
    let texts = passages(&[
        "The boiler room is behind the east stairs.",
        "Up to five unused days of annual leave are carried over.",
        "Annual leave is approved by the manager.",
    ]);
    let question = "How many unused days of annual leave can I carry over?";
    let scores = reranker.scores(question, &texts).unwrap();
    assert!(scores[1] > scores[2] && scores[2] > scores[0], "{scores:?}");
    assert_eq!(reranker.scores(question, &[]).unwrap(), Vec::<f32>::new());
}

#[test]
fn a_score_does_not_depend_on_its_neighbours() {
    let (Some(mut one), Some(mut two)) = (reranker(1), reranker(2)) else {
        return;
    };
    let texts = passages(&[
        "annual leave",
        "",
        "carry over [SEP] days",
        &"leave ".repeat(2_000),
    ]);
    let together = two.scores("annual leave days", &texts).unwrap();
    let alone = texts.iter().map(|text| {
        let scores = one.scores("annual leave days", std::slice::from_ref(text));
        scores.unwrap()[0]
    });
    assert_eq!(together, alone.collect::<Vec<_>>());
}

#[test]
fn the_id_names_every_file() {
    let read = |folder: &Path| RerankerFiles::read("unused".into(), folder).unwrap().id();
    let id = read(&folder());
    assert!(id.starts_with("reranker@sha256:"), "{id}");
    let copy = tempfile::TempDir::new().unwrap();
    let copy = copy.path().join("reranker");
    fs::create_dir(&copy).unwrap();
    for name in FILES {
        fs::copy(folder().join(name), copy.join(name)).unwrap();
    }
    assert_eq!(read(&copy), id);
    fs::write(copy.join("config.json"), "{}").unwrap();
    assert_ne!(read(&copy), id);
}

#[test]
fn what_is_wrong_with_a_folder_is_named() {
    let none = RerankerFiles::read("unused".into(), Path::new("nowhere"));
    let message = none.err().expect("there is no folder").to_string();
    assert!(message.contains("`nowhere`") && message.contains("models.reranker"));
    let write = |name: &'static str, text: &'static str| {
        move |folder: &Path| fs::write(folder.join(name), text).unwrap()
    };
    let remove = |folder: &Path| fs::remove_file(folder.join("config.json")).unwrap();
    refused(remove, "config.json");
    refused(write("model.onnx", "no graph"), "cross-encoder");
    refused(write("tokenizer.json", "{}"), "cannot be used");
    let three = r#"{"id2label": {"0": "no", "1": "perhaps", "2": "yes"}}"#;
    refused(write("config.json", three), "3 scores");
}
