//! Reads quantities: runs of digits and number words, then the multiplier and the unit.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::numbers::canonical;
use super::super::units::{Unit, unit};
use super::super::words::{Word, company, words};
use super::Quantity;
use super::spelled::{multiplier, spelled};

/// Words that may stand between a number and its unit.
const BETWEEN: [&str; 14] = [
    "working",
    "business",
    "calendar",
    "consecutive",
    "full",
    "paid",
    "whole",
    "further",
    "additional",
    "extra",
    "more",
    "metric",
    "us",
    "unused",
];

/// The quantities of `text`: those in digits, then those in words.
pub(super) fn quantities(text: &str) -> Vec<Quantity> {
    let words = words(text);
    let digits = runs(text)
        .into_iter()
        .map(|run| in_digits(text, &words, run));
    let mut found: Vec<Quantity> = digits.chain(in_words(text, &words)).collect();
    found.sort_by_key(|quantity| quantity.words.start);
    ranges(&words, &mut found);
    found
}

/// In `5 to 9 kg` both numbers count kilograms.
fn ranges(words: &[Word], found: &mut [Quantity]) {
    for i in (1..found.len()).rev() {
        let (before, after) = found.split_at_mut(i);
        let (first, last) = (&mut before[i - 1], &after[0]);
        let between = first.words.end..last.words.start;
        let joined = words.get(between).is_some_and(|gap| match gap {
            [] => true,
            [word] => ["to", "and", "or"].contains(&word.lower.as_str()),
            _ => false,
        });
        if joined && first.unit.is_none() && first.counted.is_none() {
            (first.unit, first.spelling) = (last.unit, last.spelling.clone());
        }
    }
}

/// Bytes of the runs of digits, inner separators included, that are not part of a code.
fn runs(text: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        while digit(at) || (at > start && matches!(bytes[at], b'.' | b',') && digit(at + 1)) {
            at += 1;
            if at == bytes.len() {
                break;
            }
        }
        if at == start {
            at += 1;
        } else if !in_code(&text[..start]) {
            runs.push(start..at);
        }
    }
    runs
}

/// Whether what follows `before` carries a code on: `v`, `TX-`, `KB-20.`.
fn in_code(before: &str) -> bool {
    let open = before.strip_suffix(['-', '.', '_', '/']).unwrap_or(before);
    let last = open
        .rsplit(|c: char| c.is_whitespace() || "($\u{20ac}\u{a3}".contains(c))
        .next();
    last.is_some_and(|word| {
        let code = word.chars().any(char::is_uppercase) || word == "v";
        code && open.ends_with(char::is_alphanumeric) && !is_money(word)
    })
}

fn is_money(word: &str) -> bool {
    ["USD", "EUR", "GBP", "CHF", "US"].contains(&word)
}

fn in_digits(text: &str, words: &[Word], run: Range<usize>) -> Quantity {
    let plain = canonical(&text[run.clone()]);
    let value: f64 = plain.parse().unwrap_or(0.0);
    let next = words.partition_point(|word| word.range.end <= run.end);
    let own = words.partition_point(|word| word.range.end <= run.start)..next.max(1);
    // In `9kg` the unit is a part of the number's own word.
    let attached = words
        .get(next)
        .filter(|word| word.range.start <= run.start)
        .map(|word| &text[run.end..word.range.end]);
    let after = if attached.is_some() { next + 1 } else { next };
    let (factor, multiplier, after) = match attached {
        None => multiplier(words, after),
        Some(_) => (1.0, "", after),
    };
    let symbol = symbol(text, &run);
    let (unit, spelling) = symbol
        .or_else(|| attached.and_then(named))
        .or_else(|| following(text, words, after))
        .map_or((None, String::new()), |(unit, spelling)| {
            (Some(unit), spelling)
        });
    Quantity {
        shown: shown(&plain, multiplier),
        value: value * factor,
        unit,
        spelling,
        counted: counted(words, after),
        company: around(words, own.start..after.max(own.start).min(words.len())),
        words: own.start..after.max(own.start).min(words.len()),
    }
}

fn shown(plain: &str, multiplier: &str) -> String {
    if multiplier.is_empty() {
        plain.to_owned()
    } else {
        format!("{plain} {multiplier}")
    }
}

fn named(spelling: &str) -> Option<(Unit, String)> {
    unit(spelling).map(|unit| (unit, spelling.to_owned()))
}

/// A currency sign before the number, or a sign right after it.
fn symbol(text: &str, run: &Range<usize>) -> Option<(Unit, String)> {
    let before = text[..run.start].trim_end();
    let sign = before
        .chars()
        .next_back()
        .filter(|c| "$\u{20ac}\u{a3}\u{a5}\u{20b9}".contains(*c));
    let code = before
        .rsplit(char::is_whitespace)
        .next()
        .filter(|word| is_money(word));
    let after = text[run.end..].trim_start();
    let signs: String = after
        .chars()
        .take_while(|c| "%\u{2030}\u{b0}\u{2103}\u{2109}\u{20ac}".contains(*c))
        .collect();
    let degrees: String = after
        .chars()
        .take(if after.starts_with('\u{b0}') { 2 } else { 0 })
        .collect();
    sign.map(String::from)
        .or_else(|| code.map(str::to_owned))
        .and_then(|spelling| named(&spelling))
        .or_else(|| named(&degrees))
        .or_else(|| named(&signs))
}

/// The unit that the words from `at` on open with.
fn following(text: &str, words: &[Word], at: usize) -> Option<(Unit, String)> {
    let word = words.get(at)?;
    let first = at.checked_sub(1).and_then(|before| words.get(before));
    if first.is_some_and(|number| number.clause != word.clause) {
        return None;
    }
    let next = |power| {
        let (unit, spelling) = named(&words.get(at + 1)?.lower)?;
        Some((unit.raised(power)?, format!("{} {spelling}", word.lower)))
    };
    match word.lower.as_str() {
        "square" | "sq" => next(2),
        "cubic" => next(3),
        "per" => match words.get(at + 1)?.lower.as_str() {
            "cent" => named("percent"),
            "mille" => named("permille"),
            _ => None,
        },
        "degrees" | "degree" => words.get(at + 1).and_then(|w| named(&w.lower)),
        between if BETWEEN.contains(&between) => words.get(at + 1).and_then(|w| named(&w.lower)),
        plain => raised(named(plain)?, &text[word.range.end..]),
    }
}

/// The unit with the exponent that `after` opens with.
fn raised((unit, spelling): (Unit, String), after: &str) -> Option<(Unit, String)> {
    match after.chars().next() {
        Some('\u{b2}') => Some((unit.raised(2)?, format!("{spelling}\u{b2}"))),
        Some('\u{b3}') => Some((unit.raised(3)?, format!("{spelling}\u{b3}"))),
        _ => Some((unit, spelling)),
    }
}

/// Numbers in words: `two hundred and five`, `twenty-five`, `a million`, `tenth`.
fn in_words(text: &str, words: &[Word]) -> Vec<Quantity> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let Some((value, end)) = spelled(words, at) else {
            at += 1;
            continue;
        };
        let (unit, spelling) =
            following(text, words, end).map_or((None, String::new()), |(unit, s)| (Some(unit), s));
        found.push(Quantity {
            shown: value.to_string(),
            value,
            unit,
            spelling,
            counted: counted(words, end),
            company: around(words, at..end),
            words: at..end,
        });
        at = end;
    }
    found
}

/// Stem of the content word right after a number.
fn counted(words: &[Word], at: usize) -> Option<String> {
    let (before, word) = (words.get(at.checked_sub(1)?)?, words.get(at)?);
    let beside = word.content && before.clause == word.clause;
    beside.then(|| word.stem.clone())
}

/// The company of a number, other numbers left out.
fn around(words: &[Word], at: Range<usize>) -> BTreeSet<String> {
    let stems = company(words, at).into_keys();
    stems
        .filter(|stem| !stem.starts_with(|c: char| c.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}
