//! Source code to blocks that stay readable: a function, a class, a section of a
//! configuration. Only blank lines and indentation are understood, which all languages share.

use super::canonical::{Draft, RawBlock};
use crate::document::BlockKind;

/// Reads source code: a block ends at a blank line before the next part at the margin.
pub(super) fn read(text: &str) -> Draft {
    let mut blocks: Vec<RawBlock> = Vec::new();
    let mut part: Vec<&str> = Vec::new();
    let (mut blank, mut filled) = (false, 0);
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            blank = true;
            part.push(line);
            continue;
        }
        let ends = (blank && opens(line) && filled >= MIN_LINES)
            || (blank && filled >= MANY_LINES)
            || filled >= MAX_LINES;
        if ends {
            blocks.push(RawBlock::new(BlockKind::Code, part.join("\n")));
            part.clear();
            filled = 0;
        }
        part.push(line);
        filled += 1;
        blank = false;
    }
    blocks.push(RawBlock::new(BlockKind::Code, part.join("\n")));
    Draft {
        blocks,
        ..Draft::default()
    }
}

/// True for a line that begins something new: at the margin, and no end of what is before.
fn opens(line: &str) -> bool {
    !line.starts_with([' ', '\t', '}', ')', ']']) && !line.starts_with("end")
}

/// Parts smaller than this go with the next.
const MIN_LINES: usize = 4;

/// From here on any blank line is good enough.
const MANY_LINES: usize = 60;

/// From here on any line is.
const MAX_LINES: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let blocks = read(text).blocks;
        let got: Vec<_> = blocks.iter().map(|b| b.text.trim_end()).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn parts_at_the_margin_are_blocks() {
        let first = "// Adds.\nfn add() {\n    let a = 1;\n\n    a\n}";
        let second = "fn sub() {\n    0\n}";
        check(&format!("{first}\n\n{second}\n"), &[first, second]);
    }

    #[test]
    fn small_parts_stay_together() {
        check(
            "import a\n\nimport b\n\nx = 1\n",
            &["import a\n\nimport b\n\nx = 1"],
        );
    }

    #[test]
    fn long_parts_are_cut() {
        assert_eq!(read(&"x\n".repeat(1000)).blocks.len(), 9);
        assert_eq!(read(&"  x\n\n".repeat(100)).blocks.len(), 2);
    }
}
