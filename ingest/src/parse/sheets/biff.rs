//! A look through an XLS workbook before it is read. `calamine` lays each sheet out as a full
//! rectangle, so two cells in far corners, or a claimed size, would cost gigabytes.

use std::io::{self, Cursor, Read, Write};

use crate::parse::{Format, ParseError};

/// Most cells that the rectangles around the sheets' contents may have in all, and that one
/// sheet may claim: a sheet of the format's full size.
const MAX_AREA: u64 = 65_536 * 256;

/// Most sheets; each may be read from the same place again.
const MAX_SHEETS: usize = 1024;

/// The workbook in an OLE file of its own, if its sheets span no more than the format holds.
/// Its reader must see the very bytes that were looked through, whatever else the file has.
pub(super) fn measured(bytes: &[u8]) -> Result<Vec<u8>, ParseError> {
    let corrupt = |error: io::Error| ParseError::Corrupt {
        format: Format::Xls,
        detail: error.to_string(),
    };
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(corrupt)?;
    let names = ["/Workbook", "/Book"];
    let name = names.into_iter().find(|name| file.is_stream(name));
    let name = name.unwrap_or("/Workbook");
    let stream = contents(&mut file, name).map_err(corrupt)?;
    refuse_wide(&stream)?;
    let about = contents(&mut file, SUMMARY).unwrap_or_default();
    let copy = || {
        let mut copy =
            cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new()))?;
        copy.create_stream(name)?.write_all(&stream)?;
        copy.create_stream(SUMMARY)?.write_all(&about)?;
        copy.flush()?;
        Ok(copy.into_inner().into_inner())
    };
    copy().map_err(corrupt)
}

/// The stream that has the title.
const SUMMARY: &str = "/\u{5}SummaryInformation";

fn contents(file: &mut cfb::CompoundFile<Cursor<&[u8]>>, name: &str) -> io::Result<Vec<u8>> {
    let mut stream = Vec::new();
    file.open_stream(name)?.read_to_end(&mut stream)?;
    Ok(stream)
}

fn refuse_wide(stream: &[u8]) -> Result<(), ParseError> {
    let sheets = records(stream)
        .filter(|(kind, _)| *kind == BOUND_SHEET)
        .filter_map(|(_, data)| Some(u32::from_le_bytes(*data.first_chunk()?) as usize));
    let mut total = 0;
    for (at, start) in sheets.enumerate() {
        let (used, claimed) = area(stream.get(start..).unwrap_or_default());
        total += used;
        if at == MAX_SHEETS || total > MAX_AREA || claimed > MAX_AREA {
            return Err(ParseError::TooLarge {
                what: "number of cells in all sheets".into(),
                limit: MAX_AREA,
            });
        }
    }
    Ok(())
}

/// The records of a stream: their kind and their data.
fn records(stream: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = stream;
    std::iter::from_fn(move || {
        let (head, tail) = rest.split_first_chunk::<4>()?;
        let [a, b, c, d] = *head;
        let (data, tail) = tail.split_at_checked(u16::from_le_bytes([c, d]).into())?;
        rest = tail;
        Some((u16::from_le_bytes([a, b]), data))
    })
}

/// Kinds of records, by [MS-XLS] 2.3.
const BOUND_SHEET: u16 = 0x0085;
const DIMENSIONS: u16 = 0x0200;
const BEGIN: u16 = 0x0809;
const END: u16 = 0x000a;
/// Formula, MulRk, RString, LabelSst, Number, Label, BoolErr, Rk: row and column come first.
const CELLS: [u16; 8] = [
    0x0006, 0x00bd, 0x00d6, 0x00fd, 0x0203, 0x0204, 0x0205, 0x027e,
];

/// The cells of the rectangle that the sheet at the start of `stream` spans, and of the one it
/// claims.
fn area(stream: &[u8]) -> (u64, u64) {
    let mut rows = (u64::MAX, 0);
    let mut columns = (u64::MAX, 0);
    let mut claimed = 0;
    // Charts are streams of their own inside a sheet.
    let mut open = 0usize;
    for (kind, data) in records(stream) {
        open += usize::from(kind == BEGIN);
        if kind == END {
            open = open.saturating_sub(1);
            if open == 0 {
                break;
            }
        } else if kind == DIMENSIONS {
            claimed = claimed.max(claim(data).unwrap_or(0));
        } else if let (true, Some([a, b, c, d])) = (CELLS.contains(&kind), data.first_chunk()) {
            let (row, column) = (u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]));
            // A record of several cells holds at most one for every six bytes.
            let last = u64::from(column) + data.len() as u64 / 6;
            rows = (rows.0.min(row.into()), rows.1.max(u64::from(row) + 1));
            columns = (columns.0.min(column.into()), columns.1.max(last));
        }
    }
    let used = rows.1.saturating_sub(rows.0) * columns.1.saturating_sub(columns.0);
    (used, claimed)
}

/// The area a sheet says it has, from its first row to its last and up to its last column.
fn claim(data: &[u8]) -> Option<u64> {
    let number = |at: usize, len: usize| {
        let bytes = data.get(at..at + len)?;
        Some(
            bytes
                .iter()
                .rev()
                .fold(0, |sum, byte| (sum << 8) | u64::from(*byte)),
        )
    };
    // Older workbooks have shorter row numbers.
    let row = if data.len() >= 14 { 4 } else { 2 };
    let rows = number(row, row)?.saturating_sub(number(0, row)?);
    let columns = number(2 * row + 2, 2)?;
    Some(rows.saturating_mul(columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let head = [kind.to_le_bytes(), (data.len() as u16).to_le_bytes()];
        [head.concat(), data.to_vec()].concat()
    }

    #[test]
    fn cells_in_far_corners_and_claims_are_counted() {
        let number = |row: u16, column: u16| {
            let at = [row.to_le_bytes(), column.to_le_bytes()].concat();
            record(0x0203, &[at, vec![0; 10]].concat())
        };
        let near = [number(5, 2), number(6, 3)].concat();
        assert!(area(&near).0 < 20);
        let far = [number(0, 0), number(65_535, 255), record(END, &[])].concat();
        assert!(area(&far).0 >= 65_536 * 256);
        let claims = record(
            DIMENSIONS,
            &[0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 255, 255, 0, 0],
        );
        assert!(area(&claims).1 > MAX_AREA);
        assert_eq!(area(b"no record"), (0, 0));
    }
}
