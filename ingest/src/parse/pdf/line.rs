//! Lines of text as they stand on a page, and repairs that need no more than two of them.

use crate::sentence;

/// A line of text on a page; lengths are in points.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Its text, cut where a gap is too wide for a blank.
    pub(super) cells: Vec<String>,
    /// Where it starts, along its direction.
    pub(super) start: f64,
    /// Where it ends, along its direction.
    pub(super) end: f64,
    /// Its base line, across its direction; larger is further up.
    pub(super) base: f64,
    /// Height of its font, averaged over its glyphs.
    pub(super) size: f64,
    /// True when it runs in another direction than most lines of its page.
    pub(super) turned: bool,
}

impl Line {
    /// The whole line.
    pub(super) fn text(&self) -> String {
        self.cells.join(" ")
    }
}

/// Fractions of the font's height: a gap this wide is a blank ...
pub(super) const BLANK: f64 = 0.15;
/// ... and one this wide separates the cells of a table.
pub(super) const CELL_GAP: f64 = 1.8;
/// Glyphs this far apart across the line are on different lines; indices stay.
pub(super) const LINE_SHIFT: f64 = 0.5;

/// The lines that hold text, with cells trimmed and parts of one line put in order.
pub(super) fn tidy(lines: impl Iterator<Item = Line>) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    for line in lines.filter_map(tidy_cells) {
        match out.last_mut() {
            Some(after) if precedes(&line, after) => prepend(line, after),
            _ => out.push(line),
        }
    }
    out
}

/// True when `line`, though drawn later, stands left of `after` on the same base line: leaders
/// and page numbers of contents are often drawn before their titles.
fn precedes(line: &Line, after: &Line) -> bool {
    let same_base = (line.base - after.base).abs() < LINE_SHIFT * after.size;
    same_base && line.turned == after.turned && line.end <= after.start + BLANK * after.size
}

fn prepend(mut line: Line, after: &mut Line) {
    if after.start - line.end <= CELL_GAP * after.size
        && let (Some(last), false) = (line.cells.last_mut(), after.cells.is_empty())
    {
        last.push(' ');
        last.push_str(&after.cells.remove(0));
    }
    line.cells.append(&mut after.cells);
    line.end = after.end;
    *after = line;
}

/// The line without blank cells; a list marker set apart is part of the first cell.
fn tidy_cells(mut line: Line) -> Option<Line> {
    line.cells = line
        .cells
        .iter()
        .map(|cell| cell.trim().to_owned())
        .filter(|cell| !cell.is_empty())
        .collect();
    if let [marker, first, ..] = line.cells.as_slice() {
        let joined = format!("{marker} {first}");
        if sentence::marker_len(&joined) == marker.len() + 1 {
            line.cells.splice(..2, [joined]);
        }
    }
    (!line.cells.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: &[&str], start: f64, end: f64, base: f64) -> Line {
        Line {
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
            start,
            end,
            base,
            size: 10.0,
            turned: false,
        }
    }

    #[track_caller]
    fn check(lines: Vec<Line>, expected: &[&[&str]]) {
        let tidied = tidy(lines.into_iter());
        let got: Vec<Vec<String>> = tidied.into_iter().map(|line| line.cells).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn parts_of_a_line_are_put_in_order() {
        let leader = line(&[". . 3"], 61.0, 200.0, 50.0);
        check(
            vec![leader, line(&["1. Safety"], 0.0, 60.0, 50.0)],
            &[&["1. Safety . . 3"]],
        );
        let right = line(&["right"], 300.0, 340.0, 50.0);
        check(
            vec![right, line(&["left"], 0.0, 60.0, 50.0)],
            &[&["left", "right"]],
        );
        let above = line(&["a"], 0.0, 9.0, 50.0);
        check(vec![above, line(&["b"], 0.0, 9.0, 38.0)], &[&["a"], &["b"]]);
    }

    #[test]
    fn markers_join_their_text_and_blank_cells_go() {
        let item = line(&["•", " Two lamps ", ""], 0.0, 90.0, 50.0);
        check(
            vec![item, line(&[" "], 0.0, 3.0, 38.0)],
            &[&["• Two lamps"]],
        );
    }
}
