//! What a change does to settings, and how it is said.

use super::*;

#[test]
fn patches_are_what_one_would_write() {
    let patch = |change: Change| Value::Object(change.patch()).to_string();
    assert_eq!(patch(Change::Candidates(40)), r#"{"search.candidates":40}"#);
    assert_eq!(
        patch(Change::Threshold(0.21)),
        r#"{"answer.threshold":0.21}"#
    );
    assert_eq!(patch(Change::Filter(None)), r#"{"filter":null}"#);
    assert_eq!(patch(Change::Quote), r#"{"mode":"extractive"}"#);
    assert_eq!(
        patch(Change::RerankDepth(0)),
        r#"{"search.rerank_depth":0}"#
    );
}

#[test]
fn one_part_of_the_request_keeps_a_change_from_other_questions() {
    let (deep, low) = (Change::Candidates(90), Change::Threshold(0.1));
    assert_eq!(reach(&[]), None);
    assert_eq!(reach(std::slice::from_ref(&deep)), Some(Reach::Search));
    assert_eq!(reach(&[low.clone(), deep.clone()]), Some(Reach::Answer));
    assert_eq!(
        reach(&[deep, Change::Filter(None), low]),
        Some(Reach::Request)
    );
}
