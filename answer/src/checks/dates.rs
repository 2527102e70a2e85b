//! Dates: does every day, month and year of a claim stand in its evidence? `2025-01-05`,
//! `5 January 2025` and `January 5th, 2025` are one date.

use std::ops::Range;

use crate::calendar::MONTHS;

use super::quantities::stands;
use super::words::{Word, words};

/// A date, as far as it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Date {
    /// Of the common era.
    pub year: Option<u32>,
    /// From 1.
    pub month: u32,
    /// From 1.
    pub day: Option<u32>,
    /// Bytes of the text.
    pub range: Range<usize>,
}

/// Dates of `claim`, as written there, that `evidence` does not have.
pub fn missing(claim: &str, evidence: &str) -> Vec<String> {
    let known = dates(evidence);
    let stand = |date: &Date| known.iter().any(|other| date.is(other, evidence));
    let lost = dates(claim).into_iter().filter(|date| !stand(date));
    lost.map(|date| claim[date.range].to_owned()).collect()
}

/// `text` with its dates blanked out, so that their parts are not read as something else.
pub fn without(text: &str) -> String {
    let mut rest = text.to_owned();
    for date in dates(text) {
        let blank = " ".repeat(date.range.len());
        rest.replace_range(date.range, &blank);
    }
    rest
}

impl Date {
    /// Whether `other` is this date. A part that `other` leaves open may stand elsewhere in its
    /// text, as the 3 of "between 3 and 5 January".
    fn is(&self, other: &Self, text: &str) -> bool {
        let part = |own: Option<u32>, other: Option<u32>| match (own, other) {
            (None, _) => true,
            (Some(own), Some(other)) => own == other,
            (Some(own), None) => stands(own, text),
        };
        let day = part(self.day, other.day)
            || (other.day.is_some() && self.day.is_some_and(|day| is_range(day, other, text)));
        self.month == other.month && day && part(self.year, other.year)
    }
}

/// Whether `day` opens a range of days that ends with `date`: "3 to 5 January".
fn is_range(day: u32, date: &Date, text: &str) -> bool {
    let before = words(&text[..date.range.start]);
    let mut back = before.iter().rev();
    let joins = ["to", "and", "or", "until", "through"];
    let joined = text[..date.range.start]
        .trim_end()
        .ends_with(['-', '\u{2013}'])
        || back
            .next()
            .is_some_and(|word| joins.contains(&word.lower.as_str()));
    let first = before.iter().rev().take(2).find_map(number);
    joined && first == Some(day)
}

/// The dates of `text` in order.
pub fn dates(text: &str) -> Vec<Date> {
    let words = words(text);
    let mut found: Vec<Date> = Vec::new();
    for at in 0..words.len() {
        let date = iso(text, &words, at).or_else(|| with_month(text, &words, at));
        found.extend(
            date.filter(|date| found.last().is_none_or(|l| l.range.end <= date.range.start)),
        );
    }
    found
}

/// `2025-01-05`, from its year on.
fn iso(text: &str, words: &[Word], at: usize) -> Option<Date> {
    let [year, month, day] = words.get(at..at + 3)? else {
        return None;
    };
    let hyphens = text.get(year.range.end..month.range.start) == Some("-")
        && text.get(month.range.end..day.range.start) == Some("-");
    let (y, m, d) = (number(year)?, number(month)?, number(day)?);
    (hyphens && is_year(y) && (1..=12).contains(&m) && is_day(d)).then_some(Date {
        year: Some(y),
        month: m,
        day: Some(d),
        range: year.range.start..day.range.end,
    })
}

/// A month's name with the day and year around it.
fn with_month(text: &str, words: &[Word], at: usize) -> Option<Date> {
    let month = month(text, words, at)?;
    let near = |i: usize| words.get(i).and_then(number);
    let of = usize::from(at >= 2 && words[at - 1].lower == "of");
    let before = at
        .checked_sub(1 + of)
        .filter(|i| near(*i).is_some_and(is_day));
    let after = Some(at + 1).filter(|i| before.is_none() && near(*i).is_some_and(is_day));
    let last = after.unwrap_or(at);
    let year =
        Some(last + 1).filter(|i| near(*i).is_some_and(is_year) && adjoins(text, words, last));
    let start = before.unwrap_or(at);
    let end = year.unwrap_or(last);
    Some(Date {
        year: year.and_then(near),
        month,
        day: before.or(after).and_then(near),
        range: words[start].range.start..words[end].range.end,
    })
}

/// Whether nothing but blanks and a comma lies behind `words[at]`.
fn adjoins(text: &str, words: &[Word], at: usize) -> bool {
    let next = words
        .get(at + 1)
        .map_or(text.len(), |word| word.range.start);
    let gap = &text[words[at].range.end..next];
    gap.chars().all(|c| c.is_whitespace() || ",.".contains(c))
}

/// The month that `words[at]` names. `May` and `March` are words too: they need a capital, and
/// a number or a preposition beside them.
fn month(text: &str, words: &[Word], at: usize) -> Option<u32> {
    let word = &words[at];
    let lower = word.lower.as_str();
    let short = lower.len() == 3 || lower == "sept";
    let names = |month: &str| month == lower || (short && month.starts_with(lower));
    let position = MONTHS.iter().position(|month| names(month))?;
    let capital = text[word.range.clone()].starts_with(char::is_uppercase);
    let beside = |i: usize| words.get(i).is_some_and(|w| number(w).is_some());
    let prepositions = [
        "in", "of", "by", "since", "until", "from", "to", "before", "after", "and", "during",
        "each", "every", "last", "next", "early", "late", "mid",
    ];
    let before = at.checked_sub(1);
    let led = before.is_some_and(|i| beside(i) || prepositions.contains(&words[i].lower.as_str()));
    let doubtful = short || ["may", "march"].contains(&lower);
    (capital && (!doubtful || led || beside(at + 1))).then_some(position as u32 + 1)
}

/// The number that a word is, `st`, `nd`, `rd` or `th` after it aside.
fn number(word: &Word) -> Option<u32> {
    let digits = word
        .lower
        .trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let suffix = &word.lower[digits.len()..];
    let plain = ["", "st", "nd", "rd", "th"].contains(&suffix);
    plain.then(|| digits.parse().ok()).flatten()
}

fn is_day(number: u32) -> bool {
    (1..=31).contains(&number)
}

fn is_year(number: u32) -> bool {
    (1000..=2999).contains(&number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(claim: &str, evidence: &str, expected: &[&str]) {
        assert_eq!(missing(claim, evidence), expected, "{claim} / {evidence}");
    }

    #[test]
    fn spellings_of_a_date_are_one() {
        for claim in [
            "on 2025-01-05",
            "on January 5, 2025",
            "on the 5th of January 2025",
            "on 5 Jan 2025",
            "in January 2025",
            "in January",
        ] {
            check(claim, "It starts on 5 January 2025.", &[]);
        }
        check("on 5 January 2025", "on 2025-01-05", &[]);
    }

    #[test]
    fn another_day_month_or_year_is_missing() {
        let evidence = "It starts on 5 January 2025.";
        check("on 6 January 2025", evidence, &["6 January 2025"]);
        check("on 5 March 2025", evidence, &["5 March 2025"]);
        check("on 2024-01-05", evidence, &["2024-01-05"]);
        check("by January 2026", evidence, &["January 2026"]);
    }

    #[test]
    fn parts_may_be_shared() {
        let evidence = "It lasts from 3 to 5 January and 7 February 2025.";
        check("from 3 January", evidence, &[]);
        check("5 January 2025", evidence, &[]);
        check("4 January", evidence, &["4 January"]);
    }

    #[test]
    fn words_that_look_like_months_are_not() {
        assert!(dates("You may march. May I? The Dec file.").is_empty());
        assert_eq!(without("by 5 May 2025, twice"), "by           , twice");
    }
}
