//! The fixture files: every good one goes in, every broken one gets its code and changes
//! nothing.

use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Server, corpus, folded, needs_models, questions, root};

/// Uploads a file as a browser or curl would.
fn upload(server: &Server, path: &std::path::Path, query: &str) -> (u16, Value) {
    let output = Command::new("curl")
        .args(["-sS", "-w", "\n%{http_code}", "-F"])
        .arg(format!("file=@{}", path.display()))
        .arg(format!("{}/v1/documents{query}", server.url))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (body, status) = text.rsplit_once('\n').unwrap();
    (status.parse().unwrap(), serde_json::from_str(body).unwrap())
}

#[test]
fn broken_files_get_their_code_and_change_nothing() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path());
    server.put_text("notes.md", "# Notes\n\nThe kettle is in the east kitchen.");
    let before = server.get("/v1/documents").1;
    let expected = std::fs::read_to_string(root().join("fixtures/broken/expected.jsonl")).unwrap();
    for line in expected.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let name = case["file"].as_str().unwrap();
        let path = root().join("fixtures/broken").join(name);
        let (status, body) = upload(&server, &path, "?wait=true");
        // A bomb may be refused for its size before anybody knows that it is damaged.
        let bomb = name.starts_with("zip-bomb") && body["error"]["code"] == "document_too_large";
        assert!(
            bomb || body["error"]["code"] == case["code"],
            "{name}: {status} {body:#}"
        );
        for field in ["message", "hint", "request_id"] {
            assert!(
                !body["error"][field].as_str().unwrap().is_empty(),
                "{name}: {field}"
            );
        }
    }
    assert_eq!(server.get("/v1/documents").1, before);
    assert_eq!(server.get("/readyz").0, 200);
}

#[test]
fn an_uploaded_file_comes_back_byte_for_byte() {
    needs_models!();
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path());
    let path = root().join("fixtures/corpus/support/warranty-terms.pdf");
    let (status, body) = upload(&server, &path, "?wait=true");
    assert_eq!(status, 201, "{body:#}");
    assert_eq!(body["document"]["media_type"], "application/pdf");
    assert_eq!(body["document"]["pages"], 1);
    let id = body["document"]["id"].as_str().unwrap();
    let url = format!("{}/v1/documents/{id}/content", server.url);
    let content = Command::new("curl")
        .args(["-sS", &url])
        .output()
        .unwrap()
        .stdout;
    assert_eq!(content, std::fs::read(path).unwrap());
}

/// The gold of the questions must be findable at all: each quote stands, white space aside, in
/// the canonical text of its document.
#[test]
fn every_gold_quote_stands_in_its_documents_text() {
    needs_models!();
    let server = corpus();
    let mut missing = Vec::new();
    for question in questions() {
        for evidence in &question.evidence {
            let list = server
                .get(&format!("/v1/documents?uri={}", evidence.document))
                .1;
            let id = list["items"][0]["id"].as_str().unwrap_or_default();
            let text = server.get(&format!("/v1/documents/{id}/text")).1;
            let text = folded(text["text"].as_str().unwrap_or_default());
            if !text.contains(&folded(&evidence.quote)) {
                missing.push(format!(
                    "{}: {} \u{201c}{}\u{201d}",
                    question.id, evidence.document, evidence.quote
                ));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn all_formats_are_ingested_with_titles_and_pages() {
    needs_models!();
    let list = corpus().get("/v1/documents?limit=500").1;
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 41);
    for item in items {
        assert!(item["chunks"].as_u64().unwrap() > 0, "{item:#}");
        assert!(!item["title"].as_str().unwrap().is_empty(), "{item:#}");
        let pdf = item["media_type"] == "application/pdf";
        assert_eq!(pdf, item["pages"].is_u64(), "{item:#}");
    }
    let manual = items
        .iter()
        .find(|i| i["uri"] == "products/rl-8-field-service-manual.pdf");
    assert_eq!(manual.unwrap()["pages"], 25);
}
