//! The measurement of the verifier, from outside.

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{footnote, needs_models, root, succeed};

#[test]
fn corrupted_claims_are_told_from_true_ones() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let page = root().join("fixtures/corpus/hr");
    let page = std::fs::read_dir(page)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let printed = succeed(
        data.path(),
        &[
            "--json",
            "eval",
            "verify",
            page.to_str().unwrap(),
            "--corrupt",
        ],
    );
    let report: Value = serde_json::from_str(&printed).unwrap();
    let group = |name: &str| {
        let groups = report["groups"].as_array().unwrap();
        let found = groups.iter().find(|group| group["name"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {report:#}"))
    };
    assert!(
        group("supports")["kept"].as_f64().unwrap() >= 0.9,
        "{report:#}"
    );
    let corrupted = group("corrupted");
    assert!(corrupted["auc"].as_f64().unwrap() >= 0.97, "{report:#}");
    assert!(corrupted["kept"].as_f64().unwrap() <= 0.05, "{report:#}");
}

#[test]
fn data_that_holds_no_pair_is_refused_by_line() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("pairs.jsonl");
    std::fs::write(&file, "{\"claim\":\"a\"}\n").unwrap();
    let output = footnote(data.path(), &["eval", "verify", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("line 1"), "{said}");
}
