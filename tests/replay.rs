//! An answer can be made again: the same at the version of the index it was read from, whatever
//! came since, and with every difference named by its cause otherwise. And what people say of
//! answers becomes questions.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, needs_models, questions, root, succeed, timeless, worded};

fn ingested() -> TempDir {
    let data = TempDir::new().unwrap();
    let folder = root().join("fixtures/corpus");
    succeed(data.path(), &["ingest", folder.to_str().unwrap()]);
    data
}

fn ask(server: &Server, request: &Value) -> Value {
    let (status, answer) = server.post("/v1/ask", request);
    assert_eq!(status, 200, "{answer:#}");
    answer
}

fn replay(server: &Server, answer: &Value, at: &str) -> (u16, Value) {
    let id = answer["id"].as_str().unwrap();
    server.post(&format!("/v1/answers/{id}/replay"), &json!({ "at": at }))
}

/// The causes named in a replay.
fn causes(replayed: &Value) -> BTreeSet<&str> {
    let differences = replayed["differences"].as_array().unwrap().iter();
    differences
        .map(|one| one["cause"].as_str().unwrap())
        .collect()
}

/// `count` requests, no two the same.
fn requests(count: usize) -> Vec<Value> {
    let kinds = [
        json!({ "mode": "auto" }),
        json!({ "mode": "extractive", "max_claims": 2 }),
        json!({ "mode": "auto", "strict": false, "k": 8 }),
    ];
    let all = kinds.iter().flat_map(|kind| {
        questions().into_iter().map(|case| {
            let mut request = kind.clone();
            request["question"] = case.question.into();
            request
        })
    });
    let all: Vec<Value> = all.collect();
    // Spread over the questions that can be answered and those that cannot.
    let step = if count <= 80 { 80 / count } else { 1 };
    all.into_iter().step_by(step).take(count).collect()
}

/// Documents come, are replaced and go.
fn change_documents(server: &Server) {
    for n in 0..6 {
        let text = format!(
            "# Notice {n}\n\nThe depot in Leith opens at {n} o'clock on Sundays. Annual leave is {n} days."
        );
        server.put_text(&format!("notices/{n}.md"), &text);
    }
    let leave = "# Leave\n\nEverybody gets 99 days of annual leave a year.";
    server.put_text("hr/leave-policy.md", leave);
    for uri in ["products/rl-8-field-service-manual.pdf", "org/glossary.md"] {
        let (_, list) = server.get(&format!("/v1/documents?uri={uri}"));
        let id = list["items"][0]["id"].as_str().unwrap();
        let (status, gone) = server.delete(&format!("/v1/documents/{id}?wait=true"));
        assert!(status < 300, "{gone:#}");
    }
}

fn answers_replay_the_same(count: usize) {
    let data = ingested();
    let server = Server::start(data.path());
    let asked = requests(count);
    let answers: Vec<Value> = asked.iter().map(|request| ask(&server, request)).collect();
    assert_eq!(answers.len(), count);
    let kinds: BTreeSet<String> = answers
        .iter()
        .map(|answer| answer["kind"].to_string())
        .collect();
    assert_eq!(
        kinds.len(),
        3,
        "abstained, extractive and generated: {kinds:?}"
    );
    change_documents(&server);
    drop(server);
    let server = Server::start(data.path());
    let (mut moved, mut changed) = (0, 0);
    for answer in &answers {
        let (status, replayed) = replay(&server, answer, "recorded");
        assert_eq!(status, 200, "{replayed:#}");
        assert_eq!(replayed["identical"], true, "{replayed:#}");
        assert_eq!(replayed["differences"], json!([]));
        assert_eq!(
            timeless(replayed["answer"].clone()),
            timeless(answer.clone())
        );
        let (_, latest) = replay(&server, answer, "latest");
        assert_eq!(causes(&latest), BTreeSet::from(["index"]), "{latest:#}");
        assert_eq!(latest["identical"], false);
        moved += 1;
        let differences = latest["differences"].as_array().unwrap();
        changed += usize::from(differences.iter().any(|one| one["path"] == "answer"));
    }
    println!(
        "{moved} of {count} the same at the recorded version; {changed} say something else at the latest"
    );
    assert!(changed >= 3);
}

#[test]
fn answers_replay_the_same_after_documents_came_and_went_and_a_restart() {
    needs_models!();
    answers_replay_the_same(40);
}

#[test]
#[ignore = "five minutes: the same with 200 answers"]
fn two_hundred_answers_replay_the_same() {
    needs_models!();
    answers_replay_the_same(200);
}

#[test]
fn differences_are_put_down_to_settings_models_and_index() {
    needs_models!();
    let data = ingested();
    let server = Server::start(data.path());
    let (_, answer) = worded(&server);
    drop(server);

    let strict = [("FOOTNOTE__ANSWER__THRESHOLD", "1.0")];
    let server = Server::start_with(data.path(), &strict);
    let (_, replayed) = replay(&server, &answer, "recorded");
    assert_eq!(
        causes(&replayed),
        BTreeSet::from(["config"]),
        "{replayed:#}"
    );
    assert_eq!(replayed["answer"]["status"], "abstained");
    let differences = replayed["differences"].as_array().unwrap();
    let setting = differences
        .iter()
        .find(|one| one["path"] == "receipt.answer.threshold");
    assert_eq!(setting.unwrap()["is"], 1.0);
    change_documents(&server);
    let (_, latest) = replay(&server, &answer, "latest");
    assert_eq!(
        causes(&latest),
        BTreeSet::from(["config", "index"]),
        "{latest:#}"
    );
    drop(server);

    let without = [("FOOTNOTE__MODELS__GENERATOR", "false")];
    let server = Server::start_with(data.path(), &without);
    let (_, replayed) = replay(&server, &answer, "recorded");
    assert_eq!(causes(&replayed), BTreeSet::from(["model"]), "{replayed:#}");
    assert_eq!(replayed["answer"]["kind"], "extractive");
}

#[test]
fn a_writing_that_was_cut_short_is_cut_short_again() {
    needs_models!();
    let data = ingested();
    let server = Server::start(data.path());
    let mut ids = BTreeSet::new();
    for latency in [1, 60, 120, 250, 250] {
        let request = json!({ "question": questions()[0].question, "max_latency_ms": latency });
        let answer = ask(&server, &request);
        let (_, replayed) = replay(&server, &answer, "recorded");
        assert_eq!(replayed["identical"], true, "{replayed:#}");
        ids.insert(answer["id"].to_string());
    }
    assert_eq!(
        ids.len(),
        5,
        "each was decided by the clock and has a receipt of its own"
    );
}

/// The manifest of a version of the index.
fn manifest(data: &Path, index_version: &str) -> std::path::PathBuf {
    let (generation, number) = index_version.rsplit_once(".v").unwrap();
    let number: u64 = number.parse().unwrap();
    let table = data.join(format!("index/chunks__{generation}.lance/_versions"));
    table.join(format!("{:020}.manifest", u64::MAX - number))
}

#[test]
fn a_version_that_is_gone_is_named_with_the_setting_that_keeps_it() {
    needs_models!();
    let data = ingested();
    let server = Server::start(data.path());
    let answer = ask(&server, &json!({ "question": questions()[0].question }));
    change_documents(&server);
    let version = answer["index_version"].as_str().unwrap();
    fs::remove_file(manifest(data.path(), version)).unwrap();
    let (status, refused) = replay(&server, &answer, "recorded");
    assert_eq!(
        (status, &refused["error"]["code"]),
        (404, &json!("not_found"))
    );
    let said = refused["error"].to_string();
    assert!(
        said.contains(version) && said.contains("storage.replay_days"),
        "{said}"
    );
    let (status, latest) = replay(&server, &answer, "latest");
    assert_eq!(status, 200, "{latest:#}");
    assert_eq!(causes(&latest), BTreeSet::from(["index"]));
    let (status, _) = server.post("/v1/answers/ans_0/replay", &json!({ "at": "recorded" }));
    assert_eq!(status, 404);
    let id = answer["id"].as_str().unwrap();
    let (status, _) = server.post(
        &format!("/v1/answers/{id}/replay"),
        &json!({ "at": "noon" }),
    );
    assert_eq!(status, 400);
}

#[test]
fn feedback_becomes_questions() {
    needs_models!();
    let data = ingested();
    let server = Server::start(data.path());
    let all = questions();
    let say = |request: &str, feedback: &Value| {
        let answer = ask(
            &server,
            &json!({ "question": request, "mode": "extractive" }),
        );
        let id = answer["id"].as_str().unwrap().to_owned();
        let (status, given) = server.post(&format!("/v1/answers/{id}/feedback"), feedback);
        assert_eq!(
            (status, &given["answer_id"]),
            (201, &json!(id)),
            "{given:#}"
        );
        assert_eq!(given["verdict"], feedback["verdict"]);
        id
    };
    let up = say(&all[0].question, &json!({ "verdict": "up" }));
    let wrong = json!({ "verdict": "down", "note": "out of date", "expected": "ninety days" });
    let down = say(&all[1].question, &wrong);
    say(&all[2].question, &json!({ "verdict": "down" }));
    for (path, body, wanted) in [
        ("ans_0".to_owned(), json!({ "verdict": "up" }), 404),
        (up.clone(), json!({ "verdict": "sideways" }), 400),
        (up.clone(), json!({}), 400),
        (up.clone(), json!({ "verdict": "up", "stars": 5 }), 400),
    ] {
        let (status, _) = server.post(&format!("/v1/answers/{path}/feedback"), &body);
        assert_eq!(status, wanted, "{body}");
    }
    // While the server has the data directory open.
    let made = succeed(data.path(), &["eval", "gen", "--from-feedback"]);
    let cases = footnote_eval::questions::read(&made).unwrap();
    let ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids, [&up, &down]);
    assert!(!cases[0].evidence.is_empty());
    assert_eq!(
        (cases[1].answerable, &cases[1].answers),
        (true, &vec!["ninety days".to_owned()])
    );
    drop(server);
    let file = data.path().join("feedback.jsonl");
    fs::write(&file, &made).unwrap();
    let file = file.to_str().unwrap();
    let report = succeed(
        data.path(),
        &["--json", "eval", file, "--mode", "extractive"],
    );
    let report: Value = serde_json::from_str(&report).unwrap();
    let text = report.to_string();
    assert!(text.contains(&format!("\"wrong\":[\"{down}\"]")), "{text}");
}
