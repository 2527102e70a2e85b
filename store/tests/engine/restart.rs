//! Closing, crashing and opening again.

use std::fs;
use std::path::{Path, PathBuf};

use footnote_store::{Error, Generation, Store, StoreConfig};

use crate::support::{DIMENSION, document, generation, matching, nearest, open};

#[tokio::test]
async fn results_are_the_same_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    store
        .replace(&[
            document("a", "annual leave is 25 days\nsick leave"),
            document("b", "leave the office"),
        ])
        .await
        .unwrap();
    store.maintain().await.unwrap();
    store
        .replace(&[document("c", "parental leave")])
        .await
        .unwrap();
    let before = store.snapshot();
    let found = (
        matching(&before, "sick leave").await,
        nearest(&before, "sick leave").await,
    );
    store.close().await;
    let after = open(&folder).await.snapshot();
    assert_eq!(
        found,
        (
            matching(&after, "sick leave").await,
            nearest(&after, "sick leave").await
        )
    );
    assert_eq!(
        (before.index_version(), &before.terms),
        (after.index_version(), &after.terms)
    );
}

#[tokio::test]
async fn a_second_opener_is_refused_until_the_first_has_closed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let second = Store::open(StoreConfig::at(folder.path()), generation()).await;
    assert!(matches!(second, Err(Error::Locked { .. })));
    store.close().await;
    open(&folder).await;
}

#[tokio::test]
async fn another_generation_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    store
        .replace(&[document("a", "annual leave")])
        .await
        .unwrap();
    store.close().await;
    let wanted = Generation::new("other@sha256:01", DIMENSION, "lines");
    let refused = Store::open(StoreConfig::at(folder.path()), wanted)
        .await
        .unwrap_err();
    assert!(
        matches!(&refused, Error::GenerationMismatch { differs, .. } if differs == &["embedder"])
    );
    assert_eq!(
        matching(&open(&folder).await.snapshot(), "leave").await,
        ["annual leave"]
    );
}

#[tokio::test]
async fn a_damaged_newest_manifest_costs_only_the_last_commit() {
    for damage in [
        |_: Vec<u8>| Vec::new(),
        |bytes: Vec<u8>| vec![0; bytes.len()],
        |mut bytes: Vec<u8>| {
            bytes.truncate(bytes.len() / 2);
            bytes
        },
    ] {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder).await;
        store
            .replace(&[document("a", "annual leave")])
            .await
            .unwrap();
        store.replace(&[document("b", "sick leave")]).await.unwrap();
        store.close().await;
        let newest = newest_manifest(folder.path());
        fs::write(&newest, damage(fs::read(&newest).unwrap())).unwrap();

        let store = open(&folder).await;
        assert_eq!(store.warnings.len(), 1, "{:?}", store.warnings);
        assert_eq!(matching(&store.snapshot(), "leave").await, ["annual leave"]);
        store.replace(&[document("b", "sick leave")]).await.unwrap();
        assert_eq!(matching(&store.snapshot(), "sick").await, ["sick leave"]);
        store.close().await;
        assert!(open(&folder).await.warnings.is_empty());
    }
}

#[tokio::test]
async fn counts_kept_for_the_next_process_are_those_of_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let text = "annual leave is 25 days\nsick leave";
    store.replace(&[document("a", text)]).await.unwrap();
    store.maintain().await.unwrap();
    store.close().await;
    let census = folder.path().join("census.json");
    assert!(census.exists());
    let kept = open(&folder).await.snapshot();
    assert_eq!(kept.terms.df("leav"), 2);
    fs::remove_file(census).unwrap();
    assert_eq!(open(&folder).await.snapshot().terms, kept.terms);
}

#[tokio::test]
async fn a_version_number_given_again_does_not_bring_back_the_counts_of_the_lost_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    store.replace(&[document("a", "sick leave")]).await.unwrap();
    store.maintain().await.unwrap();
    let lost = store.snapshot().index_version();
    store.close().await;
    fs::write(newest_manifest(folder.path()), []).unwrap();
    let store = open(&folder).await;
    store.replace(&[document("b", "old pump")]).await.unwrap();
    assert_eq!(store.snapshot().index_version(), lost);
    store.close().await;
    assert_eq!(open(&folder).await.snapshot().terms.df("pump"), 1);
}

#[tokio::test]
async fn a_dropped_write_still_happens_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let documents = [document("a", "annual leave\nsick leave")];
    let abandoned =
        tokio::time::timeout(std::time::Duration::ZERO, store.replace(&documents)).await;
    assert!(abandoned.is_err());
    store.delete(&[]).await.unwrap();
    assert_eq!(matching(&store.snapshot(), "leave").await.len(), 2);
}

/// Names count down, so the newest sorts first.
fn newest_manifest(root: &Path) -> PathBuf {
    let table = root
        .join("index")
        .join(format!("{}.lance", generation().table_name()));
    let mut manifests: Vec<_> = fs::read_dir(table.join("_versions"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "manifest")
        })
        .collect();
    manifests.sort();
    manifests.swap_remove(0)
}
