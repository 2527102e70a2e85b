//! Where one fact of a sentence can be exchanged, by kind: each function lists the edits that
//! make the sentence false. Word lists are in English.

use std::ops::Range;

use footnote_store::terms::is_stop_word;

use super::super::Pair;
use super::super::phrases::{AUXILIARIES, COMPARATORS, MONTHS, NUMBERS, UNITS, WEEKDAYS};
use super::Edit;
use crate::stats::Random;

/// Words of `text`: runs of letters, digits and what joins them.
pub(super) fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let inside = c.is_alphanumeric() || matches!(c, '\'' | '\u{2019}' | '.' | ',' | '-');
        match (start, inside) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                let word = &text[from..at];
                let kept = word.trim_end_matches(['.', ',', '-', '\'', '\u{2019}']);
                words.push(from..from + kept.len());
                start = None;
            }
            _ => {}
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

pub(super) fn numbers(text: &str, random: &mut Random) -> Vec<Edit> {
    let mut edits = Vec::new();
    for word in words(text) {
        let plain = &text[word.clone()];
        let lower = plain.to_lowercase();
        if let Some(i) = NUMBERS.iter().position(|n| *n == lower) {
            let step = 1 + random.below(NUMBERS.len() - 1);
            edits.push((word, NUMBERS[(i + step) % NUMBERS.len()].to_owned()));
        } else if plain
            .bytes()
            .all(|b| b.is_ascii_digit() || b == b',' || b == b'.')
        {
            edits.push((word, another(plain, random)));
        }
    }
    edits
}

/// Numbers in digits, each with the word after it.
pub(super) fn counts(text: &str) -> Vec<(Range<usize>, String)> {
    let words = words(text);
    let digits = |word: &Range<usize>| {
        let mut bytes = text[word.clone()].bytes();
        bytes.all(|b| b.is_ascii_digit() || b == b',' || b == b'.')
    };
    let pairs = words.windows(2).filter(|pair| digits(&pair[0]));
    let counted = pairs.map(|pair| (pair[0].clone(), text[pair[1].clone()].to_lowercase()));
    counted.collect()
}

/// Another number of the same form: one digit changes.
fn another(number: &str, random: &mut Random) -> String {
    let digits: Vec<usize> = number
        .match_indices(|c: char| c.is_ascii_digit())
        .map(|(i, _)| i)
        .collect();
    let Some(at) = digits.get(random.below(digits.len().max(1))).copied() else {
        return number.to_owned();
    };
    let old = number.as_bytes()[at] - b'0';
    // Never a leading zero, never the same digit.
    let new = 1 + (usize::from(old) + random.below(8)) % 9;
    let new = if new == usize::from(old) {
        1 + new % 9
    } else {
        new
    };
    format!("{}{new}{}", &number[..at], &number[at + 1..])
}

pub(super) fn units(text: &str, random: &mut Random) -> Vec<Edit> {
    let mut edits = Vec::new();
    for sort in UNITS {
        for (i, unit) in sort.iter().enumerate() {
            for (at, _) in text.match_indices(unit) {
                let range = at..at + unit.len();
                if measures(text, &range) {
                    let other = sort[(i + 1 + random.below(sort.len() - 1)) % sort.len()];
                    edits.push((range, other.to_owned()));
                }
            }
        }
    }
    edits
}

/// Whether a number stands right before what is at `range`, or behind a currency sign there,
/// and no letter goes on from it.
fn measures(text: &str, range: &Range<usize>) -> bool {
    let (before, after) = (&text[..range.start], &text[range.end..]);
    let sign = "$\u{20ac}\u{a3}".contains(&text[range.clone()]);
    let number = |c: char| c.is_ascii_digit();
    if sign {
        return after.starts_with(number);
    }
    let last = before
        .trim_end()
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or("");
    let counted = last.ends_with(number) || NUMBERS.contains(&last.to_lowercase().as_str());
    let apart = before.ends_with(' ') || before.ends_with(number) || before.ends_with('-');
    counted && apart && !after.starts_with(char::is_alphanumeric)
}

/// Names of a text: runs of capitalised words that do not open it.
pub(super) fn names(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut names: Vec<(Range<usize>, &str)> = Vec::new();
    for (i, word) in words(text).into_iter().enumerate() {
        let plain = &text[word.clone()];
        let opens = i == 0
            || text[..word.start]
                .trim_end()
                .ends_with(['.', ':', '?', '!', '"']);
        let capital = plain.starts_with(char::is_uppercase) && plain.chars().count() > 2;
        if opens || !capital || MONTHS.contains(&plain) || WEEKDAYS.contains(&plain) {
            continue;
        }
        match names.last_mut() {
            Some((last, _)) if &text[last.end..word.start] == " " => last.end = word.end,
            _ => names.push((word, text)),
        }
    }
    names
}

pub(super) fn entities(pair: &Pair, known: &[String], random: &mut Random) -> Vec<Edit> {
    let said = format!("{} {}", pair.claim, pair.evidence.join(" ")).to_lowercase();
    let mut edits = Vec::new();
    // What opens a sentence is a name when it is one elsewhere.
    let opening = words(&pair.claim).into_iter().next();
    let is_name = |word: &str| !is_stop_word(word) && known.iter().any(|name| name == word);
    let opening = opening.filter(|word| is_name(&pair.claim[word.clone()]));
    let ranges = names(&pair.claim).into_iter().map(|(range, _)| range);
    for range in ranges.chain(opening) {
        let first = random.below(known.len().max(1));
        let others = known.iter().cycle().skip(first).take(known.len());
        let mut strange = others.filter(|name| !said.contains(&name.to_lowercase()));
        edits.extend(strange.next().map(|name| (range, name.clone())));
    }
    edits
}

pub(super) fn negations(text: &str) -> Vec<Edit> {
    let words = words(text);
    let is = |i: usize, list: &[&str]| {
        words
            .get(i)
            .is_some_and(|w| list.contains(&&text[w.clone()]))
    };
    let mut edits = Vec::new();
    for (i, word) in words.iter().enumerate() {
        if is(i, &["not", "never"]) && !is(i + 1, &["only", "less", "more", "later", "just"]) {
            let end = words.get(i + 1).map_or(word.end, |next| next.start);
            edits.push((word.start..end, String::new()));
        }
    }
    if !edits.is_empty() {
        return edits;
    }
    for (i, word) in words.iter().enumerate() {
        if is(i, AUXILIARIES) && i > 0 {
            edits.push((word.end..word.end, " not".to_owned()));
        }
    }
    edits
}

pub(super) fn dates(text: &str, random: &mut Random) -> Vec<Edit> {
    let mut edits = Vec::new();
    for word in words(text) {
        let plain = &text[word.clone()];
        for names in [MONTHS, WEEKDAYS] {
            if let Some(i) = names.iter().position(|name| *name == plain) {
                let step = 1 + random.below(names.len() - 1);
                edits.push((word.clone(), names[(i + step) % names.len()].to_owned()));
            }
        }
        if let Some(year) = plain
            .parse::<usize>()
            .ok()
            .filter(|y| (1000..2100).contains(y) && plain.len() == 4)
        {
            edits.push((word, (year + 1 + random.below(9)).to_string()));
        }
    }
    edits
}

pub(super) fn comparators(text: &str) -> Vec<Edit> {
    let lower = text.to_ascii_lowercase();
    let mut edits: Vec<Edit> = Vec::new();
    let directions = COMPARATORS.iter().flat_map(|(a, b)| [(*a, *b), (*b, *a)]);
    for (from, to) in directions {
        for (at, _) in lower.match_indices(from) {
            let range = at..at + from.len();
            let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let inside = letter(lower[..at].chars().next_back())
                || letter(lower[range.end..].chars().next());
            let taken = edits
                .iter()
                .any(|(other, _)| other.start < range.end && range.start < other.end);
            if !inside && !taken {
                edits.push((range, to.to_owned()));
            }
        }
    }
    edits
}
