//! Random replacing, deleting, maintaining and reopening against a `BTreeMap`: whatever the
//! order, the index holds exactly the newest version of each document.

use std::collections::BTreeMap;

use footnote_ingest::id::DocumentId;
use footnote_store::{Snapshot, Store};
use proptest::prelude::*;

use crate::support::{document, matching, nearest, open};

#[derive(Clone, Debug)]
enum Step {
    Replace(Vec<(usize, Vec<usize>)>),
    Delete(Vec<usize>),
    Maintain,
    Reopen,
}

const URIS: [&str; 4] = ["a.md", "b.md", "c.md", "d.md"];
const LINES: [&str; 5] = [
    "annual leave is 25 days",
    "sick leave needs a note",
    "the desk code is KB-2041",
    "résumés go to the people team",
    "travel is booked by finance",
];

fn step() -> impl Strategy<Value = Step> {
    let text = prop::collection::vec(0..LINES.len(), 1..4);
    let documents = prop::collection::btree_map(0..URIS.len(), text, 1..3);
    prop_oneof![
        4 => documents.prop_map(|documents| Step::Replace(documents.into_iter().collect())),
        2 => prop::collection::vec(0..URIS.len(), 1..3).prop_map(Step::Delete),
        1 => Just(Step::Maintain),
        1 => Just(Step::Reopen),
    ]
}

type Model = BTreeMap<&'static str, Vec<&'static str>>;

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_holds_the_newest_version_of_each_document(steps in prop::collection::vec(step(), 1..8)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(run(&steps));
    }
}

async fn run(steps: &[Step]) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(&folder).await;
    let mut model = Model::new();
    for step in steps {
        store = apply(step, store, &mut model, &folder).await;
        compare(&store.snapshot(), &model).await;
    }
}

async fn apply(step: &Step, store: Store, model: &mut Model, folder: &tempfile::TempDir) -> Store {
    match step {
        Step::Replace(documents) => {
            let lines = |text: &[usize]| text.iter().map(|line| LINES[*line]).collect::<Vec<_>>();
            let prepared: Vec<_> = documents
                .iter()
                .map(|(uri, text)| document(URIS[*uri], &lines(text).join("\n")))
                .collect();
            let before = store.snapshot().index_version();
            let committed = store.replace(&prepared).await.unwrap();
            assert_eq!(one_more(&before), committed.version);
            model.extend(
                documents
                    .iter()
                    .map(|(uri, text)| (URIS[*uri], lines(text))),
            );
        }
        Step::Delete(uris) => {
            let ids: Vec<_> = uris
                .iter()
                .map(|uri| DocumentId::derive("default", URIS[*uri]))
                .collect();
            store.delete(&ids).await.unwrap();
            model.retain(|uri, _| uris.iter().all(|gone| URIS[*gone] != *uri));
        }
        Step::Maintain => assert!(store.maintain().await.unwrap().failures.is_empty()),
        Step::Reopen => {
            store.close().await;
            return open(folder).await;
        }
    }
    store
}

fn one_more(index_version: &str) -> u64 {
    let (_, version) = index_version.split_once(".v").unwrap();
    version.parse::<u64>().unwrap() + 1
}

async fn compare(snapshot: &Snapshot, model: &Model) {
    let indexed = snapshot.document_versions().await.unwrap();
    assert_eq!(indexed.len(), model.len());
    for (uri, lines) in model {
        let expected = document(uri, &lines.join("\n"));
        let stored = snapshot.chunks_of([&expected.document_id]).await.unwrap();
        assert_eq!(indexed[&expected.document_id].version, expected.version);
        let chunks: Vec<_> = stored.into_iter().map(|stored| stored.chunk).collect();
        let expected: Vec<_> = expected
            .chunks
            .into_iter()
            .map(|embedded| embedded.chunk)
            .collect();
        assert_eq!(chunks, expected);
    }
    let all: Vec<_> = model.values().flatten().collect();
    assert_eq!(snapshot.count().await.unwrap(), all.len());
    assert_eq!(snapshot.terms.chunks(), all.len() as u64);
    assert_eq!(nearest(snapshot, "leave").await.len(), all.len());
    let with_leave = all.iter().filter(|line| line.contains("leave")).count();
    assert_eq!(snapshot.terms.df("leav") as usize, with_leave);
    assert_eq!(matching(snapshot, "Leave?").await.len(), with_leave);
}
