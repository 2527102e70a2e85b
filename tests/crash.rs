//! A crash at every named point of the way from job to document, and a power cut on top: what
//! is there afterwards is whole, and finishing the work leads to what an undisturbed run has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{BINARY, Server, footnote, needs_models, root, succeed};

/// Every point, in the order in which a document passes them.
const POINTS: [&str; 8] = [
    "parsed",
    "embedding",
    "embedded",
    "texts",
    "applied",
    "synced",
    "committed",
    "recorded",
];

/// A folder with some of the fixtures, as they are or edited.
fn folder(edited: bool) -> TempDir {
    let folder = TempDir::new().unwrap();
    let corpus = root().join("fixtures/corpus/support");
    let mut files: Vec<PathBuf> = std::fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    files.sort();
    for path in files {
        let mut text = std::fs::read_to_string(&path).unwrap();
        if edited {
            text.push_str("\n\nThis page was read again in spring.\n");
        }
        std::fs::write(folder.path().join(path.file_name().unwrap()), text).unwrap();
    }
    folder
}

/// Every document: its chunks' ids, places and texts, checked against its text.
fn contents(data: &Path) -> BTreeMap<String, Value> {
    let server = Server::start_with(data, &[("FOOTNOTE__MODELS__GENERATOR", "false")]);
    // Interrupted jobs are worked off first.
    for state in ["queued", "running"] {
        let path = format!("/v1/jobs?state={state}");
        while server.get(&path).1["items"] != json!([]) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    let list = server.get("/v1/documents?limit=500").1;
    let whole = |item: &Value| {
        let id = item["id"].as_str().unwrap();
        let chunks = server.get(&format!("/v1/documents/{id}/chunks")).1["items"].clone();
        assert_eq!(
            chunks.as_array().unwrap().len() as u64,
            item["chunks"].as_u64().unwrap()
        );
        (
            item["uri"].as_str().unwrap().to_owned(),
            json!([item["version"], chunks]),
        )
    };
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(whole)
        .collect()
}

fn ingest(data: &Path, folder: &Path, crash_at: &str) -> bool {
    Command::new(BINARY)
        .arg("--data")
        .arg(data)
        .arg("ingest")
        .arg(folder)
        .env("FOOTNOTE_CRASH_AT", crash_at)
        .stderr(Stdio::null())
        .status()
        .unwrap()
        .success()
}

/// Cuts the newest manifest of the chunks table short, as a power cut does to a file that was
/// written and never synced.
fn cut_newest_manifest(data: &Path) {
    let tables = std::fs::read_dir(data.join("index")).unwrap();
    let table = tables
        .map(|entry| entry.unwrap().path())
        .find(|path| path.is_dir())
        .unwrap();
    let manifests = std::fs::read_dir(table.join("_versions")).unwrap();
    let newest = manifests
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "manifest")
        })
        .min()
        .unwrap();
    let bytes = std::fs::read(&newest).unwrap();
    std::fs::write(&newest, &bytes[..bytes.len() / 2]).unwrap();
}

#[test]
fn a_crash_at_any_point_leaves_whole_documents_and_the_same_end() {
    needs_models!();
    let (old_files, new_files) = (folder(false), folder(true));
    let (before, calm) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    succeed(
        before.path(),
        &["ingest", old_files.path().to_str().unwrap()],
    );
    succeed(calm.path(), &["ingest", new_files.path().to_str().unwrap()]);
    let (old, new) = (contents(before.path()), contents(calm.path()));
    println!("point       power cut  old  new  end equal");
    for point in POINTS {
        for power_cut in [false, true] {
            // Only what is not synced yet can be lost.
            if power_cut && point != "applied" {
                continue;
            }
            let data = TempDir::new().unwrap();
            succeed(data.path(), &["ingest", old_files.path().to_str().unwrap()]);
            assert!(
                !ingest(data.path(), new_files.path(), point),
                "{point}: no crash"
            );
            if power_cut {
                cut_newest_manifest(data.path());
            }
            let doctor = footnote(data.path(), &["--json", "doctor"]);
            let doctor = String::from_utf8(doctor.stdout).unwrap();
            assert!(doctor.contains("\"checks\""), "{point}: {doctor}");
            // Every document is one or the other.
            let found = contents(data.path());
            let is = |state: &BTreeMap<String, Value>| {
                found
                    .iter()
                    .filter(|(uri, content)| state.get(*uri) == Some(content))
                    .count()
            };
            let (as_old, as_new) = (is(&old), is(&new));
            assert_eq!(
                as_old + as_new,
                old.len(),
                "{point}: a document is neither old nor new"
            );
            assert!(
                ingest(data.path(), new_files.path(), "nowhere"),
                "{point}: not finished"
            );
            let end = contents(data.path());
            println!(
                "{point:<12}{power_cut:<9}{as_old:>5}{as_new:>5}  {}",
                end == new
            );
            assert_eq!(end, new, "{point}");
            succeed(data.path(), &["doctor"]);
        }
    }
}

/// Lets the service die `times` times while it embeds, and then work off what is left; returns
/// the data directory and the jobs that were given up.
fn killed_while_embedding(times: u32) -> (TempDir, String) {
    let (folder, data) = (folder(false), TempDir::new().unwrap());
    for time in 1..=times {
        let lived = ingest(data.path(), folder.path(), "embedding");
        assert!(!lived, "crash {time} did not happen");
    }
    contents(data.path());
    let dead = succeed(data.path(), &["--json", "jobs", "list", "--state", "dead"]);
    (data, dead)
}

#[test]
fn a_service_killed_three_times_does_not_bury_who_was_with_the_model_by_chance() {
    needs_models!();
    let (data, dead) = killed_while_embedding(3);
    assert!(!dead.contains("\"uri\""), "{dead}");
    succeed(data.path(), &["doctor"]);
}

#[test]
fn a_document_that_takes_the_service_down_each_time_is_given_up_and_the_others_are_not() {
    needs_models!();
    // Once in company, three times alone.
    let (_data, dead) = killed_while_embedding(4);
    assert_eq!(dead.matches("this document alone").count(), 1, "{dead}");
}
