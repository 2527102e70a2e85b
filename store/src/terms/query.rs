//! A question as its words are looked for, and how often a text has them. Ranking weighs the
//! chunks that a search brought up by these counts; which weight a count has is not known here.

use std::collections::HashMap;

use super::{Stems, analyse, fold, is_stop_word, words};

/// Most different words of a question that are looked for; a longer one is cut.
const MAX_TERMS: usize = 64;
/// Most occurrences of one word in a question that count.
const MAX_COUNT: u32 = 8;

/// A word of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryTerm {
    /// The form that is compared, a [`Token::stem`](super::Token::stem).
    pub stem: String,
    /// As written first, without accents: what the full-text index is asked for.
    pub word: String,
    /// How often the question has it: what is said twice matters more.
    pub count: u32,
}

/// The content words of a question, in order of first appearance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryTerms {
    /// The words, no two with the same stem.
    pub terms: Vec<QueryTerm>,
    /// Pairs of neighbours, as indexes of `terms`: nothing but punctuation stands between them.
    pub pairs: Vec<(usize, usize)>,
}

/// How often a text has the words of a question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Words of the text in all.
    pub words: u32,
    /// One number for each of [`QueryTerms::terms`].
    pub terms: Vec<u32>,
    /// One number for each of [`QueryTerms::pairs`], counted as neighbours in the same order.
    pub pairs: Vec<u32>,
}

impl QueryTerms {
    /// Reads `question`; stop words are left out.
    pub fn of(question: &str) -> Self {
        let mut query = Self::default();
        let mut previous = None;
        for token in analyse(question) {
            let at = match is_stop_word(token.surface) {
                true => None,
                false => query.note(token.stem, token.surface),
            };
            if let (Some(first), Some(second)) = (previous, at) {
                let pair = (first, second);
                if first != second && !query.pairs.contains(&pair) {
                    query.pairs.push(pair);
                }
            }
            previous = at;
        }
        query
    }

    /// Counts one more occurrence; the place of its term, if there is room for it.
    fn note(&mut self, stem: String, surface: &str) -> Option<usize> {
        if let Some(at) = self.terms.iter().position(|term| term.stem == stem) {
            let count = &mut self.terms[at].count;
            *count = (*count + 1).min(MAX_COUNT);
            return Some(at);
        }
        (self.terms.len() < MAX_TERMS).then(|| {
            let word = fold(surface);
            self.terms.push(QueryTerm {
                stem,
                word,
                count: 1,
            });
            self.terms.len() - 1
        })
    }
}

/// Counts a question's words in texts, one after the other; stems that were worked out for
/// one text serve the next.
pub struct Counter<'q> {
    query: &'q QueryTerms,
    places: HashMap<&'q str, usize>,
    pairs: HashMap<(usize, usize), usize>,
    initials: Vec<char>,
    stems: Stems,
}

impl<'q> Counter<'q> {
    /// A counter for `query`.
    pub fn new(query: &'q QueryTerms) -> Self {
        let terms = query.terms.iter().enumerate();
        let pairs = query.pairs.iter().enumerate();
        let initials = query.terms.iter();
        Self {
            query,
            places: terms.map(|(at, term)| (term.stem.as_str(), at)).collect(),
            pairs: pairs.map(|(at, pair)| (*pair, at)).collect(),
            initials: initials.filter_map(|t| t.stem.chars().next()).collect(),
            stems: Stems::new(),
        }
    }

    /// Counts the words of `text`.
    pub fn count(&mut self, text: &str) -> Counts {
        let mut counts = Counts {
            words: 0,
            terms: vec![0; self.query.terms.len()],
            pairs: vec![0; self.query.pairs.len()],
        };
        let mut previous = None;
        for range in words(text) {
            counts.words += 1;
            let at = self.place(&text[range]);
            if let Some(at) = at {
                counts.terms[at] += 1;
            }
            let pair = previous.zip(at).and_then(|pair| self.pairs.get(&pair));
            if let Some(pair) = pair {
                counts.pairs[*pair] += 1;
            }
            previous = at;
        }
        counts
    }

    /// Which term `word` is. Stemming is the costly part, and it never changes the first
    /// letter, so most words are told by that.
    fn place(&mut self, word: &str) -> Option<usize> {
        let first = word.chars().next()?.to_ascii_lowercase();
        if first.is_ascii() && !self.initials.contains(&first) {
            return None;
        }
        self.places.get(self.stems.of(word).as_str()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(question: &str, text: &str, words: u32, terms: &[u32], pairs: &[u32]) {
        let query = QueryTerms::of(question);
        let counts = Counter::new(&query).count(text);
        assert_eq!(counts.words, words, "{text}");
        assert_eq!((&counts.terms[..], &counts.pairs[..]), (terms, pairs));
    }

    #[test]
    fn stems_codes_and_neighbours_are_counted() {
        check(
            "annual leave",
            "Leaves annually: annual leave",
            4,
            &[2, 2],
            &[1],
        );
        check("leave of the year", "year leave year", 3, &[1, 2], &[]);
        check("KB-2041", "See KB-2041, not KB 2041.", 5, &[1], &[]);
        check(
            "Où est le café?",
            "Ou est le cafe",
            4,
            &[1, 1, 1, 1],
            &[1, 1, 1],
        );
        check("who is it", "it is who", 3, &[], &[]);
    }

    #[test]
    fn what_is_asked_twice_counts_twice_and_long_questions_are_cut() {
        let counts = |question: &str| -> Vec<u32> {
            let query = QueryTerms::of(question);
            query.terms.iter().map(|term| term.count).collect()
        };
        assert_eq!(counts("leave, Leaves and sick leaving"), [3, 1]);
        assert_eq!(counts(&"leave ".repeat(1000)), [MAX_COUNT]);
        let long: Vec<String> = (0..1000).map(|n| format!("word{n}")).collect();
        assert_eq!(counts(&long.join(" ")).len(), MAX_TERMS);
    }

    proptest! {
        #[test]
        fn counting_agrees_with_the_analysis(question in "[a-eyé ]{0,30}", text in "([a-ey]{1,6}(ing|ly|s|ed)?[ -]){0,20}|\\PC{0,60}") {
            let query = QueryTerms::of(&question);
            let counts = Counter::new(&query).count(&text);
            let stems: Vec<String> = analyse(&text).into_iter().map(|token| token.stem).collect();
            prop_assert_eq!(counts.words as usize, stems.len());
            for (term, count) in query.terms.iter().zip(counts.terms) {
                prop_assert_eq!(stems.iter().filter(|stem| **stem == term.stem).count(), count as usize);
            }
            for ((a, b), count) in query.pairs.iter().zip(counts.pairs) {
                let pair = [&query.terms[*a].stem, &query.terms[*b].stem];
                prop_assert_eq!(stems.windows(2).filter(|two| two[0] == *pair[0] && two[1] == *pair[1]).count(), count as usize);
            }
        }
    }
}
