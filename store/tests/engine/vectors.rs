//! A table with a vector index finds what a table without one finds.

use std::collections::BTreeSet;

use footnote_store::{Store, StoreConfig};

use crate::support::{document, embed, everything, generation, matching, nearest};

/// Chunks from which the tests have an index.
const FROM: usize = 300;

fn lines(from: usize, count: usize) -> String {
    let line = |n: usize| format!("item {n} of shelf {} costs {}", n % 17, n * 7919 % 1000);
    let lines: Vec<String> = (from..from + count).map(line).collect();
    lines.join("\n")
}

async fn indexed(folder: &tempfile::TempDir) -> Store {
    let config = StoreConfig {
        vector_index_from: FROM,
        ..StoreConfig::at(folder.path())
    };
    Store::open(config, generation()).await.unwrap()
}

/// The share of the ten nearest that the index finds, over some questions.
async fn recall(store: &Store) -> f64 {
    let (snapshot, scope) = (store.snapshot(), everything());
    let (mut both, mut all) = (0, 0);
    for question in ["shelf 3", "item 250", "costs 919", "item of shelf"] {
        let vector = embed(question);
        let exact = snapshot.nearest_exact(vector.as_slice(), &scope, 10).await;
        let found = snapshot.nearest(vector.as_slice(), &scope, 10).await;
        let found: BTreeSet<_> = found.unwrap().into_iter().map(|hit| hit.chunk_id).collect();
        let exact = exact.unwrap();
        both += exact
            .iter()
            .filter(|hit| found.contains(&hit.chunk_id))
            .count();
        all += exact.len();
    }
    both as f64 / all as f64
}

#[tokio::test]
async fn an_index_comes_with_size_is_measured_and_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = indexed(&folder).await;
    store
        .replace(&[document("a", &lines(0, 100))])
        .await
        .unwrap();
    assert_eq!(store.maintain().await.unwrap().vector_index, None);
    store
        .replace(&[document("b", &lines(100, 300))])
        .await
        .unwrap();
    let made = store.maintain().await.unwrap();
    assert!(made.failures.is_empty(), "{:?}", made.failures);
    let index = made.vector_index.unwrap();
    assert_eq!((index.trained_rows, index.nearest), (400, 640));
    assert!(index.recall() >= 0.985, "{index:?}");
    assert!(recall(&store).await >= 0.9);
    store.close().await;
    let store = indexed(&folder).await;
    assert_eq!(store.snapshot().vector_index, Some(index));
    assert!(recall(&store).await >= 0.9);
}

#[tokio::test]
async fn fresh_rows_are_found_before_the_index_has_them_and_deleted_ones_never() {
    let folder = tempfile::tempdir().unwrap();
    let store = indexed(&folder).await;
    store
        .replace(&[document("a", &lines(0, 400))])
        .await
        .unwrap();
    store.maintain().await.unwrap();
    let fresh = document("b", "quokkas live on islands");
    store.replace(std::slice::from_ref(&fresh)).await.unwrap();
    let first = |found: Vec<String>| found.into_iter().next().unwrap();
    let asked = "quokkas live on islands";
    assert_eq!(first(nearest(&store.snapshot(), asked).await), asked);
    assert_eq!(first(matching(&store.snapshot(), asked).await), asked);
    store.maintain().await.unwrap();
    assert_eq!(first(nearest(&store.snapshot(), asked).await), asked);
    store.delete(&[fresh.document_id]).await.unwrap();
    assert_ne!(first(nearest(&store.snapshot(), asked).await), asked);
}

#[tokio::test]
async fn an_index_grows_is_made_anew_and_goes_with_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let store = indexed(&folder).await;
    let big = document("a", &lines(0, 400));
    store.replace(std::slice::from_ref(&big)).await.unwrap();
    let first = store.maintain().await.unwrap().vector_index.unwrap();
    store
        .replace(&[document("b", &lines(400, 100))])
        .await
        .unwrap();
    let same = store.maintain().await.unwrap().vector_index.unwrap();
    assert_eq!(same, first);
    store
        .replace(&[document("c", &lines(500, 400))])
        .await
        .unwrap();
    let anew = store.maintain().await.unwrap().vector_index.unwrap();
    assert_eq!(anew.trained_rows, 900);
    let gone = ["a", "b", "c"].map(|uri| document(uri, "").document_id);
    store.delete(&gone).await.unwrap();
    store
        .replace(&[document("d", &lines(0, 20))])
        .await
        .unwrap();
    assert_eq!(store.maintain().await.unwrap().vector_index, None);
    assert_eq!(nearest(&store.snapshot(), "shelf 3").await.len(), 20);
}

#[tokio::test]
async fn what_a_leg_found_is_read_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let store = indexed(&folder).await;
    store
        .replace(&[document("a", &lines(0, 30))])
        .await
        .unwrap();
    store
        .replace(&[document("a", &lines(0, 25)), document("b", &lines(50, 5))])
        .await
        .unwrap();
    let snapshot = store.snapshot();
    let vector = embed("item 52");
    let hits = snapshot
        .nearest(vector.as_slice(), &everything(), 30)
        .await
        .unwrap();
    let rows: Vec<_> = hits.iter().map(|hit| hit.row).collect();
    let read = snapshot.read(&rows).await.unwrap();
    let ids: BTreeSet<_> = hits.iter().map(|hit| &hit.chunk_id).collect();
    assert_eq!(
        read.iter()
            .map(|stored| &stored.chunk.id)
            .collect::<BTreeSet<_>>(),
        ids
    );
    assert_eq!((hits.len(), read.len()), (30, 30));
    assert!(snapshot.read(&[]).await.unwrap().is_empty());
}
