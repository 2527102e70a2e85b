//! Tables of text documents to blocks, for the formats that do not take the Markdown path.

use super::canonical::RawBlock;
use super::markdown;
use crate::document::BlockKind;

/// The rows of a table in a text document, of which the first `heads` are known to be headers.
/// If none is, the first row becomes one, but in a table of two columns every row is a key and
/// its value.
pub(super) fn blocks(rows: Vec<Vec<String>>, heads: usize) -> Vec<RawBlock> {
    let mut rows = rows;
    for cell in rows.iter_mut().flatten() {
        *cell = cell.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let filled = |row: &Vec<String>| row.iter().any(|cell| !cell.is_empty());
    let pairs = heads == 0 && rows.iter().all(|row| row.len() == 2);
    let heads = match rows.len() {
        0 | 1 => 0,
        _ if pairs => 0,
        count => heads.clamp(1, count - 1),
    };
    let (head, body) = rows.split_at(heads);
    let labels = if pairs {
        vec![String::new(); 2]
    } else {
        labels(head)
    };
    let mut blocks: Vec<RawBlock> = Vec::new();
    for row in body.iter().filter(|row| filled(row)) {
        let text = markdown::row_text(&labels, row);
        let mut block = RawBlock::new(BlockKind::TableRow, text);
        block.joined = !blocks.is_empty();
        blocks.push(block);
    }
    blocks
}

/// One label per column: the texts of all header rows above it, each once.
fn labels(head: &[Vec<String>]) -> Vec<String> {
    let width = head.iter().map(Vec::len).max().unwrap_or(0);
    let column = |at: usize| {
        let mut parts: Vec<&str> = head
            .iter()
            .filter_map(|row| row.get(at))
            .map(String::as_str)
            .collect();
        parts.dedup();
        let label = parts.join(" ").trim().to_owned();
        if label.len() <= MAX_LABEL_BYTES {
            label
        } else {
            String::new()
        }
    };
    (0..width).map(column).collect()
}

/// A longer text is no name of a column, and would be repeated in every row.
const MAX_LABEL_BYTES: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(drawing: &str, heads: usize, expected: &[&str]) {
        let row = |line: &str| line.split('|').map(str::to_owned).collect();
        let blocks = blocks(drawing.lines().map(row).collect(), heads);
        let got: Vec<&str> = blocks.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn the_first_row_names_the_columns_and_pairs_are_keys_and_values() {
        check(
            "Place|Day|Night\nLeeds|45|60",
            0,
            &["Place: Leeds; Day: 45; Night: 60"],
        );
        check("Owner|Ada\nRoom|4", 0, &["Owner: Ada", "Room: 4"]);
        check("Name|Age\nAda|36", 1, &["Name: Ada; Age: 36"]);
        check("alone|in|a row", 0, &["alone; in; a row"]);
        check(
            "Rate||\nDay|Night|\n1|2|3\n||",
            2,
            &["Rate Day: 1; Night: 2; 3"],
        );
    }

    #[test]
    fn a_text_in_the_first_row_is_not_repeated_in_all_others() {
        let long = "long ".repeat(100);
        check(&format!("{long}|b|c\n1|2|3"), 0, &["1; b: 2; c: 3"]);
    }
}
