//! The sheets of an OpenDocument spreadsheet. Runs of equal cells are written once with a
//! count, and the empty rest of a sheet is such a run: only cells with text are followed.

use quick_xml::events::BytesStart;

use super::styles::Styles;
use crate::parse::canonical::Draft;
use crate::parse::rows::{Cell, Sheet};
use crate::parse::xml::{self, Node};
use crate::parse::{Format, Limits, ParseError, place};

/// Reads all sheets that are shown.
pub(super) fn read(content: &[u8], styles: &Styles, limits: &Limits) -> Result<Draft, ParseError> {
    let mut walk = Walk::new(styles, limits);
    xml::walk(content, Format::Ods, super::CONTENT, |node| match node {
        Node::Start(start) => {
            walk.start(start);
            Ok(())
        }
        Node::Text(text) => {
            walk.text(text);
            Ok(())
        }
        Node::End(name) => walk.end(name),
    })?;
    Ok(walk.draft)
}

struct Walk<'a> {
    styles: &'a Styles,
    limits: &'a Limits,
    draft: Draft,
    /// The sheet being read; none outside of sheets and in hidden ones.
    sheet: Option<Sheet>,
    row: u32,
    row_repeats: u32,
    /// The cells of the row that hold something.
    cells: Vec<(Cell, u32)>,
    column: u32,
    cell: String,
    cell_repeats: u32,
    is_value: bool,
    /// True while the text of a cell is read.
    in_cell: bool,
    /// Depth inside a comment or a drawing, whose text is not the cell's.
    aside: usize,
}

/// A value is written this often at most where a run repeats it; longer runs are formatting.
const MAX_REPEATS: u32 = 1000;

impl<'a> Walk<'a> {
    fn new(styles: &'a Styles, limits: &'a Limits) -> Self {
        Self {
            styles,
            limits,
            draft: Draft::default(),
            sheet: None,
            row: 0,
            row_repeats: 1,
            cells: Vec::new(),
            column: 0,
            cell: String::new(),
            cell_repeats: 1,
            is_value: false,
            in_cell: false,
            aside: 0,
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) {
        let name = start.name();
        match name.as_ref() {
            _ if self.aside > 0 => self.aside += 1,
            "office:annotation" | "table:shapes" | "draw:frame" => self.aside = 1,
            "table:table" => self.start_sheet(start),
            "table:table-row" => {
                self.row_repeats = repeats(start, "table:number-rows-repeated");
                self.column = 0;
            }
            "table:table-cell" | "table:covered-table-cell" => {
                self.cell_repeats = repeats(start, "table:number-columns-repeated");
                self.in_cell = name.as_ref() == "table:table-cell";
                let kind = xml::attribute(start, "office:value-type");
                self.is_value = kind.is_some_and(|kind| kind != "string");
            }
            "text:p" | "text:s" | "text:tab" | "text:line-break" => self.text(" "),
            _ => {}
        }
    }

    fn start_sheet(&mut self, start: &BytesStart<'_>) {
        let name = xml::attribute(start, "table:name").unwrap_or_default();
        place::at(format_args!("sheet {name}"));
        self.row = 0;
        let style = xml::attribute(start, "table:style-name").unwrap_or_default();
        if self.styles.is_hidden(&style) {
            let warning = format!("the hidden sheet `{name}` was left out");
            self.draft.warnings.push(warning);
        } else {
            self.sheet = Some(Sheet::new(&name, self.limits));
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_cell && self.aside == 0 {
            self.cell.push_str(text);
        }
    }

    fn end(&mut self, name: &str) -> Result<(), ParseError> {
        match name {
            _ if self.aside > 0 => self.aside -= 1,
            "table:table-cell" | "table:covered-table-cell" => self.end_cell(),
            "table:table-row" => return self.end_row(),
            "table:table" => {
                let sheet = self.sheet.take().map(Sheet::into_blocks);
                self.draft.blocks.extend(sheet.unwrap_or_default());
            }
            _ => {}
        }
        Ok(())
    }

    fn end_cell(&mut self) {
        self.in_cell = false;
        let text = std::mem::take(&mut self.cell);
        if !text.trim().is_empty() {
            let cell = Cell {
                column: self.column,
                text,
                is_value: self.is_value,
            };
            self.cells.push((cell, self.cell_repeats));
        }
        self.column = self.column.saturating_add(self.cell_repeats);
    }

    fn end_row(&mut self) -> Result<(), ParseError> {
        let cells = std::mem::take(&mut self.cells);
        let rows = if cells.is_empty() {
            0
        } else {
            self.row_repeats.min(MAX_REPEATS)
        };
        for row in 0..rows {
            let Some(sheet) = &mut self.sheet else { break };
            for (cell, repeats) in &cells {
                for at in 0..(*repeats).min(MAX_REPEATS) {
                    let cell = Cell {
                        column: cell.column.saturating_add(at),
                        text: cell.text.clone(),
                        is_value: cell.is_value,
                    };
                    sheet.push(self.row.saturating_add(row), cell)?;
                }
            }
        }
        self.row = self.row.saturating_add(self.row_repeats);
        Ok(())
    }
}

fn repeats(start: &BytesStart<'_>, name: &str) -> u32 {
    let count = xml::number(start, name).unwrap_or(1);
    u32::try_from(count).unwrap_or(u32::MAX).max(1)
}
