//! A page is whole and fetches nothing.

use super::*;
use crate::metrics::Measure;
use crate::report::{Ranked, outcomes};
use crate::trec::{Qrels, Run};
use std::collections::BTreeMap;

fn report() -> Report {
    let qrels = Qrels::parse("1 0 a 1\n2 0 b 1\n").unwrap();
    let ranked = |name: &str, run: &str| Ranked {
        name: name.into(),
        settings: serde_json::Value::Null,
        run: Run::parse(run).unwrap(),
        millis: BTreeMap::from([("total".into(), vec![3.0, 1.0])]),
    };
    let runs = [
        ranked("vector", "1 Q0 a 1 2 t\n2 Q0 b 1 1 t\n"),
        ranked("<hybrid>", "1 Q0 b 1 2 t\n1 Q0 a 2 1 t\n2 Q0 b 1 1 t\n"),
    ];
    Report {
        name: "tiny & <odd>".into(),
        gold: crate::gold::Gold::Documents,
        index_version: "g0.v1".into(),
        judged: 2,
        unanswerable: 0,
        unresolved: vec!["1: gone".into()],
        k: 10,
        questions: BTreeMap::from([("1".into(), "<script>?".into())]),
        measures: vec!["ndcg@10".into()],
        baseline: "vector".into(),
        configurations: outcomes(&qrels, &runs, &[Measure::Ndcg(10)], "vector"),
        answers: None,
        qrels: None,
    }
}

#[test]
fn a_page_is_whole_and_asks_for_nothing() {
    let page = page(&report());
    assert_eq!(page.matches("<svg").count(), 4);
    assert_eq!(page.matches("</svg>").count(), 4);
    for forbidden in [
        "<script", "http:", "https:", "<odd>", "<hybrid>", "url(", "NaN",
    ] {
        assert!(!page.contains(forbidden), "{forbidden} is in\n{page}");
    }
    assert!(page.contains("prefers-color-scheme: dark"));
}
