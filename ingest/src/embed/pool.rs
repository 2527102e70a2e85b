//! From one vector per token to one vector per text: the mean over the tokens that belong to
//! it, as the sentence-transformers recipe of MiniLM has it, scaled to unit length. Pure.

use std::ops::Range;

use super::{EmbedError, Embedded, Embedding};

/// One token of a passage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// The bytes it was made from.
    pub(super) bytes: Range<usize>,
    /// True for tokens the tokenizer put around the text.
    pub(super) special: bool,
}

/// Pools `states`, `dimension` numbers for each of `tokens`, for the passage and its sentences.
///
/// A sentence's vector is the mean of the states of the tokens that overlap it: they were
/// computed with the whole passage in view, and cost no further model work. A sentence without
/// any token (empty, or beyond what the model reads) gets the passage's vector.
pub(super) fn pool(
    states: &[f32],
    tokens: &[Token],
    sentences: &[Range<usize>],
    dimension: usize,
) -> Result<Embedded, EmbedError> {
    let rows = || states.chunks_exact(dimension.max(1)).zip(tokens);
    let vector = mean(rows().map(|(row, _)| row), dimension)?;
    let sentences = sentences
        .iter()
        .map(|sentence| {
            let own = rows().filter(|(_, token)| overlaps(token, sentence));
            let mut own = own.map(|(row, _)| row).peekable();
            match own.peek() {
                Some(_) => mean(own, dimension),
                None => Ok(vector.clone()),
            }
        })
        .collect::<Result<_, _>>()?;
    Ok(Embedded { vector, sentences })
}

fn overlaps(token: &Token, sentence: &Range<usize>) -> bool {
    let shared = token.bytes.start < sentence.end && sentence.start < token.bytes.end;
    shared && !token.special
}

/// The direction of the mean; dividing by the count would not change it.
fn mean<'a>(
    rows: impl Iterator<Item = &'a [f32]>,
    dimension: usize,
) -> Result<Embedding, EmbedError> {
    let mut sum = vec![0.0; dimension];
    for row in rows {
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += value;
        }
    }
    Embedding::new(sum, dimension)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[CLS] aa bb [SEP]`, each token pointing along its own axis.
    fn passage(sentences: &[Range<usize>]) -> Embedded {
        let token = |bytes, special| Token { bytes, special };
        let tokens = [
            token(0..0, true),
            token(0..2, false),
            token(3..5, false),
            token(0..0, true),
        ];
        let states: Vec<f32> = (0..16)
            .map(|i| if i % 5 == 0 { 2.0 } else { 0.0 })
            .collect();
        pool(&states, &tokens, sentences, 4).unwrap()
    }

    #[track_caller]
    fn check(sentence: Range<usize>, expected: [f32; 4]) {
        let embedded = passage(&[sentence]);
        let expected = Embedding::new(expected.to_vec(), 4).unwrap();
        assert!(
            embedded.sentences[0].cosine(&expected) > 0.9999,
            "{embedded:?}"
        );
    }

    #[test]
    fn a_passage_is_the_mean_of_all_its_tokens() {
        assert_eq!(passage(&[]).vector.as_slice(), [0.5; 4]);
    }

    #[test]
    fn a_sentence_is_the_mean_of_its_own_tokens() {
        check(0..2, [0.0, 1.0, 0.0, 0.0]);
        check(3..5, [0.0, 0.0, 1.0, 0.0]);
        check(1..4, [0.0, 1.0, 1.0, 0.0]);
    }

    #[test]
    fn a_sentence_the_model_did_not_read_gets_the_passage() {
        check(5..9, [1.0; 4]);
        check(0..0, [1.0; 4]);
    }
}
