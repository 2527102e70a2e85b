//! A real graph on the real runtime, from `fixtures/entailment`; what needs the runtime is
//! skipped with a line on stderr where it was not pulled, as the embedder's tests are.

use std::fs;

use super::*;
use crate::embed::test_files;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/entailment")
}

fn model(threads: usize) -> Option<Entailment> {
    let files = EntailmentFiles::read(test_files()?.runtime, &folder()).unwrap();
    Some(Entailment::load(&files, threads).unwrap())
}

fn pair(premise: &str, hypothesis: &str) -> Pair {
    (premise.to_owned(), hypothesis.to_owned())
}

/// A copy of the fixture with `name` overwritten, or removed where there is no text.
#[track_caller]
fn refused(name: &str, text: Option<&str>, part: &str) {
    let Some(files) = test_files() else { return };
    let copy = tempfile::TempDir::new().unwrap();
    for name in FILES {
        fs::copy(folder().join(name), copy.path().join(name)).unwrap();
    }
    match text {
        Some(text) => fs::write(copy.path().join(name), text).unwrap(),
        None => fs::remove_file(copy.path().join(name)).unwrap(),
    }
    let loaded = EntailmentFiles::read(files.runtime, copy.path())
        .and_then(|files| Entailment::load(&files, 1));
    let message = loaded.err().expect("it is refused").to_string();
    assert!(message.contains(part), "{message}");
}

#[test]
fn what_follows_what_may_be_and_what_cannot_be_are_told_apart() {
    let Some(mut model) = model(2) else { return };
    let premise = "The valve is open.";
    let found = model.infer(&[
        pair(premise, "The valve is open."),
        pair(premise, "The hot valve is open."),
        pair(premise, "The valve is closed."),
    ]);
    let [same, more, contrary] = found.unwrap().try_into().unwrap();
    assert!(same.entailment > same.neutral && same.entailment > same.contradiction);
    assert!(more.neutral > more.entailment && more.neutral > more.contradiction);
    assert!(contrary.contradiction > contrary.neutral + contrary.entailment);
}

#[test]
fn a_result_does_not_depend_on_its_neighbours() {
    let (Some(mut one), Some(mut two)) = (model(1), model(2)) else {
        return;
    };
    let long = "open ".repeat(2_000);
    let pairs = [
        pair("The valve is open.", "It is closed. [SEP] red"),
        pair("", ""),
        pair(&long, "The valve is closed."),
    ];
    let together = two.infer(&pairs).unwrap();
    let alone = pairs
        .each_ref()
        .map(|pair| one.infer(std::slice::from_ref(pair)).unwrap()[0]);
    assert_eq!(together, alone);
    assert!(
        together[2].contradiction > 0.5,
        "a long premise is cut, not the claim"
    );
    assert_eq!(one.infer(&[]).unwrap(), []);
}

#[test]
fn what_is_wrong_with_a_folder_is_named() {
    let none = EntailmentFiles::read("unused".into(), Path::new("nowhere"));
    let message = none.err().expect("there is no folder").to_string();
    assert!(message.contains("`nowhere`") && message.contains("models.entailment"));
    refused("tokenizer.json", None, "tokenizer.json");
    refused("tokenizer.json", Some("{}"), "cannot be used");
    refused("model.onnx", Some("no graph"), "models.entailment");
    let unnamed = r#"{"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}"#;
    refused("config.json", Some(unnamed), "id2label");
    let two = r#"{"id2label": {"0": "entailment", "1": "not_entailment"}}"#;
    refused("config.json", Some(two), "a score for each label");
}
