//! Watched folders: what happens on the disk happens in the index, whatever happens to the
//! server meanwhile, and `drift` says so.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, footnote, needs_models, root, succeed};

/// Settings that make a test quick; sweeps come from events unless `sweeps_only`.
const QUICK: &[(&str, &str)] = &[
    ("FOOTNOTE__MODELS__GENERATOR", "false"),
    ("FOOTNOTE__INGEST__SETTLE_MS", "100"),
];

/// A server that watches a folder.
struct Watched {
    folder: TempDir,
    data: TempDir,
    server: Option<Server>,
    id: String,
}

impl Watched {
    fn start() -> Self {
        Self::start_with(&json!({}))
    }

    /// With further fields for `POST /v1/sources`.
    fn start_with(fields: &Value) -> Self {
        let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let server = Server::start_with(data.path(), QUICK);
        let mut body = fields.clone();
        body["path"] = folder.path().to_str().unwrap().into();
        let (status, source) = server.post("/v1/sources", &body);
        assert_eq!(status, 201, "{source:#}");
        let id = source["id"].as_str().unwrap().to_owned();
        Self {
            folder,
            data,
            server: Some(server),
            id,
        }
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn drift(&self) -> Value {
        self.server()
            .get(&format!("/v1/sources/{}/drift", self.id))
            .1
    }

    /// Waits for a drift of which `enough` is true.
    #[track_caller]
    fn until(&self, enough: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let drift = self.drift();
            if enough(&drift) {
                return drift;
            }
            assert!(Instant::now() < deadline, "{drift:#}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until folder and index are equal and returns the documents' names.
    #[track_caller]
    fn settled(&self) -> Vec<String> {
        self.until(|drift| drift["in_sync"] == true);
        self.uris()
    }

    fn uris(&self) -> Vec<String> {
        let list = self.server().get("/v1/documents?limit=500").1;
        let items = list["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["uri"].as_str().unwrap().to_owned())
            .collect()
    }

    fn text(&self, uri: &str) -> String {
        let list = self.server().get(&format!("/v1/documents?uri={uri}")).1;
        let id = list["items"][0]["id"].as_str().unwrap();
        let text = self.server().get(&format!("/v1/documents/{id}/text")).1;
        text["text"].as_str().unwrap().to_owned()
    }

    /// Kills the server without warning, does something, starts it again.
    fn killed(&mut self, meanwhile: impl FnOnce(&Path)) {
        let server = self.server.take().unwrap();
        server.signal("KILL");
        server.wait();
        meanwhile(self.folder.path());
        self.server = Some(Server::start_with(self.data.path(), QUICK));
    }
}

#[test]
fn the_index_follows_every_change_of_the_folder() {
    needs_models!();
    let watched = Watched::start();
    watched.write("a.md", "# Tea\n\nTea is served at four.");
    watched.write("deep/er/b.md", "# Keys\n\nThe key hangs by the door.");
    assert_eq!(watched.settled(), ["a.md", "deep/er/b.md"]);
    watched.write("a.md", "# Tea\n\nTea is served at five.");
    watched.until(|drift| drift["in_sync"] == true);
    assert!(watched.text("a.md").contains("five"));
    fs::rename(watched.path("a.md"), watched.path("c.md")).unwrap();
    assert_eq!(watched.settled(), ["c.md", "deep/er/b.md"]);
    fs::rename(watched.path("deep"), watched.path("flat")).unwrap();
    assert_eq!(watched.settled(), ["c.md", "flat/er/b.md"]);
    fs::copy(watched.path("c.md"), watched.path("flat/copy.md")).unwrap();
    let all = ["c.md", "flat/copy.md", "flat/er/b.md"];
    assert_eq!(watched.settled(), all);
    assert_eq!(watched.text("flat/copy.md"), watched.text("c.md"));
    fs::remove_file(watched.path("c.md")).unwrap();
    fs::remove_dir_all(watched.path("flat/er")).unwrap();
    assert_eq!(watched.settled(), ["flat/copy.md"]);
}

#[test]
fn a_changed_file_is_searchable_within_five_seconds() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let folder = TempDir::new().unwrap();
    // With the settings as they ship.
    let server = Server::start_with(data.path(), &[("FOOTNOTE__MODELS__GENERATOR", "false")]);
    let body = json!({ "path": folder.path().to_str().unwrap() });
    assert_eq!(server.post("/v1/sources", &body).0, 201);
    std::thread::sleep(Duration::from_millis(1_500));
    fs::write(folder.path().join("a.md"), "The quokka is in the shed.").unwrap();
    let written = Instant::now();
    let found = || {
        let request = json!({ "question": "quokka", "mode": "lexical" });
        let hits = server.post("/v1/search", &request).1;
        !hits["hits"].as_array().unwrap().is_empty()
    };
    while !found() {
        assert!(written.elapsed() < Duration::from_secs(5));
        std::thread::sleep(Duration::from_millis(50));
    }
    println!("searchable after {} ms", written.elapsed().as_millis());
}

#[test]
fn ignored_hidden_and_temporary_files_are_not_documents() {
    needs_models!();
    let watched = Watched::start_with(&json!({ "include": ["*.md"], "exclude": ["drafts/"] }));
    for name in [
        "a.md",
        "b.txt",
        ".c.md",
        "drafts/d.md",
        "~$e.md",
        "out/f.md",
    ] {
        watched.write(name, "Something to say.");
    }
    watched.write(".gitignore", "out/\n");
    watched.until(|drift| drift["in_sync"] == true);
    assert_eq!(watched.settled(), ["a.md"]);
    watched.write(".footnoteignore", "a.md\n");
    watched.write("g.md", "Something else.");
    assert_eq!(watched.settled(), ["g.md"]);
}

#[test]
fn links_never_lead_out_of_the_folder() {
    needs_models!();
    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("secret.md"), "The code is 4711.").unwrap();
    let watched = Watched::start_with(&json!({ "follow_symlinks": true }));
    watched.write("a.md", "Nothing to hide.");
    let link = |to: &Path, name| std::os::unix::fs::symlink(to, watched.path(name)).unwrap();
    link(outside.path(), "folder");
    link(&outside.path().join("secret.md"), "file.md");
    link(&watched.path("a.md"), "inside.md");
    assert_eq!(watched.settled(), ["a.md", "inside.md"]);
}

#[test]
fn a_file_that_is_being_written_is_left_until_it_is_whole() {
    needs_models!();
    let watched = Watched::start();
    let writing = Instant::now();
    let mut text = String::new();
    while writing.elapsed() < Duration::from_secs(2) {
        text.push_str("One more line. ");
        watched.write("a.md", &text);
        assert_eq!(watched.uris(), Vec::<String>::new());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(watched.settled(), ["a.md"]);
    assert_eq!(watched.text("a.md").trim(), text.trim());
}

#[test]
fn a_file_that_becomes_unreadable_keeps_its_last_good_version() {
    needs_models!();
    let watched = Watched::start();
    watched.write("a.md", "# Tea\n\nTea is served at four.");
    watched.settled();
    fs::copy(
        root().join("fixtures/broken/binary.bin"),
        watched.path("a.md"),
    )
    .unwrap();
    let drift = watched.until(|drift| drift["failed"][0]["uri"] == "a.md");
    assert_eq!(drift["in_sync"], false);
    assert_eq!(drift["stale"], json!(["a.md"]), "{drift:#}");
    assert!(drift["failed"][0]["error"]["code"].is_string());
    assert!(watched.text("a.md").contains("four"));
    let list = watched.server().get("/v1/documents").1;
    let warning = list["items"][0]["warnings"][0].as_str().unwrap();
    assert!(warning.starts_with("stale"), "{warning}");
    watched.write("a.md", "# Tea\n\nTea is served at four.");
    watched.settled();
}

#[test]
fn a_share_that_is_not_mounted_loses_no_document() {
    needs_models!();
    let watched = Watched::start();
    watched.write("sub/a.md", "Still here.");
    watched.settled();
    let away = watched.folder.path().with_extension("away");
    let sweep = format!("/v1/sources/{}/sweep", watched.id);
    fs::rename(watched.folder.path(), &away).unwrap();
    let (status, error) = watched.server().post(&sweep, &json!({}));
    assert_eq!(
        (status, &error["error"]["code"]),
        (503, &json!("unavailable"))
    );
    // What is in the place of a share before it is mounted.
    fs::create_dir(watched.folder.path()).unwrap();
    assert_eq!(watched.server().post(&sweep, &json!({})).0, 503);
    let source = watched
        .server()
        .get(&format!("/v1/sources/{}", watched.id))
        .1;
    assert_eq!(source["status"], "unavailable", "{source:#}");
    assert_eq!(watched.uris(), ["sub/a.md"]);
    fs::remove_dir(watched.folder.path()).unwrap();
    fs::rename(&away, watched.folder.path()).unwrap();
    assert_eq!(watched.server().post(&sweep, &json!({})).0, 200);
    assert_eq!(watched.settled(), ["sub/a.md"]);
    fs::remove_dir_all(watched.path("sub")).unwrap();
    assert_eq!(watched.settled(), Vec::<String>::new());
}

#[test]
fn what_changed_while_the_server_was_dead_is_found_at_its_start() {
    needs_models!();
    let mut watched = Watched::start();
    watched.write("a.md", "One.");
    watched.write("b.md", "Two.");
    watched.settled();
    watched.write("c.md", "Three.");
    watched.killed(|folder| {
        fs::remove_file(folder.join("a.md")).unwrap();
        fs::write(folder.join("b.md"), "Two and a half.").unwrap();
    });
    assert_eq!(watched.settled(), ["b.md", "c.md"]);
    assert!(watched.text("b.md").contains("half"));
    watched.write("d.md", "Four.");
    assert_eq!(watched.settled(), ["b.md", "c.md", "d.md"]);
}

#[test]
fn what_somebody_does_to_a_documents_name_is_mended_by_the_disk() {
    needs_models!();
    let watched = Watched::start();
    watched.write("a.md", "As on the disk.");
    watched.write("b.md", "Another one.");
    watched.settled();
    watched.server().put_text("a.md", "As uploaded.");
    let list = watched.server().get("/v1/documents?uri=b.md").1;
    let id = list["items"][0]["id"].as_str().unwrap();
    watched.server().delete(&format!("/v1/documents/{id}"));
    // A sweep that an earlier event asked for may have been here already.
    let sweep = format!("/v1/sources/{}/sweep", watched.id);
    let (status, report) = watched.server().post(&sweep, &json!({}));
    assert_eq!(status, 200, "{report:#}");
    assert_eq!(watched.settled(), ["a.md", "b.md"]);
    assert!(watched.text("a.md").contains("disk"));
}

#[test]
fn an_uploaded_document_is_not_overwritten_but_an_equal_one_is_adopted() {
    needs_models!();
    let watched = Watched::start();
    watched.server().put_text("same.md", "The same words.");
    watched.server().put_text("other.md", "Words of somebody.");
    watched.write("same.md", "The same words.");
    watched.write("other.md", "Words of the disk.");
    let drift = watched.until(|drift| drift["failed"][0]["uri"] == "other.md");
    assert_eq!(drift["failed"][0]["error"]["code"], "conflict");
    assert_eq!(drift["missing"], json!([]));
    assert!(watched.text("other.md").contains("somebody"));
    let source = format!("/v1/sources/{}", watched.id);
    watched.until(|_| watched.server().get(&source).1["files"]["ingested"] == 1);
    fs::remove_file(watched.path("same.md")).unwrap();
    watched.until(|_| watched.uris() == ["other.md"]);
    let list = watched.server().get("/v1/documents?uri=other.md").1;
    let id = list["items"][0]["id"].as_str().unwrap();
    watched.server().delete(&format!("/v1/documents/{id}"));
    let sweep = format!("/v1/sources/{}/sweep", watched.id);
    watched.server().post(&sweep, &json!({}));
    assert_eq!(watched.settled(), ["other.md"]);
    assert!(watched.text("other.md").contains("disk"));
}

#[test]
fn sources_are_listed_refused_and_deleted_with_their_documents() {
    needs_models!();
    let watched = Watched::start();
    watched.write("sub/a.md", "Something.");
    watched.settled();
    watched.server().put_text("mine.md", "Not of the folder.");
    let inside = watched.path("sub");
    let refused = |body: Value| watched.server().post("/v1/sources", &body);
    let (status, error) = refused(json!({ "path": inside.to_str().unwrap() }));
    assert_eq!((status, &error["error"]["code"]), (409, &json!("conflict")));
    assert_eq!(refused(json!({ "path": "relative" })).0, 400);
    assert_eq!(refused(json!({ "path": "/does/not/exist" })).0, 400);
    assert_eq!(refused(json!({ "path": "/", "glob": [] })).0, 400);
    let (status, error) = refused(json!({ "path": "/proc/self", "include": ["a{"] }));
    assert_eq!(status, 400, "{error:#}");
    let elsewhere = json!({ "path": inside.to_str().unwrap(), "collection": "nowhere" });
    assert_eq!(refused(elsewhere).0, 404);
    let list = watched.server().get("/v1/sources").1;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["status"], "idle", "{list:#}");
    assert_eq!(list["items"][0]["files"]["ingested"], 1);
    let one = format!("/v1/sources/{}", watched.id);
    let (status, body) = watched.server().delete(&one);
    let jobs = watched.server().get("/v1/jobs").1;
    assert_eq!(status, 204, "{body:#} {jobs:#}");
    assert_eq!(watched.server().get(&one).0, 404);
    assert_eq!(watched.server().delete(&one).0, 404);
    assert_eq!(watched.uris(), ["mine.md"]);
    assert!(watched.path("sub/a.md").exists());
}

#[test]
fn watch_once_catches_up_and_doctor_proves_it() {
    needs_models!();
    let (folder, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let path = folder.path().to_str().unwrap();
    fs::write(folder.path().join("a.md"), "The attic is dry.").unwrap();
    let once = || {
        let args = ["--json", "watch", path, "--once"];
        let output = footnote(data.path(), &args);
        let said = String::from_utf8(output.stdout).unwrap();
        let events: Vec<Value> = said
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        (output.status.code(), events)
    };
    let (code, events) = once();
    assert_eq!(code, Some(0), "{events:#?}");
    assert_eq!(events[0]["event"], "source");
    assert_eq!(events.last().unwrap()["drift"]["in_sync"], true);
    assert!(succeed(data.path(), &["doctor"]).contains("equals its documents"));
    fs::copy(
        root().join("fixtures/broken/binary.bin"),
        folder.path().join("b.md"),
    )
    .unwrap();
    let doctor = footnote(data.path(), &["doctor"]);
    assert_eq!(doctor.status.code(), Some(3));
    let (code, events) = once();
    assert_eq!(code, Some(3));
    let drift = &events.last().unwrap()["drift"];
    assert_eq!(drift["failed"][0]["uri"], "b.md", "{drift:#}");
    let listed = succeed(data.path(), &["sources", "list"]);
    let id = listed.split('\t').next().unwrap();
    assert_eq!(
        footnote(data.path(), &["sources", "drift", id])
            .status
            .code(),
        Some(3)
    );
    succeed(data.path(), &["sources", "delete", id]);
    assert_eq!(succeed(data.path(), &["sources", "list"]), "");
    assert_eq!(succeed(data.path(), &["documents", "list"]), "");
}
