//! Plain text to blocks: its layout is the only markup it has.

use super::canonical::{Draft, RawBlock};
use crate::document::BlockKind;
use crate::sentence;

/// Reads plain text: paragraphs end at blank lines and keep their line breaks.
pub(super) fn read(text: &str) -> Draft {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut blocks = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    for line in text.split('\n').chain([""]) {
        if !line.trim().is_empty() {
            paragraph.push(line);
        } else if !paragraph.is_empty() {
            push(&mut blocks, &paragraph);
            paragraph.clear();
        }
    }
    Draft {
        blocks,
        ..Draft::default()
    }
}

/// Appends one paragraph, as a heading with its text where it opens with one.
fn push(blocks: &mut Vec<RawBlock>, lines: &[&str]) {
    let block = |kind, lines: &[&str]| RawBlock::new(kind, lines.join("\n"));
    let shouted = lines.iter().take_while(|line| is_shouted(line)).count();
    match lines {
        [] => {}
        [rule, rest @ ..] if is_rule(rule) => push(blocks, rest),
        [title, rule, rest @ ..] if let Some(level) = underline(title, rule) => {
            blocks.push(RawBlock::new(BlockKind::Heading(level), *title));
            push(blocks, rest);
        }
        [title, body @ ..] if opens_indented(title, body) => {
            blocks.push(RawBlock::new(BlockKind::Heading(2), *title));
            push(blocks, body);
        }
        _ if shouted > 0 && shouted <= MAX_SHOUTED_LINES => {
            let (title, body) = lines.split_at(shouted);
            let level = if blocks.is_empty() { 1 } else { 2 };
            blocks.push(block(BlockKind::Heading(level), title));
            push(blocks, body);
        }
        [body @ .., rule] if is_rule(rule) => {
            let end = body.iter().rposition(|line| !is_rule(line));
            push(blocks, body.get(..=end.unwrap_or(0)).unwrap_or_default());
        }
        _ if is_columns(lines) => blocks.push(block(BlockKind::Code, lines)),
        _ => blocks.push(block(BlockKind::Paragraph, lines)),
    }
}

/// True for a line of `-`, `=`, `_`, `*` or `~` that only separates.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3 && line.chars().all(|c| "-=_*~".contains(c))
}

/// True for a short line in capitals that no stop ends.
fn is_shouted(line: &str) -> bool {
    let letters = line.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 3
        && !line.contains(char::is_lowercase)
        && line.chars().any(char::is_uppercase)
        && line.trim().chars().count() <= MAX_HEADING_CHARS
        && !line.trim_end().ends_with(['.', ',', ';', ':'])
        && !has_columns(line)
}

/// The heading level that a rule of `=` or `-` gives the line above it; a rule much longer
/// than the line separates.
fn underline(title: &str, rule: &str) -> Option<u8> {
    let rule = rule.trim();
    if !(3..=title.chars().count() + 4).contains(&rule.len()) {
        return None;
    }
    match rule.chars().next() {
        Some('=') if rule.chars().all(|c| c == '=') => Some(1),
        Some('-') if rule.chars().all(|c| c == '-') => Some(2),
        _ => None,
    }
}

/// True for a short line at the margin over lines that are all indented.
fn opens_indented(title: &str, body: &[&str]) -> bool {
    let indented = |line: &&str| line.starts_with("  ") || line.starts_with('\t');
    let widest = || {
        let widths = body.iter().map(|line| line.trim().chars().count());
        widths.max().unwrap_or(0)
    };
    let bulleted = !title.starts_with(|c: char| c.is_alphanumeric());
    !body.is_empty()
        && body.iter().all(indented)
        && !indented(&title)
        && !bulleted
        && title.chars().count() <= MAX_HEADING_CHARS
        && !title.trim_end().ends_with(['.', ',', ';', ':'])
        && !has_columns(title)
        && body
            .first()
            .is_some_and(|next| sentence::ends_on_purpose(title, next, widest()))
}

/// True when most lines are set in columns, so that each line is a row of its own.
fn is_columns(lines: &[&str]) -> bool {
    lines.len() > 1 && lines.iter().filter(|line| has_columns(line)).count() * 2 > lines.len()
}

/// Three blanks or a tab inside the line; a list marker may be followed by blanks.
fn has_columns(line: &str) -> bool {
    let line = line.trim();
    let line = &line[sentence::marker_len(line)..];
    line.contains("   ") || line.contains('\t')
}

const MAX_HEADING_CHARS: usize = 60;

/// More lines in capitals than this are a text that shouts.
const MAX_SHOUTED_LINES: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(BlockKind, &str)]) {
        let blocks = read(text).blocks;
        let got: Vec<_> = blocks.iter().map(|b| (b.kind, b.text.as_str())).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn blank_lines_end_paragraphs() {
        use BlockKind::Paragraph;
        check("a\r\nb\r\n \r\nc", &[(Paragraph, "a\nb"), (Paragraph, "c")]);
    }

    #[test]
    fn headings_are_underlined_or_over_indented_text() {
        use BlockKind::{Heading, Paragraph};
        check(
            "Title\n=====\nText.",
            &[(Heading(1), "Title"), (Paragraph, "Text.")],
        );
        let body =
            "  The logger is a pressure logger the size of a cigar. It hangs in a\n  borehole.";
        check(
            &format!("In short\n{body}"),
            &[(Heading(2), "In short"), (Paragraph, body)],
        );
        check(
            "A LTD\nMINUTES\nBy Ann.\n------------------------------\n\n1. SCOPE",
            &[
                (Heading(1), "A LTD\nMINUTES"),
                (Paragraph, "By Ann."),
                (Heading(2), "1. SCOPE"),
            ],
        );
        check(
            "- an item that goes\n  on",
            &[(Paragraph, "- an item that goes\n  on")],
        );
    }

    #[test]
    fn rows_set_in_columns_keep_their_lines() {
        let rows = "Chair:    Ann\nMinutes:  Bo\nVenue:    Hall";
        assert_eq!(
            read(rows).blocks.first().map(|b| b.kind),
            Some(BlockKind::Code)
        );
    }
}
