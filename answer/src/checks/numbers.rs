//! Numbers: which ones does a text have? [`quantities`](super::quantities) adds what they are
//! numbers of.
//!
//! Values are compared, not spellings: `1,200`, `1200` and `twelve hundred`-style words up to
//! `ninety-nine`, percentages and plain decimals meet in one canonical form.

use std::collections::BTreeSet;

/// Canonical numbers of `text`, in order of appearance, without repeats.
pub fn numbers(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    digits(text)
        .into_iter()
        .chain(words(text))
        .filter(|number| seen.insert(number.clone()))
        .collect()
}

/// Runs of digits with inner separators, as values.
fn digits(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut run = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let joins = matches!(c, '.' | ',') && chars.peek().is_some_and(char::is_ascii_digit);
        if c.is_ascii_digit() || (joins && !run.is_empty()) {
            run.push(c);
        } else if !run.is_empty() {
            found.push(canonical(&std::mem::take(&mut run)));
        }
    }
    if !run.is_empty() {
        found.push(canonical(&run));
    }
    found
}

/// `1,200.50` -> `1200.5`; a lone separator followed by three digits is a thousands mark.
pub(super) fn canonical(run: &str) -> String {
    let last = run.rfind(['.', ',']);
    let (whole, fraction) = match last {
        Some(at) if is_decimal(run, at) => (&run[..at], &run[at + 1..]),
        _ => (run, ""),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}.{fraction}")
    }
}

/// Whether the last separator, at byte `at`, marks a fraction. A version such as `2.3.1`
/// repeats its separator and is read as one whole number, the same on both sides.
fn is_decimal(run: &str, at: usize) -> bool {
    let separator = &run[at..=at];
    let repeated = run[..at].contains(separator);
    let thousands = run.len() - at - 1 == 3 && separator == ",";
    !repeated && !thousands
}

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = [
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

/// Number words up to ninety-nine.
fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let (value, used) = word_value(&words[at..]);
        if let Some(value) = value {
            found.push(value.to_string());
        }
        at += used;
    }
    found
}

/// Whether `word`, lower case, is a number below a hundred.
pub(crate) fn is_number_word(word: &str) -> bool {
    UNITS.contains(&word) || TENS.contains(&word)
}

/// The number that `words` open with, below a hundred, and how many words it takes: at least
/// one, number or not. `one` is left out: it is a pronoun more often than a count.
pub(super) fn word_value(words: &[&str]) -> (Option<usize>, usize) {
    let unit = |word: &str| UNITS.iter().position(|unit| *unit == word);
    let ten = |word: &str| {
        TENS.iter()
            .position(|ten| *ten == word)
            .map(|i| 20 + 10 * i)
    };
    match words {
        [first, second, ..] if ten(first).is_some() => match unit(second) {
            Some(ones @ 1..=9) => (ten(first).map(|tens| tens + ones), 2),
            _ => (ten(first), 1),
        },
        [first, ..] => (ten(first).or_else(|| unit(first).filter(|n| *n != 1)), 1),
        [] => (None, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(numbers(text), expected, "{text}");
    }

    #[test]
    fn spellings_meet_in_one_value() {
        check("1,200 and 1200 and 1200.0", &["1200"]);
        check("12.50 EUR or 12,50 EUR", &["12.5"]);
        check("twenty-five days, 25 days", &["25"]);
        check("twelve months; Ten", &["12", "10"]);
        check("firmware v2.3.1", &["231"]);
        check("no one knows", &[]);
        check("1,234,567", &["1234567"]);
        check("007", &["7"]);
    }
}
