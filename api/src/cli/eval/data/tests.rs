//! Configurations to compare, ablations among them, and samples of the questions.

use super::*;

#[test]
fn an_ablation_leaves_out_one_part_at_a_time() {
    let mut config = Config::default();
    let wanted = ablations(&config).unwrap();
    let names: Vec<&str> = wanted.iter().map(|w| w.name.as_str()).collect();
    assert_eq!(names[..3], ["vector", "lexical", "hybrid"]);
    assert!(names.contains(&"without lexical"), "{names:?}");
    assert!(!names.contains(&"without rerank"), "{names:?}");
    config.models.reranker = Some("reranker".into());
    assert_eq!(ablations(&config).unwrap()[3].name, "without rerank");
    assert!(wanted[3..].iter().all(|w| w.search.len() == 1));
}

#[test]
fn a_sample_is_spread_evenly() {
    let sample = |all: usize, count| spread((0..all).collect::<Vec<_>>(), count);
    assert_eq!(sample(10, 5), [0, 2, 4, 6, 8]);
    assert_eq!(sample(10, 3), [0, 4, 7]);
    assert_eq!(sample(3, 9), [0, 1, 2]);
    assert!(sample(3, 0).is_empty() && sample(0, 3).is_empty());
}

#[track_caller]
fn check(spec: &str, expected: &Value) {
    let wanted = configuration(spec).unwrap();
    assert_eq!(&serde_json::to_value(wanted).unwrap(), expected);
}

#[test]
fn a_configuration_is_a_name_and_what_it_changes() {
    check(
        "vector",
        &json!({ "name": "vector", "mode": "vector", "search": {} }),
    );
    check(
        "deep : candidates=200",
        &json!({ "name": "deep", "mode": "hybrid", "search": { "candidates": 200 } }),
    );
    check(
        "a: mode=lexical, rrf_k = 1.5",
        &json!({ "name": "a", "mode": "lexical", "search": { "rrf_k": 1.5 } }),
    );
    for spec in ["a: b", "a: mode=fast"] {
        assert!(configuration(spec).is_err(), "{spec}");
    }
}
