//! Stopping: work in flight finishes or is redone, and a client that goes away harms nobody.

use std::io::Write;
use std::net::TcpStream;

use serde_json::json;
use tempfile::TempDir;

use crate::support::{Server, needs_models, succeed};

#[test]
fn jobs_cut_off_by_a_stop_are_done_at_the_next_start() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path());
    for i in 0..12 {
        let text = format!(
            "Memo {i}. {}",
            "The pump room is locked at night. ".repeat(60)
        );
        let body = json!({ "uri": format!("{i}.txt"), "text": text });
        assert_eq!(server.post("/v1/documents", &body).0, 202);
    }
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let again = Server::start(data.path());
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while again.get("/v1/documents").1["items"]
        .as_array()
        .unwrap()
        .len()
        < 12
    {
        assert!(
            std::time::Instant::now() < deadline,
            "{:#}",
            again.get("/v1/jobs").1
        );
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    drop(again);
    succeed(data.path(), &["doctor"]);
}

#[test]
fn a_request_in_flight_is_answered_before_the_server_stops() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path());
    server.put_text("a.txt", "The boiler is serviced every March.");
    let (status, answer) = std::thread::scope(|scope| {
        let asked = scope.spawn(|| {
            server.post(
                "/v1/ask",
                &json!({ "question": "When is the boiler serviced?" }),
            )
        });
        std::thread::sleep(std::time::Duration::from_millis(60));
        server.signal("TERM");
        asked.join().unwrap()
    });
    assert_eq!(
        (status, &answer["status"]),
        (200, &json!("answered")),
        "{answer:#}"
    );
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn a_client_that_leaves_stops_nobody_else() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path());
    server.put_text("a.txt", "The boiler is serviced every March.");
    let address = server.url.strip_prefix("http://").unwrap();
    for _ in 0..10 {
        let mut socket = TcpStream::connect(address).unwrap();
        let body = r#"{"question":"When is the boiler serviced?"}"#;
        let head = format!(
            "POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(head.as_bytes()).unwrap();
        drop(socket);
        let mut half = TcpStream::connect(address).unwrap();
        half.write_all(
            b"POST /v1/documents HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{\"uri\"",
        )
        .unwrap();
    }
    let (status, answer) = server.post(
        "/v1/ask",
        &json!({ "question": "When is the boiler serviced?" }),
    );
    assert_eq!(
        (status, &answer["status"]),
        (200, &json!("answered")),
        "{answer:#}"
    );
    assert_eq!(
        server.get("/v1/documents").1["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
