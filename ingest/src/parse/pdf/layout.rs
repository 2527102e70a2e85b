//! Lines to blocks: running heads are dropped, lines joined to paragraphs, and headings and
//! tables told by size and gaps. All of it is guessing from geometry; a wrong guess moves a
//! block's border and never changes a word, except for hyphens mended at line ends.

mod furniture;

use std::collections::BTreeMap;

use super::line::Line;
use crate::document::BlockKind;
use crate::parse::canonical::RawBlock;
use crate::parse::markdown::row_text;
use crate::sentence;

/// The blocks of a document, given the lines of each page.
pub(super) fn blocks(mut pages: Vec<Vec<Line>>) -> Vec<RawBlock> {
    furniture::remove(&mut pages);
    let body = body_size(&pages);
    let mut groups = Vec::new();
    for (number, lines) in (1u32..).zip(&pages) {
        groups.extend(group(lines).into_iter().map(|lines| Group {
            lines,
            page: number,
        }));
    }
    let levels = heading_sizes(&groups, body);
    let mut out = Vec::new();
    for group in &groups {
        push(&mut out, group, &levels);
    }
    out
}

/// Lines that form one block, or the rows of one table.
struct Group<'a> {
    lines: &'a [Line],
    page: u32,
}

impl Group<'_> {
    fn half_points(&self) -> i64 {
        self.lines.first().map_or(0, |line| half_points(line.size))
    }

    fn is_upright(&self) -> bool {
        self.lines.iter().all(|line| !line.turned)
    }

    /// True when the lines have the same number of cells, at least two.
    fn is_table(&self) -> bool {
        let cells = self.lines.first().map_or(0, |line| line.cells.len());
        cells > 1 && self.lines.len() > 1 && self.lines.iter().all(|line| line.cells.len() == cells)
    }

    /// The lines as one text, with words hyphenated at line ends made whole.
    fn text(&self) -> String {
        let mut out = String::new();
        for line in self.lines {
            append(&mut out, &line.text());
        }
        out
    }
}

/// A heading's font is at least this much larger than the body's.
const HEADING_RATIO: f64 = 1.08;
/// Large text longer than this is a pull quote or a poster.
const MAX_HEADING_CHARS: usize = 150;
/// When more of the text than one part in this many is large, the small print is the body.
const HEADINGS_SHARE: usize = 3;
/// Lines further apart than this multiple of the usual distance, and of their own size, are
/// in different blocks.
const PARAGRAPH_GAP: f64 = 1.3;
/// Distances between the lines of a paragraph lie between these multiples of its size.
const LEADING: std::ops::Range<f64> = 0.8..2.5;
/// Lines whose sizes differ more than this are in different blocks.
const SIZE_STEP: f64 = 1.1;
/// A line that fills less than this part of the widest ends a paragraph if a sentence ends.
const SHORT_LINE: f64 = 0.75;
/// A line that fills less than this part is a line of its own before a capital.
const STUMP: f64 = 0.6;

/// Sizes are compared in steps of half a point, to which they are usually set.
fn half_points(size: f64) -> i64 {
    (size * 2.0).round() as i64
}

/// The size, in half points, that most characters of the document have.
fn body_size(pages: &[Vec<Line>]) -> i64 {
    let mut chars: BTreeMap<i64, usize> = BTreeMap::new();
    for line in pages.iter().flatten() {
        *chars.entry(half_points(line.size)).or_default() += line.text().chars().count();
    }
    chars
        .into_iter()
        .rev()
        .max_by_key(|(_, chars)| *chars)
        .map_or(0, |(size, _)| size)
}

/// The distinct sizes of headings, largest first: a heading's level is its size's rank.
fn heading_sizes(groups: &[Group<'_>], body: i64) -> Vec<i64> {
    let chars = |group: &Group<'_>| group.text().chars().count();
    let large = |group: &&Group<'_>| {
        group.is_upright() && group.half_points() as f64 >= body as f64 * HEADING_RATIO
    };
    let total: usize = groups.iter().map(chars).sum();
    let in_large: usize = groups.iter().filter(large).map(chars).sum();
    if in_large * HEADINGS_SHARE > total {
        return Vec::new();
    }
    let short = |group: &&Group<'_>| chars(group) <= MAX_HEADING_CHARS;
    let mut sizes: Vec<i64> = groups
        .iter()
        .filter(large)
        .filter(short)
        .map(Group::half_points)
        .collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    sizes.dedup();
    sizes
}

/// Cuts the lines of one page where a block ends.
fn group(lines: &[Line]) -> Vec<&[Line]> {
    let usual = usual_distance(lines);
    let widest = lines
        .iter()
        .map(|line| line.end - line.start)
        .fold(0.0, f64::max);
    let mut out = Vec::new();
    let mut rest = lines;
    while !rest.is_empty() {
        let pairs = rest.windows(2);
        let tabular = rest.first().is_some_and(|line| line.cells.len() > 1);
        let same = pairs.take_while(|pair| match pair {
            [above, below] if tabular => {
                above.cells.len() == below.cells.len() && below.base < above.base
            }
            [above, below] => below.cells.len() == 1 && !breaks(above, below, usual, widest),
            _ => false,
        });
        let (block, tail) = rest.split_at(same.count() + 1);
        out.push(block);
        rest = tail;
    }
    out
}

/// The distance between lines of the same paragraph: the lower quartile of all distances, so
/// that pages with many short paragraphs do not blur it.
fn usual_distance(lines: &[Line]) -> f64 {
    let distance = |pair: &[Line]| match pair {
        [above, below] if LEADING.contains(&((above.base - below.base) / above.size)) => {
            Some(above.base - below.base)
        }
        _ => None,
    };
    let mut distances: Vec<f64> = lines.windows(2).filter_map(distance).collect();
    distances.sort_by(f64::total_cmp);
    distances.get(distances.len() / 4).copied().unwrap_or(0.0)
}

/// True when a block ends between two lines that follow each other.
fn breaks(above: &Line, below: &Line, usual: f64, widest: f64) -> bool {
    let gap = above.base - below.base;
    let ratio = above.size.max(below.size) / above.size.min(below.size);
    let text = above.text();
    let ended = text.ends_with(['.', '!', '?', ':', ';']);
    let filled = (above.end - above.start) / widest;
    let capital = below.text().starts_with(char::is_uppercase);
    let indented = below.start > above.start + above.size * 0.8 && sentence::marker_len(&text) == 0;
    gap <= 0.0
        || gap > (usual * PARAGRAPH_GAP).max(above.size * PARAGRAPH_GAP)
        || ratio > SIZE_STEP
        || above.turned != below.turned
        || sentence::marker_len(&below.text()) > 0
        || (ended && (filled < SHORT_LINE || indented))
        || (capital && filled < STUMP)
}

/// Appends a group as blocks.
fn push(out: &mut Vec<RawBlock>, group: &Group<'_>, heading_sizes: &[i64]) {
    if group.is_table() {
        return push_table(out, group);
    }
    let text = group.text();
    let level = heading_sizes
        .iter()
        .position(|size| *size == group.half_points());
    let kind = match level {
        Some(rank) if group.is_upright() && text.chars().count() <= MAX_HEADING_CHARS => {
            BlockKind::Heading(u8::try_from(rank + 1).unwrap_or(6).min(6))
        }
        _ if sentence::marker_len(&text) > 0 => BlockKind::ListItem,
        _ => BlockKind::Paragraph,
    };
    match out.last_mut() {
        Some(last) if kind == BlockKind::Paragraph && continues(last, &text) => {
            append(&mut last.text, &text)
        }
        last => {
            let joined = kind == BlockKind::ListItem && last.is_some_and(|last| last.kind == kind);
            out.push(RawBlock {
                kind,
                text,
                page: Some(group.page),
                joined,
            });
        }
    }
}

/// True when `text` goes on with a paragraph that a page or column break cut.
fn continues(last: &RawBlock, text: &str) -> bool {
    let open = !last.text.ends_with(['.', '!', '?', ':', ';']);
    let running = matches!(last.kind, BlockKind::Paragraph | BlockKind::ListItem);
    running && open && text.starts_with(char::is_lowercase)
}

/// Appends table rows; the first row names the columns when it alone has no digits.
fn push_table(out: &mut Vec<RawBlock>, group: &Group<'_>) {
    let has_digits = |line: &Line| {
        line.cells
            .iter()
            .any(|cell| cell.contains(|c: char| c.is_ascii_digit()))
    };
    let columns = group.lines.first().map_or(0, |line| line.cells.len());
    let blank = vec![String::new(); columns];
    let (headers, rows) = match group.lines {
        [first, rows @ ..] if columns > 2 && !has_digits(first) && rows.iter().all(has_digits) => {
            (&first.cells, rows)
        }
        rows => (&blank, rows),
    };
    for (at, row) in rows.iter().enumerate() {
        out.push(RawBlock {
            kind: BlockKind::TableRow,
            text: row_text(headers, &row.cells),
            page: Some(group.page),
            joined: at > 0,
        });
    }
}

/// Appends a line to running text.
fn append(text: &mut String, line: &str) {
    let next_is_lower = line.starts_with(char::is_lowercase);
    let hyphen = ['-', '\u{2010}', '\u{ad}'].into_iter().find(|&hyphen| {
        let stem = text.strip_suffix(hyphen);
        stem.is_some_and(|stem| next_is_lower && stem.ends_with(char::is_alphabetic))
    });
    if hyphen.is_some() {
        text.pop();
    } else if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(line);
}

#[cfg(test)]
mod tests;
