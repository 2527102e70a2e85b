//! AsciiDoc tables: cells after bars, rows by counting columns.

use crate::parse::csv;
use crate::parse::markdown::row_text;

/// What the attribute list before a table says.
#[derive(Default)]
pub(super) struct Spec {
    /// Number of columns, when stated.
    columns: Option<usize>,
    header: bool,
    csv: bool,
}

impl Spec {
    /// Reads `[cols="1,2", options="header"]`.
    pub(super) fn new(attributes: &str) -> Self {
        let quoted = attributes.split_once("cols=").map(|(_, after)| after);
        let columns = quoted.map(|after| match after.strip_prefix('"') {
            Some(inner) => inner.split('"').next().unwrap_or_default(),
            None => after.split([',', ']']).next().unwrap_or_default(),
        });
        Self {
            columns: columns.map(count).filter(|count| *count > 0),
            header: attributes.contains("header"),
            csv: attributes.contains("format=csv") || attributes.contains("format=\"csv\""),
        }
    }
}

/// Columns in `1,2,1` and `3*`.
fn count(columns: &str) -> usize {
    let one = |column: &str| match column.split_once('*') {
        Some((times, _)) => times.trim().parse().unwrap_or(1).min(MAX_COLUMNS),
        None => 1,
    };
    columns
        .split([',', ';'])
        .map(one)
        .sum::<usize>()
        .min(MAX_COLUMNS)
}

/// Tables with more columns are mistakes or attacks.
const MAX_COLUMNS: usize = 1000;

/// The rows of a table as text; `visible` takes the markup out of a cell.
pub(super) fn rows(spec: &Spec, lines: &[&str], visible: impl Fn(&str) -> String) -> Vec<String> {
    let rows = match spec.csv {
        true => csv::records_of(&lines.join("\n")),
        false => cells(spec, lines),
    };
    let clean = |cell: &String| {
        visible(cell)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(clean).collect())
        .collect();
    let header = (spec.header || first_line_is_header(lines)) && rows.len() > 1;
    let (header, body): (&[String], _) = match rows.split_first() {
        Some((first, rest))
            if header && first.iter().all(|cell| cell.len() <= MAX_HEADER_BYTES) =>
        {
            (first, rest)
        }
        _ => (&[], rows.as_slice()),
    };
    body.iter()
        .map(|row| row_text(header, row))
        .filter(|text| !text.is_empty())
        .collect()
}

/// A longer header is repeated on no row.
const MAX_HEADER_BYTES: usize = 400;

/// A header is implied by a blank line after the first line, which is not blank.
fn first_line_is_header(lines: &[&str]) -> bool {
    let filled = |at: usize| lines.get(at).map(|line| !line.trim().is_empty());
    filled(0) == Some(true) && filled(1) == Some(false)
}

fn cells(spec: &Spec, lines: &[&str]) -> Vec<Vec<String>> {
    let mut cells: Vec<String> = Vec::new();
    let mut first_line = 0;
    for line in lines {
        let mut parts = split(line).into_iter();
        let before = parts.next().unwrap_or_default();
        if let Some(cell) = cells.last_mut() {
            cell.push(' ');
            cell.push_str(&before);
        }
        for (times, cell) in parts.map(|part| (1, part)) {
            cells.extend(std::iter::repeat_n(cell, times));
        }
        if first_line == 0 {
            first_line = cells.len();
        }
    }
    let columns = spec.columns.unwrap_or(first_line).max(1);
    cells.chunks(columns).map(<[String]>::to_vec).collect()
}

/// The text before each bar of a line and after the last, without the format of cells
/// (`2+|`, `a|`) and with `\|` as a bar.
fn split(line: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(part) = parts.last_mut() else { break };
        match c {
            '\\' if chars.peek() == Some(&'|') => part.extend(chars.next()),
            '|' => {
                let end = part.trim_end_matches(is_format).len();
                let format = end == 0 || part.get(..end).is_some_and(|text| text.ends_with(' '));
                if format {
                    part.truncate(end);
                }
                parts.push(String::new());
            }
            c => part.push(c),
        }
    }
    parts
}

fn is_format(c: char) -> bool {
    c.is_ascii_digit() || "+.*<^>adehlmsv".contains(c)
}
