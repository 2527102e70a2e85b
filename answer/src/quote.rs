//! The chosen sentences as evidence, and the extractive answer: each of them quoted, as a claim
//! that rests on itself. Pure.

use footnote_store::terms::TermStats;

use crate::compose::{Kept, as_sentence};
use crate::evidence::Sentence;
use crate::reading::Reading;
use crate::verify::{self, Claim, Evidence};

/// Where each of `kept` stands: title and headings, for the verifier.
pub(crate) fn contexts(kept: &[Sentence], reading: &Reading) -> Vec<String> {
    let context = |sentence: &Sentence| reading.passages[sentence.passage].context();
    kept.iter().map(context).collect()
}

/// `kept` as the verifier reads them, with their [`contexts`].
pub(crate) fn evidence<'a>(
    kept: &'a [Sentence],
    contexts: &'a [String],
    reading: &'a Reading,
) -> Vec<Evidence<'a>> {
    kept.iter()
        .zip(contexts)
        .map(|(sentence, context)| Evidence {
            text: &sentence.text,
            context,
            vector: &reading.passages[sentence.passage].stored.sentence_vectors[sentence.index],
        })
        .collect()
}

/// Every sentence of `evidence`, quoted.
pub(crate) fn quoted(evidence: &[Evidence<'_>], terms: &TermStats) -> Vec<Kept> {
    let quote = |(i, evidence): (usize, &Evidence<'_>)| {
        let claim = Claim {
            text: evidence.text,
            vector: evidence.vector,
            question: "",
        };
        let mut verified = verify::verify(claim, std::slice::from_ref(evidence), terms);
        verified.evidence = vec![i];
        Kept {
            text: as_sentence(evidence.text),
            verified,
        }
    };
    evidence.iter().enumerate().map(quote).collect()
}

/// `quotes` with the first of them in the words of `better`; at most `most`.
pub(crate) fn reworded(mut quotes: Vec<Kept>, better: Vec<Kept>, most: usize) -> Vec<Kept> {
    quotes.splice(..1, better);
    quotes.truncate(most);
    quotes
}
