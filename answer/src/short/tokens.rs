//! The words and marks of a sentence as the span picker sees them: where each stands, which
//! closed class it belongs to, and the stems by which it meets the question. No tagger: a few
//! dozen function words, digits and capitals tell enough about where a phrase begins and ends.

use std::ops::Range;

use footnote_store::terms::{analyse, is_stop_word};

use super::words::{CLOSED, is_number};
use crate::calendar::names_a_day_or_month;

/// One word or mark.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// Bytes of the sentence.
    pub(super) range: Range<usize>,
    /// What it is.
    pub(super) class: Class,
    /// Stems of a word that says something; none of marks and stop words.
    pub(super) stems: Vec<String>,
}

/// What a token is. The order is that of the rows in [`super::weights`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// Before the first and after the last token.
    Edge,
    /// A comma.
    Comma,
    /// A quotation mark, parenthesis or bracket.
    Bracket,
    /// Another mark.
    Mark,
    /// `the`, `a`, `their`, `each`.
    Determiner,
    /// `of`.
    Of,
    /// `in`, `on`, `at` and other words before places and times.
    In,
    /// `by`.
    By,
    /// `to`, `for`.
    To,
    /// Another preposition.
    Preposition,
    /// `and`, `or`, `but`.
    And,
    /// `because`, `so`, `therefore`.
    Cause,
    /// `is`, `had`, `will`, `can`.
    Auxiliary,
    /// `he`, `they`, `which`, `who`, `that`.
    Pronoun,
    /// A number in digits or as a word, but no year.
    Number,
    /// Four digits from 1000 to 2099.
    Year,
    /// A month or a weekday.
    Calendar,
    /// A capitalised word.
    Capital,
    /// A word in `-ly`.
    Adverb,
    /// A word in `-ed` or `-ing`.
    Verbal,
    /// Any other word.
    Word,
}

/// Number of classes.
pub(super) const CLASSES: usize = 21;

/// The tokens of `text` in order.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let end = match first {
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            c if c.is_alphanumeric() || opens_amount(c, &text[at..]) => word_end(text, at),
            c => at + c.len_utf8(),
        };
        let surface = &text[at..end];
        let class = class(surface, found.is_empty());
        let says = class >= Class::Number && !is_stop_word(surface);
        let stems = match says {
            true => analyse(surface)
                .into_iter()
                .map(|token| token.stem)
                .collect(),
            false => Vec::new(),
        };
        found.push(Token {
            range: at..end,
            class,
            stems,
        });
        at = end;
    }
    found
}

/// A sign that belongs to the figure after it.
fn opens_amount(sign: char, rest: &str) -> bool {
    let next = rest.chars().nth(1);
    matches!(sign, '$' | '\u{a3}' | '\u{20ac}' | '-' | '\u{2212}' | '+')
        && next.is_some_and(|c| c.is_ascii_digit())
}

/// End of the word at `start`: letters and digits, joined by hyphens, apostrophes and slashes,
/// and by points and commas between digits or single letters; a percent or degree sign after.
fn word_end(text: &str, start: usize) -> usize {
    let mut chars = text[start..].char_indices().peekable();
    let mut before = chars.next().map_or(' ', |(_, c)| c);
    let mut end = start + before.len_utf8();
    while let Some((at, c)) = chars.next() {
        let after = chars.peek().map(|(_, c)| *c);
        let between = |fits: fn(&char) -> bool| fits(&before) && after.as_ref().is_some_and(fits);
        let part = match c {
            c if c.is_alphanumeric() => true,
            '%' | '\u{b0}' => before.is_ascii_digit() || before == '\u{b0}',
            '-' | '\u{2013}' | '\'' | '\u{2019}' | '/' => between(|c| c.is_alphanumeric()),
            ',' => between(char::is_ascii_digit),
            '.' | ':' => between(char::is_ascii_digit) || (c == '.' && initial(text, start, at)),
            _ => false,
        };
        if !part {
            break;
        }
        end = start + at + c.len_utf8();
        before = c;
    }
    end
}

/// Whether the point `offset` bytes after `start` closes one capital, as in `U.S.`
fn initial(text: &str, start: usize, offset: usize) -> bool {
    let word = &text[start..start + offset];
    let letter = word.rsplit('.').next().unwrap_or_default();
    letter.chars().count() == 1 && letter.chars().all(char::is_uppercase)
}

fn class(surface: &str, opens: bool) -> Class {
    let lower = surface.to_lowercase();
    let first = surface.chars().next().unwrap_or(' ');
    let acronym = surface.len() > 1 && surface.chars().all(char::is_uppercase);
    let closed = CLOSED
        .iter()
        .find(|(_, words)| words.contains(&lower.as_str()));
    match (first, closed) {
        (',', _) => Class::Comma,
        (
            '"' | '\'' | '(' | ')' | '[' | ']' | '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}',
            _,
        ) => Class::Bracket,
        (_, Some((class, _))) if !acronym => *class,
        _ if is_year(&lower) => Class::Year,
        _ if names_a_day_or_month(&lower) && first.is_uppercase() => Class::Calendar,
        _ if surface.chars().any(|c| c.is_ascii_digit()) => Class::Number,
        _ if is_number(&lower) => Class::Number,
        (c, _) if !c.is_alphanumeric() => Class::Mark,
        (c, _) if c.is_uppercase() && !(opens && is_stop_word(surface)) => Class::Capital,
        _ if lower.ends_with("ly") => Class::Adverb,
        _ if lower.ends_with("ed") || lower.ends_with("ing") => Class::Verbal,
        _ => Class::Word,
    }
}

/// Four digits, or those with an `s`: `1990s`.
fn is_year(word: &str) -> bool {
    let digits = word.strip_suffix('s').unwrap_or(word);
    digits.len() == 4
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && ("1000".."2100").contains(&digits)
}
