//! What recorded answers say about the corpus: questions that it could not answer well, alike
//! ones together, and chunks that no search had among its hits.

use std::collections::BTreeSet;

use footnote_answer::Error;
use footnote_answer::engine::Engine;
use footnote_answer::evidence::dot;
use footnote_ingest::id::ChunkId;
use serde::{Deserialize, Serialize};

/// Confidence below which an answer counts as weak.
const WEAK: f32 = 0.4;
/// Cosine from which two questions ask for the same.
const ALIKE: f32 = 0.8;
/// Questions that are grouped.
const MOST_GROUPED: usize = 500;

/// Questions of one kind without a good answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// The first of them.
    pub question: String,
    /// All of them.
    pub questions: Vec<String>,
    /// How many the service refused.
    pub abstained: usize,
    /// Mean confidence.
    pub confidence: f32,
}

/// What is read of a receipt.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    question: String,
    abstained: bool,
    confidence: f32,
    hits: Vec<ChunkId>,
}

#[derive(Deserialize)]
struct Kept {
    answer: KeptAnswer,
    receipt: KeptReceipt,
}

#[derive(Deserialize)]
struct KeptAnswer {
    status: String,
    confidence: f32,
}

#[derive(Deserialize)]
struct KeptReceipt {
    request: KeptRequest,
    trace: KeptTrace,
}

#[derive(Deserialize)]
struct KeptRequest {
    question: String,
}

#[derive(Deserialize)]
struct KeptTrace {
    search: KeptSearch,
}

#[derive(Deserialize)]
struct KeptSearch {
    fused: Vec<KeptRow>,
}

#[derive(Deserialize)]
struct KeptRow {
    chunk_id: ChunkId,
    cut: Option<serde_json::Value>,
}

/// Reads receipts; those of another shape are skipped.
pub fn read(receipts: &[String]) -> Vec<Asked> {
    let asked = receipts.iter().filter_map(|body| {
        let kept: Kept = serde_json::from_str(body).ok()?;
        let hits = kept.receipt.trace.search.fused.into_iter();
        Some(Asked {
            question: kept.receipt.request.question,
            abstained: kept.answer.status == "abstained",
            confidence: kept.answer.confidence,
            hits: hits
                .filter(|row| row.cut.is_none())
                .map(|row| row.chunk_id)
                .collect(),
        })
    });
    asked.collect()
}

/// How many of `chunks` no search had among its hits; `None` when nothing was asked.
pub fn never_retrieved<'c>(
    asked: &[Asked],
    chunks: impl Iterator<Item = &'c ChunkId>,
) -> Option<usize> {
    let hits: BTreeSet<&ChunkId> = asked.iter().flat_map(|asked| &asked.hits).collect();
    (!asked.is_empty()).then(|| chunks.filter(|id| !hits.contains(id)).count())
}

/// Groups the questions without a good answer around the first of each kind, the costliest
/// group first: many questions, little confidence.
pub async fn group(engine: &Engine, asked: &[Asked]) -> Result<Vec<Gap>, Error> {
    let mut known = BTreeSet::new();
    let weak: Vec<&Asked> = asked
        .iter()
        .filter(|asked| asked.abstained || asked.confidence < WEAK)
        .filter(|asked| known.insert(&asked.question))
        .take(MOST_GROUPED)
        .collect();
    let questions: Vec<&str> = weak.iter().map(|asked| asked.question.as_str()).collect();
    let vectors = engine.vectors(&questions).await?;
    Ok(around_leaders(&weak, &vectors))
}

fn around_leaders(weak: &[&Asked], vectors: &[Vec<f32>]) -> Vec<Gap> {
    let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
    for (at, vector) in vectors.iter().enumerate() {
        let near = groups
            .iter_mut()
            .find(|(leader, _)| dot(&vectors[*leader], vector) >= ALIKE);
        match near {
            Some((_, members)) => members.push(at),
            None => groups.push((at, vec![at])),
        }
    }
    let mut gaps: Vec<Gap> = groups
        .into_iter()
        .map(|(_, members)| gap(weak, &members))
        .collect();
    let cost = |gap: &Gap| gap.questions.len() as f32 * (1.0 - gap.confidence);
    gaps.sort_by(|a, b| {
        cost(b)
            .total_cmp(&cost(a))
            .then_with(|| a.question.cmp(&b.question))
    });
    gaps
}

fn gap(weak: &[&Asked], members: &[usize]) -> Gap {
    let asked = || members.iter().map(|at| weak[*at]);
    let total: f32 = asked().map(|asked| asked.confidence).sum();
    Gap {
        question: asked()
            .next()
            .map(|asked| asked.question.clone())
            .unwrap_or_default(),
        questions: asked().map(|asked| asked.question.clone()).collect(),
        abstained: asked().filter(|asked| asked.abstained).count(),
        confidence: total / members.len().max(1) as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(question: &str, confidence: f32) -> Asked {
        Asked {
            question: question.into(),
            abstained: confidence < 0.29,
            confidence,
            hits: Vec::new(),
        }
    }

    #[test]
    fn alike_questions_are_one_gap() {
        let all = [
            asked("parking?", 0.1),
            asked("tram?", 0.2),
            asked("where to park?", 0.3),
        ];
        let vectors = [vec![1.0, 0.0], vec![0.0, 1.0], vec![0.9, 0.4]];
        let gaps = around_leaders(&all.iter().collect::<Vec<_>>(), &vectors);
        assert_eq!(gaps.len(), 2);
        assert_eq!(gaps[0].questions, ["parking?", "where to park?"]);
        assert_eq!(gaps[0].abstained, 1);
        assert!((gaps[0].confidence - 0.2).abs() < 1e-6);
    }

    #[test]
    fn receipts_of_another_shape_are_skipped() {
        let receipt = serde_json::json!({
            "answer": { "status": "abstained", "confidence": 0.1 },
            "receipt": { "request": { "question": "parking?" }, "trace": { "search": { "fused": [
                { "chunk_id": "chk_00000000000000000000000000000000", "cut": null },
                { "chunk_id": "chk_00000000000000000000000000000001", "cut": "beyond_k" },
            ] } } },
        });
        let asked = read(&[receipt.to_string(), "{}".to_owned()]);
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].hits.len(), 1);
        assert_eq!(never_retrieved(&asked, asked[0].hits.iter()), Some(0));
        assert_eq!(never_retrieved(&[], std::iter::empty()), None);
    }
}
