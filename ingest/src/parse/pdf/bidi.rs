//! Right-to-left writing: pages hold glyphs at places, documents hold letters in reading order.
//! Whatever order a program drew them in, the places are right; the order is made anew from
//! them.

use unicode_normalization::char::is_combining_mark;

/// How a piece of text behaves among its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Left,
    Right,
    Digit,
    Neutral,
}

/// True when `text` is written from right to left.
pub(super) fn is_rtl(text: &str) -> bool {
    class(text) == Class::Right
}

/// True when most letters of the pieces are written from right to left.
pub(super) fn is_mostly_rtl<'a>(pieces: impl Iterator<Item = &'a str>) -> bool {
    let (mut right, mut left) = (0usize, 0usize);
    for piece in pieces {
        match class(piece) {
            Class::Right => right += piece.chars().count(),
            Class::Left => left += piece.chars().count(),
            Class::Digit | Class::Neutral => {}
        }
    }
    right >= left.max(1)
}

/// Pieces as they stand from left to right, in reading order. Each piece is in reading order
/// itself: a ligature of two letters is one piece.
pub(super) fn reading_order(pieces: &[&str], base_rtl: bool) -> String {
    let classes: Vec<Class> = pieces.iter().map(|piece| class(piece)).collect();
    let mut runs = runs(&classes, base_rtl);
    if base_rtl {
        runs.reverse();
    }
    let mut out = String::new();
    for (range, reversed) in runs {
        let run = pieces.get(range).unwrap_or_default();
        match reversed {
            true => run.iter().rev().for_each(|piece| out.push_str(piece)),
            false => run.iter().for_each(|piece| out.push_str(piece)),
        }
    }
    out
}

/// Ranges of one direction, from left to right; true where reading order is reversed.
fn runs(classes: &[Class], base_rtl: bool) -> Vec<(std::ops::Range<usize>, bool)> {
    let mut out: Vec<(std::ops::Range<usize>, bool)> = Vec::new();
    for at in 0..classes.len() {
        let reversed = is_reversed(classes, at, base_rtl);
        match out.last_mut() {
            Some((run, last)) if *last == reversed => run.end = at + 1,
            _ => out.push((at..at + 1, reversed)),
        }
    }
    out
}

/// Whether the piece at `at` reads from right to left: a neutral one goes with its neighbours
/// if they agree, and with the line if they do not.
fn is_reversed(classes: &[Class], at: usize, base_rtl: bool) -> bool {
    let class_at = |at: usize| classes.get(at).copied();
    match class_at(at) {
        Some(Class::Right) => true,
        Some(Class::Left | Class::Digit) => false,
        _ => {
            let before = at.checked_sub(1).and_then(class_at);
            let after = class_at(at + 1);
            match (strong(classes, at, true), strong(classes, at, false)) {
                // Blanks part numbers; a point or a slash inside one does not.
                (Some(Class::Digit), Some(Class::Digit)) => {
                    base_rtl && (before, after) != (Some(Class::Digit), Some(Class::Digit))
                }
                (Some(Class::Right), Some(Class::Right)) => true,
                (Some(Class::Left), Some(Class::Left | Class::Digit))
                | (Some(Class::Digit), Some(Class::Left)) => false,
                _ => base_rtl,
            }
        }
    }
}

/// How far neighbours are looked for; a longer row of blanks and dots belongs to the line.
const REACH: usize = 8;

fn strong(classes: &[Class], at: usize, back: bool) -> Option<Class> {
    let known = |class: &&Class| **class != Class::Neutral;
    match back {
        true => classes
            .get(..at)?
            .iter()
            .rev()
            .take(REACH)
            .find(known)
            .copied(),
        false => classes
            .get(at + 1..)?
            .iter()
            .take(REACH)
            .find(known)
            .copied(),
    }
}

fn class(text: &str) -> Class {
    let known = text
        .chars()
        .map(class_of)
        .find(|&class| class != Class::Neutral);
    known.unwrap_or(Class::Neutral)
}

fn class_of(c: char) -> Class {
    match c {
        '0'..='9' | '\u{660}'..='\u{669}' | '\u{6f0}'..='\u{6f9}' => Class::Digit,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' => {
            match c.is_alphabetic() || is_combining_mark(c) {
                true => Class::Right,
                false => Class::Neutral,
            }
        }
        c if c.is_alphabetic() => Class::Left,
        _ => Class::Neutral,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `seen` is what stands on the page from left to right, one glyph a letter.
    #[track_caller]
    fn check(seen: &str, read: &str) {
        let glyphs: Vec<String> = seen.chars().map(String::from).collect();
        let glyphs: Vec<&str> = glyphs.iter().map(String::as_str).collect();
        let base = is_mostly_rtl(glyphs.iter().copied());
        assert_eq!(reading_order(&glyphs, base), read);
    }

    #[test]
    fn what_stands_from_right_to_left_is_read_so() {
        check("םולש", "שלום");
        check("Python תונכת תפש", "שפת תכנות Python");
        check("2025 תנש", "שנת 2025");
        check("12/05/2025 ךיראת", "תאריך 12/05/2025");
        check("see םולש here for more", "see שלום here for more");
        check("plain text 3", "plain text 3");
    }

    #[test]
    fn ligatures_stay_whole() {
        assert_eq!(reading_order(&["ة", "لا", "ص"], true), "صلاة");
    }
}
