//! What `undoc` reads becomes Markdown and takes the Markdown path. Word documents and
//! presentations, old and new, share this; `word.rs` and `slides.rs` know what differs.

use undoc::render::RenderOptions;
use undoc::{Block, Cell, Document, Error, Paragraph, Row, Section, Table, TextStyle};

use super::canonical::Draft;
use super::{Format, ParseError, markdown};

/// The blocks of one section.
pub(super) fn blocks(section: Section, format: Format) -> Result<Draft, ParseError> {
    let mut section = section;
    section.name = None;
    section.notes = None;
    for block in &mut section.content {
        match block {
            Block::Paragraph(paragraph) => drop_emphasis(paragraph),
            Block::Table(table) => prepare(table)?,
            Block::Note { content, .. } => content.iter_mut().for_each(drop_emphasis),
            Block::PageBreak | Block::SectionBreak | Block::Image { .. } => {}
        }
    }
    let mut document = Document::new();
    document.add_section(section);
    let options = RenderOptions::new()
        .with_images(false)
        .with_max_heading(6)
        .with_preserve_breaks(true);
    let rendered = undoc::render::to_markdown(&document, &options);
    rendered
        .map(|markdown| markdown::read_converted(&markdown))
        .map_err(|error| refusal(format, error))
}

/// Emphasis is not text, and its markers are ambiguous inside words. Struck-out text stays
/// marked: the Markdown parser leaves it out.
pub(super) fn drop_emphasis(paragraph: &mut Paragraph) {
    for run in &mut paragraph.runs {
        run.style = TextStyle {
            strikethrough: run.style.strikethrough,
            ..TextStyle::default()
        };
    }
}

/// A Markdown table must have a header, so the first row becomes one. In a table of two
/// columns without marked headers every row is a key and its value: an empty header keeps
/// the first of them a row.
fn prepare(table: &mut Table) -> Result<(), ParseError> {
    for cell in table.rows.iter_mut().flat_map(|row| &mut row.cells) {
        cell.content.iter_mut().for_each(drop_emphasis);
        cell.col_span = cell.col_span.clamp(1, MAX_SPAN);
        cell.row_span = cell.row_span.clamp(1, MAX_SPAN);
        cell.nested_tables.iter_mut().try_for_each(prepare)?;
    }
    let width = |row: &Row| row.cells.iter().map(|cell| cell.col_span as usize).sum();
    let columns: usize = table.rows.iter().map(width).max().unwrap_or(0);
    if columns.saturating_mul(table.rows.len()) > MAX_TABLE_CELLS {
        return Err(ParseError::TooLarge {
            what: "number of cells in one table".into(),
            limit: MAX_TABLE_CELLS as u64,
        });
    }
    let marked = table.rows.first().is_some_and(|row| row.is_header);
    if !marked && is_key_value(table) {
        let blank = Row::header(vec![Cell::new(), Cell::new()]);
        table.rows.insert(0, blank);
    }
    Ok(())
}

/// Spans larger than this are mistakes or attacks.
const MAX_SPAN: u32 = 64;

/// Every row of a Markdown table is as wide as its widest.
const MAX_TABLE_CELLS: usize = 2_000_000;

fn is_key_value(table: &Table) -> bool {
    !table.rows.is_empty() && table.rows.iter().all(|row| row.cells.len() == 2)
}

/// What `undoc` says of a file it cannot read.
pub(super) fn refusal(format: Format, error: Error) -> ParseError {
    match error {
        Error::Encrypted => ParseError::Encrypted { format },
        other => ParseError::Corrupt {
            format,
            detail: other.to_string(),
        },
    }
}
