//! Glyphs to lines: collects what `pdf-extract` draws on one page, in drawing order, which is
//! reading order in nearly all files. Text may run in any direction; places are measured
//! along and across the direction of each line.

use std::collections::BTreeMap;

use pdf_extract::{MediaBox, OutputDev, OutputError, Transform};
use unicode_normalization::UnicodeNormalization;

use super::line::{self, BLANK, CELL_GAP, LINE_SHIFT, Line};

/// Receives the glyphs of one page.
pub(super) struct Glyphs {
    lines: Vec<Drawn>,
    last: Option<Glyph>,
    at_word_start: bool,
    chars: usize,
    max_chars: usize,
}

/// A line while its glyphs arrive.
struct Drawn {
    line: Line,
    direction: (f64, f64),
    glyphs: f64,
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
        }
    }

    /// Characters received so far.
    pub(super) fn chars(&self) -> usize {
        self.chars
    }

    /// The lines that hold text.
    pub(super) fn into_lines(self) -> Vec<Line> {
        let mut octants: BTreeMap<(i64, i64), usize> = BTreeMap::new();
        for drawn in &self.lines {
            *octants.entry(octant(drawn.direction)).or_default() += 1;
        }
        let main = octants
            .into_iter()
            .max_by_key(|(_, lines)| *lines)
            .map(|(octant, _)| octant);
        let turned = |drawn: &Drawn| main != Some(octant(drawn.direction));
        let lines = self.lines.iter().map(|drawn| Line {
            turned: turned(drawn),
            ..drawn.line.clone()
        });
        line::tidy(lines)
    }

    fn draw(&mut self, glyph: Glyph) {
        let before = self.last.replace(glyph.clone());
        let start = before
            .as_ref()
            .map_or(Place::NewLine, |before| before.place_of(&glyph));
        match (start, self.lines.last_mut()) {
            (Place::Overprint, _) => {}
            (Place::NewLine, _) | (_, None) => self.lines.push(glyph.into_line()),
            (place, Some(drawn)) => {
                match place {
                    Place::NewCell if self.at_word_start => drawn.line.cells.push(String::new()),
                    Place::AfterBlank if self.at_word_start => drawn.append(" "),
                    _ => {}
                }
                drawn.append(&glyph.text);
                drawn.extend(&glyph);
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
    fn place_of(&self, next: &Glyph) -> Place {
        let size = self.size.max(next.size);
        let shifted = (next.across - self.across).abs() >= LINE_SHIFT * size;
        if shifted || !same_direction(self.direction, next.direction) {
            return Place::NewLine;
        }
        if self.text == next.text && (next.along - self.along).abs() < OVERPRINT * size {
            return Place::Overprint;
        }
        // Right-to-left text is drawn leftwards, so a gap may open on either side.
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

    fn into_line(self) -> Drawn {
        Drawn {
            line: Line {
                cells: vec![self.text],
                start: self.along,
                end: self.along + self.advance,
                base: self.across,
                size: self.size,
                turned: false,
            },
            direction: self.direction,
            glyphs: 1.0,
        }
    }
}

impl Drawn {
    fn append(&mut self, text: &str) {
        if let Some(cell) = self.line.cells.last_mut() {
            cell.push_str(text);
        }
    }

    /// Moves the line's end and average size by one glyph.
    fn extend(&mut self, glyph: &Glyph) {
        self.line.end = self.line.end.max(glyph.along + glyph.advance);
        self.line.size = (self.line.size * self.glyphs + glyph.size) / (self.glyphs + 1.0);
        self.glyphs += 1.0;
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

impl OutputDev for Glyphs {
    fn begin_page(
        &mut self,
        _: u32,
        _: &MediaBox,
        _: Option<(f64, f64, f64, f64)>,
    ) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn output_character(
        &mut self,
        place: &Transform,
        width: f64,
        spacing: f64,
        font_size: f64,
        text: &str,
    ) -> Result<(), OutputError> {
        self.chars += text.chars().count();
        if self.chars > self.max_chars {
            return Err(std::fmt::Error.into());
        }
        let scale = place.m11.hypot(place.m12);
        let (dx, dy) = match scale > 0.0 {
            true => (place.m11 / scale, place.m12 / scale),
            false => (1.0, 0.0),
        };
        self.draw(Glyph {
            text: without_ligatures(text),
            direction: (dx, dy),
            along: place.m31 * dx + place.m32 * dy,
            across: place.m32 * dx - place.m31 * dy,
            advance: (width * font_size + spacing) * scale,
            size: (font_size * place.m21.hypot(place.m22)).abs(),
        });
        Ok(())
    }

    fn begin_word(&mut self) -> Result<(), OutputError> {
        self.at_word_start = true;
        Ok(())
    }

    fn end_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
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
