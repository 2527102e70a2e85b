//! PDF to blocks, page by page. `pdf-extract` interprets the pages and calls back with every
//! glyph and its place; lines, paragraphs, headings and tables are guessed from the geometry.
//!
//! Pages are guarded one by one: a library that panics on a page costs that page, which a
//! warning names. Pictures are not read: a scan is refused with the advice to run OCR.

mod forms;
mod glyphs;
mod layout;
mod line;

use std::panic::{AssertUnwindSafe, catch_unwind};

use pdf_extract::encryption::DecryptionError;
use pdf_extract::{Document, Error};

use self::glyphs::Glyphs;
use self::line::Line;
use super::canonical::Draft;
use super::{Format, Limits, ParseError, place};

/// Reads a PDF; its properties may give the title.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Draft, ParseError> {
    let mut document = open(bytes)?;
    let unsafe_forms = forms::tame(&mut document);
    let numbers: Vec<u32> = document.get_pages().into_keys().collect();
    if numbers.is_empty() {
        return Err(corrupt("it has no pages"));
    }
    let mut pages = Vec::with_capacity(numbers.len());
    let mut failed = Vec::new();
    let mut left = limits.max_text_chars;
    for number in numbers {
        place::at(format_args!("page {number}"));
        let page = Page::read(&document, number, left);
        left = left.checked_sub(page.chars).ok_or(ParseError::TooLarge {
            what: "text".into(),
            limit: limits.max_text_chars as u64,
        })?;
        if page.failed {
            failed.push(number);
        }
        pages.push(page.lines);
    }
    if failed.len() == pages.len() && pages.iter().all(Vec::is_empty) {
        return Err(corrupt("no page of it can be read"));
    }
    Ok(Draft {
        title: title(&document),
        pages: u32::try_from(pages.len()).ok(),
        warnings: warnings(&pages, &failed, unsafe_forms),
        blocks: layout::blocks(pages),
    })
}

/// Loads the document and opens it with the empty password if it is encrypted.
fn open(bytes: &[u8]) -> Result<Document, ParseError> {
    let mut document = Document::load_mem(bytes).map_err(refusal)?;
    if document.is_encrypted() {
        document.decrypt("").map_err(refusal)?;
    }
    Ok(document)
}

fn refusal(error: Error) -> ParseError {
    match error {
        Error::InvalidPassword | Error::Decryption(DecryptionError::IncorrectPassword) => {
            ParseError::Encrypted {
                format: Format::Pdf,
            }
        }
        other => corrupt(&other.to_string()),
    }
}

fn corrupt(detail: &str) -> ParseError {
    ParseError::Corrupt {
        format: Format::Pdf,
        detail: detail.to_owned(),
    }
}

/// What could be read of one page.
struct Page {
    lines: Vec<Line>,
    chars: usize,
    /// True when the interpreter gave up before the page's end.
    failed: bool,
}

impl Page {
    /// Reads page `number`; stops soon after more than `max_chars` characters.
    fn read(document: &Document, number: u32, max_chars: usize) -> Self {
        let mut glyphs = Glyphs::new(max_chars);
        let run = || pdf_extract::output_doc_page(document, &mut glyphs, number);
        let ended = catch_unwind(AssertUnwindSafe(run));
        let chars = glyphs.chars();
        Self {
            failed: !matches!(ended, Ok(Ok(()))) && chars <= max_chars,
            lines: glyphs.into_lines(),
            chars,
        }
    }
}

fn warnings(pages: &[Vec<Line>], failed: &[u32], unsafe_forms: usize) -> Vec<String> {
    let empty = (1u32..)
        .zip(pages)
        .filter(|(_, lines)| lines.is_empty())
        .map(|(number, _)| number);
    let empty: Vec<u32> = empty.filter(|number| !failed.contains(number)).collect();
    let mut out = Vec::new();
    if !failed.is_empty() {
        out.push(format!("{} could not be read completely", name(failed)));
    }
    if !empty.is_empty() && empty.len() < pages.len() {
        out.push(format!("{} without text: blank or a picture", name(&empty)));
    }
    if unsafe_forms > 0 {
        out.push("parts of pages that contain themselves were left out".to_owned());
    }
    out
}

/// `page 3` or `pages 1, 4, 7`.
fn name(pages: &[u32]) -> String {
    let list: Vec<String> = pages.iter().map(u32::to_string).collect();
    format!(
        "page{} {}",
        if pages.len() == 1 { "" } else { "s" },
        list.join(", ")
    )
}

/// The title in the document's properties, unless a program put its own words there.
fn title(document: &Document) -> Option<String> {
    let info = document.trailer.get(b"Info").ok()?;
    let info = document.dereference(info).ok()?.1.as_dict().ok()?;
    let value = document.dereference(info.get(b"Title").ok()?).ok()?.1;
    let title = pdf_extract::decode_text_string(value).ok()?;
    let lower = title.trim().to_lowercase();
    let generated = lower.starts_with("microsoft ")
        || matches!(
            lower.as_str(),
            "" | "untitled" | "(anonymous)" | "unspecified"
        )
        || [".doc", ".docx", ".indd", ".qxd", ".tex", ".dvi", ".pdf"]
            .iter()
            .any(|end| lower.ends_with(end));
    (!generated).then_some(title)
}
