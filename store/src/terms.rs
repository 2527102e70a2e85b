//! What counts as a word: the analysis that questions, chunks and claims share. The same
//! function feeds the term statistics, the lexical leg's choice of query words, and the
//! verifier, so that a term known to one is known to all. It knows English endings and no
//! synonyms; it never sees the index.
//!
//! The index tokenizes on its own (LanceDB's `simple` tokenizer, see the module `index`) and
//! splits `KB-2041` in two; [`analyse`] keeps it whole. Folding happens here for both: LanceDB
//! folds accents *after* stemming, so it would store `résumés` and `resumes` as two terms.

mod query;
mod stats;
mod stop;

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use frostem::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

pub use query::{Counter, Counts, QueryTerm, QueryTerms};
pub use stats::TermStats;
pub use stop::is_stop_word;

/// One word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'t> {
    /// The word in the form that is compared: lower case, without accents, English ending
    /// removed. Words with digits keep their ending and lose thousands separators.
    pub stem: String,
    /// The word as written.
    pub surface: &'t str,
    /// Bytes of `surface` inside the text.
    pub range: Range<usize>,
}

/// The words of `text` in order; punctuation, symbols and emoji are no words.
///
/// Words follow Unicode's word boundaries (UAX 29), so `v2.3.1` and `employee's` are one word.
/// A code, which is a word that starts with a letter and continues with hyphens and parts that
/// have a digit (`KB-2041`, `INV-2024-A7`), is one word too; `part-time` and `12-month` are two.
pub fn analyse(text: &str) -> Vec<Token<'_>> {
    let stemmer = Stemmer::new(Algorithm::English);
    let token = |range: Range<usize>| {
        let surface = &text[range.clone()];
        Token {
            stem: stem(&stemmer, surface),
            surface,
            range,
        }
    };
    words(text).into_iter().map(token).collect()
}

/// Stems, each worked out once: for texts by the thousand, whose words repeat.
pub(crate) struct Stems {
    stemmer: Stemmer,
    known: HashMap<String, String>,
}

impl Stems {
    pub(crate) fn new() -> Self {
        Self {
            stemmer: Stemmer::new(Algorithm::English),
            known: HashMap::new(),
        }
    }

    /// The different stems of `text`, the same as those of [`analyse`], and how many words it
    /// has in all.
    fn distinct(&mut self, text: &str) -> (BTreeSet<String>, usize) {
        let words = words(text);
        let count = words.len();
        let surfaces: BTreeSet<&str> = words.into_iter().map(|range| &text[range]).collect();
        let stems = surfaces.into_iter().map(|surface| self.of(surface));
        (stems.collect(), count)
    }

    fn of(&mut self, surface: &str) -> String {
        if let Some(stem) = self.known.get(surface) {
            return stem.clone();
        }
        let stem = stem(&self.stemmer, surface);
        self.known.insert(surface.to_owned(), stem.clone());
        stem
    }
}

/// Where the words of `text` are, codes put together.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    for (start, word) in text.unicode_word_indices() {
        let range = start..start + word.len();
        match words.last_mut() {
            Some(code) if continues(text, code, &range) => code.end = range.end,
            _ => words.push(range),
        }
    }
    words
}

/// `text` without accents and ligatures, typographic apostrophes made plain; case and
/// everything else stay.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)) {
        match undecomposed(letter) {
            Some(plain) => folded.push_str(plain),
            None => folded.push(letter),
        }
    }
    folded.nfc().collect()
}

/// Plain spelling of letters that Unicode does not decompose.
fn undecomposed(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'ẞ' => "SS",
        'æ' => "ae",
        'Æ' => "AE",
        'œ' => "oe",
        'Œ' => "OE",
        'ø' => "o",
        'Ø' => "O",
        'đ' | 'ð' => "d",
        'Đ' | 'Ð' => "D",
        'ł' => "l",
        'Ł' => "L",
        'þ' => "th",
        'Þ' => "Th",
        'ı' => "i",
        '’' | '‘' | 'ʼ' => "'",
        _ => return None,
    })
}

/// True when the word at `next` carries on the code at `code`.
fn continues(text: &str, code: &Range<usize>, next: &Range<usize>) -> bool {
    &text[code.end..next.start] == "-"
        && text[code.clone()].starts_with(char::is_alphabetic)
        && has_digit(&text[next.clone()])
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
}

fn stem(stemmer: &Stemmer, surface: &str) -> String {
    let plain = fold(surface).to_lowercase();
    if !has_digit(&plain) {
        return stemmer.stem(&plain).into_owned();
    }
    match plain.starts_with(|first: char| first.is_ascii_digit()) {
        true => plain.replace(',', ""),
        false => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, stems: &[&str]) {
        let found: Vec<_> = analyse(text).into_iter().map(|token| token.stem).collect();
        assert_eq!(found, stems, "{text}");
    }

    #[test]
    fn words_lose_case_accents_and_endings() {
        check("Employees receive résumés", &["employe", "receiv", "resum"]);
        check("resumes", &["resum"]);
        check("the company’s Straße", &["the", "compani", "strass"]);
        check("42 días, 東京", &["42", "dia", "東", "京"]);
    }

    #[test]
    fn codes_and_numbers_stay_whole() {
        check("See KB-2041 (v2.3.1).", &["see", "kb-2041", "v2.3.1"]);
        check("INV-2024-A7 and M365", &["inv-2024-a7", "and", "m365"]);
        check("€1,250.50 or 1250.50", &["1250.50", "or", "1250.50"]);
        check(
            "part-time, 12-month, 10-20",
            &["part", "time", "12", "month", "10", "20"],
        );
    }

    #[test]
    fn symbols_are_no_words() {
        check("", &[]);
        check("🎉 ?! — …", &[]);
    }

    proptest! {
        #[test]
        fn surfaces_are_slices_in_order(text in "\\PC{0,80}") {
            let mut end = 0;
            for token in analyse(&text) {
                prop_assert!(token.range.start >= end);
                prop_assert_eq!(&text[token.range.clone()], token.surface);
                end = token.range.end;
            }
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,80}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
