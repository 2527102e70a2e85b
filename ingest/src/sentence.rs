//! Where sentences begin and end: the smallest pieces that are cited, selected and verified.
//!
//! The bounds of Unicode Annex 29 are the start; they break after every full stop that a
//! capital follows, so pieces are merged again where the stop belongs to an abbreviation, an
//! initial, a list marker or the inside of a word. Line breaks count only where the line was
//! clearly ended on purpose. No grammar and no model: a wrong guess costs a longer or shorter
//! citation, never a wrong one, because ranges always slice the text they came from.

mod abbreviation;

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use self::abbreviation::stop_is_inside;

/// Splits `text` into sentences: byte ranges in order, without blanks at their ends, that do
/// not overlap and together hold every character of `text` that is not blank.
///
/// Works for stored text and for generated answers; citation markers such as `[2]` stay with
/// the sentence they follow.
pub fn split(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    for passage in passages(text) {
        let masked = mask(&text[passage.clone()]);
        for piece in pieces(&masked) {
            let piece = passage.start + piece.start..passage.start + piece.end;
            out.extend(trimmed(text, piece));
        }
    }
    out
}

/// Bytes of the list marker (`- `, `* `, `• `, `3. `, `b) `) that opens `line`, blanks after
/// it included; 0 when there is none.
pub fn marker_len(line: &str) -> usize {
    let Some((marker, rest)) = line.split_once(char::is_whitespace) else {
        return 0;
    };
    if is_marker(marker) && !rest.trim().is_empty() {
        line.len() - rest.trim_start().len()
    } else {
        0
    }
}

/// True for a line such as `Owner: Ann` or `Next review: May`, which names what it says.
pub(crate) fn is_labelled(line: &str) -> bool {
    let Some((label, value)) = line.trim().split_once(": ") else {
        return false;
    };
    let short = label.split_whitespace().count() <= MAX_LABEL_WORDS;
    short
        && label.starts_with(char::is_uppercase)
        && !label.contains(['.', ',', ';'])
        && !value.trim().is_empty()
}

/// A label of more words than this is a clause.
const MAX_LABEL_WORDS: usize = 4;

/// And one of more bytes is not even counted.
const MAX_LABEL_BYTES: usize = 1000;

/// True when the line break after `line` was put there on purpose: the first word of `next`
/// would have fitted into the paragraph's `widest` line (all widths in characters).
pub(crate) fn ends_on_purpose(line: &str, next: &str, widest: usize) -> bool {
    let first_word = next.split_whitespace().next().unwrap_or("");
    let starts_lower = first_word.starts_with(char::is_lowercase);
    if widest < NARROWEST_WRAP {
        return !starts_lower;
    }
    let needed = line.trim().chars().count() + 1 + first_word.chars().count();
    needed * 100 < widest * WRAP_SLACK_PERCENT
}

/// Text is hardly ever wrapped to columns narrower than this many characters.
const NARROWEST_WRAP: usize = 40;

/// A wrapped line is filled at least this far, whatever the length of the next word.
const WRAP_SLACK_PERCENT: usize = 80;

/// Stretches of `text` between line breaks that end a sentence.
fn passages(text: &str) -> Vec<Range<usize>> {
    let widest = text
        .lines()
        .map(|l| l.trim().chars().count())
        .max()
        .unwrap_or(0);
    let mut out = Vec::new();
    let mut start = 0;
    let mut colons = text.match_indices(": ").map(|(at, _)| at).peekable();
    for (at, _) in text.match_indices('\n') {
        let line = text[start..at].rsplit('\n').next().unwrap_or("");
        let next = text[at + 1..].split('\n').next().unwrap_or("");
        let blank = line.trim().is_empty() || next.trim().is_empty();
        let listed = marker_len(next.trim_start()) > 0
            || (is_labelled(next) && {
                // The label ends at the first colon: looked for once, not for every line.
                while colons.next_if(|colon| *colon < start).is_some() {}
                let near = |colon: usize| colon < at && colon - start <= MAX_LABEL_BYTES;
                let labelled = |colon: &usize| near(*colon) && is_labelled(&text[start..at]);
                colons.peek().is_some_and(labelled)
            });
        if blank || listed || ends_on_purpose(line, next, widest) {
            out.push(start..at);
            start = at + 1;
        }
    }
    out.push(start..text.len());
    out
}

/// A copy of `text`, byte for byte as long, in which line breaks are blanks and a citation
/// marker after a full stop (`.[2]`) has changed places with the stop, so that the bound
/// falls after both.
fn mask(text: &str) -> String {
    let mut bytes = text.replace('\n', " ").into_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let markers = markers_len(&bytes[at + 1..]);
        if matches!(bytes[at], b'.' | b'!' | b'?') && markers > 0 {
            bytes[at..=at + markers].rotate_left(1);
            bytes[at..at + markers].fill(b'_');
        }
        at += 1 + markers;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Bytes of the run of citation markers (`[1][12]`) that opens `bytes`.
fn markers_len(bytes: &[u8]) -> usize {
    let mut len = 0;
    while let Some([b'[', rest @ ..]) = bytes.get(len..) {
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 || rest.get(digits) != Some(&b']') {
            break;
        }
        len += digits + 2;
    }
    len
}

/// Sentence bounds of one passage after merging.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for (start, piece) in text.split_sentence_bound_indices() {
        let end = start + piece.len();
        match out.last_mut() {
            Some(last) if belongs(&text[last.clone()], piece) => last.end = end,
            _ => out.push(start..end),
        }
    }
    out
}

/// True when `after` continues the sentence `before`.
fn belongs(before: &str, after: &str) -> bool {
    let stem = before.trim_end();
    let Some(first) = after.trim_start().chars().next() else {
        return true;
    };
    let glued = stem.len() == before.len()
        && stem.ends_with(['.', '!', '?', ')', ']', '"', '\'', '”', '’']);
    let wordless = !after.contains(char::is_alphabetic) && !is_marker(after.trim());
    glued
        || wordless
        || stem.is_empty()
        || is_marker(stem.trim_start())
        || first.is_lowercase()
        || stem
            .strip_suffix('.')
            .is_some_and(|word| stop_is_inside(word, after.trim_start()))
}

/// `-`, `*`, `•`, `12.`, `a)`, `(iv)`.
fn is_marker(word: &str) -> bool {
    if matches!(word, "-" | "*" | "+" | "•" | "◦" | "▪" | "–" | "·" | "‣") {
        return true;
    }
    let (body, closed) = match word.strip_suffix(['.', ')']) {
        Some(body) => (body.trim_start_matches('('), true),
        None => (word, false),
    };
    let number = body.len() <= 3 && body.bytes().all(|b| b.is_ascii_digit());
    let letter =
        body.len() == 1 && word.ends_with(')') && body.bytes().all(|b| b.is_ascii_alphabetic());
    let roman = word.ends_with(')') && body.len() <= 4 && body.bytes().all(|b| b"ivx".contains(&b));
    closed && !body.is_empty() && (number || letter || roman)
}

/// The range without blanks at its ends, if anything is left.
fn trimmed(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let piece = &text[range.clone()];
    let start = range.start + (piece.len() - piece.trim_start().len());
    let end = start + piece.trim().len();
    (start < end).then_some(start..end)
}

#[cfg(test)]
mod tests;
