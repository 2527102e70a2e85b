//! Texts compared the way a reader would: case, accents, ligatures, line breaks, punctuation
//! and the spelling of numbers do not count. What somebody copied from a PDF or typed from
//! memory is found in the stored text, and where exactly. Pure.

use std::collections::HashSet;

use footnote_answer::checks::numbers::numbers;
use footnote_ingest::span::Span;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Words of one shingle: five in a row are rarely alike by chance.
const SHINGLE: usize = 5;

/// A word in the form that is compared, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Lower case, without accents; numbers as digits without separators.
    pub text: String,
    /// Its place in the text, in Unicode scalar values.
    pub span: Span,
}

/// The words of `text` in order. A word hyphenated over a line end is one word; ideographs are
/// a word each.
pub fn words(text: &str) -> Vec<Word> {
    let chars: Vec<char> = text.chars().collect();
    let mut words: Vec<Word> = Vec::new();
    let mut run = Run::default();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        let next = |ahead: usize| chars.get(at + ahead).copied();
        let in_digits = run.text.ends_with(|c: char| c.is_ascii_digit());
        if is_ideograph(c) {
            run.end_into(&mut words);
            run.push(c, at);
            run.end_into(&mut words);
        } else if c.is_alphanumeric() {
            run.push(c, at);
        } else if c == SOFT_HYPHEN || is_combining_mark(c) {
            // Neither ends a word.
        } else if is_hyphen(c)
            && next(1) == Some('\n')
            && next(2).is_some_and(char::is_lowercase)
            && !run.text.is_empty()
        {
            at += 1;
        } else if matches!(c, '.' | ',') && in_digits && next(1).is_some_and(|c| c.is_ascii_digit())
        {
            run.text.push(c);
        } else {
            run.end_into(&mut words);
        }
        at += 1;
    }
    run.end_into(&mut words);
    words
}

const SOFT_HYPHEN: char = '\u{ad}';

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}' | '\u{2011}')
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// A word that is being read.
#[derive(Default)]
struct Run {
    text: String,
    start: usize,
    end: usize,
}

impl Run {
    fn push(&mut self, c: char, at: usize) {
        if self.text.is_empty() {
            self.start = at;
        }
        self.end = at + 1;
        let plain = c.nfkd().filter(|c| !is_combining_mark(*c));
        self.text.extend(plain.flat_map(char::to_lowercase));
    }

    fn end_into(&mut self, words: &mut Vec<Word>) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            words.push(Word {
                text: plain_number(text),
                span: Span::new(self.start, self.end),
            });
        }
    }
}

/// Numbers in one spelling: `six` and `6`, `1,200` and `1200`. A version such as `v2.3.1`
/// stays what it is.
fn plain_number(word: String) -> String {
    let digits = word.starts_with(|c: char| c.is_ascii_digit());
    let spelled = (3..=9).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase());
    if !digits && !spelled {
        return word;
    }
    let bare = word
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    match numbers(&word).as_slice() {
        [number] if spelled || bare => number.clone(),
        _ => word,
    }
}

/// Where `needle` stands in `text` word by word, in order; nothing for an empty needle.
pub fn find(needle: &[Word], text: &[Word]) -> Vec<Span> {
    let Some(last) = needle.len().checked_sub(1) else {
        return Vec::new();
    };
    text.windows(needle.len())
        .filter(|window| {
            window
                .iter()
                .zip(needle)
                .all(|(word, wanted)| word.text == wanted.text)
        })
        .map(|window| Span::new(window[0].span.start, window[last].span.end))
        .collect()
}

/// Where `text` states `answer`: its words in order, with no more other words in between than
/// it has itself, or two. `five days` is stated by `five unused days`.
pub fn stated(answer: &[Word], text: &[Word]) -> Vec<Span> {
    let exact = find(answer, text);
    let room = answer.len() + answer.len().max(2);
    if !exact.is_empty() || !(2..=MOST_LOOSE).contains(&answer.len()) {
        return exact;
    }
    let starts = text
        .iter()
        .enumerate()
        .filter(|(_, word)| word.text == answer[0].text);
    let ends = starts.filter_map(|(start, first)| {
        let reach = &text[start..text.len().min(start + room)];
        let mut wanted = answer.iter().peekable();
        let last = reach.iter().find(|word| {
            wanted.next_if(|next| next.text == word.text);
            wanted.peek().is_none()
        })?;
        Some(Span::new(first.span.start, last.span.end))
    });
    ends.collect()
}

/// Answers of more words are passages, and found as they are or not at all.
const MOST_LOOSE: usize = 12;

/// The words of a short answer, without an article in front.
pub fn answer_words(answer: &str) -> Vec<Word> {
    let mut words = words(answer);
    let article = words
        .first()
        .is_some_and(|word| matches!(word.text.as_str(), "a" | "an" | "the"));
    if article && words.len() > 1 {
        words.remove(0);
    }
    words
}

/// Share of the five-word shingles of `needle` that `text` holds, 0 to 1; a needle of fewer
/// words is held whole or not at all. C(p, c) = |S(p) ∩ S(c)| / |S(p)| (Broder, 1997).
pub fn containment(needle: &[Word], text: &[Word]) -> f32 {
    if needle.len() < SHINGLE {
        return f32::from(u8::from(!find(needle, text).is_empty()));
    }
    let wanted = shingles(needle);
    let held = shingles(text);
    wanted.intersection(&held).count() as f32 / wanted.len() as f32
}

fn shingles(words: &[Word]) -> HashSet<Vec<&str>> {
    words.windows(SHINGLE).map(key).collect()
}

fn key(window: &[Word]) -> Vec<&str> {
    window.iter().map(|word| word.text.as_str()).collect()
}

/// The stretch of `text` that holds most shingles of `needle`, with the share of them it
/// holds. The stretch is at most half as long again as the needle.
pub fn closest(needle: &[Word], text: &[Word]) -> Option<(Span, f32)> {
    if needle.len() < SHINGLE {
        return None;
    }
    let wanted = shingles(needle);
    let hits: Vec<usize> = text
        .windows(SHINGLE)
        .enumerate()
        .filter(|(_, window)| wanted.contains(&key(window)))
        .map(|(at, _)| at)
        .collect();
    let reach = needle.len() + needle.len() / 2;
    let mut best: Option<(usize, usize, usize)> = None;
    for (i, first) in hits.iter().enumerate() {
        let inside = hits[i..].partition_point(|at| at + SHINGLE <= first + reach);
        if inside > best.map_or(0, |(count, ..)| count) {
            best = Some((inside, *first, hits[i + inside - 1] + SHINGLE - 1));
        }
    }
    best.map(|(count, first, last)| {
        let span = Span::new(text[first].span.start, text[last].span.end);
        let share = count as f32 / wanted.len() as f32;
        (span, share.min(1.0))
    })
}

/// Whether `text` states `answer`, numbers in any spelling.
pub fn states(text: &str, answer: &str) -> bool {
    !stated(&answer_words(answer), &words(text)).is_empty()
}

#[cfg(test)]
mod tests;
