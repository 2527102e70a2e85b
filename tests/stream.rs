//! Streamed answers: what comes in which order, that the last event is the answer without
//! `stream`, and that nobody works for a client that has left.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, corpus, needs_models, questions, root, succeed, timeless, worded};

/// The events of a streamed answer, comments left out.
fn events(text: &str) -> Vec<(String, Value)> {
    let blocks = text.split("\n\n").filter(|block| block.contains("event:"));
    let event = |block: &str| {
        let field = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("no `{name}` in {block}"))
                .trim()
                .to_owned()
        };
        (
            field("event:"),
            serde_json::from_str(&field("data:")).unwrap(),
        )
    };
    blocks.map(event).collect()
}

pub(crate) fn stream(server: &Server, mut request: Value) -> Vec<(String, Value)> {
    request["stream"] = true.into();
    let (status, body) = server.post("/v1/ask", &request);
    assert_eq!(status, 200, "{body:#}");
    events(body.as_str().unwrap())
}

/// Checks one stream against the same question without; returns the kind of answer.
fn check(server: &Server, question: &str, mode: &str) -> String {
    let request = json!({ "question": question, "mode": mode });
    let streamed = stream(server, request.clone());
    let (_, whole) = server.post("/v1/ask", &request);
    let names: Vec<&str> = streamed.iter().map(|(name, _)| name.as_str()).collect();
    let of = |name: &str| &streamed.iter().find(|(n, _)| n == name).unwrap().1;
    assert_eq!(timeless(of("answer").clone()), timeless(whole.clone()));
    assert!(of("answer")["timings_ms"]["total"].is_u64());
    assert_eq!(
        of("meta"),
        &json!({ "id": whole["id"], "trace_id": whole["trace_id"] })
    );
    assert_eq!(of("done"), &json!({}));
    assert_eq!(
        of("passages")["sources"].as_array().unwrap().len(),
        whole["sources"].as_array().unwrap().len()
    );
    if whole["status"] == "abstained" {
        assert_eq!(names, ["meta", "passages", "answer", "done"], "{question}");
        return "abstained".to_owned();
    }
    let claims: Vec<&Value> = (streamed.iter().filter(|(name, _)| name == "claim"))
        .map(|(_, data)| data)
        .collect();
    let generated = whole["kind"] == "generated";
    let told = if generated {
        whole["claims"].as_array().unwrap().len()
    } else {
        0
    };
    let mut expected = vec!["meta", "passages", "extractive"];
    expected.extend(std::iter::repeat_n("claim", told));
    expected.extend(["answer", "done"]);
    assert_eq!(names, expected, "{question}");
    for (claim, kept) in claims.iter().zip(whole["claims"].as_array().unwrap()) {
        assert_eq!(&claim["claim"], kept);
        assert_eq!(claim["claim"]["verdict"], "supported");
        for (citation, n) in (claim["citations"].as_array().unwrap().iter())
            .zip(kept["citations"].as_array().unwrap())
        {
            assert_eq!(&citation["n"], n);
            assert!(whole["citations"].as_array().unwrap().contains(citation));
        }
    }
    let quoted = of("extractive");
    assert_eq!(
        (&quoted["final"], &quoted["kind"]),
        (&json!(false), &json!("extractive"))
    );
    assert_eq!(quoted["id"], whole["id"]);
    let (_, quotes) = server.post(
        "/v1/ask",
        &json!({ "question": question, "mode": "extractive" }),
    );
    for part in ["answer", "claims", "citations", "confidence", "sources"] {
        assert_eq!(quoted[part], quotes[part], "{question}: {part}");
    }
    whole["kind"].as_str().unwrap().to_owned()
}

#[test]
fn a_stream_tells_the_quotes_first_and_ends_with_the_whole_answer() {
    needs_models!();
    let server = corpus();
    let mut kinds: Vec<String> = (questions().iter().step_by(4))
        .map(|case| check(server, &case.question, "auto"))
        .collect();
    kinds.push(check(server, &questions()[0].question, "extractive"));
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, ["abstained", "extractive", "generated"]);
}

#[test]
fn what_fails_before_the_first_event_is_an_error_like_any_other() {
    needs_models!();
    let request = json!({ "question": "When?", "stream": true, "collection": "nowhere" });
    let (status, body) = corpus().post("/v1/ask", &request);
    assert_eq!((status, &body["error"]["code"]), (404, &json!("not_found")));
    let data = TempDir::new().unwrap();
    let server = Server::start_with(data.path(), &[("FOOTNOTE__MODELS__GENERATOR", "false")]);
    let request = json!({ "question": "When?", "stream": true, "mode": "generate" });
    let (status, body) = server.post("/v1/ask", &request);
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &json!("unavailable"))
    );
}

/// A server whose log is kept in the file `log`.
pub(crate) fn logged(data: &Path, log: &Path, settings: &[(&str, &str)]) -> Server {
    let keep = r#"exec "$@" 2> >(tee "$KEPT_LOG" >&2)"#;
    let mut settings = settings.to_vec();
    settings.push(("KEPT_LOG", log.to_str().unwrap()));
    Server::start_inside(&["bash", "-c", keep, "logged"], data, &settings)
}

/// Asks over a connection of its own.
pub(crate) fn connect(server: &Server, request: &Value) -> TcpStream {
    let address = server.url.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).unwrap();
    let body = request.to_string();
    let head = format!(
        "POST /v1/ask HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all((head + &body).as_bytes()).unwrap();
    connection
}

fn read_until(connection: &mut TcpStream, sign: &str) {
    let (mut seen, mut buffer) = (String::new(), [0; 1024]);
    while !seen.contains(sign) {
        let read = connection.read(&mut buffer).unwrap();
        assert!(read > 0, "the stream ended before `{sign}`: {seen}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
}

/// Answers whose writing was stopped, according to the log.
fn stopped(log: &Path) -> usize {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.matches("nobody waits for the answer").count()
}

/// Leaves in the middle of answers until the log says `enough` were stopped.
fn leave_until(server: &Server, log: &Path, enough: usize, leave: impl Fn(&Server, &str, u64)) {
    let deadline = Instant::now() + Duration::from_secs(60);
    let questions = questions();
    for round in 0.. {
        if stopped(log) >= enough {
            return;
        }
        assert!(Instant::now() < deadline, "no answer was stopped");
        let question = &questions[round % 40].question;
        leave(server, question, round as u64);
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn nobody_writes_for_a_client_that_has_left() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let folder = root().join("fixtures/corpus");
    succeed(data.path(), &["ingest", folder.to_str().unwrap()]);
    let log = data.path().join("server.log");
    let server = logged(data.path(), &log, &[]);
    leave_until(&server, &log, 3, |server, question, _| {
        let request = json!({ "question": question, "stream": true });
        read_until(&mut connect(server, &request), "event: extractive");
    });
    // Without a stream nothing shows when the writing begins: leave a little later each time.
    leave_until(&server, &log, 4, |server, question, round| {
        let connection = connect(server, &json!({ "question": question }));
        std::thread::sleep(Duration::from_millis(20 * (round % 20)));
        drop(connection);
    });
    assert_eq!(check(&server, &worded(&server).0, "auto"), "generated");
}

#[test]
fn a_stream_counts_as_a_request_until_it_ends() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let folder = root().join("fixtures/corpus");
    succeed(data.path(), &["ingest", folder.to_str().unwrap()]);
    let one = [("FOOTNOTE__LIMITS__MAX_CONCURRENT_REQUESTS", "1")];
    let server = Server::start_with(data.path(), &one);
    let deadline = Instant::now() + Duration::from_secs(60);
    let refused = (questions().iter().take(40)).any(|case| {
        let request = json!({ "question": case.question, "stream": true });
        let mut connection = connect(&server, &request);
        read_until(&mut connection, "event: extractive");
        let refused = server.get("/v1/documents").0 == 429;
        drop(connection);
        while server.get("/v1/documents").0 == 429 {
            assert!(Instant::now() < deadline, "the place was not given back");
        }
        refused
    });
    assert!(refused);
}

#[test]
fn when_the_model_is_busy_quotes_are_the_answer_or_the_request_is_refused() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let folder = root().join("fixtures/corpus");
    succeed(data.path(), &["ingest", folder.to_str().unwrap()]);
    let server = Server::start_with(data.path(), &[("FOOTNOTE__MODELS__GENERATOR_QUEUE", "1")]);
    let (question, _) = worded(&server);
    let all = |mode: &str| -> Vec<(u16, Value)> {
        let request = json!({ "question": question, "mode": mode });
        std::thread::scope(|scope| {
            let asking = [(); 8].map(|()| scope.spawn(|| server.post("/v1/ask", &request)));
            asking.map(|one| one.join().unwrap()).into()
        })
    };
    let answers = all("auto");
    assert!(
        answers.iter().all(|(status, _)| *status == 200),
        "{answers:#?}"
    );
    let kind = |kind: &str| answers.iter().find(|(_, answer)| answer["kind"] == kind);
    let (written, quoted) = (
        &kind("generated").unwrap().1,
        &kind("extractive").unwrap().1,
    );
    assert_ne!(written["id"], quoted["id"]);
    let id = quoted["id"].as_str().unwrap();
    let (_, kept) = server.get(&format!("/v1/answers/{id}"));
    assert_eq!(kept["receipt"]["trace"]["busy"], true);
    let (_, replayed) = server.post(&format!("/v1/answers/{id}/replay"), &json!({}));
    assert_eq!(replayed["identical"], true, "{replayed:#}");
    let refused = all("generate")
        .into_iter()
        .find(|(status, _)| *status == 429);
    assert_eq!(refused.unwrap().1["error"]["code"], "overloaded");
}
