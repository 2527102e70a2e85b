//! Rows come back as written, pages cover the list once, and a document needs its collection.

use crate::ledger::tests::ledger;

use super::*;

/// A document called `uri` in `default`, at its `version`.
pub(in crate::ledger) fn sample(uri: &str, version: &str) -> DocumentRow {
    let content_sha256 = footnote_ingest::id::sha256_hex(version.as_bytes());
    DocumentRow {
        document_id: DocumentId::derive("default", uri),
        collection: "default".into(),
        uri: uri.into(),
        version: version.into(),
        text_sha256: content_sha256.clone(),
        content_sha256,
        bytes: 9,
        title: "Leave".into(),
        media_type: "text/markdown".into(),
        language: Some("eng".into()),
        pages: None,
        chunks: 2,
        warnings: vec!["page 3 has no text".into()],
        metadata: Map::from_iter([("team".to_owned(), Value::from("hr"))]),
        created_at: OffsetDateTime::UNIX_EPOCH,
        updated_at: OffsetDateTime::UNIX_EPOCH,
        stale: None,
    }
}

#[tokio::test]
async fn a_row_comes_back_as_written_and_keeps_its_first_time() {
    let (_folder, ledger) = ledger().await;
    let first = sample("a.md", "1");
    ledger.repair_document(&first).await.unwrap();
    assert_eq!(ledger.document(&first.document_id).await.unwrap(), first);
    let later = OffsetDateTime::UNIX_EPOCH + time::Duration::DAY;
    let second = DocumentRow {
        created_at: later,
        updated_at: later,
        ..sample("a.md", "2")
    };
    ledger.repair_document(&second).await.unwrap();
    let found = ledger
        .document_by_uri("default", "a.md")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        found,
        DocumentRow {
            created_at: first.created_at,
            ..second
        }
    );
    ledger.forget_document(&first.document_id).await.unwrap();
    assert!(matches!(
        ledger.document(&first.document_id).await,
        Err(Error::NotFound { .. })
    ));
}

#[tokio::test]
async fn pages_cover_the_list_once() {
    let (_folder, ledger) = ledger().await;
    for uri in ["c", "a", "", "b", "é"] {
        ledger.repair_document(&sample(uri, "1")).await.unwrap();
    }
    let (mut uris, mut cursor) = (Vec::new(), None);
    loop {
        let page = ledger
            .documents(&DocumentQuery::default(), cursor.as_ref(), 2)
            .await
            .unwrap();
        uris.extend(page.items.into_iter().map(|document| document.uri));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(uris, ["", "a", "b", "c", "é"]);
    let only = DocumentQuery {
        uri: Some("b".into()),
        ..DocumentQuery::default()
    };
    assert_eq!(
        ledger.documents(&only, None, 9).await.unwrap().items.len(),
        1
    );
    assert_eq!(ledger.count_documents().await.unwrap(), 5);
}

#[tokio::test]
async fn a_document_needs_its_collection() {
    let (_folder, ledger) = ledger().await;
    let lost = DocumentRow {
        collection: "nowhere".into(),
        ..sample("a", "1")
    };
    assert!(matches!(
        ledger.repair_document(&lost).await,
        Err(Error::Engine { .. })
    ));
}
