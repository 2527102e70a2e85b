//! The queue's promises: order, one owner per job, limits, and what a restart finds.

use std::collections::BTreeMap;

use footnote_ingest::id::{DocumentId, sha256_hex};
use serde_json::Map;

use super::super::documents::DocumentRow;
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
        priority: Priority::Interactive,
    }
}

fn bulk(uri: &str) -> Task {
    Task {
        priority: Priority::Bulk,
        ..put(uri)
    }
}

/// Takes the next interactive job, which must exist.
async fn take(ledger: &Ledger) -> Job {
    let job = ledger.next_job(Priority::Interactive).await.unwrap();
    job.expect("a job may start")
}

async fn finish(ledger: &Ledger, job: &Job, done: Done<'_>) -> Result<Vec<Job>> {
    ledger.finish_all(&[(job, done, &Timings::new())]).await
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
    for uri in ["a", "b", "c"] {
        queued.push(ledger.enqueue(&put(uri), 10).await.unwrap().id);
    }
    let next = || ledger.next_job(Priority::Interactive);
    let (first, second, third) = tokio::join!(next(), next(), next());
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
    assert!(next().await.unwrap().is_none());
}

#[tokio::test]
async fn bulk_jobs_are_a_queue_of_their_own() {
    let (_folder, ledger) = ledger().await;
    ledger
        .enqueue_all(&[bulk("a"), bulk("b")], 9)
        .await
        .unwrap();
    ledger.enqueue(&put("c"), 9).await.unwrap();
    assert_eq!(take(&ledger).await.task.uri, "c");
    assert!(
        ledger
            .next_job(Priority::Interactive)
            .await
            .unwrap()
            .is_none()
    );
    let first = ledger.next_job(Priority::Bulk).await.unwrap().unwrap();
    assert_eq!(first.task.uri, "a");
}

#[tokio::test]
async fn jobs_of_one_document_never_overtake_each_other() {
    let (_folder, ledger) = ledger().await;
    let old = ledger.enqueue(&bulk("a"), 9).await.unwrap().id;
    let new = ledger.enqueue(&put("a"), 9).await.unwrap().id;
    let first = take(&ledger).await;
    assert_eq!(
        first.id, old,
        "the older one hurries instead of being overtaken"
    );
    assert!(
        ledger
            .next_job(Priority::Interactive)
            .await
            .unwrap()
            .is_none()
    );
    finish(&ledger, &first, Done::Unchanged).await.unwrap();
    assert_eq!(take(&ledger).await.id, new);
}

#[tokio::test]
async fn a_job_put_off_waits_for_its_time_and_fails_when_a_newer_one_comes() {
    let (_folder, ledger) = ledger().await;
    let soon = OffsetDateTime::now_utc() + time::Duration::HOUR;
    ledger.enqueue(&put("a"), 9).await.unwrap();
    let job = take(&ledger).await;
    let waiting = ledger
        .put_off(&job, &unreadable(), soon, &Timings::new())
        .await
        .unwrap();
    assert_eq!(
        (waiting.state, waiting.error),
        (State::Queued, Some(unreadable()))
    );
    assert!(
        ledger
            .next_job(Priority::Interactive)
            .await
            .unwrap()
            .is_none()
    );
    let due = ledger
        .next_due(Priority::Interactive)
        .await
        .unwrap()
        .unwrap();
    assert!((due - soon).abs() < time::Duration::MILLISECOND);

    ledger.enqueue(&put("a"), 9).await.unwrap();
    assert_eq!(ledger.job(&job.id).await.unwrap().state, State::Failed);
    assert!(matches!(
        ledger.retry(&job.id).await,
        Err(Error::Conflict { .. })
    ));
    assert_ne!(take(&ledger).await.id, job.id);
}

#[tokio::test]
async fn a_time_that_came_between_two_looks_is_not_slept_over() {
    let (_folder, ledger) = ledger().await;
    ledger.enqueue(&put("a"), 9).await.unwrap();
    let job = take(&ledger).await;
    let past = OffsetDateTime::now_utc() - time::Duration::SECOND;
    ledger
        .put_off(&job, &unreadable(), past, &Timings::new())
        .await
        .unwrap();
    assert!(
        ledger
            .next_due(Priority::Interactive)
            .await
            .unwrap()
            .is_some()
    );
    assert!(ledger.next_due(Priority::Bulk).await.unwrap().is_none());
}

#[tokio::test]
async fn what_could_not_be_replaced_is_stale_until_it_is() {
    let (_folder, ledger) = ledger().await;
    ledger.repair_document(&sample("a", "1")).await.unwrap();
    ledger.enqueue_all(&[put("a"), put("a")], 9).await.unwrap();
    let job = take(&ledger).await;
    ledger
        .fail(&job, &unreadable(), &Timings::new())
        .await
        .unwrap();
    let stale = ledger.document(&job.task.document_id).await.unwrap().stale;
    assert_eq!(stale, Some(unreadable().message));
    let job = take(&ledger).await;
    finish(&ledger, &job, Done::Unchanged).await.unwrap();
    assert_eq!(
        ledger.document(&job.task.document_id).await.unwrap().stale,
        None
    );
}

#[tokio::test]
async fn a_full_queue_refuses_and_empties() {
    let (_folder, ledger) = ledger().await;
    ledger.enqueue(&put("a"), 1).await.unwrap();
    assert!(matches!(
        ledger.enqueue(&put("b"), 1).await,
        Err(Error::QueueFull { limit: 1 })
    ));
    let job = take(&ledger).await;
    assert!(matches!(
        ledger.enqueue(&put("b"), 1).await,
        Err(Error::QueueFull { .. })
    ));
    finish(&ledger, &job, Done::Unchanged).await.unwrap();
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
    let job = take(&ledger).await;
    let misplaced = DocumentRow {
        collection: "nowhere".into(),
        ..sample("a.md", "1")
    };
    let timings = Timings::from([("parse".to_owned(), 7)]);
    let refused = ledger
        .finish_all(&[(&job, Done::Put(&misplaced), &timings)])
        .await;
    assert!(refused.is_err());
    assert_eq!(ledger.job(&job.id).await.unwrap().state, State::Running);

    let document = sample("a.md", "1");
    let ends = [(&job, Done::Put(&document), &timings)];
    let finished = ledger.finish_all(&ends).await.unwrap().remove(0);
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
    let again = finish(&ledger, &job, Done::Deleted).await;
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
    let job = take(&ledger).await;
    ledger
        .set_stage(std::slice::from_ref(&id), "parse")
        .await
        .unwrap();
    assert_eq!(
        ledger.job(&id).await.unwrap().stage.as_deref(),
        Some("parse")
    );
    let buried = ledger
        .bury(&job, &unreadable(), &Timings::new())
        .await
        .unwrap();
    assert_eq!(
        (buried.state, buried.error),
        (State::Dead, Some(unreadable()))
    );
    let retried = ledger.retry(&id).await.unwrap();
    assert_eq!(
        (retried.state, retried.error, retried.attempt),
        (State::Queued, None, 0)
    );
    assert_eq!(take(&ledger).await.attempt, 1);
}

#[tokio::test]
async fn a_restart_finds_interrupted_jobs_in_their_place() {
    let (folder, before) = ledger().await;
    for uri in ["a", "b", "c"] {
        before.enqueue(&put(uri), 9).await.unwrap();
    }
    take(&before).await;
    before.close().await;

    let after = Ledger::open(&folder.path().join("ledger.sqlite"))
        .await
        .unwrap();
    assert_eq!(after.requeue_running().await.unwrap(), 1);
    assert_eq!(
        after.count_jobs().await.unwrap(),
        BTreeMap::from([(State::Queued, 3)])
    );
    assert_eq!(take(&after).await.task.uri, "a");
}

#[tokio::test]
async fn lists_are_newest_first_and_paged() {
    let (_folder, ledger) = ledger().await;
    for uri in ["a", "b", "c"] {
        ledger.enqueue(&put(uri), 9).await.unwrap();
    }
    take(&ledger).await;
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
    let job = take(&ledger).await;
    ledger
        .fail(&job, &unreadable(), &Timings::new())
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
