//! Bytes to [`Document`]: one function, many formats, one canonical text.
//!
//! HTML, Word documents and slides are turned into Markdown and share its parser, so structure
//! is understood in one place. Parsing runs on a thread of its own with a large stack, because
//! hostile input nests deeply and libraries panic; a panic is an error here, not a crash. Time
//! and memory are bounded only by [`Limits`]: files of strangers are parsed through
//! [`crate::isolate`].

mod archive;
mod asciidoc;
mod canonical;
mod code;
mod csv;
mod elements;
mod email;
mod encoding;
mod epub;
mod format;
mod html;
mod inline;
mod json;
mod markdown;
mod notebook;
mod ocr;
mod odf;
mod office;
mod pdf;
pub mod place;
mod rows;
mod rst;
mod rtf;
mod sheets;
mod slides;
mod table;
mod text;
mod word;
mod xml;

use std::borrow::Cow;
use std::thread;

use serde::{Deserialize, Serialize};

use self::canonical::Draft;
pub use self::format::{Format, Language, detect};
pub use self::ocr::Ocr;
use crate::document::Document;
use crate::source::Source;

/// Bounds on what one document may become.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Most Unicode scalar values of canonical text.
    pub max_text_chars: usize,
    /// Most bytes that compressed parts of a document may unpack to.
    pub max_expanded_bytes: u64,
    /// How pages without text are read; `None` leaves them unread.
    #[serde(default)]
    pub ocr: Option<Ocr>,
}

impl Limits {
    /// Whether a parser may have to run other programs.
    pub(crate) fn runs_programs(&self) -> bool {
        self.ocr.is_some()
    }
}

/// Why a source could not be read.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParseError {
    /// No bytes, or only blanks.
    #[error("the document is empty")]
    Empty,
    /// Nothing here reads this type.
    #[error("documents of type `{detected}` cannot be read")]
    Unsupported {
        /// The media type the content looks like.
        detected: String,
    },
    /// A password is needed to open it.
    #[error("the {format} document is encrypted and needs a password")]
    Encrypted {
        /// What it is once opened.
        format: Format,
    },
    /// The bytes do not follow the format.
    #[error("the {format} document is damaged: {detail}")]
    Corrupt {
        /// What it claims to be.
        format: Format,
        /// What is wrong, as far as the parser could tell.
        detail: String,
    },
    /// It was read and holds no text.
    #[error("the {format} document has no text")]
    NoText {
        /// What it is.
        format: Format,
        /// What the user can do about it.
        hint: String,
    },
    /// A bound of [`Limits`] was passed.
    #[error("the document's {what} is over the limit of {limit}")]
    TooLarge {
        /// What is too large: the text or the unpacked content.
        what: Cow<'static, str>,
        /// The limit, in characters for text and in bytes for content.
        limit: u64,
    },
}

impl ParseError {
    /// What the user can do about it, in one or two sentences.
    pub fn hint(&self) -> String {
        match self {
            ParseError::Empty => "check that the file was saved and uploaded completely".to_owned(),
            ParseError::Unsupported { .. } => {
                "convert it to PDF, DOCX, XLSX, HTML, Markdown or plain text".to_owned()
            }
            ParseError::Encrypted { .. } => "remove the password and send it again".to_owned(),
            ParseError::Corrupt { format, .. } => match format {
                _ if format.is_binary() => {
                    "open it in the program that made it, save it anew and send it again".to_owned()
                }
                _ => "save it anew as UTF-8 and send it again".to_owned(),
            },
            ParseError::NoText { hint, .. } => hint.clone(),
            ParseError::TooLarge { .. } => {
                "split it into smaller documents, or raise the limit".to_owned()
            }
        }
    }
}

impl ParseError {
    /// True when the text is too large: no part of a document can be left out to mend that.
    fn is_over_text_limit(&self) -> bool {
        matches!(self, ParseError::TooLarge { what, .. } if what == "text")
    }
}

/// Parses `source` into canonical text, blocks and sentences.
///
/// # Errors
/// See [`ParseError`]. What could be read of a document that is partly damaged is returned
/// with a warning instead.
pub fn parse(source: &Source, limits: &Limits) -> Result<Document, ParseError> {
    let format = detect(source)?;
    let draft = guarded(format, || read(format, source, limits, 0))?;
    let draft = match format {
        // Its first heading is the name of a sheet, often `Sheet1`.
        Format::Xlsx | Format::Xls | Format::Ods => draft.titled(&stem(&source.uri)),
        _ => draft,
    };
    let mut document = canonical::assemble(draft, &stem(&source.uri), format.media_type());
    if document.text.is_empty() {
        return Err(no_text(format, limits, &document.warnings));
    }
    if document.text.chars().count() > limits.max_text_chars {
        return Err(ParseError::TooLarge {
            what: "text".into(),
            limit: limits.max_text_chars as u64,
        });
    }
    document.language = language(&document.text);
    Ok(document)
}

/// The last part of a path or URI, without query and fragment.
fn file_name(uri: &str) -> &str {
    let path = uri.split(['?', '#']).next().unwrap_or(uri);
    path.trim_end_matches('/')
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(path)
}

/// Reads `source`; `depth` counts the messages it is an attachment of.
fn read(
    format: Format,
    source: &Source,
    limits: &Limits,
    depth: usize,
) -> Result<Draft, ParseError> {
    match format {
        Format::Email => email::read(&source.bytes, limits, depth),
        Format::Mbox => email::read_mailbox(&source.bytes, limits, depth),
        Format::Pdf => pdf::read(&source.bytes, limits),
        Format::Docx => word::read_docx(&source.bytes, limits),
        Format::Doc => word::read_doc(&source.bytes),
        Format::Pptx => slides::read_pptx(&source.bytes, limits),
        Format::Ppt => slides::read_ppt(&source.bytes),
        Format::Xlsx => sheets::read_xlsx(&source.bytes, limits),
        Format::Xls => sheets::read_xls(&source.bytes, limits),
        Format::Odt => odf::read_text(&source.bytes, limits),
        Format::Ods => odf::read_sheets(&source.bytes, limits),
        Format::Epub => epub::read(&source.bytes, limits),
        Format::Rtf => rtf::read(&source.bytes),
        textual => {
            let decoded = encoding::decode(source, textual)?;
            let mut draft = read_text(textual, &decoded.text, limits)?;
            draft.warnings.splice(0..0, decoded.warning);
            Ok(draft)
        }
    }
}

fn read_text(format: Format, decoded: &str, limits: &Limits) -> Result<Draft, ParseError> {
    match format {
        Format::Markdown => Ok(markdown::read(decoded)),
        Format::Html => Ok(html::read(decoded)),
        Format::Csv => csv::read(decoded, limits),
        Format::Json => json::read(decoded, limits),
        Format::JsonLines => json::read_lines(decoded, limits),
        Format::Notebook => notebook::read(decoded, limits),
        Format::Code(_) => Ok(code::read(decoded)),
        Format::Xml => Ok(elements::read(decoded)),
        Format::ReStructuredText => Ok(rst::read(decoded)),
        Format::AsciiDoc => Ok(asciidoc::read(decoded)),
        _ => Ok(text::read(decoded)),
    }
}

/// Stack of the parsing thread. Address space, not memory, until nesting uses it.
pub(crate) const STACK_BYTES: usize = 256 << 20;

/// Runs a parser on a large stack and turns its panic into [`ParseError::Corrupt`].
fn guarded<T: Send>(
    format: Format,
    parser: impl FnOnce() -> Result<T, ParseError> + Send,
) -> Result<T, ParseError> {
    let corrupt = |detail: &str| ParseError::Corrupt {
        format,
        detail: detail.to_owned(),
    };
    thread::scope(|scope| {
        let builder = thread::Builder::new()
            .name("parse".to_owned())
            .stack_size(STACK_BYTES);
        let worker = builder
            .spawn_scoped(scope, parser)
            .map_err(|error| corrupt(&format!("no thread to parse it on: {error}")))?;
        worker
            .join()
            .unwrap_or_else(|_| Err(corrupt("the parser gave up on it")))
    })
}

fn no_text(format: Format, limits: &Limits, warnings: &[String]) -> ParseError {
    let hint = match format {
        Format::Pdf if limits.ocr.is_some() => {
            let found = warnings.first().map_or("found none either", String::as_str);
            return ParseError::NoText {
                format,
                hint: format!("it has no text layer, and OCR did not help: {found}"),
            };
        }
        Format::Pdf => {
            "it has no text layer and is probably a scan: install `tesseract` and set `ingest.ocr = \"tesseract\"` \
             (and `ingest.ocr_languages`, such as \"eng\"), or run text recognition (OCR) over it first"
        }
        _ if format.is_binary() || format == Format::Html => {
            "its content may be pictures or embedded objects: export it as PDF with text"
        }
        _ => "check that the file holds more than markup",
    };
    ParseError::NoText {
        format,
        hint: hint.to_owned(),
    }
}

/// The file's name as a title: no extension, words apart, `TX-300` and dates left alone.
fn stem(uri: &str) -> String {
    let name = file_name(uri);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let stem = if stem.is_empty() { name } else { stem };
    let chars: Vec<char> = stem.chars().collect();
    let digit_at = |at: Option<usize>| {
        at.and_then(|at| chars.get(at))
            .is_some_and(char::is_ascii_digit)
    };
    let spaced = chars.iter().enumerate().map(|(at, &c)| match c {
        '_' => ' ',
        '-' if !digit_at(at.checked_sub(1)) && !digit_at(at.checked_add(1)) => ' ',
        c => c,
    });
    spaced.collect()
}

/// ISO 639-3 code of the text's language, judged by its beginning, when it is clear.
fn language(text: &str) -> Option<String> {
    let end = text
        .char_indices()
        .nth(LANGUAGE_SAMPLE_CHARS)
        .map_or(text.len(), |(at, _)| at);
    let info = whatlang::detect(&text[..end])?;
    info.is_reliable().then(|| info.lang().code().to_owned())
}

/// Enough for trigram statistics; more only costs time.
const LANGUAGE_SAMPLE_CHARS: usize = 4096;

#[cfg(test)]
mod tests;
