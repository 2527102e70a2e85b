//! Our values against those of pytrec_eval, to 1e-6: on made-up cases (ties, grades, missing
//! queries, judgements below 1) that are committed beside this file, and on a run over real
//! data, which is skipped visibly where the data is not at hand. `FOOTNOTE_SHARED_DATA` says
//! where it lies, if not beside the checkout. `golden/README.md` says how they were made.

#![allow(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that fails"
)]

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use footnote_eval::beir;
use footnote_eval::metrics::{Measure, mean, per_query};
use footnote_eval::trec::{Grade, Qrels, Run, Scored};
use serde::Deserialize;

const WITHIN: f64 = 1e-6;

#[derive(Deserialize)]
struct Golden {
    name: String,
    qrels: BTreeMap<String, BTreeMap<String, Grade>>,
    run: BTreeMap<String, BTreeMap<String, f64>>,
    values: BTreeMap<String, BTreeMap<String, f64>>,
}

impl Golden {
    fn qrels(&self) -> Qrels {
        Qrels {
            queries: self.qrels.clone(),
        }
    }

    /// Through the file format, which is how scores come to their precision.
    fn run(&self) -> Run {
        let rows = self.run.iter().flat_map(|(query, found)| {
            found
                .iter()
                .map(move |(document, score)| format!("{query} Q0 {document} 0 {score:?} t\n"))
        });
        Run::parse(&rows.collect::<String>()).unwrap()
    }
}

#[test]
fn values_are_those_of_pytrec_eval() {
    let golden: Vec<Golden> = serde_json::from_str(include_str!("golden/golden.json")).unwrap();
    let mut largest: f64 = 0.0;
    for case in &golden {
        let (qrels, run) = (case.qrels(), case.run());
        for (query, values) in &case.values {
            for (name, expected) in values {
                let measure: Measure = name.parse().unwrap();
                let value = per_query(measure, &qrels, &run)[query];
                let off = (value - expected).abs();
                assert!(
                    off < WITHIN,
                    "{}, {query}, {name}: {value}, not {expected}",
                    case.name
                );
                largest = largest.max(off);
            }
        }
    }
    eprintln!("{} cases, largest difference {largest:e}", golden.len());
}

#[test]
fn means_over_a_real_run_are_those_of_pytrec_eval() {
    let root = match std::env::var_os("FOOTNOTE_SHARED_DATA") {
        Some(root) => PathBuf::from(root),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
    };
    let folder = root.join("scifact");
    if !folder.is_dir() {
        eprintln!("skipped: scifact is not at hand");
        return;
    }
    let qrels = beir::qrels(&read(&folder, "qrels/test.tsv")).unwrap();
    let run = shared_words(&folder, &qrels);
    let golden: BTreeMap<String, f64> =
        serde_json::from_str(include_str!("golden/scifact.json")).unwrap();
    let mut largest: f64 = 0.0;
    for (name, expected) in &golden {
        let value = mean(name.parse().unwrap(), &qrels, &run);
        let off = (value - expected).abs();
        assert!(off < WITHIN, "{name}: {value}, not {expected}");
        largest = largest.max(off);
    }
    eprintln!(
        "{} queries, largest difference {largest:e}",
        qrels.queries.len()
    );
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The plain ranking that `make.py` makes too: words shared with the query over the root of
/// the number of words. Many passages tie.
fn shared_words(folder: &Path, qrels: &Qrels) -> Run {
    let passages = beir::corpus(&read(folder, "corpus.jsonl")).unwrap();
    let passages: Vec<(String, HashSet<String>)> = passages
        .into_iter()
        .map(|p| (p.id, words(&format!("{} {}", p.title, p.text))))
        .collect();
    let queries = beir::queries(&read(folder, "queries.jsonl")).unwrap();
    let judged = queries
        .into_iter()
        .filter(|q| qrels.queries.contains_key(&q.id));
    let scored = judged.map(|query| {
        let asked = words(&query.text);
        let scores = passages.iter().map(|(document, has)| Scored {
            document: document.clone(),
            score: (asked.iter().filter(|word| has.contains(*word)).count() as f64
                / (has.len().max(1) as f64).sqrt()) as f32,
        });
        (query.id, scores.filter(|s| s.score > 0.0).collect())
    });
    Run {
        tag: "words".to_owned(),
        queries: scored.collect(),
    }
}

fn words(text: &str) -> HashSet<String> {
    let text = text.to_lowercase();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
