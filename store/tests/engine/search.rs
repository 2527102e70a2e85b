//! The two legs: what they find, in which order, and in which scope.

use std::collections::BTreeSet;

use footnote_ingest::id::{ChunkId, DocumentId};
use footnote_ingest::span::Span;
use footnote_store::{Error, Scope, Sought, StoredChunk};

use crate::support::{
    DIMENSION, document, document_in, embed, everything, matching, nearest, open,
};

#[tokio::test]
async fn what_is_written_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let written = document("leave.md", "Ünïcode leave\nis 25 days");
    store.replace(std::slice::from_ref(&written)).await.unwrap();
    let ids: Vec<_> = written
        .chunks
        .iter()
        .rev()
        .map(|embedded| embedded.chunk.id.clone())
        .collect();
    let unknown = ChunkId::derive(&written.document_id, Span::new(0, 1), "x");
    let asked = [ids[0].clone(), unknown, ids[1].clone()];
    let found = store.snapshot().fetch(&asked).await.unwrap();
    assert_eq!(
        found
            .iter()
            .map(|stored| &stored.chunk.id)
            .collect::<Vec<_>>(),
        ids.iter().collect::<Vec<_>>()
    );
    let embedded = &written.chunks[1];
    let expected = StoredChunk {
        chunk: embedded.chunk.clone(),
        document_id: written.document_id.clone(),
        document_version: written.version.clone(),
        collection: "default".into(),
        uri: "leave.md".into(),
        title: "About leave.md".into(),
        media_type: "text/plain".into(),
        language: Some("eng".into()),
        metadata: written.metadata.clone(),
        created_at: written.created_at,
        updated_at: written.updated_at,
        vector: embedded.vector.as_slice().to_vec(),
        sentence_vectors: found[0].sentence_vectors.clone(),
    };
    assert_eq!(found[0], expected);
    let exact = embedded.sentence_vectors[0].as_slice();
    assert_eq!(found[0].sentence_vectors.len(), 1);
    assert!(
        found[0].sentence_vectors[0]
            .iter()
            .zip(exact)
            .all(|(half, full)| (half - full).abs() < 1e-3)
    );
}

#[tokio::test]
async fn fresh_documents_are_found_before_maintenance() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    store
        .replace(&[document(
            "a",
            "annual leave is 25 days\nthe office opens at nine",
        )])
        .await
        .unwrap();
    store.maintain().await.unwrap();
    store
        .replace(&[document(
            "b",
            "parental leave is 16 weeks\nrésumés go to KB-2041",
        )])
        .await
        .unwrap();
    let snapshot = store.snapshot();
    assert_eq!(
        matching(&snapshot, "what is parental leave").await[0],
        "parental leave is 16 weeks"
    );
    assert_eq!(
        matching(&snapshot, "resume").await,
        ["résumés go to KB-2041"]
    );
    assert_eq!(
        matching(&snapshot, "kb-2041").await,
        ["résumés go to KB-2041"]
    );
    assert_eq!(
        nearest(&snapshot, "parental leave is 16 weeks").await[0],
        "parental leave is 16 weeks"
    );
    assert_eq!(
        snapshot.query_terms("What is the annual leave?").unwrap(),
        ["annual", "leav"]
    );
}

#[tokio::test]
async fn questions_without_words_find_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let snapshot = store.snapshot();
    assert!(matching(&snapshot, "leave").await.is_empty());
    assert!(nearest(&snapshot, "leave").await.is_empty());
    store
        .replace(&[document("a", "who is it that is what it is")])
        .await
        .unwrap();
    let snapshot = store.snapshot();
    let long = "the ".repeat(25_000);
    for question in [
        "",
        "what is it",
        "🎉🎉",
        "?!",
        &long,
        "') OR 1=1 --",
        "unseen",
    ] {
        assert!(
            matching(&snapshot, question).await.is_empty(),
            "{question:.40}"
        );
    }
}

#[tokio::test]
async fn equal_scores_are_ordered_by_id_and_cut_the_same_way() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let same: Vec<_> = (0..40)
        .map(|n| document(&format!("{n}.md"), "annual leave is 25 days"))
        .collect();
    let mut ids: Vec<_> = same.iter().map(|d| d.chunks[0].chunk.id.clone()).collect();
    ids.sort();
    let (early, late) = same.split_at(20);
    store.replace(early).await.unwrap();
    store.maintain().await.unwrap();
    store.replace(late).await.unwrap();
    store.maintain().await.unwrap();
    let (snapshot, vector) = (store.snapshot(), embed("annual leave"));
    let near = snapshot
        .nearest(vector.as_slice(), &everything(), 5)
        .await
        .unwrap();
    let matched = snapshot
        .matching("annual leave", &everything(), 5)
        .await
        .unwrap();
    for hits in [near, matched] {
        assert_eq!(
            hits.iter().map(|hit| &hit.chunk_id).collect::<Vec<_>>(),
            ids.iter().take(5).collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn scores_are_cosines_and_bm25() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let lines = ["annual leave", "annual report of the year", "audit"];
    store
        .replace(&[document("a", &lines.join("\n"))])
        .await
        .unwrap();
    store.maintain().await.unwrap();
    let (snapshot, question) = (store.snapshot(), embed("leave audit"));
    for hit in snapshot
        .nearest(question.as_slice(), &everything(), 3)
        .await
        .unwrap()
    {
        let stored = snapshot.fetch(&[hit.chunk_id]).await.unwrap();
        assert!((embed(&stored[0].chunk.text).cosine(&question) - hit.score).abs() < 1e-5);
    }
    let score = snapshot.matching("leave", &everything(), 3).await.unwrap()[0].score;
    let (tf, len, mean) = (1.0, 2.0, 8.0 / 3.0);
    let expected = snapshot.terms.idf("leav") * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * len / mean));
    assert!((score - expected).abs() < 1e-3, "{score} is not {expected}");
}

/// The engine adds up repeated words, and does so for rows that wait for the index too.
#[tokio::test]
async fn a_word_asked_twice_counts_twice() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let lines = ["annual leave", "annual report of the year", "audit"];
    store
        .replace(&[document("a", &lines.join("\n"))])
        .await
        .unwrap();
    for indexed in [false, true] {
        if indexed {
            store.maintain().await.unwrap();
        }
        let snapshot = store.snapshot();
        let score = async |question: &str| -> f32 {
            let hits = snapshot.matching(question, &everything(), 3).await.unwrap();
            hits[0].score
        };
        let (once, twice) = (score("audit").await, score("audit of audits").await);
        assert!((twice - 2.0 * once).abs() < 1e-3, "{once} {twice}");
    }
}

#[tokio::test]
async fn a_scope_hides_other_collections_and_an_empty_one_everything() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let hostile = "x' OR '1'='1";
    store
        .replace(&[
            document("a", "annual leave"),
            document_in(hostile, "a", "annual leave"),
        ])
        .await
        .unwrap();
    let (snapshot, vector) = (store.snapshot(), embed("leave"));
    for (collections, expected) in [
        (vec![], 0),
        (vec!["default"], 1),
        (vec![hostile], 1),
        (vec!["default", hostile], 2),
        (vec!["nowhere", "') OR true --"], 0),
    ] {
        let collections = collections.into_iter().map(str::to_owned).collect();
        let scope = Scope {
            collections,
            filter: None,
        };
        assert_eq!(
            snapshot
                .nearest(vector.as_slice(), &scope, 9)
                .await
                .unwrap()
                .len(),
            expected
        );
        assert_eq!(
            snapshot.matching("leave", &scope, 9).await.unwrap().len(),
            expected
        );
    }
}

#[tokio::test]
async fn a_snapshot_does_not_see_what_comes_later() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    store
        .replace(&[document("a", "annual leave")])
        .await
        .unwrap();
    let before = store.snapshot();
    store
        .replace(&[document("a", "parental leave\nsick leave")])
        .await
        .unwrap();
    store
        .delete(&[DocumentId::derive("default", "a")])
        .await
        .unwrap();
    store.maintain().await.unwrap();
    assert_eq!(matching(&before, "leave").await, ["annual leave"]);
    assert_eq!(nearest(&before, "leave").await, ["annual leave"]);
    assert_eq!(before.terms.df("annual"), 1);
    assert!(nearest(&store.snapshot(), "leave").await.is_empty());
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    store
        .replace(&[document("a", "annual leave")])
        .await
        .unwrap();
    let before = store.snapshot().index_version();
    let twice = [document("b", "x"), document("b", "y")];
    let mut lacking = document("b", "x");
    lacking.chunks[0].sentence_vectors.clear();
    for documents in [&twice[..], &[document("b", "")], &[lacking]] {
        assert!(matches!(
            store.replace(documents).await,
            Err(Error::Invalid { .. })
        ));
    }
    for vector in [vec![0.5; DIMENSION + 1], vec![f32::NAN; DIMENSION]] {
        let refused = store.snapshot().nearest(&vector, &everything(), 1).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })));
    }
    assert_eq!(store.snapshot().index_version(), before);
}

/// Handlers of a multi-threaded server move these futures between threads.
#[tokio::test]
async fn searches_can_run_on_any_thread() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    store
        .replace(&[document("a", "annual leave")])
        .await
        .unwrap();
    let snapshot = store.snapshot();
    let task = tokio::spawn(async move {
        let vector = embed("leave");
        let near = snapshot
            .nearest(vector.as_slice(), &everything(), 1)
            .await?;
        let matched = snapshot.matching("leave", &everything(), 1).await?;
        snapshot
            .fetch(&[near[0].chunk_id.clone(), matched[0].chunk_id.clone()])
            .await
    });
    assert_eq!(task.await.unwrap().unwrap().len(), 2);
}

#[tokio::test]
async fn both_legs_at_once_find_what_each_finds_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    // Ties by the dozen: equal texts have equal vectors and equal scores.
    let lines = |n: usize| format!("annual leave\nsick leave {}\npump {n}", n % 3);
    let documents: Vec<_> = (0..40)
        .map(|n| document(&format!("d{n}"), &lines(n)))
        .collect();
    store.replace(&documents).await.unwrap();
    let (snapshot, scope) = (store.snapshot(), everything());
    for (question, limit) in [
        ("annual leave", 5),
        ("sick leave 2", 20),
        ("pump 7", 1),
        ("the", 3),
    ] {
        let vector = embed(question);
        let sought = Sought {
            vector: Some(vector.as_slice()),
            words: Some(question),
            exact: false,
        };
        let legs = snapshot.legs(sought, &scope, limit).await.unwrap();
        let near = snapshot
            .nearest(vector.as_slice(), &scope, limit)
            .await
            .unwrap();
        let matching = snapshot.matching(question, &scope, limit).await.unwrap();
        assert_eq!(
            (&legs.vector, &legs.lexical),
            (&near, &matching),
            "{question}"
        );
        let found: BTreeSet<_> = near
            .iter()
            .chain(&matching)
            .map(|hit| &hit.chunk_id)
            .collect();
        assert_eq!(legs.chunks.keys().collect::<BTreeSet<_>>(), found);
    }
    let nothing = snapshot.legs(Sought::default(), &scope, 5).await.unwrap();
    assert!(nothing.chunks.is_empty());
}
