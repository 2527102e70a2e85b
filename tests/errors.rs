//! Bad input: each kind gets its code, a message and a hint, in one shape; the service stays
//! up and nothing stored changes.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, corpus, needs_models};

#[track_caller]
fn refused(answer: (u16, Value), status: u16, code: &str) -> Value {
    let (got, body) = answer;
    assert_eq!(
        (got, body["error"]["code"].as_str()),
        (status, Some(code)),
        "{body:#}"
    );
    for field in ["message", "hint", "request_id"] {
        assert!(
            !body["error"][field].as_str().unwrap_or_default().is_empty(),
            "{body:#}"
        );
    }
    body["error"].clone()
}

#[test]
fn malformed_requests_name_what_is_wrong() {
    needs_models!();
    let server = corpus();
    let before = server.get("/v1/documents?limit=500").1;
    let post = |path: &str, body: Value| server.post(path, &body);
    let raw = server.send(
        ureq::http::Method::POST,
        "/v1/search",
        Some("{\"question\":".into()),
    );
    refused(raw, 400, "invalid_request");
    let unknown = post("/v1/search", json!({ "question": "x", "colection": "y" }));
    let error = refused(unknown, 400, "invalid_request");
    assert!(error["message"].as_str().unwrap().contains("colection"));
    for k in [0, 10_000] {
        let error = refused(
            post("/v1/search", json!({ "question": "x", "k": k })),
            400,
            "invalid_request",
        );
        assert!(error["message"].as_str().unwrap().contains("`k`"));
    }
    let long = "why ".repeat(25_000);
    refused(
        post("/v1/ask", json!({ "question": long })),
        400,
        "invalid_request",
    );
    refused(
        post("/v1/ask", json!({ "question": "  " })),
        400,
        "invalid_request",
    );
    refused(
        post("/v1/ask", json!({ "question": "x", "stream": "yes" })),
        400,
        "invalid_request",
    );
    refused(
        post("/v1/ask", json!({ "question": "x", "max_claims": 0 })),
        400,
        "invalid_request",
    );
    refused(
        post("/v1/ask", json!({ "question": "x", "mode": "guess" })),
        400,
        "invalid_request",
    );
    refused(
        post(
            "/v1/ask",
            json!({ "question": "x", "collection": "nowhere" }),
        ),
        404,
        "not_found",
    );
    refused(
        post("/v1/verify", json!({ "text": "x" })),
        400,
        "invalid_request",
    );
    for filter in [
        json!("title = 'x'"),
        json!({ "field": "title; DROP TABLE", "op": "eq", "value": 1 }),
        json!({ "field": "title", "op": "like", "value": "x" }),
        json!({ "and": [{ "field": "title" }] }),
    ] {
        refused(
            post("/v1/search", json!({ "question": "x", "filter": filter })),
            400,
            "invalid_request",
        );
    }
    assert_eq!(server.get("/v1/documents?limit=500").1, before);
}

#[test]
fn odd_questions_are_answered_by_abstaining() {
    needs_models!();
    let server = corpus();
    for question in [
        "the of and a",
        "\u{1F600}\u{1F680}\u{1F525}",
        "\u{202E}\u{0000}x",
        "?????",
    ] {
        let (status, answer) = server.post("/v1/ask", &json!({ "question": question }));
        assert_eq!(
            (status, &answer["status"]),
            (200, &json!("abstained")),
            "{question}: {answer:#}"
        );
        let (status, _) = server.post("/v1/search", &json!({ "question": question }));
        assert_eq!(status, 200, "{question}");
    }
}

#[test]
fn what_does_not_exist_is_not_found() {
    needs_models!();
    let server = corpus();
    for path in [
        "/v1/documents/doc_x",
        "/v1/documents/doc_00000000000000000000000000000000",
        "/v1/documents/..%2F..%2Fetc%2Fpasswd/content",
        "/v1/jobs/job_1",
        "/v1/answers/ans_1",
        "/v1/collections/nowhere",
        "/v1/nothing",
        "/",
    ] {
        refused(server.get(path), 404, "not_found");
    }
    refused(server.delete("/v1/search"), 404, "not_found");
    refused(server.get("/v1/documents?limit=0"), 400, "invalid_request");
    refused(
        server.get("/v1/documents?cursor=zz"),
        400,
        "invalid_request",
    );
    refused(server.get("/v1/jobs?state=lost"), 400, "invalid_request");
}

#[test]
fn bad_documents_are_refused_before_they_are_queued() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let settings = [("FOOTNOTE__LIMITS__MAX_DOCUMENT_BYTES", "1000")];
    let server = Server::start_with(data.path(), &settings);
    let put = |body: Value| server.post("/v1/documents", &body);
    refused(
        put(json!({ "uri": "a.txt", "text": "x".repeat(1001) })),
        413,
        "document_too_large",
    );
    refused(
        put(json!({ "uri": "a.txt", "text": "" })),
        422,
        "unreadable_document",
    );
    refused(
        put(json!({ "uri": " ", "text": "x" })),
        400,
        "invalid_request",
    );
    refused(put(json!({ "text": "x" })), 400, "invalid_request");
    refused(
        put(json!({ "uri": "a.txt", "text": "x", "metadata": 3 })),
        400,
        "invalid_request",
    );
    refused(
        put(json!({ "uri": "a.txt", "text": "x", "collection": "nowhere" })),
        404,
        "not_found",
    );
    assert_eq!(server.get("/v1/jobs").1["items"], json!([]));
    assert_eq!(server.get("/v1/documents").1["items"], json!([]));
}

#[test]
fn a_full_queue_says_when_to_come_back() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let server = Server::start_with(data.path(), &[("FOOTNOTE__LIMITS__MAX_QUEUED_JOBS", "2")]);
    let text = "The depot keeps spare parts. ".repeat(400);
    let mut overloaded = None;
    for i in 0..40 {
        let body = json!({ "uri": format!("{i}.txt"), "text": format!("{i} {text}") });
        let answer = server.post("/v1/documents", &body);
        if answer.0 == 429 {
            overloaded = Some(answer);
            break;
        }
        assert_eq!(answer.0, 202);
    }
    refused(
        overloaded.expect("the queue never filled"),
        429,
        "overloaded",
    );
    assert_eq!(server.get("/healthz").0, 200);
}

#[test]
fn collections_keep_documents_apart() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path());
    let (status, _) = server.post("/v1/collections", &json!({ "name": "hr" }));
    assert_eq!(status, 201);
    refused(
        server.post("/v1/collections", &json!({ "name": "hr" })),
        409,
        "conflict",
    );
    refused(
        server.post("/v1/collections", &json!({ "name": "../x" })),
        400,
        "invalid_request",
    );
    let body = json!({ "uri": "a.txt", "text": "The kettle is blue.", "collection": "hr" });
    assert_eq!(server.post("/v1/documents?wait=true", &body).0, 201);
    let found = |collection: &str| {
        let request = json!({ "question": "kettle", "collection": collection });
        server.post("/v1/search", &request).1["hits"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((found("hr"), found("default")), (1, 0));
    refused(server.delete("/v1/collections/default"), 409, "conflict");
    assert_eq!(server.delete("/v1/collections/hr").0, 204);
    refused(server.get("/v1/collections/hr"), 404, "not_found");
    assert_eq!(server.get("/v1/documents").1["items"], json!([]));
}
