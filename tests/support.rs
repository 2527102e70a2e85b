//! Starts the binary, talks to it, and reads the fixtures. A server ends with the test process
//! whatever happens: it runs under a shell that waits on a pipe this process holds.

pub(crate) mod promises;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use footnote_eval::questions::Case;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_footnote");

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Ends the test early, visibly, when the model files are not there.
macro_rules! needs_models {
    () => {
        if !$crate::support::models_present() {
            println!("skipped: model files are missing; run `footnote models pull`");
            return;
        }
    };
}
pub(crate) use needs_models;

pub(crate) fn models_present() -> bool {
    static PRESENT: OnceLock<bool> = OnceLock::new();
    *PRESENT.get_or_init(|| {
        let listed = Command::new(BINARY)
            .args(["--json", "models", "list"])
            .output()
            .unwrap();
        let list: Value = serde_json::from_slice(&listed.stdout).unwrap();
        let all = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["status"] == "present");
        assert!(
            all || std::env::var_os("FOOTNOTE_MODELS_REQUIRED").is_none(),
            "FOOTNOTE_MODELS_REQUIRED is set and models are missing: {list:#}"
        );
        all
    })
}

/// A running server.
pub(crate) struct Server {
    pub(crate) url: String,
    child: Child,
    /// Closing it ends the server.
    leash: Option<ChildStdin>,
    /// Process id of the server itself.
    pub(crate) pid: u32,
}

impl Server {
    /// Serves `data` and waits until it is ready.
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// The same, with environment variables for settings.
    pub(crate) fn start_with(data: &Path, settings: &[(&str, &str)]) -> Self {
        Self::start_inside(&["env"], data, settings)
    }

    /// The same, run by another program that is given the command line.
    pub(crate) fn start_inside(outer: &[&str], data: &Path, settings: &[(&str, &str)]) -> Self {
        // Background commands of a shell do not see its input unless it is handed to them.
        let script = r#"
            exec 3<&0
            "$@" 3<&- & server=$!
            echo "pid $server" >&2
            (cat <&3 >/dev/null; kill -9 $server 2>/dev/null) &
            exec 3<&-
            wait $server"#;
        let mut child = Command::new("bash")
            .args(["-c", script, "leash"])
            .args(outer)
            .args([BINARY, "--data"])
            .arg(data)
            .args(["serve", "--listen", "127.0.0.1:0"])
            // What was found out about the model on this machine is not what is tested.
            .env("FOOTNOTE__MODELS__USE_CARD", "false")
            .envs(settings.iter().copied())
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let leash = child.stdin.take();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (mut pid, mut url, mut said) = (0, String::new(), String::new());
        while url.is_empty() {
            let Some(Ok(line)) = lines.next() else {
                panic!("the server did not start:\n{said}");
            };
            if let Some(id) = line.strip_prefix("pid ") {
                pid = id.parse().unwrap();
            }
            if let Some(at) = line.strip_prefix("footnote is listening on ") {
                url = at.to_owned();
            }
            said.push_str(&line);
            said.push('\n');
        }
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let server = Self {
            url,
            child,
            leash,
            pid,
        };
        server.wait_until_ready();
        server
    }

    fn wait_until_ready(&self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.get("/readyz").0 != 200 {
            assert!(
                Instant::now() < deadline,
                "the server is not ready after a minute"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn get(&self, path: &str) -> (u16, Value) {
        self.send(ureq::http::Method::GET, path, None)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send(ureq::http::Method::POST, path, Some(body.to_string()))
    }

    pub(crate) fn delete(&self, path: &str) -> (u16, Value) {
        self.send(ureq::http::Method::DELETE, path, None)
    }

    /// Sends `body` as JSON, whatever it is.
    pub(crate) fn send(
        &self,
        method: ureq::http::Method,
        path: &str,
        body: Option<String>,
    ) -> (u16, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .body(body.unwrap_or_default())
            .unwrap();
        let mut response = agent.run(request).unwrap();
        let text = response
            .body_mut()
            .with_config()
            .limit(1 << 30)
            .read_to_string()
            .unwrap();
        let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (response.status().as_u16(), value)
    }

    /// Stores a text and waits for it.
    pub(crate) fn put_text(&self, uri: &str, text: &str) -> Value {
        let body = json!({ "uri": uri, "text": text });
        let (status, answer) = self.post("/v1/documents?wait=true", &body);
        assert!(matches!(status, 200 | 201), "{status} {answer:#}");
        answer
    }

    /// Sends the server a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.pid.to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Waits until the server process has ended; returns its exit code.
    pub(crate) fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.leash.take());
        let _ = self.child.wait();
    }
}

/// Runs `footnote --data DATA ARGS` to its end.
pub(crate) fn footnote(data: &Path, args: &[&str]) -> Output {
    Command::new(BINARY)
        .arg("--data")
        .arg(data)
        .args(args)
        .env("FOOTNOTE__MODELS__USE_CARD", "false")
        .output()
        .unwrap()
}

/// The same, which must succeed; returns stdout.
#[track_caller]
pub(crate) fn succeed(data: &Path, args: &[&str]) -> String {
    let output = footnote(data, args);
    assert!(
        output.status.success(),
        "{args:?}: {:?}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// A server over the fixture corpus, shared by tests that only read.
pub(crate) fn corpus() -> &'static Server {
    static SHARED: OnceLock<(Server, TempDir)> = OnceLock::new();
    let (server, _) = SHARED.get_or_init(|| {
        let data = TempDir::new().unwrap();
        succeed(
            data.path(),
            &["ingest", root().join("fixtures/corpus").to_str().unwrap()],
        );
        (Server::start(data.path()), data)
    });
    server
}

/// The fixture questions.
pub(crate) fn questions() -> Vec<Case> {
    let text = std::fs::read_to_string(root().join("fixtures/questions.jsonl")).unwrap();
    footnote_eval::questions::read(&text).unwrap()
}

/// The first fixture question that the language model of `server` words the answer of, and
/// that answer.
pub(crate) fn worded(server: &Server) -> (String, Value) {
    let answered = questions().into_iter().map(|case| {
        let (_, answer) = server.post("/v1/ask", &json!({ "question": case.question }));
        (case.question, answer)
    });
    let mut worded = answered.filter(|(_, answer)| answer["kind"] == "generated");
    worded.next().unwrap()
}

/// Text with runs of white space folded to one space: PDF and HTML wrap lines freely.
pub(crate) fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An answer without what may differ between two runs of the same question.
pub(crate) fn timeless(mut answer: Value) -> Value {
    answer.as_object_mut().unwrap().remove("timings_ms");
    answer
}
