//! The data directories that the faults live in: one with everything, one whose chunks are too
//! short, one whose index was restored from a backup that is older than its ledger, one whose
//! vector index looks into one group only, and one whose reranker prefers what is beside the
//! point.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Case;
use super::narrow::Narrow;
use super::repair::repair;
use crate::rerank::{contrary, serve};
use crate::support::{Server, root, succeed};

/// The file of faults.
#[derive(Deserialize)]
pub(super) struct Plan {
    /// Sent in this order; those that `fails` are refused.
    documents: Vec<Value>,
    /// Names of documents that are deleted again.
    deleted: Vec<String>,
    /// A watched folder.
    watched: Watched,
    /// Documents of the directory with short chunks.
    cut: Vec<Value>,
    /// Documents from before and after the backup.
    older: Vec<Value>,
    newer: Vec<Value>,
    pub(super) cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Watched {
    exclude: Vec<String>,
    files: std::collections::BTreeMap<String, String>,
}

/// Passages that the reranker reads.
const READ: &str = "20";
/// Chunks of these many tokens cut most passages.
const SHORT: &str = "32";

/// Running servers, each over its own data directory.
pub(super) struct Worlds {
    main: Server,
    cut: Server,
    restored: Server,
    narrow: Narrow,
    reranked: Server,
    /// The watched folder.
    folder: TempDir,
    _reranker: TempDir,
    _data: TempDir,
}

impl Worlds {
    pub(super) fn build(plan: &Plan) -> Self {
        let data = TempDir::new().unwrap();
        let folder = watched(&plan.watched);
        let corpus = root().join("fixtures/corpus");
        let handbook = data.path().join("handbook");
        succeed(&handbook, &["ingest", corpus.to_str().unwrap()]);
        let copied = |name: &str| {
            let to = data.path().join(name);
            copy(&handbook, &to);
            to
        };
        let reranker = contrary();
        let reranked = serve(&copied("reranked"), reranker.path(), READ);
        let main = main(&copied("main"), plan);
        watch(&main, folder.path(), &plan.watched);
        let settings = [("FOOTNOTE__CHUNKING__MAX_TOKENS", SHORT)];
        let cut = Server::start_with(&data.path().join("cut"), &settings);
        for document in &plan.cut {
            put(&cut, document);
            put(&main, document);
        }
        Self {
            restored: restored(&data.path().join("restored"), plan),
            main,
            cut,
            narrow: Narrow::build(&data.path().join("narrow"), &plan.cases),
            reranked,
            folder,
            _reranker: reranker,
            _data: data,
        }
    }

    /// Whether the world of `case` is broken as it says: chance has a part in one of them.
    pub(super) fn has(&self, case: &Case) -> bool {
        case.world != "narrow" || self.narrow.lost.contains(&case.id)
    }

    /// The stage that the diagnosis names, and whether doing what it suggests repairs it.
    pub(super) fn run(&self, case: &Case) -> (String, bool) {
        let server = match case.world.as_str() {
            "main" => &self.main,
            "cut" => &self.cut,
            "restored" => &self.restored,
            "narrow" => &self.narrow.server,
            "reranked" => &self.reranked,
            other => panic!("`{other}` is no world"),
        };
        let mut request = case.request.clone();
        request["budget_ms"] = json!(20_000);
        // What nothing can repair need not be tried; with the model, trying takes seconds.
        request["counterfactuals"] = json!(case.repairable);
        let (status, body) = server.post("/v1/diagnose", &request);
        assert_eq!(status, 200, "{}: {body:#}", case.id);
        let named = body["primary"].as_str().unwrap_or("nothing").to_owned();
        let suggested = &body["suggestions"][0]["change"];
        let places = (server, &self.main, self.folder.path());
        let repaired = suggested.is_object() && repair(places, case, suggested);
        (named, repaired)
    }
}

/// The handbook and everything that is broken in it.
fn main(data: &Path, plan: &Plan) -> Server {
    let server = Server::start(data);
    for document in &plan.documents {
        let stored = put(&server, document);
        assert_eq!(stored, document["fails"] != true, "{document:#}");
    }
    for uri in &plan.deleted {
        let (_, found) = server.get(&format!("/v1/documents?uri={uri}"));
        let id = found["items"][0]["id"].as_str().unwrap();
        assert_eq!(server.delete(&format!("/v1/documents/{id}")).0, 200);
    }
    server
}

/// Sends a document and waits; false when it is refused.
pub(super) fn put(server: &Server, document: &Value) -> bool {
    let mut body = document.clone();
    body.as_object_mut().unwrap().remove("fails");
    if let Some(name) = body["collection"].as_str() {
        server.post("/v1/collections", &json!({ "name": name }));
    } else {
        body.as_object_mut().unwrap().remove("collection");
    }
    let (status, _) = server.post("/v1/documents?wait=true", &body);
    matches!(status, 200 | 201)
}

/// A folder whose files have been left alone for a while.
fn watched(watched: &Watched) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in &watched.files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(3600))
            .unwrap();
    }
    folder
}

/// Watches the folder until the one file that nothing keeps out is there.
fn watch(server: &Server, folder: &Path, watched: &Watched) {
    let body = json!({ "path": folder, "exclude": watched.exclude });
    let (status, source) = server.post("/v1/sources", &body);
    assert_eq!(status, 201, "{source:#}");
    let id = source["id"].as_str().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        server.post(&format!("/v1/sources/{id}/sweep"), &json!({}));
        let (_, found) = server.get("/v1/documents?uri=open.md");
        if found["items"][0].is_object() {
            return;
        }
        assert!(Instant::now() < deadline, "the folder is not taken in");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// An index that is put back to what it was before the newer documents came.
fn restored(data: &Path, plan: &Plan) -> Server {
    let stop = |server: Server| {
        server.signal("TERM");
        server.wait();
    };
    let (index, backup) = (data.join("index"), data.join("backup"));
    let server = Server::start(data);
    for document in &plan.older {
        put(&server, document);
    }
    stop(server);
    copy(&index, &backup);
    let server = Server::start(data);
    for document in &plan.newer {
        put(&server, document);
    }
    stop(server);
    std::fs::remove_dir_all(&index).unwrap();
    copy(&backup, &index);
    Server::start(data)
}

pub(super) fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(target).unwrap();
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
