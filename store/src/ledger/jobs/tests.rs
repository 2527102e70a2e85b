//! The queue's promises: order, one owner per job, limits, and what a restart finds.

use std::collections::BTreeMap;

use footnote_ingest::id::{DocumentId, sha256_hex};
use serde_json::Map;

use super::super::documents::tests::sample;
use super::super::tests::ledger;
use super::*;

fn put(uri: &str) -> Task {
    Task {
        op: Op::Put,
        document_id: DocumentId::derive("default", uri),
        collection: "default".into(),
        uri: uri.into(),
        content_sha256: Some(sha256_hex(uri.as_bytes())),
        media_type: None,
        metadata: Map::new(),
    }
}

fn unreadable() -> JobError {
    JobError {
        code: "unreadable_document".into(),
        message: "`a.pdf` is encrypted".into(),
        hint: Some("send it without a password".into()),
    }
}

#[tokio::test]
async fn jobs_are_taken_oldest_first_and_once() {
    let (_folder, ledger) = ledger().await;
    let mut queued = Vec::new();
    for uri in ["a", "b", "a"] {
        queued.push(ledger.enqueue(&put(uri), 10).await.unwrap().id);
    }
    let (first, second, third) =
        tokio::join!(ledger.next_job(), ledger.next_job(), ledger.next_job());
    let mut taken = [first, second, third].map(|job| job.unwrap().unwrap());
    taken.sort_by_key(|job| job.seq);
    assert_eq!(
        taken.map(|job| (job.id, job.attempt, job.state)).to_vec(),
        queued
            .iter()
            .map(|id| (id.clone(), 1, State::Running))
            .collect::<Vec<_>>()
    );
    assert_ne!(queued[0], queued[2]);
    assert!(ledger.next_job().await.unwrap().is_none());
}

#[tokio::test]
async fn a_full_queue_refuses_and_empties() {
    let (_folder, ledger) = ledger().await;
    ledger.enqueue(&put("a"), 1).await.unwrap();
    assert!(matches!(
        ledger.enqueue(&put("b"), 1).await,
        Err(Error::QueueFull { limit: 1 })
    ));
    let job = ledger.next_job().await.unwrap().unwrap();
    assert!(matches!(
        ledger.enqueue(&put("b"), 1).await,
        Err(Error::QueueFull { .. })
    ));
    ledger
        .finish(&job, Done::Unchanged, &Timings::new())
        .await
        .unwrap();
    ledger.enqueue(&put("b"), 1).await.unwrap();
    let lost = Task {
        collection: "nowhere".into(),
        ..put("c")
    };
    assert!(matches!(
        ledger.enqueue(&lost, 9).await,
        Err(Error::NotFound {
            what: "collection",
            ..
        })
    ));
}

#[tokio::test]
async fn finishing_writes_the_document_or_nothing() {
    let (_folder, ledger) = ledger().await;
    ledger.enqueue(&put("a.md"), 9).await.unwrap();
    let job = ledger.next_job().await.unwrap().unwrap();
    let misplaced = DocumentRow {
        collection: "nowhere".into(),
        ..sample("a.md", "1")
    };
    let timings = Timings::from([("parse".to_owned(), 7)]);
    assert!(
        ledger
            .finish(&job, Done::Put(&misplaced), &timings)
            .await
            .is_err()
    );
    assert_eq!(ledger.job(&job.id).await.unwrap().state, State::Running);

    let finished = ledger
        .finish(&job, Done::Put(&sample("a.md", "1")), &timings)
        .await
        .unwrap();
    assert_eq!(
        (finished.state, &finished.timings),
        (State::Succeeded, &timings)
    );
    assert_eq!(
        ledger
            .document(&job.task.document_id)
            .await
            .unwrap()
            .version,
        "1"
    );
    let again = ledger.finish(&job, Done::Deleted, &timings).await;
    assert!(matches!(again, Err(Error::Conflict { .. })));
    assert!(ledger.document(&job.task.document_id).await.is_ok());
}

#[tokio::test]
async fn failed_jobs_keep_their_error_until_retried() {
    let (_folder, ledger) = ledger().await;
    let id = ledger.enqueue(&put("a.pdf"), 9).await.unwrap().id;
    assert!(matches!(
        ledger.retry(&id).await,
        Err(Error::Conflict { .. })
    ));
    ledger.next_job().await.unwrap().unwrap();
    ledger.set_stage(&id, "parse").await.unwrap();
    assert_eq!(
        ledger.job(&id).await.unwrap().stage.as_deref(),
        Some("parse")
    );
    let buried = ledger
        .bury(&id, &unreadable(), &Timings::new())
        .await
        .unwrap();
    assert_eq!(
        (buried.state, buried.error),
        (State::Dead, Some(unreadable()))
    );
    let retried = ledger.retry(&id).await.unwrap();
    assert_eq!(
        (retried.state, retried.error, retried.attempt),
        (State::Queued, None, 1)
    );
    assert_eq!(ledger.next_job().await.unwrap().unwrap().attempt, 2);
}

#[tokio::test]
async fn a_restart_finds_interrupted_jobs_in_their_place() {
    let (folder, before) = ledger().await;
    for uri in ["a", "b", "c"] {
        before.enqueue(&put(uri), 9).await.unwrap();
    }
    before.next_job().await.unwrap();
    before.close().await;

    let after = Ledger::open(&folder.path().join("ledger.sqlite"))
        .await
        .unwrap();
    assert_eq!(after.requeue_running().await.unwrap(), 1);
    assert_eq!(
        after.count_jobs().await.unwrap(),
        BTreeMap::from([(State::Queued, 3)])
    );
    assert_eq!(after.next_job().await.unwrap().unwrap().task.uri, "a");
}

#[tokio::test]
async fn lists_are_newest_first_and_paged() {
    let (_folder, ledger) = ledger().await;
    for uri in ["a", "b", "c"] {
        ledger.enqueue(&put(uri), 9).await.unwrap();
    }
    ledger.next_job().await.unwrap();
    let uris = |page: &Page<Job>| {
        page.items
            .iter()
            .map(|job| job.task.uri.clone())
            .collect::<Vec<_>>()
    };
    let first = ledger.jobs(None, None, 2).await.unwrap();
    assert_eq!(uris(&first), ["c", "b"]);
    let rest = ledger.jobs(None, first.next.as_ref(), 2).await.unwrap();
    assert_eq!((uris(&rest), rest.next), (vec!["a".to_owned()], None));
    assert_eq!(
        uris(&ledger.jobs(Some(State::Running), None, 9).await.unwrap()),
        ["a"]
    );
}

#[tokio::test]
async fn blobs_of_failed_jobs_stay_referenced() {
    let (_folder, ledger) = ledger().await;
    ledger.enqueue(&put("a"), 9).await.unwrap();
    let job = ledger.next_job().await.unwrap().unwrap();
    ledger
        .fail(&job.id, &unreadable(), &Timings::new())
        .await
        .unwrap();
    assert!(
        ledger
            .referenced_blobs()
            .await
            .unwrap()
            .contains(&sha256_hex(b"a"))
    );
}

#[test]
fn only_job_ids_parse() {
    for text in [
        "",
        "job_",
        "job_' OR 1=1",
        "doc_00000000000000000000000000000000",
    ] {
        assert!(text.parse::<JobId>().is_err(), "{text}");
    }
}
