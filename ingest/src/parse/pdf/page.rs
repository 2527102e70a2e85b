//! What one page holds: its own text as lines, what stands beside it, and pictures for OCR if
//! it has no text.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro_syntax::object::{Array, Object, Stream};
use hayro_syntax::page::Page;

use super::budget::Budget;
use super::font::Fonts;
use super::glyphs::Glyphs;
use super::interpret::Interpreter;
use super::line::Line;
use super::matrix::Matrix;
use super::{notes, picture};

/// The text of a note that is only drawn.
fn drawn<'a>(
    stamp: &Stream<'a>,
    page: &Page<'a>,
    fonts: &mut Fonts,
    budget: &mut Budget,
    max_chars: usize,
) -> String {
    let mut glyphs = Glyphs::new(max_chars);
    let mut interpreter = Interpreter::new(fonts, budget, &mut glyphs);
    interpreter.form(stamp, page.resources(), Matrix::IDENTITY, 1);
    let lines: Vec<String> = glyphs.into_lines().iter().map(Line::text).collect();
    lines.join(" ")
}

/// What could be read of one page.
#[derive(Default)]
pub(super) struct PageText {
    pub(super) lines: Vec<Line>,
    /// Form fields and comments.
    pub(super) notes: Vec<String>,
    /// Paragraphs that OCR read.
    pub(super) recognised: Vec<String>,
    /// Picture files, if the page has no text.
    pub(super) pictures: Vec<Vec<u8>>,
    pub(super) chars: usize,
    /// Glyphs of which nothing says what they mean.
    unknown: usize,
    /// True when content is damaged, or its reader gave up.
    pub(super) failed: bool,
    /// True when parts that contain themselves were left out.
    pub(super) looped: bool,
    /// Why OCR did not help.
    pub(super) problem: Option<String>,
}

/// Most pictures of one page that OCR reads: scans have one, or a few strips.
const MAX_OCR_PICTURES: usize = 8;
/// Text is garbled when more of its glyphs than one in this many mean nothing.
const GARBLED_SHARE: usize = 10;

impl PageText {
    /// Reads a page; stops soon after more than `max_chars` characters. Pictures are kept only
    /// if they are wanted.
    pub(super) fn read(
        page: &Page<'_>,
        fonts: &mut Fonts,
        budget: &mut Budget,
        max_chars: usize,
        pictures_wanted: bool,
    ) -> Self {
        let mut out = Self::default();
        let run = || out.fill(page, fonts, budget, max_chars, pictures_wanted);
        if catch_unwind(AssertUnwindSafe(run)).is_err() {
            out.failed = true;
        }
        out
    }

    fn fill(
        &mut self,
        page: &Page<'_>,
        fonts: &mut Fonts,
        budget: &mut Budget,
        max_chars: usize,
        pictures_wanted: bool,
    ) {
        let content = self.content(page, budget);
        let mut glyphs = Glyphs::new(max_chars);
        let mut interpreter = Interpreter::new(fonts, budget, &mut glyphs);
        interpreter.run(&content, page.resources(), Matrix::IDENTITY);
        let pictures = std::mem::take(&mut interpreter.pictures);
        self.looped = interpreter.looped;
        self.chars = glyphs.chars();
        self.unknown = glyphs.unknown();
        self.lines = glyphs.into_lines();
        self.notes = notes::read(page, |stamp| drawn(stamp, page, fonts, budget, max_chars));
        self.chars += self
            .notes
            .iter()
            .map(|note| note.chars().count())
            .sum::<usize>();
        if self.is_empty() && pictures_wanted {
            let files = pictures
                .iter()
                .filter_map(|stream| picture::file(stream, budget));
            self.pictures = files.take(MAX_OCR_PICTURES).collect();
        }
    }

    /// The page's content streams as one; a break between them parts words.
    fn content(&mut self, page: &Page<'_>, budget: &mut Budget) -> Vec<u8> {
        let mut out = Vec::new();
        let mut append = |stream: Stream<'_>| match budget.unpack(&stream) {
            Some(part) => {
                out.extend_from_slice(&part);
                out.push(b'\n');
            }
            None => self.failed = true,
        };
        match page.raw().get::<Object<'_>>("Contents") {
            Some(Object::Stream(stream)) => append(stream),
            Some(Object::Array(streams)) => {
                Array::iter::<Stream<'_>>(&streams).for_each(append);
            }
            _ => {}
        }
        out
    }

    /// True when nothing can be read on it.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.notes.is_empty() && self.recognised.is_empty()
    }

    /// True when OCR may find text that the page itself does not hold.
    pub(super) fn needs_ocr(&self) -> bool {
        self.is_empty() && !self.pictures.is_empty()
    }

    /// True when so many glyphs mean nothing that text is lost.
    pub(super) fn is_garbled(&self) -> bool {
        self.unknown * GARBLED_SHARE > self.chars + self.unknown
    }

    /// Adds what OCR read in one picture.
    pub(super) fn add_recognised(&mut self, paragraphs: Vec<String>) {
        self.chars += paragraphs
            .iter()
            .map(|text| text.chars().count())
            .sum::<usize>();
        self.recognised.extend(paragraphs);
    }
}
