//! Faults on purpose: each case of `fixtures/faults.json` breaks one stage between a file and
//! an answer, and the diagnosis must name that stage and say what brings the answer back. The
//! table is printed; what is suggested is done, and the question diagnosed again.

mod effect;
mod narrow;
mod repair;
mod world;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{corpus, needs_models, root, succeed};
use world::{Plan, Worlds};

/// Share of the cases whose stage must be named.
const NAMED: f64 = 0.95;
/// Share of the repairable cases that the first suggestion must repair.
const REPAIRED: f64 = 0.80;

/// One broken stage.
#[derive(Deserialize)]
struct Case {
    id: String,
    stage: String,
    /// Which of the data directories it is asked of.
    world: String,
    request: Value,
    /// The document as it should have been.
    mend: Option<Value>,
    /// Whether a setting, a request or a better document can help at all.
    #[serde(default = "yes")]
    repairable: bool,
}

fn yes() -> bool {
    true
}

/// How the cases of one stage went.
#[derive(Default)]
struct Tally {
    cases: usize,
    named: usize,
    repairable: usize,
    repaired: usize,
}

#[test]
#[ignore = "two minutes on a quiet machine, seven on a busy one: make faults"]
fn every_fault_is_named_and_most_are_repaired() {
    needs_models!();
    let text = std::fs::read_to_string(root().join("fixtures/faults.json")).unwrap();
    let plan: Plan = serde_json::from_str(&text).unwrap();
    let worlds = Worlds::build(&plan);
    let mut tallies: BTreeMap<usize, (String, Tally)> = BTreeMap::new();
    let mut wrong = Vec::new();
    let order = |stage: &str| STAGES.iter().position(|known| *known == stage).unwrap();
    for case in plan.cases.iter().filter(|case| worlds.has(case)) {
        let (named, repaired) = worlds.run(case);
        let (_, tally) = tallies
            .entry(order(&case.stage))
            .or_insert_with(|| (case.stage.clone(), Tally::default()));
        tally.cases += 1;
        tally.named += usize::from(named == case.stage);
        tally.repairable += usize::from(case.repairable);
        tally.repaired += usize::from(case.repairable && repaired);
        if named != case.stage || (case.repairable && !repaired) {
            let after = if repaired { "repaired" } else { "not repaired" };
            wrong.push(format!(
                "  {}: {} was called {named}, {after}",
                case.id, case.stage
            ));
        }
    }
    println!("{:<14} cases named repairable repaired", "stage");
    let mut all = Tally::default();
    for (stage, tally) in tallies.values() {
        println!("{}", line(stage, tally));
        assert!(tally.cases >= 6, "`{stage}` has only {} cases", tally.cases);
        all.cases += tally.cases;
        all.named += tally.named;
        all.repairable += tally.repairable;
        all.repaired += tally.repaired;
    }
    println!("{}", line("all", &all));
    println!("{}", wrong.join("\n"));
    let share = |part: usize, of: usize| part as f64 / of as f64;
    assert!(share(all.named, all.cases) >= NAMED);
    assert!(share(all.repaired, all.repairable) >= REPAIRED);
}

/// Stages that can be broken: all of them.
const STAGES: [&str; 14] = [
    "ingested",
    "extracted",
    "chunked",
    "indexed",
    "filter",
    "vector_rank",
    "ann",
    "lexical_rank",
    "fusion",
    "rerank",
    "context",
    "gate",
    "generator",
    "verifier",
];

fn line(stage: &str, tally: &Tally) -> String {
    let Tally {
        cases,
        named,
        repairable,
        repaired,
    } = tally;
    format!("{stage:<14} {cases:>5} {named:>5} {repairable:>10} {repaired:>8}")
}

#[test]
fn what_was_found_is_not_called_lost() {
    needs_models!();
    let request = json!({
        "question": "After how many failed attempts does my account lock?",
        "mode": "extractive",
        "expected": { "uri": "it/access-and-passwords.md", "answer": "6 failed attempts" },
    });
    let (status, body) = corpus().post("/v1/diagnose", &request);
    assert_eq!(status, 200, "{body:#}");
    assert_eq!(body["primary"], Value::Null, "{body:#}");
    assert_eq!(body["contributing"], json!([]));
    let funnel = body["funnel"].as_array().unwrap();
    assert_eq!(funnel.len(), 14);
    assert!(funnel.iter().all(|row| row["status"] != "fail"));
    assert_eq!(body["trace"]["gold"].as_array().unwrap().len(), 1);
    assert_eq!(body["counterfactuals"], json!([]));
}

#[test]
fn what_cannot_be_diagnosed_is_refused_by_name() {
    needs_models!();
    let refuse = |body: Value, part: &str| {
        let (status, body) = corpus().post("/v1/diagnose", &body);
        let message = body["error"]["message"].as_str().unwrap_or_default();
        assert_eq!((status, message.contains(part)), (400, true), "{body:#}");
    };
    let question = "When?";
    refuse(json!({ "question": question, "expected": {} }), "expected");
    refuse(json!({ "question": question }), "expected");
    refuse(
        json!({ "question": question, "expected": { "passage_text": " - " } }),
        "passage_text",
    );
    refuse(
        json!({ "question": question, "expected": { "document_id": "x" } }),
        "document_id",
    );
    refuse(
        json!({ "question": question, "expected": { "uri": "a" }, "budget_ms": 1_000_000 }),
        "budget_ms",
    );
    refuse(
        json!({ "question": question, "expected": { "uri": "a" }, "settings": { "limits.max_k": 1 } }),
        "limits.max_k",
    );
}

#[test]
fn the_command_line_shows_the_funnel() {
    needs_models!();
    let data = tempfile::TempDir::new().unwrap();
    let page = root().join("fixtures/corpus/hr/leave-policy.md");
    succeed(data.path(), &["ingest", page.to_str().unwrap()]);
    let arguments = [
        "diagnose",
        "How many unused days of annual leave can I carry over?",
        "--expect-uri",
        "leave-policy.md",
        "--mode",
        "extractive",
        "--set",
        "answer.threshold=0.99",
    ];
    let shown = succeed(data.path(), &arguments);
    assert!(shown.starts_with("Lost at gate."), "{shown}");
    assert!(shown.contains("answer.threshold"), "{shown}");
    assert_eq!(shown.matches('\u{2717}').count(), 1, "{shown}");
}

#[test]
fn the_corpus_is_reported_on() {
    needs_models!();
    let (status, report) = corpus().get("/v1/diagnostics");
    assert_eq!(status, 200, "{report:#}");
    assert_eq!(report["documents"], 41);
    assert_eq!(report["lost_text"]["count"], 0, "{report:#}");
    assert_eq!(report["truncated_chunks"]["count"], 0);
    assert_eq!(report["index"]["out_of_step"]["count"], 0);
    let every_vector_is_compared = json!({ "recall_at_10": 1.0, "index": null });
    assert_eq!(report["index"]["vectors"], every_vector_is_compared);
    let remote = ["--server", &corpus().url, "diagnose"];
    let shown = succeed(std::path::Path::new("unused"), &remote);
    assert!(shown.starts_with("41 documents, "), "{shown}");
    let (status, _) = corpus().get("/v1/diagnostics?collection=none");
    assert_eq!(status, 404);
}
