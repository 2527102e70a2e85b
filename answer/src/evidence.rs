//! Evidence: which stored sentences answer the question, and which of them to quote.
//!
//! Every sentence of the best passages is scored by four signals measured together on
//! SQuAD 2 (see the README): cosine of the sentence, idf coverage of the question's terms,
//! cosine of its passage, and whether it can hold an answer of the asked form. Pure.

mod select;

use std::collections::BTreeSet;

use footnote_ingest::span::Span;
use footnote_store::StoredChunk;
use footnote_store::terms::analyse;

use crate::question::{AnswerType, Wanted, can_answer, coverage};
pub use select::{Budget, Dropped, select};

/// A chunk the search brought up, with its similarity to the question.
#[derive(Clone, Debug)]
pub struct Passage {
    /// The stored chunk.
    pub stored: StoredChunk,
    /// Cosine similarity of chunk and question.
    pub cosine: f32,
    /// Fused score of the search.
    pub fused: f32,
}

impl Passage {
    /// Title and headings above the passage, in one line.
    pub fn context(&self) -> String {
        let mut parts = vec![self.stored.title.as_str()];
        parts.extend(self.stored.chunk.heading_path.iter().map(String::as_str));
        parts.join(", ")
    }
}

/// What sentences are compared with.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'q> {
    /// The question's terms.
    pub wanted: &'q [Wanted],
    /// The question's vector, unit length.
    pub vector: &'q [f32],
    /// The form of the answer.
    pub form: AnswerType,
}

/// A stored sentence and how well it answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Sentence {
    /// Index of its passage.
    pub passage: usize,
    /// Index within the passage's sentences.
    pub index: usize,
    /// Where it stands in the document's canonical text.
    pub span: Span,
    /// The exact slice.
    pub text: String,
    /// Weighted sum of the signals; see [`Weights`].
    pub score: f32,
    /// Cosine similarity of sentence and question.
    pub cosine: f32,
    /// Weighted share of the question's terms it holds; headings and the sentence before
    /// count in part.
    pub coverage: f32,
}

/// Weights of the sentence score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Weight of the sentence's own cosine.
    pub cosine: f32,
    /// Weight of the term coverage, scaled by the best coverage any sentence reaches: when
    /// the question's words are nowhere to be found, sharing one of them is chance.
    pub coverage: f32,
    /// Weight of the passage's cosine.
    pub passage: f32,
    /// Bonus for a sentence that can hold an answer of the asked form.
    pub form: f32,
    /// How much a term counts that only the title, a heading or the sentence before holds: a
    /// sentence often goes on about what the one before it named.
    pub heading: f32,
}

impl Weights {
    /// Chosen on SQuAD 2 and the fixtures; the README's quality table is made with these.
    pub const MEASURED: Weights = Weights {
        cosine: 1.0,
        coverage: 1.2,
        passage: 0.5,
        form: 0.1,
        heading: 0.5,
    };
}

/// Scores every sentence of `passages`, best first; equal scores keep reading order.
pub fn score(sought: Sought<'_>, passages: &[Passage], weights: Weights) -> Vec<Sentence> {
    let mut sentences: Vec<Sentence> = passages
        .iter()
        .enumerate()
        .flat_map(|(i, passage)| score_passage(sought, i, passage, weights))
        .collect();
    let best = sentences.iter().map(|s| s.coverage).fold(0.0, f32::max);
    for sentence in &mut sentences {
        sentence.score += weights.coverage * best * sentence.coverage;
    }
    sentences.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| (a.passage, a.index).cmp(&(b.passage, b.index)))
    });
    sentences
}

/// The sentences of one passage, scored by everything but their coverage.
fn score_passage(
    sought: Sought<'_>,
    number: usize,
    passage: &Passage,
    weights: Weights,
) -> Vec<Sentence> {
    let chunk = &passage.stored.chunk;
    let context = stems(&passage.context());
    let texts = chunk.sentences.iter().map(|span| {
        let span = span.relative_to(chunk.span.start);
        span.slice(&chunk.text).unwrap_or_default()
    });
    let stems: Vec<BTreeSet<String>> = texts.clone().map(stems).collect();
    let vectors = passage.stored.sentence_vectors.iter();
    texts
        .zip(vectors)
        .enumerate()
        .filter(|(_, (text, _))| !text.is_empty())
        .map(|(index, (text, vector))| {
            let around = Around {
                context: &context,
                before: index.checked_sub(1).map(|before| &stems[before]),
            };
            let share = |stem: &str| around.share(stem, &stems[index], weights.heading);
            let cosine = dot(sought.vector, vector);
            let coverage = coverage(sought.wanted, share);
            let form = if can_answer(sought.form, text) {
                weights.form
            } else {
                0.0
            };
            Sentence {
                passage: number,
                index,
                span: chunk.sentences[index],
                text: text.to_owned(),
                score: weights.cosine * cosine + weights.passage * passage.cosine + form,
                cosine,
                coverage,
            }
        })
        .collect()
}

/// What a reader of a sentence knows already.
struct Around<'p> {
    /// Stems of title and headings.
    context: &'p BTreeSet<String>,
    /// Stems of the sentence before.
    before: Option<&'p BTreeSet<String>>,
}

impl Around<'_> {
    /// How much `stem` counts for a sentence that says `own`.
    fn share(&self, stem: &str, own: &BTreeSet<String>, part: f32) -> f32 {
        let known =
            self.context.contains(stem) || self.before.is_some_and(|said| said.contains(stem));
        match (own.contains(stem), known) {
            (true, _) => 1.0,
            (false, true) => part,
            (false, false) => 0.0,
        }
    }
}

/// Distinct stems of `text`.
pub fn stems(text: &str) -> BTreeSet<String> {
    analyse(text).into_iter().map(|token| token.stem).collect()
}

/// Inner product: the cosine of two unit vectors.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_and_the_sentence_before_count_in_part() {
        let (own, before, context) = (stems("It is wide"), stems("The gate"), stems("Lyon"));
        let shares = ["wide", "gate", "lyon", "nice"].map(|stem| {
            let around = Around {
                context: &context,
                before: Some(&before),
            };
            around.share(stem, &own, 0.5)
        });
        assert_eq!(shares, [1.0, 0.5, 0.5, 0.0]);
    }
}
