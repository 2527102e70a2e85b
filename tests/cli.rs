//! The command line: exit codes, what goes where, and that a server and a data directory are
//! told the same things.

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{corpus, footnote, needs_models, root, succeed};

#[test]
fn wrong_usage_and_wrong_configuration_exit_with_two() {
    let data = TempDir::new().unwrap();
    assert_eq!(footnote(data.path(), &["fly"]).status.code(), Some(2));
    let file = data.path().join("footnote.toml");
    std::fs::write(
        &file,
        "[search]\ncandidates = 0\n[serch]\nk = 1\n[answer]\nthreshhold = 1\n",
    )
    .unwrap();
    let output = footnote(data.path(), &["--config", file.to_str().unwrap(), "config"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    for key in ["search.candidates", "serch.k", "answer.threshhold"] {
        assert!(said.contains(key), "{key} is not in:\n{said}");
    }
    let output = footnote(data.path(), &["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("loopback")
    );
}

#[test]
fn the_explained_configuration_can_be_used_as_a_file() {
    let data = TempDir::new().unwrap();
    let explained = succeed(data.path(), &["config", "--explain"]);
    let file = data.path().join("all.toml");
    std::fs::write(&file, &explained).unwrap();
    let again = succeed(
        data.path(),
        &["--config", file.to_str().unwrap(), "config", "--explain"],
    );
    assert_eq!(explained, again);
}

#[test]
fn ingest_reports_each_file_and_fails_when_one_fails() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    std::fs::write(
        folder.path().join("sub/a.md"),
        "# Tea\n\nTea is served at four.",
    )
    .unwrap();
    std::fs::write(folder.path().join("b.pdf"), [0, 1, 2, 3]).unwrap();
    std::fs::write(folder.path().join(".hidden.md"), "hidden").unwrap();
    let output = footnote(
        data.path(),
        &["--json", "ingest", folder.path().to_str().unwrap()],
    );
    assert_eq!(output.status.code(), Some(1));
    let lines = String::from_utf8(output.stdout).unwrap();
    let jobs: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let states: Vec<(&str, &str)> = jobs
        .iter()
        .map(|job| (job["uri"].as_str().unwrap(), job["state"].as_str().unwrap()))
        .collect();
    assert_eq!(states, [("b.pdf", "failed"), ("sub/a.md", "succeeded")]);
    assert!(succeed(data.path(), &["documents", "list"]).contains("sub/a.md"));
    assert_eq!(
        footnote(data.path(), &["ingest", "/does/not/exist"])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn ask_prints_citations_and_exits_with_three_when_it_abstains() {
    needs_models!();
    let server = corpus();
    let data = TempDir::new().unwrap();
    let ask = |question: &str| {
        footnote(
            data.path(),
            &[
                "--server",
                &server.url,
                "ask",
                question,
                "--mode",
                "extractive",
            ],
        )
    };
    let answered = ask("After how many failed attempts does my account lock?");
    assert_eq!(answered.status.code(), Some(0));
    let text = String::from_utf8(answered.stdout).unwrap();
    assert!(
        text.contains("After six failed attempts") && text.contains("[1]"),
        "{text}"
    );
    assert!(text.contains("it/access-and-passwords.md"), "{text}");
    assert_eq!(
        ask("Which of Beethoven's symphonies is the longest?")
            .status
            .code(),
        Some(3)
    );
}

#[test]
fn search_and_verify_speak_to_people_and_programs() {
    needs_models!();
    let server = corpus();
    let data = TempDir::new().unwrap();
    let run = |args: &[&str]| succeed(data.path(), &[&["--server", &server.url], args].concat());
    assert!(
        run(&["search", "parental leave", "-k", "2"]).contains("hr/parental-and-sick-leave.md")
    );
    let found: Value = serde_json::from_str(&run(&["--json", "search", "parental leave"])).unwrap();
    assert_eq!(found["hits"].as_array().unwrap().len(), 10);
    let policy = root().join("fixtures/corpus/hr/leave-policy.md");
    let text = "You may carry over up to five unused days into the next leave year.";
    let said = run(&["verify", text, "--file", policy.to_str().unwrap()]);
    assert!(said.starts_with("supported"), "{said}");
}

#[test]
fn doctor_finds_a_damaged_original() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let file = data.path().join("a.txt");
    std::fs::write(&file, "The loft is insulated with cork.").unwrap();
    let store = data.path().join("store");
    succeed(&store, &["ingest", file.to_str().unwrap()]);
    succeed(&store, &["doctor"]);
    let listed: Value =
        serde_json::from_str(&succeed(&store, &["--json", "documents", "list"])).unwrap();
    let sha = listed["items"][0]["content_sha256"].as_str().unwrap();
    std::fs::write(
        store
            .join("blobs")
            .join(&sha[..2])
            .join(&sha[2..4])
            .join(sha),
        "x",
    )
    .unwrap();
    let output = footnote(&store, &["doctor"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8(output.stdout).unwrap().contains("a.txt"));
}

#[test]
fn missing_models_are_named_with_the_remedy() {
    let data = TempDir::new().unwrap();
    let output = std::process::Command::new(crate::support::BINARY)
        .arg("--data")
        .arg(data.path())
        .args(["documents", "list"])
        .env("FOOTNOTE_CACHE", data.path().join("empty"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("footnote models pull"), "{said}");
}
