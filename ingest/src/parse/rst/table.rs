//! Tables of reStructuredText: drawn with `+--+` or with rules of `=`, listed, or as CSV.

use crate::document::BlockKind;
use crate::parse::canonical::RawBlock;
use crate::parse::markdown::row_text;

/// Rows of cells, the first of them headers.
#[derive(Default)]
pub(super) struct Table {
    pub(super) rows: Vec<Vec<String>>,
    pub(super) heads: usize,
}

impl Table {
    /// The rows as blocks, each cell with its header.
    pub(super) fn into_blocks(mut self, visible: impl Fn(&str) -> String) -> Vec<RawBlock> {
        let clean = |cell: &mut String| {
            *cell = visible(cell)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
        };
        self.rows.iter_mut().flatten().for_each(clean);
        let heads = self.heads.min(self.rows.len().saturating_sub(1));
        let (heads, body) = self.rows.split_at(heads);
        let header = merged(heads);
        let named = header
            .iter()
            .all(|name| name.chars().count() <= MAX_NAME_CHARS);
        let header = if named { header.as_slice() } else { &[] };
        let body = if named { body } else { self.rows.as_slice() };
        let texts = body
            .iter()
            .map(|row| row_text(header, row))
            .filter(|text| !text.is_empty());
        let block = |(at, text)| RawBlock::new(BlockKind::TableRow, text).joined(at > 0);
        texts.enumerate().map(block).collect()
    }
}

/// What looks like more columns is no table.
const MAX_COLUMNS: usize = 200;

/// A header longer than this is repeated on no row.
const MAX_NAME_CHARS: usize = 200;

/// One name a column: the texts of all header rows.
fn merged(heads: &[Vec<String>]) -> Vec<String> {
    let width = heads.iter().map(Vec::len).max().unwrap_or(0);
    let column = |at: usize| {
        let mut parts: Vec<&str> = heads
            .iter()
            .filter_map(|row| row.get(at))
            .map(String::as_str)
            .collect();
        parts.dedup();
        parts.join(" ").trim().to_owned()
    };
    (0..width).map(column).collect()
}

/// True for the first line of a table drawn with `+--+`.
pub(super) fn is_grid_rule(line: &str) -> bool {
    line.len() > 2
        && line.matches('+').count() <= MAX_COLUMNS
        && line.starts_with("+")
        && line.ends_with('+')
        && line.chars().all(|c| "+-=".contains(c))
}

/// A table drawn with `+--+`. Cells that span columns keep their text in the first of them.
pub(super) fn grid(lines: &[&str]) -> Table {
    let mut table = Table::default();
    let Some(rule) = lines.first() else {
        return table;
    };
    let ends: Vec<usize> = rule
        .char_indices()
        .filter(|(_, c)| *c == '+')
        .map(|(at, _)| at)
        .collect();
    let mut row = vec![String::new(); ends.len().saturating_sub(1)];
    for line in lines.iter().skip(1) {
        let chars: Vec<char> = line.chars().collect();
        if line.starts_with('+') && is_partly_rule(&chars) {
            table.rows.push(std::mem::replace(
                &mut row,
                vec![String::new(); ends.len().saturating_sub(1)],
            ));
            if line.contains("+=") {
                table.heads = table.rows.len();
            }
            continue;
        }
        append(&mut row, &chars, &ends);
    }
    table
        .rows
        .retain(|row| row.iter().any(|cell| !cell.trim().is_empty()));
    table
}

/// A rule between rows; a cell that spans rows interrupts it.
fn is_partly_rule(chars: &[char]) -> bool {
    chars.iter().all(|c| "+-=".contains(*c))
}

/// Appends one line of text to the cells of a row, cut where the columns end.
fn append(row: &mut [String], line: &[char], ends: &[usize]) {
    let mut from = 1;
    let mut cell = 0;
    for (at, end) in ends.iter().enumerate().skip(1) {
        if line.get(*end) != Some(&'|') && at + 1 < ends.len() {
            continue;
        }
        let text: String = line
            .get(from..(*end).min(line.len()))
            .unwrap_or_default()
            .iter()
            .collect();
        if let Some(cell) = row.get_mut(cell) {
            cell.push(' ');
            cell.push_str(text.trim().trim_end_matches('|'));
        }
        from = end + 1;
        cell = at;
    }
}

/// True for a rule of a table without frames: runs of `=` set apart, at least two.
pub(super) fn is_simple_rule(line: &str) -> bool {
    let line = line.trim_end();
    line.contains(' ')
        && line.split_whitespace().count() <= MAX_COLUMNS
        && line.starts_with("==")
        && line.chars().all(|c| c == '=' || c == ' ')
}

/// A table without frames: columns are where the runs of its rules are.
pub(super) fn simple(lines: &[&str]) -> Table {
    let mut table = Table::default();
    let starts = starts(lines.first().copied().unwrap_or_default());
    let mut rules = 0;
    for line in lines {
        if is_simple_rule(line) {
            rules += 1;
            if rules == 2 {
                table.heads = table.rows.len();
            }
            continue;
        }
        if line.trim().is_empty() || line.chars().all(|c| c == '-' || c == ' ') {
            continue;
        }
        let cells = cut(line, &starts);
        let goes_on = cells.first().is_some_and(String::is_empty) && !table.rows.is_empty();
        match table.rows.last_mut().filter(|_| goes_on) {
            Some(above) => above.iter_mut().zip(cells).for_each(|(cell, more)| {
                cell.push(' ');
                cell.push_str(&more);
            }),
            None => table.rows.push(cells),
        }
    }
    if rules < 3 {
        table.heads = 0;
    }
    table
}

fn starts(rule: &str) -> Vec<usize> {
    let mut before = ' ';
    let mut out = Vec::new();
    for (at, c) in rule.chars().enumerate() {
        if c == '=' && before == ' ' {
            out.push(at);
        }
        before = c;
    }
    out
}

fn cut(line: &str, starts: &[usize]) -> Vec<String> {
    let chars: Vec<char> = line.chars().collect();
    let cell = |at: usize| {
        let from = starts.get(at).copied().unwrap_or(0);
        let to = starts.get(at + 1).copied().unwrap_or(chars.len());
        let text: String = chars
            .get(from..to.min(chars.len()))
            .unwrap_or_default()
            .iter()
            .collect();
        text.trim().to_owned()
    };
    (0..starts.len()).map(cell).collect()
}

/// The body of a `list-table`: a list of rows, each a list of cells.
pub(super) fn list(lines: &[&str], heads: usize) -> Table {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for line in lines {
        let line = line.trim();
        let (opens_row, line) = match line.strip_prefix("* ") {
            Some(rest) => (true, rest.trim_start()),
            None => (false, line),
        };
        if opens_row {
            rows.push(Vec::new());
        }
        let Some(row) = rows.last_mut() else { continue };
        match line
            .strip_prefix("- ")
            .or_else(|| line.strip_prefix('-').filter(|r| r.is_empty()))
        {
            Some(cell) => row.push(cell.to_owned()),
            None => {
                if let Some(cell) = row.last_mut() {
                    cell.push(' ');
                    cell.push_str(line);
                }
            }
        }
    }
    Table { rows, heads }
}
