//! From what a data set knows (documents, quotes) to what a search returns (chunks), and back.
//!
//! On documents, a document stands where its best chunk does (max-P) and is relevant when a
//! judgement or a quote names it. On passages, a chunk is relevant when it holds a quote, see
//! [`grade`].

use std::collections::{BTreeMap, HashMap, HashSet};

use footnote_ingest::id::ChunkId;
use footnote_ingest::span::Span;
use footnote_store::places::Place;
use serde::{Deserialize, Serialize};

use crate::questions::{Case, grade, locate};
use crate::trec::{Grade, Qrels};

/// What is ranked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gold {
    /// Documents, by URI.
    Documents,
    /// Chunks, by id.
    Passages,
}

/// The chunks of the index and their documents.
#[derive(Debug)]
pub struct Index {
    documents: HashMap<ChunkId, String>,
    chunks: BTreeMap<String, Vec<(ChunkId, Span)>>,
}

impl Index {
    /// The index over `places`.
    pub fn new(places: Vec<Place>) -> Self {
        let mut index = Self {
            documents: HashMap::new(),
            chunks: BTreeMap::new(),
        };
        for place in places {
            let chunks = index.chunks.entry(place.uri.clone()).or_default();
            chunks.push((place.chunk_id.clone(), place.span));
            index.documents.insert(place.chunk_id, place.uri);
        }
        index
    }

    /// Whether a document called `uri` is there.
    pub fn has(&self, uri: &str) -> bool {
        self.chunks.contains_key(uri)
    }

    /// What a ranking of chunks is a ranking of.
    pub fn ranked(&self, chunks: &[ChunkId], gold: Gold) -> Vec<String> {
        match gold {
            Gold::Passages => chunks.iter().map(ChunkId::to_string).collect(),
            Gold::Documents => {
                let mut seen = HashSet::new();
                let documents = chunks.iter().filter_map(|id| self.documents.get(id));
                let first = documents.filter(|uri| seen.insert(*uri));
                first.cloned().collect()
            }
        }
    }
}

/// Judgements as far as they can be resolved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// Of the questions that have something to find.
    pub qrels: Qrels,
    /// Evidence that is not in the index, one line each.
    pub unresolved: Vec<String>,
}

/// The judgements of `cases`. `text` gives the canonical text of a document by URI. Evidence
/// that cannot be found counts as relevant all the same, under a name that no search returns:
/// a lost document must not raise the score.
pub fn judged(
    cases: &[Case],
    gold: Gold,
    index: &Index,
    text: &mut dyn FnMut(&str) -> Option<String>,
) -> Judged {
    let mut judged = Judged::default();
    for case in cases.iter().filter(|case| case.has_places()) {
        let (grades, lost) = match gold {
            Gold::Documents => documents(case, index),
            Gold::Passages => passages(case, index, text),
        };
        let lost = lost.into_iter().map(|what| format!("{}: {what}", case.id));
        judged.unresolved.extend(lost);
        judged.qrels.queries.insert(case.id.clone(), grades);
    }
    judged
}

type Grades = BTreeMap<String, Grade>;

fn documents(case: &Case, index: &Index) -> (Grades, Vec<String>) {
    let mut grades = case.relevant.clone();
    for evidence in &case.evidence {
        grades.entry(evidence.document.clone()).or_insert(1);
    }
    let lost = grades.keys().filter(|uri| !index.has(uri));
    let lost = lost
        .map(|uri| format!("there is no document `{uri}`"))
        .collect();
    (grades, lost)
}

fn passages(
    case: &Case,
    index: &Index,
    text: &mut dyn FnMut(&str) -> Option<String>,
) -> (Grades, Vec<String>) {
    let (mut grades, mut lost) = (Grades::new(), Vec::new());
    for evidence in &case.evidence {
        let uri = &evidence.document;
        let span = text(uri).and_then(|text| locate(&text, &evidence.quote));
        let Some(span) = span else {
            lost.push(format!("`{uri}` does not hold `{}`", evidence.quote));
            grades.insert(format!("missing:{uri}"), 1);
            continue;
        };
        for (id, chunk) in index.chunks.get(uri).into_iter().flatten() {
            let grade = grade(span, *chunk);
            if grade > 0 {
                let best = grades.entry(id.to_string()).or_insert(grade);
                *best = grade.max(*best);
            }
        }
    }
    (grades, lost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use footnote_ingest::id::DocumentId;

    fn place(uri: &str, start: usize, end: usize) -> Place {
        let span = Span::new(start, end);
        Place {
            chunk_id: ChunkId::derive(&DocumentId::derive("c", uri), span, ""),
            collection: "c".into(),
            uri: uri.into(),
            span,
        }
    }

    fn case(json: &str) -> Case {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_document_stands_where_its_best_chunk_does() {
        let places = [place("a", 0, 5), place("b", 0, 5), place("a", 5, 9)];
        let index = Index::new(places.to_vec());
        let chunks: Vec<ChunkId> = [1, 2, 0].map(|i| places[i].chunk_id.clone()).to_vec();
        assert_eq!(index.ranked(&chunks, Gold::Documents), ["b", "a"]);
        assert_eq!(index.ranked(&chunks, Gold::Passages).len(), 3);
    }

    #[test]
    fn a_quote_makes_the_chunks_relevant_that_hold_it() {
        let places = [place("a", 0, 10), place("a", 10, 30)];
        let index = Index::new(places.to_vec());
        let case = case(
            r#"{"id":"q","question":"?","answerable":true,"evidence":[{"document":"a","quote":"quoted words"}]}"#,
        );
        let mut text = |_: &str| Some("0123456 quoted words 89".to_owned());
        let judged = judged(&[case], Gold::Passages, &index, &mut text);
        let grades = &judged.qrels.queries["q"];
        assert_eq!(grades.get(places[0].chunk_id.as_str()), None);
        assert_eq!(grades[places[1].chunk_id.as_str()], 1);
        assert!(judged.unresolved.is_empty());
    }

    #[test]
    fn lost_evidence_is_named_and_still_counts() {
        let index = Index::new(vec![place("a", 0, 10)]);
        let case = case(
            r#"{"id":"q","question":"?","answerable":true,"evidence":[{"document":"b","quote":"x"}]}"#,
        );
        for gold in [Gold::Documents, Gold::Passages] {
            let judged = judged(std::slice::from_ref(&case), gold, &index, &mut |_| None);
            assert_eq!(judged.qrels.queries["q"].len(), 1);
            assert!(
                judged.unresolved[0].starts_with("q: "),
                "{:?}",
                judged.unresolved
            );
        }
    }
}
