//! CSV and its relatives to rows that say what their columns mean. Nothing in a file says
//! which character separates, whether the first row names the columns, or whether it is a
//! table at all, so all three are judged by how well the rows agree; a file whose rows do not
//! fit its header keeps its lines as they are.

use csv::{ReaderBuilder, StringRecord};

use super::canonical::{Draft, RawBlock};
use super::markdown::row_text;
use super::{Limits, ParseError, place};
use crate::document::BlockKind;

/// Reads separated values.
///
/// # Errors
/// [`ParseError::TooLarge`] when the rows with their headers pass the limit.
pub(super) fn read(text: &str, limits: &Limits) -> Result<Draft, ParseError> {
    let delimiter = delimiter(text);
    let rows = records(text, delimiter);
    let width = common_width(&rows);
    let start = rows
        .iter()
        .take_while(|row| row.len() == 1 && width > 1)
        .count();
    let (preamble, table) = rows.split_at_checked(start).unwrap_or((&[], &rows));
    if is_ragged(table) {
        return Ok(lines(text));
    }
    let mut draft = Draft::default();
    for row in preamble {
        let line = row_text(&[], row);
        draft.blocks.push(RawBlock::new(BlockKind::Paragraph, line));
    }
    push_rows(&mut draft, table, limits)?;
    Ok(draft)
}

/// Puts out the rows of a table, each with the header if there is one.
fn push_rows(draft: &mut Draft, table: &[Vec<String>], limits: &Limits) -> Result<(), ParseError> {
    let (header, body): (&[String], _) = match table {
        [header, body @ ..] if names_columns(header) && !body.is_empty() => (header, body),
        all => (&[], all),
    };
    let mut chars = 0;
    for (at, row) in body.iter().enumerate() {
        if at % ROWS_PER_PLACE == 0 {
            place::at(format_args!("row {}", at + 1));
        }
        let text = row_text(header, row);
        // The header is repeated on every row, so the text can be far larger than the file.
        chars += text.chars().count();
        if chars > limits.max_text_chars {
            return Err(ParseError::TooLarge {
                what: "text".into(),
                limit: limits.max_text_chars as u64,
            });
        }
        let block = RawBlock::new(BlockKind::TableRow, text);
        draft.blocks.push(block.joined(at > 0));
    }
    Ok(())
}

const ROWS_PER_PLACE: usize = 1000;

/// What separates values, the rarer in text first: it wins a tie.
const DELIMITERS: [u8; 4] = [b'\t', b'|', b';', b','];

/// Rows that are looked at to tell the separator.
const SAMPLE_ROWS: usize = 100;

/// The separator under which most rows have the same number of values, more than one.
fn delimiter(text: &str) -> u8 {
    let mut sample = text.len().min(SAMPLE_BYTES);
    while !text.is_char_boundary(sample) {
        sample -= 1;
    }
    let sample = text.get(..sample).unwrap_or_default();
    let agreeing = |delimiter: &u8| {
        let mut rows = records(sample, *delimiter);
        rows.truncate(SAMPLE_ROWS);
        let width = common_width(&rows);
        let agreeing = rows.iter().filter(|row| row.len() == width).count();
        if width > 1 {
            agreeing * 100 / rows.len().max(1)
        } else {
            0
        }
    };
    let mut best = (0, b',');
    for delimiter in DELIMITERS {
        let score = agreeing(&delimiter);
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    best.1
}

const SAMPLE_BYTES: usize = 64 << 10;

/// The rows of values that commas separate, as markup languages write them: a blank may stand
/// before a quote.
pub(super) fn records_of(text: &str) -> Vec<Vec<String>> {
    records(&text.replace(", \"", ",\""), b',')
}

/// Every row that has a value; blanks around values do not count.
fn records(text: &str, delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut record = StringRecord::new();
    while let Ok(true) = reader.read_record(&mut record) {
        let row: Vec<String> = record.iter().map(one_line).collect();
        if row.iter().any(|cell| !cell.is_empty()) {
            rows.push(row);
        }
    }
    rows
}

fn one_line(cell: &str) -> String {
    cell.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The number of values that most rows have; the larger of two equally common ones.
fn common_width(rows: &[Vec<String>]) -> usize {
    let mut widths: Vec<usize> = rows.iter().map(Vec::len).collect();
    widths.sort_unstable();
    let groups = widths.chunk_by(|a, b| a == b);
    let commonest = groups.max_by_key(|group| group.len());
    commonest
        .and_then(|group| group.first())
        .copied()
        .unwrap_or(0)
}

/// True when the rows do not fit under the first of them, so that a header repeated on each
/// would attach wrong names.
fn is_ragged(table: &[Vec<String>]) -> bool {
    let Some((first, rest)) = table.split_first() else {
        return false;
    };
    let longer = rest.iter().filter(|row| row.len() > first.len()).count();
    let single = table.iter().filter(|row| row.len() == 1).count();
    longer * 2 > rest.len() || (single * 2 > table.len() && single < table.len())
}

/// True for a row of names: most have letters, and none is so long that it is text.
fn names_columns(row: &[String]) -> bool {
    let cells = row.iter().filter(|cell| !cell.is_empty());
    let named = cells
        .clone()
        .filter(|cell| cell.contains(char::is_alphabetic))
        .count();
    let short = cells
        .clone()
        .all(|cell| cell.chars().count() <= MAX_NAME_CHARS);
    short && named > 0
}

/// Names of columns are shorter; a longer one is repeated on no row.
const MAX_NAME_CHARS: usize = 200;

/// The lines as they stand, each a row.
fn lines(text: &str) -> Draft {
    let rows = text.lines().filter(|line| !line.trim().is_empty());
    let block = |(at, line): (usize, &str)| RawBlock::new(BlockKind::TableRow, line).joined(at > 0);
    Draft {
        blocks: rows.enumerate().map(block).collect(),
        warnings: vec!["the rows do not fit the header: they were kept as they are".to_owned()],
        ..Draft::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        max_text_chars: 10_000,
        max_expanded_bytes: 0,
        ocr: None,
    };

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let blocks = read(text, &LIMITS)
            .map(|draft| draft.blocks)
            .unwrap_or_default();
        let got: Vec<_> = blocks.iter().map(|b| b.text.as_str()).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn every_row_says_what_its_columns_mean() {
        let rows = ["Place: Leeds; Day: 45", "Place: York, old; Day: 50"];
        check("Place,Day\nLeeds,45\n\"York, old\",50\n", &rows);
        check("Place;Day\nLeeds;45\nYork, old;50\n", &rows);
        check("Place\tDay\r\nLeeds\t45\r\nYork, old\t50", &rows);
        check("Place|Day\nLeeds|45\nYork, old|50", &rows);
    }

    #[test]
    fn values_may_span_lines_and_be_missing() {
        check("a,b,c\n\"x\ny\",,3\n4\n", &["a: x y; c: 3", "a: 4"]);
    }

    #[test]
    fn values_beyond_the_header_are_kept() {
        check(
            "a,b\n1,2\n3,4\n5,6,7\n",
            &["a: 1; b: 2", "a: 3; b: 4", "a: 5; b: 6; 7"],
        );
    }

    #[test]
    fn a_file_that_does_not_fit_its_header_keeps_its_lines() {
        check(
            "1,2,3\na,b,c,d\na,b,c,d\n",
            &["1,2,3", "a,b,c,d", "a,b,c,d"],
        );
    }

    #[test]
    fn numbers_name_no_columns_and_titles_precede_the_table() {
        check("1,2\n3,4\n", &["1; 2", "3; 4"]);
        check(
            "Prices 2025\n\na,b\n1,2\n3,4\n",
            &["Prices 2025", "a: 1; b: 2", "a: 3; b: 4"],
        );
        check("only\n", &["only"]);
    }

    #[test]
    fn a_header_that_blows_up_the_rows_is_refused() {
        let text = format!("{},b\n{}", "x".repeat(150), "1,2\n".repeat(1000));
        assert!(matches!(
            read(&text, &LIMITS),
            Err(ParseError::TooLarge { .. })
        ));
    }
}
