//! What a hostile document can do: nothing but fail its own job.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, needs_models};

/// A text that takes a second or two to parse, whatever the machine.
fn long_text() -> String {
    "Every gauge is read twice. ".repeat(700_000)
}

/// Sends `text` and returns its job once that has ended.
fn ended(server: &Server, uri: &str, text: &str) -> Value {
    let body = json!({ "uri": uri, "text": text });
    let (status, sent) = server.post("/v1/documents", &body);
    assert_eq!(status, 202, "{sent:#}");
    follow(server, sent["job"]["id"].as_str().unwrap())
}

fn follow(server: &Server, id: &str) -> Value {
    loop {
        let job = server.get(&format!("/v1/jobs/{id}")).1;
        if !matches!(job["state"].as_str(), Some("queued" | "running")) {
            return job;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// One document over a limit: its job dies after three attempts and names the limit, and
/// everything else goes on.
#[track_caller]
fn check(limit: (&str, &str), says: &str) {
    let data = TempDir::new().unwrap();
    let server = Server::start_with(
        data.path(),
        &[limit, ("FOOTNOTE__MODELS__GENERATOR", "false")],
    );
    let job = ended(&server, "long.txt", &long_text());
    assert_eq!(
        (&job["state"], &job["attempt"]),
        (&json!("dead"), &json!(3)),
        "{job:#}"
    );
    assert_eq!(job["error"]["code"], "unreadable_document");
    let message = job["error"]["message"].as_str().unwrap();
    assert!(message.contains(says), "{message}");
    let key = limit
        .0
        .trim_start_matches("FOOTNOTE__")
        .replace("__", ".")
        .to_lowercase();
    let hint = job["error"]["hint"].as_str().unwrap();
    assert!(hint.contains(&key), "{hint}");
    server.put_text("short.txt", "The kettle is in the east kitchen.");
    let dead = server.get("/v1/jobs?state=dead").1;
    assert_eq!(dead["items"][0]["id"], job["id"]);
    // By hand it is tried again, with all its attempts.
    let id = job["id"].as_str().unwrap();
    assert_eq!(
        server.post(&format!("/v1/jobs/{id}/retry"), &json!({})).0,
        200
    );
    assert_eq!(follow(&server, id)["attempt"], 3);
}

#[test]
fn a_document_that_needs_too_much_memory_dies_alone() {
    needs_models!();
    let limit = ("FOOTNOTE__INGEST__PARSE_MEMORY_BYTES", "1048576");
    check(limit, "memory");
}

#[test]
fn a_document_that_needs_too_much_processor_time_dies_alone() {
    needs_models!();
    check(
        ("FOOTNOTE__INGEST__PARSE_CPU_SECONDS", "1"),
        "processor time",
    );
}

#[test]
fn a_document_that_produces_too_much_dies_alone() {
    needs_models!();
    let limit = ("FOOTNOTE__INGEST__PARSE_OUTPUT_BYTES", "1048576");
    check(limit, "produced more than 1 MiB");
}

/// Process ids of the server's parsing processes.
fn workers(server: &Server) -> Vec<u32> {
    let path = format!("/proc/{0}/task/{0}/children", server.pid);
    let direct = std::fs::read_to_string(path).unwrap();
    // Workers are started by whatever thread of the server was at hand.
    let mut found: Vec<u32> = direct
        .split_whitespace()
        .map(|id| id.parse().unwrap())
        .collect();
    for thread in std::fs::read_dir(format!("/proc/{}/task", server.pid)).unwrap() {
        let children = thread.unwrap().path().join("children");
        let children = std::fs::read_to_string(children).unwrap_or_default();
        found.extend(
            children
                .split_whitespace()
                .map(|id| id.parse::<u32>().unwrap()),
        );
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[test]
fn a_worker_has_no_more_than_it_needs_and_is_replaced_when_it_dies() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let server = Server::start_with(data.path(), &[("FOOTNOTE__MODELS__GENERATOR", "false")]);
    server.put_text("a.txt", "The kettle is in the east kitchen.");
    let [worker] = workers(&server)[..] else {
        panic!("{:?}", workers(&server));
    };
    let status = std::fs::read_to_string(format!("/proc/{worker}/status")).unwrap();
    assert!(status.contains("NoNewPrivs:\t1"), "{status}");
    let limits = std::fs::read_to_string(format!("/proc/{worker}/limits")).unwrap();
    let open_files = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))
        .unwrap();
    assert!(
        open_files.split_whitespace().any(|word| word == "64"),
        "{open_files}"
    );
    let environment = std::fs::read_to_string(format!("/proc/{worker}/environ")).unwrap();
    assert!(!environment.contains("FOOTNOTE"), "{environment}");

    let killed = std::process::Command::new("kill")
        .args(["-9", &worker.to_string()])
        .status();
    assert!(killed.unwrap().success());
    server.put_text("b.txt", "The spare key hangs by the door.");
    assert_ne!(workers(&server), [worker]);
}
