//! Numbers that are spelled out: `two hundred and five`, `a million`, `tenth`.

use super::super::numbers::word_value;
use super::super::words::Word;

/// Ordinal words from `third`; `first` and `second` are words of order and of time.
const ORDINALS: [&str; 18] = [
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
];

/// The number that the words from `at` on spell, and where it ends.
pub(super) fn spelled(words: &[Word], at: usize) -> Option<(f64, usize)> {
    if let Some(i) = ORDINALS.iter().position(|word| *word == words[at].lower) {
        return Some(((i + 3) as f64, at + 1));
    }
    let (mut total, mut part, mut end) = (0.0, None, at);
    while end < words.len() {
        let lower = words[end].lower.as_str();
        let opens = matches!(lower, "a" | "one");
        let next = words.get(end + 1).map_or("", |word| word.lower.as_str());
        if let Some(factor) = power(lower).filter(|_| part.is_some()) {
            let (sum, hundred) = (part.unwrap_or(1.0) * factor, factor < 1e3);
            (total, part) = if hundred {
                (total, Some(sum))
            } else {
                (total + sum, Some(0.0))
            };
            end += 1;
        } else if opens && power(next).is_some() && part.is_none() {
            part = Some(1.0);
            end += 1;
        } else if lower == "and"
            && end > at
            && power(&words[end - 1].lower).is_some()
            && small(words, end + 1).is_some()
        {
            end += 1;
        } else if let Some((value, used)) =
            small(words, end).filter(|_| part.is_none_or(|p| p >= 100.0 || p == 0.0))
        {
            part = Some(part.unwrap_or(0.0) + value);
            end += used;
        } else {
            break;
        }
    }
    part.map(|part| (total + part, end))
}

fn small(words: &[Word], at: usize) -> Option<(f64, usize)> {
    let two: Vec<&str> = words
        .iter()
        .skip(at)
        .take(2)
        .map(|word| word.lower.as_str())
        .collect();
    let (value, used) = word_value(&two);
    value.map(|value| (value as f64, used))
}

/// What the words from `at` on multiply a number by, the word, and where they end.
pub(super) fn multiplier(words: &[Word], at: usize) -> (f64, &str, usize) {
    let word = words.get(at).map_or("", |word| word.lower.as_str());
    match power(word) {
        Some(factor) => (factor, word, at + 1),
        None => (1.0, "", at),
    }
}

fn power(word: &str) -> Option<f64> {
    Some(match word {
        "hundred" => 1e2,
        "thousand" => 1e3,
        "million" | "mn" => 1e6,
        "billion" | "bn" => 1e9,
        "trillion" => 1e12,
        _ => return None,
    })
}
