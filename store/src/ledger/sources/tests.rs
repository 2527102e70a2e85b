//! Sources and their files in a real ledger.

use footnote_ingest::id::DocumentId;

use super::files::{FileCounts, FileNote, Stamp};
use super::*;
use crate::ledger::documents::tests::sample;
use crate::ledger::jobs::{JobError, Op, Priority, Task};
use crate::ledger::tests::ledger;

const STAMP: Stamp = Stamp {
    size: 9,
    mtime_ns: 1_000,
    ctime_ns: 2_000,
};

fn new(path: &str) -> NewSource {
    NewSource {
        path: path.into(),
        collection: "default".into(),
        include: vec!["*.md".into()],
        exclude: vec![],
        follow_symlinks: false,
    }
}

fn note(uri: &str) -> FileNote {
    FileNote {
        uri: uri.into(),
        stamp: Some(STAMP),
        content_sha256: Some("abc".into()),
        problem: None,
        owned: true,
    }
}

fn put(uri: &str) -> Task {
    Task {
        op: Op::Put,
        document_id: DocumentId::derive("default", uri),
        collection: "default".into(),
        uri: uri.into(),
        content_sha256: Some("abc".into()),
        media_type: None,
        metadata: serde_json::Map::new(),
        priority: Priority::Bulk,
    }
}

#[tokio::test]
async fn a_source_comes_back_as_made_and_reports_how_it_does() {
    let (_folder, ledger) = ledger().await;
    let made = ledger.create_source(&new("/srv/share")).await.unwrap();
    assert!(made.id.as_str().starts_with("src_") && made.id.as_str().len() == 36);
    assert_eq!(ledger.source(&made.id).await.unwrap(), made);
    ledger
        .source_unavailable(&made.id, "it is not mounted")
        .await
        .unwrap();
    let gone = ledger.source(&made.id).await.unwrap();
    assert_eq!(gone.state, SourceState::Unavailable);
    assert_eq!(gone.reason.as_deref(), Some("it is not mounted"));
    ledger.source_swept(&made.id, Some("1:2")).await.unwrap();
    ledger.source_swept(&made.id, None).await.unwrap();
    let back = ledger.source(&made.id).await.unwrap();
    assert_eq!(back.state, SourceState::Watched);
    assert_eq!((back.reason, back.root.as_deref()), (None, Some("1:2")));
    assert!(back.last_sweep.is_some());
    ledger.retire_source(&made.id).await.unwrap();
    ledger.source_swept(&made.id, None).await.unwrap();
    ledger.source_unavailable(&made.id, "no").await.unwrap();
    let leaving = ledger.source(&made.id).await.unwrap();
    assert_eq!(leaving.state, SourceState::Removing);
    ledger.forget_source(&made.id).await.unwrap();
    assert_eq!(ledger.sources().await.unwrap(), []);
}

#[tokio::test]
async fn folders_inside_one_another_are_refused_and_neighbours_are_not() {
    let (_folder, ledger) = ledger().await;
    ledger.create_source(&new("/srv/share")).await.unwrap();
    for taken in ["/srv/share", "/srv", "/srv/share/hr", "/"] {
        let refused = ledger.create_source(&new(taken)).await;
        assert!(matches!(refused, Err(Error::Conflict { .. })), "{taken}");
    }
    ledger.create_source(&new("/srv/shared")).await.unwrap();
    ledger.create_collection("hr", "").await.unwrap();
    let elsewhere = NewSource {
        collection: "hr".into(),
        ..new("/srv/share")
    };
    ledger.create_source(&elsewhere).await.unwrap();
    let nowhere = NewSource {
        collection: "it".into(),
        ..new("/srv/it")
    };
    let refused = ledger.create_source(&nowhere).await;
    assert!(matches!(refused, Err(Error::NotFound { .. })));
    let refused = ledger.delete_collection("hr").await;
    assert!(matches!(refused, Err(Error::Conflict { .. })));
}

#[tokio::test]
async fn a_file_shows_its_document_and_its_newest_job() {
    let (_folder, ledger) = ledger().await;
    let source = ledger.create_source(&new("/srv/share")).await.unwrap();
    ledger
        .note_files(&source, &[note("a.md"), note("b.md")])
        .await
        .unwrap();
    ledger.repair_document(&sample("a.md", "1")).await.unwrap();
    ledger
        .enqueue_all(&[put("b.md"), put("b.md")], 9)
        .await
        .unwrap();
    let files = ledger.source_files(&source.id).await.unwrap();
    let (a, b) = (&files["a.md"], &files["b.md"]);
    assert_eq!((a.stamp, a.job.as_ref()), (Some(STAMP), None));
    assert_eq!(a.document.as_ref().unwrap().version, "1");
    assert_eq!(b.document, None);
    assert!(b.job.as_ref().unwrap().unfinished());
    let counts = ledger.source_counts(&source.id).await.unwrap();
    let expected = FileCounts {
        found: 2,
        ingested: 1,
        unfinished: 1,
        failed: 0,
    };
    assert_eq!(counts, expected);
    ledger
        .release_files(&source, &["a.md".into()])
        .await
        .unwrap();
    assert_eq!(ledger.source_files(&source.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_problem_makes_the_document_stale() {
    let (_folder, ledger) = ledger().await;
    let source = ledger.create_source(&new("/srv/share")).await.unwrap();
    ledger.repair_document(&sample("a.md", "1")).await.unwrap();
    let problem = JobError {
        code: "unreadable_document".into(),
        message: "permission denied".into(),
        hint: None,
    };
    let trouble = FileNote {
        problem: Some(problem.clone()),
        stamp: None,
        ..note("a.md")
    };
    ledger.note_files(&source, &[trouble]).await.unwrap();
    let files = ledger.source_files(&source.id).await.unwrap();
    assert_eq!(files["a.md"].problem, Some(problem));
    let stale = files["a.md"].document.as_ref().unwrap().stale.as_deref();
    assert_eq!(stale, Some("permission denied"));
}

#[tokio::test]
async fn a_name_has_one_owner() {
    let (_folder, ledger) = ledger().await;
    let first = ledger.create_source(&new("/srv/a")).await.unwrap();
    let second = ledger.create_source(&new("/srv/b")).await.unwrap();
    ledger.note_files(&first, &[note("a.md")]).await.unwrap();
    ledger.note_files(&second, &[note("a.md")]).await.unwrap();
    assert_eq!(ledger.source_files(&second.id).await.unwrap().len(), 0);
    ledger.repair_document(&sample("b.md", "1")).await.unwrap();
    let id = |uri| DocumentId::derive("default", uri);
    let holders = ledger
        .holders(&[id("a.md"), id("b.md"), id("c.md")])
        .await
        .unwrap();
    assert_eq!(holders.len(), 2);
    assert_eq!(holders[&id("a.md")].source_id, Some(first.id));
    assert_eq!(holders[&id("b.md")].source_id, None);
    assert!(holders[&id("b.md")].content_sha256.is_some());
}
