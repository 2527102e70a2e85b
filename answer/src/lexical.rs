//! How well the words of a chunk match those of a question, worked out anew for the chunks
//! that either leg brought up. Separate from the lexical leg, whose BM25 has fixed constants,
//! knows no neighbours, and says nothing about chunks beyond its depth. Pure.
//!
//! BM25 (Robertson and Zaragoza, FnTIR 2009) over words and over pairs of neighbouring words.
//! Chunks are short and of like length, so counts saturate sooner (`k1`) and length counts
//! less (`b`) than in the usual setting for whole documents.

use footnote_store::terms::{Counts, QueryTerms, TermStats};

/// Constants of the score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bm25 {
    /// How much a second occurrence adds; 0 counts presence alone.
    pub k1: f32,
    /// How much a longer chunk is marked down, from 0 to 1.
    pub b: f32,
    /// What a pair of neighbours counts, against a word as rare.
    pub pair: f32,
}

impl Bm25 {
    /// From the middle of the range that did well on all of scifact (its train questions),
    /// cacm, SQuAD 2 and HotpotQA; half or twice of each changes little.
    pub const MEASURED: Bm25 = Bm25 {
        k1: 0.75,
        b: 0.5,
        pair: 0.3,
    };
}

/// What each word and each pair of a question is worth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Worth {
    /// For each term: its idf times how often the question has it.
    pub terms: Vec<f32>,
    /// For each pair: its idf times [`Bm25::pair`].
    pub pairs: Vec<f32>,
}

impl Worth {
    /// Weighs `query` by how rare its words are in the index. How rare a pair is nobody
    /// counts: the chunks at hand that have it, which are most that do, stand for all.
    pub fn of(query: &QueryTerms, at_hand: &[Counts], stats: &TermStats, bm25: Bm25) -> Self {
        let terms = query.terms.iter();
        let holding = |pair: usize| at_hand.iter().filter(|c| c.pairs[pair] > 0).count();
        let pairs = (0..query.pairs.len()).map(|pair| {
            let n = u32::try_from(holding(pair)).unwrap_or(u32::MAX);
            bm25.pair * stats.idf_of(n)
        });
        Self {
            terms: terms
                .map(|term| stats.idf(&term.stem) * term.count as f32)
                .collect(),
            pairs: pairs.collect(),
        }
    }

    /// The score of a chunk with `counts`, when chunks have `mean_words` words on average:
    /// 0 when it has none of the words.
    pub fn score(&self, counts: &Counts, mean_words: f32, bm25: Bm25) -> f32 {
        let length = counts.words as f32 / mean_words;
        let norm = bm25.k1 * (1.0 - bm25.b + bm25.b * length);
        let part = |(count, worth): (&u32, &f32)| match *count {
            0 => 0.0,
            count => worth * count as f32 * (bm25.k1 + 1.0) / (count as f32 + norm),
        };
        let terms = counts.terms.iter().zip(&self.terms).map(part);
        let pairs = counts.pairs.iter().zip(&self.pairs).map(part);
        terms.chain(pairs).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use footnote_store::terms::Counter;
    use proptest::prelude::*;

    fn scores(question: &str, texts: &[&str]) -> Vec<f32> {
        let (query, stats) = (QueryTerms::of(question), TermStats::default());
        let mut counter = Counter::new(&query);
        let counts: Vec<Counts> = texts.iter().map(|text| counter.count(text)).collect();
        let worth = Worth::of(&query, &counts, &stats, Bm25::MEASURED);
        let score = |counts| worth.score(counts, 4.0, Bm25::MEASURED);
        counts.iter().map(score).collect()
    }

    /// `better` scores higher than `worse`.
    #[track_caller]
    fn check(question: &str, better: &str, worse: &str) {
        let scores = scores(question, &[better, worse]);
        assert!(scores[0] > scores[1], "{scores:?}");
    }

    #[test]
    fn more_words_neighbours_repetition_and_brevity_help() {
        check(
            "annual leave",
            "annual big leave now",
            "annual big year now",
        );
        check("annual leave", "annual leave is due", "leave is due annual");
        check("annual leave", "leave or leave then", "leave or stay then");
        check("annual leave", "leave", "leave and some other words");
        check("leave after leave of a year", "leave", "year");
    }

    #[test]
    fn nothing_in_common_scores_nothing() {
        assert_eq!(scores("annual leave", &["", "audit"]), [0.0, 0.0]);
        assert_eq!(scores("who is it", &["who is it"]), [0.0]);
    }

    proptest! {
        #[test]
        fn scores_are_finite_and_one_more_word_never_hurts(words in prop::collection::vec(0u32..9, 4), more in 0usize..4) {
            let worth = Worth { terms: vec![2.0, 1.0, 0.5], pairs: vec![0.4] };
            let counts = |terms: &[u32]| Counts { words: 20, terms: terms[..3].to_vec(), pairs: vec![terms[3]] };
            let mut raised = words.clone();
            raised[more] += 1;
            let score = |terms: &[u32]| worth.score(&counts(terms), 20.0, Bm25::MEASURED);
            prop_assert!(score(&words).is_finite());
            prop_assert!(score(&raised) > score(&words));
        }
    }
}
