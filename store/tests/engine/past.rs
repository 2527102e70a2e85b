//! Earlier versions can be read while receipts need them, and no longer.

use std::time::Duration;

use footnote_store::{Error, Retention, Store, StoreConfig};

use crate::support::{document, generation, matching, nearest};

fn config(folder: &tempfile::TempDir, versions: usize) -> StoreConfig {
    StoreConfig {
        retention: Retention {
            replaced_for: Duration::ZERO,
            versions,
            ..Retention::default()
        },
        ..StoreConfig::at(folder.path())
    }
}

/// Writes the text of `round` and brings things in order.
async fn write(store: &Store, round: usize) {
    let text = format!("leave takes {round} days\nrule {round} of the house");
    let documents = [
        document("a", &text),
        document(&format!("b{round}"), "sick leave"),
    ];
    store.replace(&documents).await.unwrap();
    let done = store.maintain().await.unwrap();
    assert!(done.failures.is_empty(), "{:?}", done.failures);
}

#[tokio::test]
async fn a_version_that_a_receipt_needs_reads_the_same_after_the_clean_up_and_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(config(&folder, 9), generation()).await.unwrap();
    write(&store, 1).await;
    let then = store.snapshot();
    let (name, terms) = (then.index_version(), then.terms.clone());
    let before = (
        matching(&then, "leave days").await,
        nearest(&then, "rule").await,
    );
    store
        .ledger
        .put_receipt("ans_1", "{}", &then)
        .await
        .unwrap();
    let mut unneeded = Vec::new();
    for round in 2..6 {
        unneeded.push(store.snapshot().index_version());
        write(&store, round).await;
    }
    store.close().await;
    let store = Store::open(config(&folder, 9), generation()).await.unwrap();
    store.prune().await.unwrap();
    let past = store.snapshot_at(&name).await.unwrap();
    assert_eq!((past.index_version(), &past.terms), (name.clone(), &terms));
    let after = (
        matching(&past, "leave days").await,
        nearest(&past, "rule").await,
    );
    assert_eq!(after, before);
    assert_eq!(store.ledger.read_versions().await.unwrap().len(), 1);
    for gone in &unneeded[1..] {
        let refused = store.snapshot_at(gone).await;
        assert!(matches!(refused, Err(Error::VersionGone { .. })), "{gone}");
    }
    assert_eq!(store.versions().await.unwrap().len(), 2);
    let newest = store.snapshot().index_version();
    assert_eq!(
        store.snapshot_at(&newest).await.unwrap().index_version(),
        newest
    );
    for never in ["", "g1.v1", "g000000000000.v2", &name.replace(".v", ".v0")] {
        let refused = store.snapshot_at(never).await;
        assert!(matches!(refused, Err(Error::VersionGone { .. })), "{never}");
    }
}

#[tokio::test]
async fn no_more_versions_are_kept_than_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(config(&folder, 2), generation()).await.unwrap();
    let mut names = Vec::new();
    for round in 1..6 {
        write(&store, round).await;
        let id = format!("ans_{round}");
        let snapshot = store.snapshot();
        store
            .ledger
            .put_receipt(&id, "{}", &snapshot)
            .await
            .unwrap();
        names.push(snapshot.index_version());
    }
    write(&store, 6).await;
    for (at, name) in names.iter().enumerate() {
        let kept = store.snapshot_at(name).await.is_ok();
        assert_eq!(kept, at >= 3, "{name}");
    }
    assert_eq!(store.versions().await.unwrap().len(), 3);
}
