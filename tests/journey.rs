//! The whole way, over the fixture handbook: what is cited is stored text, every sentence is
//! cited, the same question gives the same bytes, and the answers are good enough.

use footnote_eval::answers::score::score;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::promises::{Texts, keeps_its_promises};
use crate::support::{Server, corpus, needs_models, questions, root, succeed, timeless};

fn ask(server: &Server, question: &str, mode: &str) -> Value {
    let (status, answer) = server.post("/v1/ask", &json!({ "question": question, "mode": mode }));
    assert_eq!(status, 200, "{question}: {answer:#}");
    answer
}

#[test]
fn every_answer_keeps_the_promises_and_enough_of_them_are_right() {
    needs_models!();
    let server = corpus();
    let mut texts = Texts::default();
    let (mut single, mut multi, mut refused) = (Vec::new(), 0, Vec::new());
    for question in questions() {
        let answer = ask(server, &question.question, "auto");
        keeps_its_promises(server, &mut texts, &answer);
        let right = score(&question, &serde_json::from_value(answer).unwrap()).is_right();
        match question.evidence.len() {
            0 => refused.push((question.id, right)),
            1 => single.push((question.id, right)),
            _ => multi += usize::from(right),
        }
    }
    let right = single.iter().filter(|(_, right)| *right).count();
    let abstained = refused.iter().filter(|(_, abstained)| *abstained).count();
    println!("right quote {right}/50, both quotes of two {multi}/10, abstained {abstained}/20");
    let wrong = |list: &[(String, bool)]| {
        let wrong: Vec<String> = list.iter().filter(|x| !x.1).map(|x| x.0.clone()).collect();
        wrong.join(" ")
    };
    assert!(
        right >= 36,
        "only {right} of 50 cite the right quote; wrong: {}",
        wrong(&single)
    );
    assert!(
        abstained >= 15,
        "only {abstained} of 20 abstain; answered: {}",
        wrong(&refused)
    );
}

#[test]
fn the_same_question_gives_the_same_bytes_also_after_a_restart() {
    needs_models!();
    let data = TempDir::new().unwrap();
    succeed(
        data.path(),
        &["ingest", root().join("fixtures/corpus").to_str().unwrap()],
    );
    let run = |server: &Server, mode: &str| -> Vec<String> {
        let all = questions();
        // Writing takes a second each: every fourth question is enough to see a difference.
        let chosen = all
            .iter()
            .enumerate()
            .filter(|(i, _)| mode == "extractive" || i % 4 == 0);
        chosen
            .map(|(_, q)| timeless(ask(server, &q.question, mode)).to_string())
            .collect()
    };
    let first = Server::start(data.path());
    let before = (run(&first, "extractive"), run(&first, "auto"));
    assert_eq!(before, (run(&first, "extractive"), run(&first, "auto")));
    drop(first);
    let second = Server::start(data.path());
    assert_eq!(before, (run(&second, "extractive"), run(&second, "auto")));
}

#[test]
fn an_answer_can_be_read_again_with_its_receipt() {
    needs_models!();
    let server = corpus();
    let answer = ask(
        server,
        "After how many failed attempts does my account lock?",
        "extractive",
    );
    let (status, kept) = server.get(&format!("/v1/answers/{}", answer["id"].as_str().unwrap()));
    assert_eq!(status, 200);
    assert_eq!(timeless(kept["answer"].clone()), timeless(answer.clone()));
    let trace = &kept["receipt"]["trace"];
    assert_eq!(trace["search"]["index_version"], answer["index_version"]);
    assert!(!trace["search"]["vector"].as_array().unwrap().is_empty());
    assert!(!trace["search"]["lexical"].as_array().unwrap().is_empty());
    assert!(trace["signals"]["cosine"].as_f64().unwrap() > 0.0);
}

/// The lexical score as a reader of the trace works it out.
fn lexical_score(row: &Value, counts: &Value) -> f64 {
    let number = |value: &Value| value.as_f64().unwrap();
    let length = number(&counts["words"]) / number(&row["mean_words"]);
    let (k1, b) = (number(&row["k1"]), number(&row["b"]));
    let norm = k1 * (1.0 - b + b * length);
    let sum = |kind: &str| -> f64 {
        let worths = row[kind].as_array().unwrap().iter().map(|w| number(&w[1]));
        let counts = counts[kind].as_array().unwrap().iter().map(number);
        let parts = worths.zip(counts).filter(|(_, count)| *count > 0.0);
        parts
            .map(|(worth, count)| worth * count * (k1 + 1.0) / (count + norm))
            .sum()
    };
    sum("terms") + sum("pairs")
}

#[test]
fn a_search_explains_itself() {
    needs_models!();
    let server = corpus();
    let request = json!({ "question": "TX-300 reads 9999", "k": 3, "explain": true });
    let (status, found) = server.post("/v1/search", &request);
    assert_eq!(status, 200);
    let hits = found["hits"].as_array().unwrap();
    assert_eq!(hits.len(), 3);
    for (i, hit) in hits.iter().enumerate() {
        assert_eq!(hit["rank"], i + 1);
        let fused = found["trace"]["fused"][i].clone();
        assert_eq!(fused["chunk_id"], hit["chunk_id"]);
        let terms = ["vector_term", "sentence_term", "lexical_term"];
        let sum: f64 = terms.map(|term| fused[term].as_f64().unwrap()).iter().sum();
        assert!((sum - hit["score"].as_f64().unwrap()).abs() < 1e-5);
        let score = lexical_score(&found["trace"]["words"], &fused["counts"]);
        assert!((score - fused["lexical_score"].as_f64().unwrap()).abs() < 1e-3);
    }
    assert_eq!(found["trace"]["fused"][3]["cut"], "beyond_k");
    assert_eq!(hits[0]["uri"], "support/kb-2041-tx-300-reads-9999.md");
    for mode in ["vector", "lexical"] {
        let request = json!({ "question": "TX-300 reads 9999", "mode": mode });
        let (_, found) = server.post("/v1/search", &request);
        let other = if mode == "vector" {
            "lexical"
        } else {
            "vector"
        };
        assert!(found["hits"][0]["ranks"][other].is_null());
        assert_eq!(found["hits"][0]["ranks"][mode], 1);
    }
}

#[test]
fn a_filter_narrows_and_cannot_be_widened_by_its_values() {
    needs_models!();
    let server = corpus();
    let search = |filter: Value| {
        let request = json!({ "question": "leave", "k": 50, "filter": filter });
        let (status, found) = server.post("/v1/search", &request);
        assert_eq!(status, 200, "{found:#}");
        let hits = found["hits"].as_array().unwrap().clone();
        hits.iter()
            .map(|hit| hit["uri"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let only = search(json!({ "field": "uri", "op": "eq", "value": "hr/leave-policy.md" }));
    assert!(!only.is_empty() && only.iter().all(|uri| uri == "hr/leave-policy.md"));
    for value in [
        "x' OR '1'='1",
        "true) OR (true",
        "%",
        "hr/leave-policy.md' --",
    ] {
        let found = search(json!({ "field": "uri", "op": "eq", "value": value }));
        assert!(found.is_empty(), "{value}: {found:?}");
    }
}

#[test]
fn a_text_is_verified_against_passages_and_documents() {
    needs_models!();
    let server = corpus();
    let request = json!({
        "text": "The pump weighs nine kilograms. The pump weighs twelve kilograms.",
        "passages": [{ "id": "p1", "text": "Every pump is painted grey. The pump weighs nine kilograms." }],
    });
    let (status, checked) = server.post("/v1/verify", &request);
    assert_eq!(status, 200, "{checked:#}");
    assert_eq!(checked["claims"][0]["verdict"], "supported");
    assert_eq!(checked["claims"][0]["citations"][0]["start_char_index"], 28);
    assert_eq!(checked["claims"][1]["verdict"], "unsupported");
    assert_eq!(
        checked["claims"][1]["checks"]["numbers_missing"],
        json!(["12"])
    );
    let (_, list) = server.get("/v1/documents?uri=hr/leave-policy.md");
    let request = json!({
        "text": "You may carry over up to five unused days into the next leave year.",
        "document_ids": [list["items"][0]["id"]],
    });
    let (_, checked) = server.post("/v1/verify", &request);
    assert_eq!(checked["claims"][0]["verdict"], "supported", "{checked:#}");
}
