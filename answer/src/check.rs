//! Checks a text that somebody else wrote against sentences given with it or stored here:
//! the verifier of our own answers, open to every caller (`POST /v1/verify`).

use footnote_ingest::sentence;
use footnote_ingest::span::{CharIndex, Span};
use footnote_store::Snapshot;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::error::Error;
use crate::verify::{Checks, Evidence, Verdict};

/// A sentence that claims may rest on.
#[derive(Clone, Debug, PartialEq)]
pub struct Ground {
    /// The caller's name for where it stands: a passage or a document.
    pub source: String,
    /// Title and headings above it.
    pub context: String,
    /// The exact sentence.
    pub text: String,
    /// Where it stands in the source's text.
    pub span: Span,
    /// Its vector, unit length.
    pub vector: Vec<f32>,
}

/// The verdict on a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// Its sentences.
    pub claims: Vec<CheckedClaim>,
    /// Mean support of its sentences, 0 to 1; 0 for a text without any.
    pub support: f32,
}

/// The verdict on one sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckedClaim {
    /// The sentence: `text[start..end]`.
    pub text: String,
    /// Start in the text, in Unicode scalar values.
    pub start: usize,
    /// End, exclusive.
    pub end: usize,
    /// The verdict.
    pub verdict: Verdict,
    /// One number for it, 0 to 1.
    pub support: f32,
    /// What each check found.
    pub checks: Checks,
    /// The sentences it rests on; none when it is unsupported.
    pub citations: Vec<GroundRef>,
}

/// A span of a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroundRef {
    /// The passage or document.
    pub source: String,
    /// The exact slice.
    pub cited_text: String,
    /// Start in the source's text.
    pub start_char_index: usize,
    /// End, exclusive.
    pub end_char_index: usize,
}

/// Splits the text of `source` into sentences with their vectors.
pub async fn grounds(engine: &Engine, source: &str, text: &str) -> Result<Vec<Ground>, Error> {
    let index = CharIndex::new(text);
    let ranges = sentence::split(text);
    let sentences: Vec<&str> = ranges.iter().map(|range| &text[range.clone()]).collect();
    let vectors = engine.vectors(&sentences).await?;
    let grounds = ranges
        .into_iter()
        .zip(vectors)
        .map(|(range, vector)| Ground {
            source: source.to_owned(),
            context: String::new(),
            text: text[range.clone()].to_owned(),
            span: index.span(range),
            vector,
        });
    Ok(grounds.collect())
}

/// Judges each sentence of `text` by `grounds`.
pub async fn check(
    engine: &Engine,
    snapshot: &Snapshot,
    text: &str,
    grounds: &[Ground],
) -> Result<Checked, Error> {
    let index = CharIndex::new(text);
    let ranges = sentence::split(text);
    let sentences: Vec<&str> = ranges.iter().map(|range| &text[range.clone()]).collect();
    let evidence: Vec<Evidence<'_>> = grounds
        .iter()
        .map(|ground| Evidence {
            text: &ground.text,
            context: &ground.context,
            vector: &ground.vector,
        })
        .collect();
    let judged = engine.judged(&sentences, "", &evidence, &snapshot.terms);
    let judged = judged.await?;
    let claims: Vec<CheckedClaim> = ranges
        .iter()
        .zip(judged)
        .map(|(range, verified)| {
            let span = index.span(range.clone());
            let stands = verified.verdict != Verdict::Unsupported;
            let cited = verified.evidence.iter().filter(|_| stands);
            CheckedClaim {
                text: text[range.clone()].to_owned(),
                start: span.start,
                end: span.end,
                verdict: verified.verdict,
                support: verified.support,
                checks: verified.checks,
                citations: cited.map(|i| reference(&grounds[*i])).collect(),
            }
        })
        .collect();
    let total: f32 = claims.iter().map(|claim| claim.support).sum();
    let support = if claims.is_empty() {
        0.0
    } else {
        total / claims.len() as f32
    };
    Ok(Checked { claims, support })
}

fn reference(ground: &Ground) -> GroundRef {
    GroundRef {
        source: ground.source.clone(),
        cited_text: ground.text.clone(),
        start_char_index: ground.span.start,
        end_char_index: ground.span.end,
    }
}
