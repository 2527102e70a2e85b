//! What was acknowledged survives: replace, delete, restart, `kill -9` at any moment.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{BINARY, Server, footnote, needs_models, root, succeed};

/// Everything that is searchable, without times: chunk ids, spans and texts of each document.
fn contents(data: &Path) -> Vec<Value> {
    let server = Server::start(data);
    let list = server.get("/v1/documents?limit=500").1;
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| {
            let chunks = server
                .get(&format!(
                    "/v1/documents/{}/chunks",
                    item["id"].as_str().unwrap()
                ))
                .1;
            json!({ "uri": item["uri"], "version": item["version"], "chunks": chunks["items"] })
        })
        .collect()
}

#[test]
fn the_same_bytes_again_do_no_work_and_make_no_version() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path());
    let first = server.put_text("a.md", "# Keys\n\nThe spare key hangs by the door.");
    let version = server.get("/readyz").1["index_version"].clone();
    let body = json!({ "uri": "a.md", "text": "# Keys\n\nThe spare key hangs by the door." });
    let (status, again) = server.post("/v1/documents?wait=true", &body);
    assert_eq!(status, 200, "{again:#}");
    assert_eq!(again["document"], first["document"]);
    assert_eq!(server.get("/readyz").1["index_version"], version);
}

#[test]
fn a_changed_document_replaces_the_old_one_and_a_deleted_one_is_gone() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path());
    let old = server.put_text("a.md", "The archive code is ZEBRA-77.");
    let new = server.put_text("a.md", "The archive code is OTTER-12.");
    assert_eq!(old["document"]["id"], new["document"]["id"]);
    assert_ne!(old["document"]["version"], new["document"]["version"]);
    let hits = |question: &str, mode: &str| {
        let request = json!({ "question": question, "mode": mode });
        let found = server.post("/v1/search", &request).1;
        let hits = found["hits"].as_array().unwrap().clone();
        hits.iter()
            .map(|hit| hit["text"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(hits("ZEBRA", "lexical"), Vec::<String>::new());
    assert_eq!(hits("OTTER", "lexical"), ["The archive code is OTTER-12."]);
    assert_eq!(
        hits("archive code", "vector"),
        ["The archive code is OTTER-12."]
    );
    let id = new["document"]["id"].as_str().unwrap();
    assert_eq!(server.delete(&format!("/v1/documents/{id}")).0, 200);
    assert_eq!(hits("OTTER", "lexical"), Vec::<String>::new());
    assert_eq!(hits("archive code", "vector"), Vec::<String>::new());
    assert_eq!(server.get(&format!("/v1/documents/{id}")).0, 404);
}

#[test]
fn other_documents_with_the_same_bytes_stay() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path());
    let text = "The canteen opens at seven.";
    let a = server.put_text("a.txt", text);
    server.put_text("b.txt", text);
    let id = a["document"]["id"].as_str().unwrap();
    assert_eq!(server.delete(&format!("/v1/documents/{id}")).0, 200);
    let list = server.get("/v1/documents").1;
    assert_eq!(list["items"][0]["uri"], "b.txt");
    let id = list["items"][0]["id"].as_str().unwrap();
    assert_eq!(
        server.get(&format!("/v1/documents/{id}/text")).1["text"],
        text
    );
}

#[test]
fn killed_at_random_moments_nothing_is_half_there_and_the_end_is_the_same() {
    needs_models!();
    let corpus = root().join("fixtures/corpus");
    let corpus = corpus.to_str().unwrap();
    let calm = TempDir::new().unwrap();
    let started = std::time::Instant::now();
    succeed(calm.path(), &["ingest", corpus]);
    let whole = started.elapsed();
    let data = TempDir::new().unwrap();
    for round in 1..=10u32 {
        let mut child = Command::new(BINARY)
            .arg("--data")
            .arg(data.path())
            .args(["ingest", corpus])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Spread over the whole run, at moments that differ from run to run with its speed.
        std::thread::sleep(whole * round / 14 + Duration::from_millis(u64::from(round * 37 % 90)));
        child.kill().unwrap();
        child.wait().unwrap();
        // Opening repairs; what the ledger calls a document is then wholly there.
        let doctor = footnote(data.path(), &["--json", "doctor"]);
        let report: Value = serde_json::from_slice(&doctor.stdout).unwrap();
        let index = &report["checks"][1];
        let half = index["problem"]
            .as_str()
            .unwrap_or_default()
            .contains("differ");
        assert!(!half, "round {round}: {report:#}");
    }
    succeed(data.path(), &["ingest", corpus]);
    assert_eq!(contents(data.path()), contents(calm.path()));
    succeed(data.path(), &["doctor"]);
}

#[test]
fn a_second_process_is_told_who_has_the_data() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let _server = Server::start(data.path());
    let output = footnote(data.path(), &["documents", "list"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("another process") && said.contains("--server"),
        "{said}"
    );
}

#[test]
fn a_data_directory_of_another_chunker_is_refused() {
    needs_models!();
    let data = TempDir::new().unwrap();
    succeed(data.path(), &["documents", "list"]);
    let output = Command::new(BINARY)
        .arg("--data")
        .arg(data.path())
        .args(["documents", "list"])
        .env("FOOTNOTE__CHUNKING__MAX_TOKENS", "100")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("chunker") && said.contains("new data directory"),
        "{said}"
    );
}

#[test]
fn two_jobs_of_one_document_both_end_although_the_second_must_wait() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let server = Server::start_with(data.path(), &[("FOOTNOTE__MODELS__GENERATOR", "false")]);
    let send = |text: &str| {
        let body = json!({ "uri": "a.md", "text": text });
        server.post("/v1/documents?priority=bulk", &body).1["job"]["id"].clone()
    };
    let jobs = ["The code is ZEBRA-77.", "The code is OTTER-12."].map(send);
    for id in jobs {
        let path = format!("/v1/jobs/{}", id.as_str().unwrap());
        let ended = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            server.get(&path).1["state"] == "succeeded"
        });
        assert!(ended, "{:#}", server.get(&path).1);
    }
    let hits = server.post("/v1/search", &json!({ "question": "code" })).1;
    assert_eq!(hits["hits"][0]["text"], "The code is OTTER-12.");
}

/// Serves a data directory on a disk of its own of `megabytes`, which only the server sees;
/// `None` where such a disk cannot be had.
fn on_a_small_disk(data: &Path, megabytes: u32) -> Option<Server> {
    let mount = format!(
        "mount -t tmpfs -o size={megabytes}m none '{}'",
        data.display()
    );
    let trial = Command::new("unshare")
        .args(["-m", "bash", "-c", &mount])
        .output();
    if !trial.is_ok_and(|trial| trial.status.success()) {
        println!("skipped: mounting a small disk needs root on Linux");
        return None;
    }
    let settings = [("FOOTNOTE__MODELS__GENERATOR", "false")];
    Some(Server::start_inside(
        &[
            "unshare",
            "-m",
            "bash",
            "-c",
            &format!("{mount} && exec \"$@\""),
            "disk",
        ],
        data,
        &settings,
    ))
}

#[test]
fn a_full_disk_fails_jobs_and_not_the_table() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let Some(server) = on_a_small_disk(data.path(), 48) else {
        return;
    };
    server.put_text("first.md", "The archive code is ZEBRA-77.");
    // The server's view of its disk, from outside.
    let disk = format!("/proc/{}/root{}", server.pid, data.path().display());
    let filler = Path::new(&disk).join("filler");
    let mut filled = 0;
    while std::fs::write(
        Path::new(&disk).join(format!("filler{filled}")),
        vec![1; 1 << 20],
    )
    .is_ok()
    {
        filled += 1;
    }
    let body = json!({ "uri": "second.md", "text": "The archive code is OTTER-12." });
    let (status, refused) = server.post("/v1/documents", &body);
    if status == 202 {
        // There was room for the job, not for the work.
        let id = refused["job"]["id"].as_str().unwrap();
        std::thread::sleep(Duration::from_secs(3));
        let job = server.get(&format!("/v1/jobs/{id}")).1;
        assert_ne!(job["state"], "succeeded", "{job:#}");
    } else {
        assert_eq!(
            (status, &refused["error"]["code"]),
            (503, &json!("unavailable")),
            "{refused:#}"
        );
        assert!(
            refused["error"]["message"]
                .as_str()
                .unwrap()
                .contains("full"),
            "{refused:#}"
        );
    }
    let ask = json!({ "question": "What is the archive code?", "mode": "lexical" });
    let hits = server.post("/v1/search", &ask).1;
    assert_eq!(hits["hits"][0]["uri"], "first.md", "{hits:#}");
    for n in 0..=filled {
        std::fs::remove_file(filler.with_file_name(format!("filler{n}"))).ok();
    }
    server.put_text("second.md", "The archive code is OTTER-12.");
    let documents = server.get("/v1/documents").1;
    assert_eq!(documents["items"].as_array().unwrap().len(), 2);
}
