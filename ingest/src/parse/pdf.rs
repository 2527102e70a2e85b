//! PDF to blocks, page by page. `hayro-syntax` opens and repairs the file; the text operators
//! are interpreted here, and lines, paragraphs, headings and tables are guessed from where the
//! glyphs stand. What cannot be read this way is given to `pdf-extract`.
//!
//! Pages are guarded one by one: damage costs the page it is on, which a warning names. Pages
//! without text are given to OCR when it is set up, and named in a warning when it is not.

mod attachments;
mod bidi;
mod budget;
mod font;
mod glyphs;
mod interpret;
mod layout;
mod line;
mod matrix;
mod notes;
mod page;
mod picture;
mod second;

use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use self::attachments::Attachment;
use self::budget::Budget;
use self::font::Fonts;
use self::page::PageText;
use super::canonical::{Draft, RawBlock};
use super::{Format, Limits, ParseError, place};
use crate::document::BlockKind;

/// Reads a PDF; its properties may give the title.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Draft, ParseError> {
    let mut reading = Reading {
        limits,
        budget: Budget::new(limits.max_expanded_bytes),
        chars_left: limits.max_text_chars,
        ocr_pages: 0,
    };
    let mut draft = match reading.document(bytes, true) {
        Err(ParseError::Corrupt { format, detail }) => {
            let refused = ParseError::Corrupt { format, detail };
            second::read(bytes, limits.max_text_chars).ok_or(refused)?
        }
        Ok(draft) if draft.blocks.is_empty() => {
            second::read(bytes, limits.max_text_chars).unwrap_or(draft)
        }
        other => other?,
    };
    // Text that is not page content comes after the page's: the order of pages stays.
    draft
        .blocks
        .sort_by_key(|block| block.page.unwrap_or(u32::MAX));
    Ok(draft)
}

/// What one document, with the documents inside it, may still use.
struct Reading<'l> {
    limits: &'l Limits,
    budget: Budget,
    chars_left: usize,
    ocr_pages: usize,
}

impl Reading<'_> {
    /// Reads a document, and the PDFs attached to it if it is the `outer` one.
    fn document(&mut self, bytes: &[u8], outer: bool) -> Result<Draft, ParseError> {
        let pdf = Pdf::new(bytes.to_vec()).map_err(refusal)?;
        let pages = self.pages(&pdf)?;
        if pages.is_empty() {
            return Err(corrupt("it has no pages"));
        }
        let attached = attachments::read(&pdf, &mut self.budget);
        self.within_bounds()?;
        let nothing = |page: &PageText| page.failed && page.is_empty();
        if pages.iter().all(nothing) && attached.is_empty() {
            return Err(corrupt("no page of it can be read"));
        }
        let mut draft = Draft {
            title: title(&pdf),
            pages: u32::try_from(pages.len()).ok(),
            warnings: warnings(&pages),
            blocks: blocks(pages),
        };
        for file in attached {
            self.attach(file, outer, &mut draft)?;
        }
        Ok(draft)
    }

    fn pages(&mut self, pdf: &Pdf) -> Result<Vec<PageText>, ParseError> {
        let mut fonts = Fonts::default();
        let mut out = Vec::with_capacity(pdf.pages().len());
        for (number, page) in (1u32..).zip(pdf.pages().iter()) {
            place::at(format_args!("page {number}"));
            let wanted = self.limits.ocr.is_some();
            let mut text =
                PageText::read(page, &mut fonts, &mut self.budget, self.chars_left, wanted);
            self.within_bounds()?;
            if text.needs_ocr() {
                self.recognise(&mut text);
            }
            self.take_chars(text.chars)?;
            out.push(text);
        }
        Ok(out)
    }

    /// Runs OCR over a page, if it is set up.
    fn recognise(&mut self, page: &mut PageText) {
        let Some(ocr) = &self.limits.ocr else { return };
        if self.ocr_pages >= ocr.max_pages {
            page.problem = Some("more pages than OCR may read".to_owned());
            return;
        }
        self.ocr_pages += 1;
        for picture in std::mem::take(&mut page.pictures) {
            match ocr.read(picture) {
                Ok(paragraphs) => page.add_recognised(paragraphs),
                Err(problem) => page.problem = Some(format!("OCR failed: {problem}")),
            }
        }
    }

    fn take_chars(&mut self, chars: usize) -> Result<(), ParseError> {
        let left = self.chars_left.checked_sub(chars);
        self.chars_left = left.ok_or(ParseError::TooLarge {
            what: "text".into(),
            limit: self.limits.max_text_chars as u64,
        })?;
        Ok(())
    }

    fn within_bounds(&self) -> Result<(), ParseError> {
        match self.budget.exhausted() {
            false => Ok(()),
            true => Err(ParseError::TooLarge {
                what: "unpacked content".into(),
                limit: self.limits.max_expanded_bytes,
            }),
        }
    }

    /// Adds what an attached PDF says under its name; other files are only named.
    fn attach(
        &mut self,
        file: Attachment,
        outer: bool,
        draft: &mut Draft,
    ) -> Result<(), ParseError> {
        let name = file.name;
        let is_pdf = file
            .content
            .get(..1024.min(file.content.len()))
            .is_some_and(|head| head.windows(5).any(|at| at == b"%PDF-"));
        if !(outer && is_pdf) {
            draft
                .warnings
                .push(format!("the attached file `{name}` was not read"));
            return Ok(());
        }
        place::at(format_args!("attached file {name}"));
        match self.document(&file.content, false) {
            Ok(inner) => {
                draft
                    .warnings
                    .push(format!("the attached file `{name}` is part of the text"));
                draft.warnings.extend(
                    inner
                        .warnings
                        .iter()
                        .map(|warning| format!("{name}: {warning}")),
                );
                draft
                    .blocks
                    .push(RawBlock::new(BlockKind::Heading(1), name));
                // Their page numbers are not this document's.
                let inner = inner.blocks.into_iter();
                draft.blocks.extend(inner.map(|block| RawBlock {
                    page: None,
                    ..block
                }));
                Ok(())
            }
            Err(error @ ParseError::TooLarge { .. }) => Err(error),
            Err(error) => {
                draft
                    .warnings
                    .push(format!("the attached file `{name}` was not read: {error}"));
                Ok(())
            }
        }
    }
}

fn refusal(error: LoadPdfError) -> ParseError {
    match error {
        LoadPdfError::Decryption(
            DecryptionError::PasswordProtected | DecryptionError::UnsupportedAlgorithm,
        ) => ParseError::Encrypted {
            format: Format::Pdf,
        },
        LoadPdfError::Decryption(_) => corrupt("its encryption is broken"),
        LoadPdfError::Invalid => corrupt("it has no pages, or none that can be found"),
    }
}

fn corrupt(detail: &str) -> ParseError {
    ParseError::Corrupt {
        format: Format::Pdf,
        detail: detail.to_owned(),
    }
}

/// Blocks of the pages' own text, and of what stands beside it.
fn blocks(pages: Vec<PageText>) -> Vec<RawBlock> {
    let mut extra = Vec::new();
    let mut lines = Vec::with_capacity(pages.len());
    for (number, page) in (1u32..).zip(pages) {
        let texts = page.recognised.into_iter().chain(page.notes);
        extra.extend(texts.map(|text| RawBlock {
            page: Some(number),
            ..RawBlock::new(BlockKind::Paragraph, text)
        }));
        lines.push(page.lines);
    }
    let mut blocks = layout::blocks(lines);
    blocks.extend(extra);
    blocks
}

fn warnings(pages: &[PageText]) -> Vec<String> {
    let numbers = |picked: &dyn Fn(&PageText) -> bool| {
        let picked = (1u32..).zip(pages).filter(|(_, page)| picked(page));
        let numbers: Vec<String> = picked.map(|(number, _)| number.to_string()).collect();
        let plural = if numbers.len() == 1 { "" } else { "s" };
        (!numbers.is_empty()).then(|| format!("page{plural} {}", numbers.join(", ")))
    };
    let all_empty = pages.iter().all(PageText::is_empty);
    let mut out = Vec::new();
    if let Some(failed) = numbers(&|page| page.failed) {
        out.push(format!("{failed} could not be read completely"));
    }
    if let Some(garbled) = numbers(&PageText::is_garbled) {
        out.push(format!(
            "{garbled}: fonts do not say what their glyphs mean, text is missing"
        ));
    }
    let silent = |page: &PageText| page.is_empty() && !page.failed && page.problem.is_none();
    if let (Some(empty), false) = (numbers(&silent), all_empty) {
        out.push(format!("{empty} without text: blank or a picture"));
    }
    if let Some(recognised) = numbers(&|page| !page.recognised.is_empty()) {
        out.push(format!("{recognised} read by OCR: letters may be wrong"));
    }
    if pages.iter().any(|page| page.looped) {
        out.push("parts of pages that contain themselves were left out".to_owned());
    }
    for (number, page) in (1u32..).zip(pages) {
        out.extend(
            page.problem
                .iter()
                .map(|problem| format!("page {number}: {problem}")),
        );
    }
    out
}

/// The title in the document's properties, unless a program put its own words there.
fn title(pdf: &Pdf) -> Option<String> {
    let title = notes::decode(pdf.metadata().title.as_deref()?);
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

#[cfg(test)]
mod tests;
