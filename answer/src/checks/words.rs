//! A text as the checks read it: words with their stems, clauses, and the company they keep.
//! A word occurs in a long sentence more than once; which of its occurrences a claim repeats
//! is told by the words around it.

use std::collections::BTreeMap;
use std::ops::Range;

use footnote_store::terms::{analyse, is_stop_word};

/// A word and where it stands.
pub(super) struct Word {
    /// Lower case, with a plain apostrophe.
    pub(super) lower: String,
    /// The form that is compared.
    pub(super) stem: String,
    /// Bytes of the text.
    pub(super) range: Range<usize>,
    /// Whether it says something by itself.
    pub(super) content: bool,
    /// Number of punctuation marks before it: words with the same number share a clause.
    pub(super) clause: usize,
    /// Number of sentences before it.
    pub(super) sentence: usize,
}

/// The content stems around a word, each with how near it is.
pub(super) type Company<'w> = BTreeMap<&'w str, usize>;

/// Words this far away on either side are company.
const REACH: usize = 6;

/// The words of `text` in order.
pub(super) fn words(text: &str) -> Vec<Word> {
    let (mut clause, mut sentence, mut end) = (0, 0, 0);
    let mut words = Vec::new();
    for token in analyse(text) {
        let gap = &text[end..token.range.start];
        if gap.contains([
            ',', ';', ':', '.', '!', '?', '(', ')', '\u{2014}', '\u{2013}',
        ]) {
            clause += 1;
            let ends = |c: char| ".!?".contains(c);
            sentence += usize::from(gap.contains(ends) && gap.ends_with(char::is_whitespace));
        }
        end = token.range.end;
        words.push(Word {
            lower: token.surface.to_lowercase().replace('\u{2019}', "'"),
            content: !is_stop_word(token.surface),
            stem: token.stem,
            range: token.range,
            clause,
            sentence,
        });
    }
    words
}

/// Content stems around `words[at]` within its sentence, itself left out. The nearer a word,
/// the more it counts; a word in another clause counts a quarter.
pub(super) fn company(words: &[Word], at: Range<usize>) -> Company<'_> {
    let mut company = Company::new();
    let Some(own) = words.get(at.start) else {
        return company;
    };
    let near = at.start.saturating_sub(REACH)..(at.end + REACH).min(words.len());
    for i in near.filter(|i| !at.contains(i)) {
        let word = &words[i];
        let distance = if i < at.start {
            at.start - i
        } else {
            i + 1 - at.end
        };
        let weight = match word.clause == own.clause {
            true => WEIGHT / distance,
            false => WEIGHT / distance / 4,
        };
        if word.content && word.sentence == own.sentence {
            let known = company.entry(word.stem.as_str()).or_default();
            *known = weight.max(*known);
        }
    }
    company
}

/// Weight of the next word: divisible by all distances.
const WEIGHT: usize = 240;

/// How much two companies have in common.
pub(super) fn shared(a: &Company<'_>, b: &Company<'_>) -> usize {
    let both = a
        .iter()
        .filter_map(|(stem, weight)| Some(weight.min(b.get(stem)?)));
    both.sum()
}

/// Whether the words from `at` on are those of `phrase`, which has blanks between them.
pub(super) fn says(words: &[Word], at: usize, phrase: &str) -> bool {
    let mut said = words[at..].iter();
    phrase
        .split(' ')
        .all(|part| said.next().is_some_and(|word| word.lower == part))
}
