//! Glyphs to lines: collects what is drawn on one page, in drawing order, which is reading
//! order in nearly all files. Text may run in any direction; places are measured along and
//! across the direction of each line.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use super::bidi;
use super::line::{self, BLANK, CELL_GAP, LINE_SHIFT, Line};
use super::matrix::Matrix;

/// Receives the glyphs of one page.
pub(super) struct Glyphs {
    lines: Vec<Drawn>,
    last: Option<Glyph>,
    at_word_start: bool,
    chars: usize,
    max_chars: usize,
    unknown: usize,
}

/// A glyph as the content stream places it.
pub(super) struct Placed {
    /// What it means, if anything says so.
    pub(super) text: Option<String>,
    /// From text space to the page.
    pub(super) place: Matrix,
    /// Size of the font, in text space.
    pub(super) size: f64,
    /// How far it moves, in text space.
    pub(super) advance: f64,
    /// True when the line runs downwards.
    pub(super) vertical: bool,
}

/// A line while its glyphs arrive.
struct Drawn {
    glyphs: Vec<(Place, Glyph)>,
    rtl: bool,
}

/// Where the last glyph was drawn.
#[derive(Clone)]
struct Glyph {
    text: String,
    /// Direction of the text: a unit vector.
    direction: (f64, f64),
    along: f64,
    across: f64,
    advance: f64,
    size: f64,
    rtl: bool,
}

/// A glyph drawn again this close to itself, in fractions of its height, only makes it bolder.
const OVERPRINT: f64 = 0.1;

impl Glyphs {
    /// Stops the page soon after `max_chars` characters.
    pub(super) fn new(max_chars: usize) -> Self {
        Self {
            lines: Vec::new(),
            last: None,
            at_word_start: true,
            chars: 0,
            max_chars,
            unknown: 0,
        }
    }

    /// Characters received so far.
    pub(super) fn chars(&self) -> usize {
        self.chars
    }

    /// Glyphs received of which nothing says what they mean.
    pub(super) fn unknown(&self) -> usize {
        self.unknown
    }

    /// True when no more are wanted.
    pub(super) fn is_full(&self) -> bool {
        self.chars > self.max_chars || self.unknown > self.max_chars
    }

    /// Says that the glyphs that follow were shown as one string.
    pub(super) fn begin_word(&mut self) {
        self.at_word_start = true;
    }

    /// The lines that hold text.
    pub(super) fn into_lines(self) -> Vec<Line> {
        let mut octants: BTreeMap<(i64, i64), usize> = BTreeMap::new();
        for drawn in &self.lines {
            *octants.entry(drawn.octant()).or_default() += 1;
        }
        let main = octants
            .into_iter()
            .max_by_key(|(_, lines)| *lines)
            .map(|(octant, _)| octant);
        let turned = |drawn: &Drawn| main != Some(drawn.octant());
        let lines = self.lines.iter().map(|drawn| Line {
            turned: turned(drawn),
            ..drawn.line()
        });
        line::tidy(lines)
    }

    /// Receives one glyph.
    pub(super) fn draw(&mut self, placed: Placed) {
        let Some(text) = &placed.text else {
            self.unknown += 1;
            return;
        };
        self.chars += text.chars().count();
        let Some(glyph) = Glyph::of(&placed, text) else {
            return;
        };
        let before = self.last.replace(glyph.clone());
        let line_rtl = self.lines.last().is_some_and(|line| line.rtl);
        let place = before
            .as_ref()
            .map_or(Place::NewLine, |before| before.place_of(&glyph, line_rtl));
        match (place, self.lines.last_mut()) {
            (Place::Overprint, _) => {}
            (Place::NewLine, _) | (_, None) => self.lines.push(Drawn {
                rtl: glyph.rtl,
                glyphs: vec![(Place::NewLine, glyph)],
            }),
            (place, Some(drawn)) => {
                // Gaps inside a string are the font's own.
                let place = match self.at_word_start {
                    true => place,
                    false => Place::Adjoining,
                };
                drawn.rtl |= glyph.rtl;
                drawn.glyphs.push((place, glyph));
            }
        }
        self.at_word_start = false;
    }
}

/// How a glyph follows the one before it.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Overprint,
    Adjoining,
    AfterBlank,
    NewCell,
    NewLine,
}

impl Glyph {
    /// `None` for places that are not numbers.
    fn of(placed: &Placed, text: &str) -> Option<Self> {
        let (step, rise) = match placed.vertical {
            true => {
                let (x, y) = placed.place.up();
                ((-x, -y), placed.place.right())
            }
            false => (placed.place.right(), placed.place.up()),
        };
        // A negative size turns the text round.
        let scale = step.0.hypot(step.1).copysign(placed.size);
        let (dx, dy) = match scale != 0.0 {
            true => (step.0 / scale, step.1 / scale),
            false => (1.0, 0.0),
        };
        let (x, y) = placed.place.origin();
        let glyph = Self {
            text: without_ligatures(text),
            direction: (dx, dy),
            along: x * dx + y * dy,
            across: y * dx - x * dy,
            advance: placed.advance * scale,
            size: (placed.size * rise.0.hypot(rise.1)).abs(),
            rtl: bidi::is_rtl(text),
        };
        let sound = glyph.along + glyph.across + glyph.advance + glyph.size;
        sound.is_finite().then_some(glyph)
    }

    /// How `next` follows; `rtl` when the line so far is read from right to left.
    fn place_of(&self, next: &Glyph, rtl: bool) -> Place {
        let size = self.size.max(next.size);
        let shifted = (next.across - self.across).abs() >= LINE_SHIFT * size;
        if shifted || !same_direction(self.direction, next.direction) {
            return Place::NewLine;
        }
        if self.text == next.text && (next.along - self.along).abs() < OVERPRINT * size {
            return Place::Overprint;
        }
        // Right-to-left text is drawn in any order: it is sorted once the line is complete.
        if rtl || next.rtl {
            return Place::Adjoining;
        }
        let leftwards = next.along < self.along;
        let gap = match leftwards {
            true => self.along - (next.along + next.advance),
            false => next.along - (self.along + self.advance),
        };
        match gap / size {
            gap if leftwards && gap > CELL_GAP => Place::NewLine,
            gap if gap > CELL_GAP => Place::NewCell,
            gap if gap > BLANK => Place::AfterBlank,
            _ => Place::Adjoining,
        }
    }
}

impl Drawn {
    fn octant(&self) -> (i64, i64) {
        self.glyphs
            .first()
            .map_or((1, 0), |(_, glyph)| octant(glyph.direction))
    }

    fn line(&self) -> Line {
        let glyphs = || self.glyphs.iter().map(|(_, glyph)| glyph);
        let size = glyphs().map(|glyph| glyph.size).sum::<f64>() / self.glyphs.len().max(1) as f64;
        Line {
            cells: match self.rtl {
                true => self.rtl_cells(size),
                false => self.cells(),
            },
            start: glyphs()
                .map(|glyph| glyph.along)
                .fold(f64::INFINITY, f64::min),
            end: glyphs().map(Glyph::end).fold(f64::NEG_INFINITY, f64::max),
            base: glyphs().next().map_or(0.0, |glyph| glyph.across),
            size,
            turned: false,
        }
    }

    /// Cells as they were drawn.
    fn cells(&self) -> Vec<String> {
        let mut cells = vec![String::new()];
        for (place, glyph) in &self.glyphs {
            if *place == Place::NewCell {
                cells.push(String::new());
            }
            if let Some(cell) = cells.last_mut() {
                if *place == Place::AfterBlank {
                    cell.push(' ');
                }
                cell.push_str(&glyph.text);
            }
        }
        cells
    }

    /// Cells by where their glyphs stand, in reading order.
    fn rtl_cells(&self, size: f64) -> Vec<String> {
        let mut glyphs: Vec<&Glyph> = self.glyphs.iter().map(|(_, glyph)| glyph).collect();
        glyphs.sort_by(|a, b| a.left().total_cmp(&b.left()));
        let base_rtl = bidi::is_mostly_rtl(glyphs.iter().map(|glyph| glyph.text.as_str()));
        let mut cells: Vec<Vec<&str>> = vec![Vec::new()];
        let mut end = f64::INFINITY;
        for glyph in glyphs {
            let gap = (glyph.left() - end) / size;
            match cells.last_mut() {
                Some(cell) if gap <= CELL_GAP => {
                    if gap > BLANK {
                        cell.push(" ");
                    }
                    cell.push(&glyph.text);
                }
                _ => cells.push(vec![&glyph.text]),
            }
            end = if end.is_finite() {
                end.max(glyph.end())
            } else {
                glyph.end()
            };
        }
        if base_rtl {
            cells.reverse();
        }
        let read = |cell: &Vec<&str>| bidi::reading_order(cell, base_rtl);
        cells.iter().map(read).collect()
    }
}

impl Glyph {
    /// Where it begins, seen from the left: fonts may advance backwards.
    fn left(&self) -> f64 {
        self.along.min(self.along + self.advance)
    }

    fn end(&self) -> f64 {
        self.along.max(self.along + self.advance)
    }
}

/// The direction to the nearest eighth of a turn.
fn octant(direction: (f64, f64)) -> (i64, i64) {
    (direction.0.round() as i64, direction.1.round() as i64)
}

/// True for unit vectors less than about 18 degrees apart.
fn same_direction(a: (f64, f64), b: (f64, f64)) -> bool {
    a.0 * b.0 + a.1 * b.1 > 0.95
}

/// `ﬁ` and its kin are drawn as one glyph but are searched for as two letters; presentation
/// forms of Arabic are letters in disguise.
fn without_ligatures(text: &str) -> String {
    match text
        .chars()
        .any(|c| matches!(c, '\u{fb00}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'))
    {
        true => text.nfkc().collect(),
        false => text.to_owned(),
    }
}
