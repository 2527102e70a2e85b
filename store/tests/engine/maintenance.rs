//! Maintenance changes how things are stored and nothing else.

use std::collections::BTreeSet;

use footnote_ingest::id::DocumentId;
use footnote_store::maintenance::Indexing;
use footnote_store::{Store, StoreConfig};

use crate::support::{document, embed, everything, generation, matching, nearest, open, texts};

#[tokio::test]
async fn it_runs_once_per_change_also_across_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    store
        .replace(&[document("a", "annual leave")])
        .await
        .unwrap();
    let first = store.maintain().await.unwrap();
    assert_eq!(
        (first.indexed, first.failures.len()),
        (Some(Indexing::Rebuilt), 0)
    );
    let version = store.snapshot().index_version();
    assert_eq!(store.maintain().await.unwrap().indexed, None);
    store.close().await;
    let store = open(&folder).await;
    assert_eq!(store.maintain().await.unwrap().indexed, None);
    assert_eq!(store.snapshot().index_version(), version);
}

/// Many small commits, deletions, compaction, and an index that is extended step by step: the
/// mixture behind lance#8310.
#[tokio::test]
async fn results_stay_the_same_through_compaction_and_appended_indexes() {
    let folder = tempfile::tempdir().unwrap();
    let config = StoreConfig {
        rebuild_below: 0,
        ..StoreConfig::at(folder.path())
    };
    let store = Store::open(config, generation()).await.unwrap();
    let (mut compacted, mut indexed) = (false, BTreeSet::new());
    for round in 0..12 {
        for n in 0..8 {
            let text = format!("item{n} of round {round}\nleave takes {n} days");
            let document = document(&format!("{n}-{round}"), &text);
            store.replace(&[document]).await.unwrap();
        }
        let gone = DocumentId::derive("default", &format!("3-{round}"));
        store.delete(&[gone]).await.unwrap();
        let before = found(&store).await;
        let done = store.maintain().await.unwrap();
        assert!(done.failures.is_empty(), "{:?}", done.failures);
        compacted |= done.compacted;
        indexed.extend(done.indexed.map(|indexing| format!("{indexing:?}")));
        assert_eq!(found(&store).await, before);
        assert_eq!(before.0.len(), round + 1);
    }
    assert!(compacted);
    assert_eq!(
        indexed.into_iter().collect::<Vec<_>>(),
        ["Appended", "Merged"]
    );
    assert_eq!(store.snapshot().count().await.unwrap(), 12 * 7 * 2);
}

/// What both legs find, the lexical one without its order: scores are only close until the
/// index is rebuilt.
async fn found(store: &Store) -> (BTreeSet<String>, Vec<String>) {
    let snapshot = store.snapshot();
    let matched = matching(&snapshot, "item7").await.into_iter().collect();
    (matched, nearest(&snapshot, "item7").await)
}

#[tokio::test]
async fn a_long_ingestion_does_not_leave_its_rows_unindexed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let lines: Vec<_> = (0..600)
        .map(|n| format!("rule {n} says {}", n % 7))
        .collect();
    let committed = store
        .replace(&[document("a", &lines.join("\n"))])
        .await
        .unwrap();
    let snapshot = store.snapshot();
    assert!(
        snapshot
            .index_version()
            .ends_with(&format!(".v{}", committed.version + 1))
    );
    let hits = snapshot
        .matching("rule 599", &everything(), 1)
        .await
        .unwrap();
    assert_eq!(texts(&snapshot, &hits).await, ["rule 599 says 4"]);
}

#[tokio::test]
async fn files_are_merged_although_each_was_indexed_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    // Each commit is large enough to be indexed at once, and there are too many of them.
    for commit in 0..65 {
        let lines: Vec<_> = (0..500).map(|n| format!("rule {commit} {n}")).collect();
        let document = document(&format!("d{commit}"), &lines.join("\n"));
        store.replace(&[document]).await.unwrap();
    }
    let done = store.maintain().await.unwrap();
    assert!(done.failures.is_empty(), "{:?}", done.failures);
    assert!(done.compacted);
    let snapshot = store.snapshot();
    let hits = snapshot.matching("64 499", &everything(), 1).await.unwrap();
    assert_eq!(texts(&snapshot, &hits).await, ["rule 64 499"]);
    assert_eq!(snapshot.count().await.unwrap(), 65 * 500);
}

#[tokio::test]
async fn rebuilt_scores_do_not_depend_on_history() {
    let texts = [
        "annual leave is 25 days",
        "sick leave",
        "leave the office at nine",
    ];
    let documents: Vec<_> = texts.iter().map(|text| document(text, text)).collect();
    let mut scores = Vec::new();
    for order in [[0, 1, 2], [2, 0, 1]] {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder).await;
        store
            .replace(&[
                document("gone", "leave leave leave"),
                document(texts[0], "old"),
            ])
            .await
            .unwrap();
        store.maintain().await.unwrap();
        for at in order {
            store
                .replace(std::slice::from_ref(&documents[at]))
                .await
                .unwrap();
        }
        store
            .delete(&[DocumentId::derive("default", "gone")])
            .await
            .unwrap();
        store.maintain().await.unwrap();
        let snapshot = store.snapshot();
        let vector = embed("leave");
        let matching = snapshot.matching("annual leave", &everything(), 9).await;
        let nearest = snapshot.nearest(vector.as_slice(), &everything(), 9).await;
        let hits = matching.unwrap().into_iter().chain(nearest.unwrap());
        scores.push(
            hits.map(|hit| (hit.chunk_id, hit.score))
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(scores[0], scores[1]);
}
