//! Spreadsheets to blocks: a sheet is a heading and the rows below it, each row with the
//! headers of its columns, because a row is what gets cited. What the cells say is for the
//! readers of the formats to know.
//!
//! A sheet may claim any size, so only cells that hold something are kept.

use std::collections::BTreeMap;

use super::canonical::RawBlock;
use super::{Limits, ParseError, markdown};
use crate::document::BlockKind;

/// A sheet and its rows from top to bottom, without empty ones.
pub(super) struct Sheet {
    pub(super) name: String,
    rows: Vec<Row>,
    chars_left: usize,
    limit: usize,
}

struct Row {
    number: u32,
    cells: Vec<Cell>,
}

/// A cell that holds something.
pub(super) struct Cell {
    pub(super) column: u32,
    pub(super) text: String,
    /// True for a number, a date or a truth value.
    pub(super) is_value: bool,
}

impl Cell {
    /// True for words, dates and years; an amount is no name of a column.
    fn can_label(&self) -> bool {
        let year = self.text.len() == 4 && self.text.bytes().all(|b| b.is_ascii_digit());
        let bare = self.text.replace(|c: char| " ,()%$£€".contains(c), "");
        !self.is_value || year || bare.parse::<f64>().is_err()
    }
}

impl Sheet {
    pub(super) fn new(name: &str, limits: &Limits) -> Self {
        Self {
            name: name.to_owned(),
            rows: Vec::new(),
            chars_left: limits.max_text_chars,
            limit: limits.max_text_chars,
        }
    }

    /// Adds a cell; cells come row by row. Blank ones are left out.
    pub(super) fn push(&mut self, row: u32, cell: Cell) -> Result<(), ParseError> {
        let mut cell = cell;
        cell.text = cell.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if cell.text.is_empty() {
            return Ok(());
        }
        let cost = cell.text.chars().count() + 1;
        let left = self.chars_left.checked_sub(cost);
        self.chars_left = left.ok_or(ParseError::TooLarge {
            what: "text".into(),
            limit: self.limit as u64,
        })?;
        match self.rows.last_mut().filter(|last| last.number == row) {
            Some(last) => last.cells.push(cell),
            None => self.rows.push(Row {
                number: row,
                cells: vec![cell],
            }),
        }
        Ok(())
    }

    /// The sheet's name as a heading and its rows; nothing for an empty sheet.
    pub(super) fn into_blocks(self) -> Vec<RawBlock> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        let mut blocks = vec![RawBlock::new(BlockKind::Heading(2), self.name.as_str())];
        let head = self.head();
        let (mut above, mut gap) = (None, true);
        for (at, row) in self.rows.iter().enumerate() {
            let apart = above.is_none_or(|above| row.number > above + 1);
            above = Some(row.number);
            gap |= apart;
            if head.drops(at, row) {
                continue;
            }
            let mut block = RawBlock::new(BlockKind::TableRow, head.text(row, apart));
            block.joined = !std::mem::take(&mut gap);
            blocks.push(block);
        }
        blocks
    }

    /// How the rows are labelled. The first row of several cells is the header, unless it has
    /// amounts or only numbers. Two columns whose second is not all numbers below that row are keys and
    /// their values: taking the first pair for a header would attach it to all others.
    fn head(&self) -> Head {
        let Some(at) = self.rows.iter().position(|row| row.cells.len() > 1) else {
            return Head::None;
        };
        let (head, below) = (&self.rows[at], &self.rows[at + 1..]);
        let words = head.cells.iter().any(|cell| !cell.is_value);
        if !words || !head.cells.iter().all(Cell::can_label) {
            return Head::None;
        }
        let columns: Vec<u32> = head.cells.iter().map(|cell| cell.column).collect();
        let paired = |row: &Row| row.cells.iter().all(|cell| columns.contains(&cell.column));
        if columns.len() == 2 && below.iter().all(paired) && !counts(head, below) {
            return Head::Keys;
        }
        if below.is_empty() {
            return Head::None;
        }
        let usable = head
            .cells
            .iter()
            .filter(|c| c.text.len() <= MAX_HEADER_BYTES);
        let labels = usable.map(|cell| (cell.column, cell.text.clone()));
        Head::Row(at, labels.collect())
    }
}

/// True when the last column has a word in `head` and only values below it.
fn counts(head: &Row, below: &[Row]) -> bool {
    let Some(label) = head.cells.last().filter(|cell| !cell.is_value) else {
        return false;
    };
    let mut cells = below
        .iter()
        .flat_map(|row| row.cells.iter().filter(|cell| cell.column == label.column))
        .peekable();
    cells.peek().is_some() && cells.all(|cell| cell.is_value)
}

/// A longer text is no name of a column, and would be repeated in every row.
const MAX_HEADER_BYTES: usize = 300;

enum Head {
    /// Nothing says what the columns are.
    None,
    /// The first of two columns names what is in the second.
    Keys,
    /// The row at this place names the columns.
    Row(usize, BTreeMap<u32, String>),
}

impl Head {
    /// True for the header and for its repetitions.
    fn drops(&self, at: usize, row: &Row) -> bool {
        let Head::Row(head, labels) = self else {
            return false;
        };
        let repeated = || {
            let same = |cell: &Cell| labels.get(&cell.column) == Some(&cell.text);
            row.cells.len() == labels.len() && row.cells.iter().all(same)
        };
        at == *head || (at > *head && repeated())
    }

    /// A row as text. A cell that stands alone after a gap, or above the header, is a caption.
    fn text(&self, row: &Row, apart: bool) -> String {
        let cells: Vec<String> = row.cells.iter().map(|cell| cell.text.clone()).collect();
        let labels: Vec<String> = match self {
            Head::None => Vec::new(),
            Head::Row(..) if cells.len() == 1 && apart => Vec::new(),
            Head::Keys => vec![String::new(); cells.len()],
            Head::Row(_, labels) => {
                let label = |cell: &Cell| labels.get(&cell.column).cloned();
                let labels = row.cells.iter().map(|cell| label(cell).unwrap_or_default());
                labels.collect()
            }
        };
        // A row of two cells without a header between labelled rows is not a key and value.
        match (self, labels.iter().all(String::is_empty)) {
            (Head::Row(..), true) => markdown::row_text(&[], &cells),
            _ => markdown::row_text(&labels, &cells),
        }
    }
}

#[cfg(test)]
mod tests;
