//! Before a question was asked: is the document there, does its text have the words, are they
//! in one chunk, is the chunk in the index, and may this search see it?

use footnote_store::StoredChunk;
use footnote_store::ledger::jobs::{Job, State};
use serde_json::{Value, json};

use super::Scene;
use crate::diagnose::gold::GoldDocument;
use crate::diagnose::stage::{Row, Stage, Status, verdict};
use crate::diagnose::text::states;

impl Scene<'_> {
    pub(super) fn ingested(&self) -> Row {
        let gold = self.gold;
        let documents: Vec<Value> = gold.documents.iter().map(document).collect();
        let job = gold.job.as_ref().map(job);
        let evidence = json!({ "documents": documents });
        if documents.is_empty() {
            let mut evidence = json!({ "reason": "no document of that name, or with these words" });
            evidence["job"] = json!(job);
            evidence["left_out"] = json!(self.outside.files);
            return Row::new(Stage::Ingested, Status::Fail, evidence);
        }
        // An older version is there: is the newest still to come, or was it refused?
        let stale = gold
            .documents
            .iter()
            .find_map(|document| document.row.stale.clone());
        let coming = gold
            .job
            .as_ref()
            .is_some_and(|job| matches!(job.state, State::Queued | State::Running));
        if !gold.extracted() && (stale.is_some() || coming) {
            let evidence = json!({ "documents": documents, "stale": stale, "job": job });
            return Row::new(Stage::Ingested, Status::Fail, evidence);
        }
        Row::new(Stage::Ingested, Status::Pass, evidence)
    }

    pub(super) fn extracted(&self) -> Row {
        let gold = self.gold;
        let documents = gold.documents.iter();
        let share = documents.clone().map(|d| d.share).fold(0.0, f32::max);
        let warnings: Vec<&String> = documents.flat_map(|d| &d.row.warnings).collect();
        let evidence = json!({
            "share": share,
            "in_original_bytes": !gold.raw.is_empty(),
            "parsed_again": self.outside.parsed_again,
            "warnings": warnings,
        });
        Row::new(Stage::Extracted, verdict(!gold.extracted()), evidence)
    }

    pub(super) fn chunked(&self) -> Row {
        let gold = self.gold;
        let best = gold
            .chunks
            .iter()
            .max_by(|a, b| a.share.total_cmp(&b.share));
        let whole = self.expected.passage_text.is_none() && self.expected.answer.is_none();
        let Some(best) = best else {
            let complete = gold.documents.iter().any(complete);
            let evidence = json!({ "reason": "no chunk covers the words" });
            return match complete {
                true => Row::new(Stage::Chunked, Status::Fail, evidence),
                false => Row::skipped(Stage::Chunked, "the index lacks the document's chunks"),
            };
        };
        let held = if whole {
            Some(best)
        } else {
            gold.whole(self.expected)
        };
        if let Some(best) = held {
            let chunk = &best.stored.chunk;
            let evidence = json!({
                "chunk_id": chunk.id, "tokens": chunk.tokens, "share": best.share,
                "chunks": gold.chunks.len(),
            });
            return Row::new(Stage::Chunked, Status::Pass, evidence);
        }
        let evidence = json!({
            "share": best.share,
            "pieces": gold.chunks.iter().map(|piece| json!({
                "chunk_id": piece.stored.chunk.id,
                "share": piece.share,
                "start": piece.stored.chunk.span.start,
                "end": piece.stored.chunk.span.end,
            })).collect::<Vec<_>>(),
            "sentence_cut": self.sentence_cut(),
            "rank_if_whole": self.joined_rank,
        });
        Row::new(Stage::Chunked, verdict(self.split_hurts()), evidence)
    }

    /// A split matters when the passage in one piece would have been among the passages, and
    /// the piece that is needed was not, or a sentence is cut so that it cannot be quoted.
    fn split_hurts(&self) -> bool {
        let whole = self
            .joined_rank
            .is_some_and(|rank| rank <= self.ask.search.k);
        let reached = self.run.found.hits.iter().any(|(candidate, passage)| {
            let needed = self.expected.answer.as_ref();
            self.visible.contains(&candidate.chunk_id)
                && needed.is_none_or(|answer| states(&passage.stored.chunk.text, answer))
        });
        !self.visible.is_empty() && whole && (self.sentence_cut() || !reached)
    }

    /// Whether two neighbouring pieces share a sentence.
    fn sentence_cut(&self) -> bool {
        self.gold.chunks.windows(2).any(|pair| {
            let (a, b) = (&pair[0].stored, &pair[1].stored);
            let neighbours = a.document_id == b.document_id
                && b.chunk.span.start.saturating_sub(a.chunk.span.end) <= 1;
            neighbours && !a.chunk.text.trim_end().ends_with(SENTENCE_ENDS)
        })
    }

    pub(super) fn indexed(&self) -> Row {
        let gold = self.gold;
        let whole = gold.chunks.iter().any(|piece| has_direction(&piece.stored));
        let current = gold.documents.iter().any(|document| {
            document
                .indexed
                .as_ref()
                .is_some_and(|(v, _)| *v == document.row.version)
        });
        let documents: Vec<Value> = gold
            .documents
            .iter()
            .map(|document| {
                json!({
                    "document_id": document.row.document_id,
                    "chunks": document.row.chunks,
                    "chunks_in_index": document.indexed.as_ref().map_or(0, |(_, chunks)| *chunks),
                    "version_in_index": document.indexed.as_ref().map(|(version, _)| version),
                })
            })
            .collect();
        let evidence = json!({
            "documents": documents,
            "rows_without_full_text_index": self.unindexed,
        });
        // Chunks that are there and do not cover the words are the business of `chunked`.
        let lost = !current || (!whole && !gold.documents.iter().any(complete));
        Row::new(Stage::Indexed, verdict(lost), evidence)
    }

    pub(super) fn filter(&self) -> Row {
        let evidence = json!({
            "chunks": self.gold.chunks.len(),
            "visible": self.visible.len(),
            "failing": self.clauses.iter().filter(|clause| !clause.passes).collect::<Vec<_>>(),
        });
        Row::new(Stage::Filter, verdict(self.visible.is_empty()), evidence)
    }
}

/// Characters after which a chunk has not cut a sentence.
const SENTENCE_ENDS: [char; 8] = ['.', '!', '?', ':', ';', '\u{2026}', '"', '\u{201d}'];

/// Whether the index holds the version and number of chunks that the ledger knows.
fn complete(document: &GoldDocument) -> bool {
    let row = &document.row;
    document.indexed.as_ref().is_some_and(|(version, chunks)| {
        *version == row.version && *chunks as u64 >= u64::from(row.chunks)
    })
}

/// Whether a vector can be compared with anything.
fn has_direction(stored: &StoredChunk) -> bool {
    let norm: f32 = stored.vector.iter().map(|x| x * x).sum();
    (0.9..1.1).contains(&norm)
}

fn document(document: &GoldDocument) -> Value {
    let row = &document.row;
    json!({
        "document_id": row.document_id, "uri": row.uri, "collection": row.collection,
        "version": row.version, "chunks": row.chunks,
    })
}

fn job(job: &Job) -> Value {
    json!({
        "id": job.id.as_str(), "uri": job.task.uri, "state": job.state.as_str(),
        "error": job.error.as_ref().map(|error| json!({
            "code": error.code, "message": error.message, "hint": error.hint,
        })),
    })
}
