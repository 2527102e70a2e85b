//! What the contract promises of every answer, checked from outside.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Server;

/// Canonical texts by document id, fetched once each.
#[derive(Default)]
pub(crate) struct Texts(BTreeMap<String, Vec<char>>);

impl Texts {
    fn slice(&mut self, server: &Server, id: &str, start: usize, end: usize) -> String {
        let text = self.0.entry(id.to_owned()).or_insert_with(|| {
            let (status, body) = server.get(&format!("/v1/documents/{id}/text"));
            assert_eq!(status, 200);
            body["text"].as_str().unwrap().chars().collect()
        });
        text[start..end].iter().collect()
    }
}

/// The contract's promises about one answer.
pub(crate) fn keeps_its_promises(server: &Server, texts: &mut Texts, answer: &Value) {
    let citations = answer["citations"].as_array().unwrap();
    for citation in citations {
        let at = |field: &str| usize::try_from(citation[field].as_u64().unwrap()).unwrap();
        let id = citation["document_id"].as_str().unwrap();
        let slice = texts.slice(server, id, at("start_char_index"), at("end_char_index"));
        assert_eq!(
            slice,
            citation["cited_text"].as_str().unwrap(),
            "{answer:#}"
        );
    }
    let text: Vec<char> = answer["answer"].as_str().unwrap().chars().collect();
    let mut covered = 0;
    for claim in answer["claims"].as_array().unwrap() {
        let at = |field: &str| usize::try_from(claim[field].as_u64().unwrap()).unwrap();
        let slice: String = text[at("start")..at("end")].iter().collect();
        assert_eq!(slice, claim["text"].as_str().unwrap());
        let markers: String = claim["citations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| format!("[{n}]"))
            .collect();
        assert!(
            !markers.is_empty(),
            "a sentence without a citation: {answer:#}"
        );
        let after: String = text[at("end")..]
            .iter()
            .take(markers.chars().count())
            .collect();
        assert_eq!(after, markers);
        assert_eq!(claim["verdict"], "supported");
        covered += slice.chars().count() + markers.chars().count();
    }
    let spaces = answer["claims"].as_array().unwrap().len().saturating_sub(1);
    assert_eq!(
        covered + spaces,
        text.len(),
        "the answer has text outside its claims"
    );
    let reason = &answer["reason"];
    assert!(
        reason.is_object() || answer["status"] == "answered",
        "{answer:#}"
    );
    let reserved = reason.is_object() && answer["status"] == "answered";
    assert!(!reserved || answer["kind"] == "extractive", "{answer:#}");
    assert_eq!(answer["status"] == "abstained", text.is_empty());
}
