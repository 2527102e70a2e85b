//! Table rows as text: each row alone says what its columns mean, because a row is what gets
//! cited.

/// A table being read.
#[derive(Default)]
pub(super) struct Table {
    headers: Vec<String>,
    /// The cells of the row being read.
    row: Vec<String>,
    rows: Vec<String>,
}

impl Table {
    pub(super) fn push_cell(&mut self, text: String) {
        self.row
            .push(text.split_whitespace().collect::<Vec<_>>().join(" "));
    }

    pub(super) fn end_head(&mut self) {
        let row = std::mem::take(&mut self.row);
        match row
            .iter()
            .all(|name| name.chars().count() <= MAX_NAME_CHARS)
        {
            true => self.headers = row,
            false => self.rows.push(row_text(&[], &row)),
        }
    }

    pub(super) fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        self.rows.push(row_text(&self.headers, &row));
    }

    /// The rows as text; a table that has only a header puts that out as its one row.
    pub(super) fn into_rows(self) -> Vec<String> {
        match self.rows.is_empty() {
            true => vec![row_text(&[], &self.headers)],
            false => self.rows,
        }
    }
}

/// What is longer names no column, and must not be repeated on every row.
pub(in crate::parse) const MAX_NAME_CHARS: usize = 200;

/// `Header: cell; Header: cell` without empty cells. Two cells without any header read as a
/// key and its value.
pub(in crate::parse) fn row_text(headers: &[String], cells: &[String]) -> String {
    if let [key, value] = cells
        && !key.is_empty()
        && !value.is_empty()
        && !headers.is_empty()
        && headers.iter().all(String::is_empty)
    {
        return format!("{}: {value}", key.trim_end_matches(':'));
    }
    let named = cells
        .iter()
        .enumerate()
        .filter(|(_, cell)| !cell.is_empty());
    let parts = named.map(|(at, cell)| match headers.get(at) {
        Some(header) if !header.is_empty() => format!("{}: {cell}", header.trim_end_matches(':')),
        _ => cell.clone(),
    });
    parts.collect::<Vec<_>>().join("; ")
}
