//! Excel workbooks to blocks: XLSX, and the binary format of Excel before 2007. `calamine`
//! reads the cells; numbers and dates are shown as their number format says.

mod biff;
mod display;

use std::io::Cursor;

use calamine::{Reader, SheetType, SheetVisible, Xls, XlsError, Xlsx, XlsxError};

use self::display::Display;
use super::archive::Archive;
use super::canonical::Draft;
use super::rows::{Cell, Sheet};
use super::{Format, Limits, ParseError, place};

/// Reads an XLSX package cell by cell; its core properties may give the title.
pub(super) fn read_xlsx(bytes: &[u8], limits: &Limits) -> Result<Draft, ParseError> {
    Archive::open(bytes, Format::Xlsx, limits)?;
    place::at("xl/workbook.xml");
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(refuse_xlsx)?;
    let title = book
        .workbook_properties()
        .ok()
        .and_then(|about| about.title);
    let mut draft = Draft {
        title,
        ..Draft::default()
    };
    for name in shown(book.sheets_metadata(), &mut draft) {
        let sheet = xlsx_sheet(&mut book, &name, limits)?;
        draft.blocks.extend(sheet.into_blocks());
    }
    Ok(draft)
}

fn xlsx_sheet(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    limits: &Limits,
) -> Result<Sheet, ParseError> {
    place::at(format_args!("sheet {name}"));
    let mut sheet = Sheet::new(name, limits);
    let mut display = Display::new(book.has_1904_epoch());
    let mut cells = book.worksheet_cells_reader(name).map_err(refuse_xlsx)?;
    while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(refuse_xlsx)? {
        let (row, column) = cell.get_position();
        let format = cells
            .styles()
            .get(style)
            .and_then(|s| s.number_format.as_ref());
        let code = format.map(|format| format.format_code.as_str());
        let (text, is_value) = display.show(cell.get_value().clone().into(), code);
        sheet.push(
            row,
            Cell {
                column,
                text,
                is_value,
            },
        )?;
    }
    Ok(sheet)
}

/// Reads an XLS file.
pub(super) fn read_xls(bytes: &[u8], limits: &Limits) -> Result<Draft, ParseError> {
    place::at("Workbook");
    let mut book = Xls::new(Cursor::new(biff::measured(bytes)?)).map_err(refuse_xls)?;
    let title = book
        .workbook_properties()
        .ok()
        .and_then(|about| about.title);
    let mut draft = Draft {
        title,
        ..Draft::default()
    };
    for name in shown(book.sheets_metadata(), &mut draft) {
        let Ok(range) = book.worksheet_range(&name) else {
            continue;
        };
        place::at(format_args!("sheet {name}"));
        let mut sheet = Sheet::new(&name, limits);
        let mut display = Display::new(book.has_1904_epoch());
        let (top, left) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            let (text, is_value) = display.show(value.clone(), None);
            // A range starts at its first used cell.
            let column = left.saturating_add(u32::try_from(column).unwrap_or(u32::MAX));
            let row = top.saturating_add(u32::try_from(row).unwrap_or(u32::MAX));
            sheet.push(
                row,
                Cell {
                    column,
                    text,
                    is_value,
                },
            )?;
        }
        draft.blocks.extend(sheet.into_blocks());
    }
    Ok(draft)
}

/// The sheets a reader of the workbook sees; a warning names those that are hidden.
fn shown(sheets: &[calamine::Sheet], draft: &mut Draft) -> Vec<String> {
    let tables = sheets
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let (shown, hidden): (Vec<_>, Vec<_>) =
        tables.partition(|sheet| sheet.visible == SheetVisible::Visible);
    for sheet in hidden {
        draft
            .warnings
            .push(format!("the hidden sheet `{}` was left out", sheet.name));
    }
    shown.into_iter().map(|sheet| sheet.name.clone()).collect()
}

fn refuse_xlsx(error: XlsxError) -> ParseError {
    match error {
        XlsxError::Password => ParseError::Encrypted {
            format: Format::Xlsx,
        },
        other => ParseError::Corrupt {
            format: Format::Xlsx,
            detail: other.to_string(),
        },
    }
}

fn refuse_xls(error: XlsError) -> ParseError {
    match error {
        XlsError::Password => ParseError::Encrypted {
            format: Format::Xls,
        },
        other => ParseError::Corrupt {
            format: Format::Xls,
            detail: other.to_string(),
        },
    }
}
