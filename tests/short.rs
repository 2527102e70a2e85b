//! Short answers over HTTP: exact slices of stored text inside a cited sentence, or none.

use serde_json::{Value, json};

use crate::support::{corpus, needs_models, questions};

fn ask(question: &str) -> Value {
    let request = json!({ "question": question, "mode": "extractive" });
    let (status, answer) = corpus().post("/v1/ask", &request);
    assert_eq!(status, 200, "{answer:#}");
    answer
}

#[test]
fn a_short_answer_is_a_stored_slice_inside_its_citation() {
    needs_models!();
    let mut given = 0;
    for question in questions() {
        let answer = ask(&question.question);
        let short = &answer["short_answer"];
        if short.is_null() {
            continue;
        }
        given += 1;
        assert_eq!(answer["status"], "answered", "{answer:#}");
        let number = |value: &Value| value.as_u64().unwrap();
        let citation = &answer["citations"][number(&short["citation"]) as usize - 1];
        assert_eq!(citation["n"], short["citation"]);
        let (start, end) = (
            number(&short["start_char_index"]),
            number(&short["end_char_index"]),
        );
        assert!(number(&citation["start_char_index"]) <= start && start < end);
        assert!(end <= number(&citation["end_char_index"]));
        let id = citation["document_id"].as_str().unwrap();
        let path = format!("/v1/documents/{id}/text?start={start}&end={end}");
        assert_eq!(corpus().get(&path).1["text"], short["text"], "{answer:#}");
    }
    assert!(given > 40, "{given}");
}

#[test]
fn a_figure_comes_with_its_unit_and_a_yes_or_no_with_nothing() {
    needs_models!();
    let leave = ask("How many weeks of parental leave on full pay does a new parent get?");
    assert_eq!(leave["short_answer"]["text"], "18 weeks", "{leave:#}");
    let allowed = ask("Does a new parent get 18 weeks of parental leave on full pay?");
    assert_eq!(allowed["short_answer"], Value::Null, "{allowed:#}");
}
