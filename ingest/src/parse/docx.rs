//! DOCX to blocks: `undoc` reads the package and writes Markdown, which takes the Markdown
//! path. A package is a ZIP archive and may unpack to anything, so it is measured before
//! anyone opens it.

use std::io::{self, Cursor, Read};

use undoc::docx::DocxParser;
use undoc::render::RenderOptions;
use undoc::{Block, Cell, Error, ListInfo, ListType, Paragraph, Row, Table, TextStyle};

use super::canonical::Draft;
use super::{Format, Limits, ParseError, markdown, place};

/// Reads a Word document; its core properties may give the title.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Draft, ParseError> {
    refuse_bombs(bytes, limits.max_expanded_bytes)?;
    let mut parser = DocxParser::from_bytes(bytes.to_vec()).map_err(refusal)?;
    let mut document = parser.parse().map_err(refusal)?;
    let mut number = 0;
    for block in document
        .sections
        .iter_mut()
        .flat_map(|section| &mut section.content)
    {
        if let Block::Paragraph(paragraph) = block {
            drop_emphasis(paragraph);
            number = mark_list_item(paragraph, number);
        } else if let Block::Table(table) = block {
            prepare(table);
        }
    }
    let options = RenderOptions::new()
        .with_images(false)
        .with_max_heading(6)
        .with_preserve_breaks(true);
    let markdown = undoc::render::to_markdown(&document, &options).map_err(refusal)?;
    Ok(Draft {
        title: document.metadata.title,
        ..markdown::read_converted(&markdown)
    })
}

/// Unpacks every part into nothing and stops at the limit: the sizes in the directory are
/// claims, the bytes are not.
fn refuse_bombs(bytes: &[u8], limit: u64) -> Result<(), ParseError> {
    let too_large = ParseError::TooLarge {
        what: "unpacked content".into(),
        limit,
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(corrupt)?;
    let mut left = limit;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(corrupt)?;
        place::at(part.name().unwrap_or_default());
        if part.size() > left {
            return Err(too_large);
        }
        let read = io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(corrupt)?;
        left = match left.checked_sub(read) {
            Some(left) => left,
            None => return Err(too_large),
        };
    }
    Ok(())
}

/// Emphasis is not text, and its markers are ambiguous inside words. Struck-out text stays
/// marked: the Markdown parser leaves it out.
fn drop_emphasis(paragraph: &mut Paragraph) {
    for run in &mut paragraph.runs {
        run.style = TextStyle {
            strikethrough: run.style.strikethrough,
            ..TextStyle::default()
        };
    }
}

/// Lists made with Word's own list styles carry their numbering in the style, where `undoc`
/// does not look. Takes the number of the item before and returns this one's, 0 for none.
fn mark_list_item(paragraph: &mut Paragraph, before: u32) -> u32 {
    let style = paragraph.style_name.as_deref().unwrap_or("").to_lowercase();
    let (list_type, number) = match style.as_str() {
        name if name.starts_with("list bullet") => (ListType::Bullet, None),
        name if name.starts_with("list number") => (ListType::Numbered, Some(before + 1)),
        _ => return 0,
    };
    if paragraph.list_info.is_none() {
        paragraph.list_info = Some(ListInfo {
            list_type,
            number,
            ..ListInfo::default()
        });
    }
    number.unwrap_or(0)
}

/// A Markdown table must have a header, so the first row becomes one. In a table of two
/// columns without marked headers every row is a key and its value: an empty header keeps
/// the first of them a row.
fn prepare(table: &mut Table) {
    let cells = table.rows.iter_mut().flat_map(|row| &mut row.cells);
    cells
        .flat_map(|cell| &mut cell.content)
        .for_each(drop_emphasis);
    let marked = table.rows.first().is_some_and(|row| row.is_header);
    if !marked && is_key_value(table) {
        let blank = Row::header(vec![Cell::new(), Cell::new()]);
        table.rows.insert(0, blank);
    }
}

fn is_key_value(table: &Table) -> bool {
    !table.rows.is_empty() && table.rows.iter().all(|row| row.cells.len() == 2)
}

fn refusal(error: Error) -> ParseError {
    match error {
        Error::Encrypted => ParseError::Encrypted {
            format: Format::Docx,
        },
        other => corrupt(other),
    }
}

fn corrupt(error: impl std::fmt::Display) -> ParseError {
    ParseError::Corrupt {
        format: Format::Docx,
        detail: error.to_string(),
    }
}
