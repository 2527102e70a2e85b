//! Content streams to glyphs: the operators that place text, and the forms that hold more of
//! them. Everything that only paints is skipped; operators that make no sense are too.

use std::rc::Rc;

use hayro_syntax::content::TypedIter;
use hayro_syntax::content::ops::TypedInstruction as Op;
use hayro_syntax::object::{Array, Dict, Name, Number, Object, Stream};
use hayro_syntax::page::Resources;

use super::budget::Budget;
use super::font::{Font, Fonts};
use super::glyphs::{Glyphs, Placed};
use super::matrix::Matrix;

/// Forms nested deeper than this are a loop or an attack.
const MAX_DEPTH: usize = 12;
/// Saved states beyond this are not saved; no page needs as many.
const MAX_SAVED: usize = 1000;
/// Pictures of a page beyond this are decoration.
const MAX_PICTURES: usize = 64;

/// Reads content streams of one page.
pub(super) struct Interpreter<'a, 'x> {
    fonts: &'x mut Fonts,
    budget: &'x mut Budget,
    glyphs: &'x mut Glyphs,
    /// Pictures met, in drawing order.
    pub(super) pictures: Vec<Stream<'a>>,
    /// True when forms were left out because they contain themselves.
    pub(super) looped: bool,
}

/// What `q` saves and `Q` restores.
#[derive(Clone)]
struct State {
    page: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    char_spacing: f64,
    word_spacing: f64,
    stretch: f64,
    leading: f64,
    rise: f64,
}

/// State of one content stream.
struct Cursor {
    now: State,
    saved: Vec<State>,
    text: Matrix,
    line: Matrix,
}

impl<'a, 'x> Interpreter<'a, 'x> {
    pub(super) fn new(
        fonts: &'x mut Fonts,
        budget: &'x mut Budget,
        glyphs: &'x mut Glyphs,
    ) -> Self {
        Self {
            fonts,
            budget,
            glyphs,
            pictures: Vec::new(),
            looped: false,
        }
    }

    /// Reads one content stream that is drawn through `page`.
    pub(super) fn run(&mut self, content: &[u8], resources: &Resources<'a>, page: Matrix) {
        self.stream(content, resources, page, 0);
    }

    fn stream(&mut self, content: &[u8], resources: &Resources<'a>, page: Matrix, depth: usize) {
        let mut cursor = Cursor::new(page);
        let mut operators = TypedIter::new(content);
        while let Some(op) = operators.next() {
            if self.glyphs.is_full() || self.budget.exhausted() {
                return;
            }
            match op {
                Op::TextFont(font) => {
                    cursor.now.font = self.font(resources, font.0);
                    cursor.now.size = font.1.as_f64();
                }
                Op::XObject(name) => self.external(resources, name.0, cursor.now.page, depth),
                Op::ShowText(text) => self.show(&mut cursor, text.0.as_bytes()),
                Op::NextLineAndShowText(text) => {
                    cursor.next_line(0.0, -cursor.now.leading);
                    self.show(&mut cursor, text.0.as_bytes());
                }
                Op::ShowTextWithParameters(text) => {
                    cursor.now.word_spacing = text.0.as_f64();
                    cursor.now.char_spacing = text.1.as_f64();
                    cursor.next_line(0.0, -cursor.now.leading);
                    self.show(&mut cursor, text.2.as_bytes());
                }
                Op::ShowTexts(texts) => self.show_all(&mut cursor, texts.0),
                op => cursor.apply(&op),
            }
        }
    }

    fn font(&mut self, resources: &Resources<'a>, name: &Name<'_>) -> Option<Rc<Font>> {
        let dict = resources.get_font(name)?;
        Some(self.fonts.get(&dict, self.budget))
    }

    /// Draws a form or notes a picture.
    fn external(&mut self, resources: &Resources<'a>, name: &Name<'_>, page: Matrix, depth: usize) {
        let Some(object) = resources.get_x_object(name) else {
            return;
        };
        if object.dict().get::<Name<'_>>("Subtype").as_deref() == Some(b"Image") {
            if self.pictures.len() < MAX_PICTURES {
                self.pictures.push(object);
            }
        } else if depth < MAX_DEPTH {
            self.form(&object, resources, page, depth + 1);
        } else {
            self.looped = true;
        }
    }

    /// Draws a form; one without resources of its own uses those of what invokes it.
    pub(super) fn form(
        &mut self,
        form: &Stream<'a>,
        outer: &Resources<'a>,
        page: Matrix,
        depth: usize,
    ) {
        let Some(content) = self.budget.unpack(form) else {
            return;
        };
        let matrix = form.dict().get::<Array<'_>>("Matrix");
        let matrix = matrix.and_then(|numbers| Matrix::read(&numbers));
        let page = matrix.map_or(page, |matrix| matrix.then(page));
        match form.dict().get::<Dict<'a>>("Resources") {
            Some(own) => self.stream(&content, &Resources::new(own), page, depth),
            None => self.stream(&content, outer, page, depth),
        }
    }

    fn show_all(&mut self, cursor: &mut Cursor, texts: &Array<'_>) {
        for item in texts.iter::<Object<'_>>() {
            match item {
                Object::String(text) => self.show(cursor, text.as_bytes()),
                Object::Number(number) => {
                    let back = number.as_f64() / 1000.0 * cursor.now.size;
                    cursor.advance(if cursor.is_vertical() { back } else { -back });
                }
                _ => {}
            }
        }
    }

    fn show(&mut self, cursor: &mut Cursor, bytes: &[u8]) {
        let Some(font) = cursor.now.font.clone() else {
            return;
        };
        self.glyphs.begin_word();
        for shown in font.shown(bytes) {
            let now = &cursor.now;
            let mut spacing = now.char_spacing;
            if shown.is_blank {
                spacing += now.word_spacing;
            }
            let advance = shown.advance * now.size;
            self.glyphs.draw(Placed {
                text: shown.text,
                place: cursor.place(),
                size: now.size,
                advance: advance + spacing,
                vertical: font.vertical,
            });
            cursor.advance(advance + spacing);
        }
    }
}

impl Cursor {
    fn new(page: Matrix) -> Self {
        Self {
            now: State {
                page,
                font: None,
                size: 0.0,
                char_spacing: 0.0,
                word_spacing: 0.0,
                stretch: 1.0,
                leading: 0.0,
                rise: 0.0,
            },
            saved: Vec::new(),
            text: Matrix::IDENTITY,
            line: Matrix::IDENTITY,
        }
    }

    /// The operators that only move and set.
    fn apply(&mut self, op: &Op<'_, '_>) {
        match op {
            Op::SaveState(_) if self.saved.len() < MAX_SAVED => self.saved.push(self.now.clone()),
            Op::RestoreState(_) => self.now = self.saved.pop().unwrap_or_else(|| self.now.clone()),
            Op::Transform(m) => {
                let matrix = Matrix::of([&m.0, &m.1, &m.2, &m.3, &m.4, &m.5].map(Number::as_f64));
                self.now.page = matrix.then(self.now.page);
            }
            Op::BeginText(_) => self.start_line(Matrix::IDENTITY),
            Op::SetTextMatrix(m) => self.start_line(Matrix::of(
                [&m.0, &m.1, &m.2, &m.3, &m.4, &m.5].map(Number::as_f64),
            )),
            Op::NextLine(by) => self.next_line(by.0.as_f64(), by.1.as_f64()),
            Op::NextLineAndSetLeading(by) => {
                self.now.leading = -by.1.as_f64();
                self.next_line(by.0.as_f64(), by.1.as_f64());
            }
            Op::NextLineUsingLeading(_) => self.next_line(0.0, -self.now.leading),
            Op::CharacterSpacing(value) => self.now.char_spacing = value.0.as_f64(),
            Op::WordSpacing(value) => self.now.word_spacing = value.0.as_f64(),
            Op::HorizontalScaling(value) => self.now.stretch = value.0.as_f64() / 100.0,
            Op::TextLeading(value) => self.now.leading = value.0.as_f64(),
            Op::TextRise(value) => self.now.rise = value.0.as_f64(),
            _ => {}
        }
    }

    fn start_line(&mut self, matrix: Matrix) {
        self.line = matrix;
        self.text = matrix;
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.start_line(Matrix::shift(x, y).then(self.line));
    }

    fn is_vertical(&self) -> bool {
        self.now.font.as_ref().is_some_and(|font| font.vertical)
    }

    /// Moves along the line, in units of text space.
    fn advance(&mut self, by: f64) {
        let step = match self.is_vertical() {
            true => Matrix::shift(0.0, -by),
            false => Matrix::shift(by * self.now.stretch, 0.0),
        };
        self.text = step.then(self.text);
    }

    /// From text space to the page.
    fn place(&self) -> Matrix {
        let now = &self.now;
        let raised = Matrix::of([now.stretch, 0.0, 0.0, 1.0, 0.0, now.rise]);
        raised.then(self.text).then(now.page)
    }
}
