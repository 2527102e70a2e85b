//! Which format a source is in. Content decides: signatures first, then whether it is text at
//! all; the name and the claimed media type only choose among the text formats, which have no
//! signature.

mod language;
mod textual;

use std::fmt;
use std::io::Cursor;

use serde::{Deserialize, Serialize};

pub use self::language::Language;
use super::{ParseError, encoding};
use crate::source::Source;

/// A format that can be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// CommonMark with tables, footnotes and front matter.
    Markdown,
    /// Text without markup.
    PlainText,
    /// A page of HTML.
    Html,
    /// Portable Document Format.
    Pdf,
    /// WordprocessingML, the format of Word since 2007.
    Docx,
    /// Values separated by commas, semicolons, tabs or bars.
    Csv,
    /// One JSON value.
    Json,
    /// One JSON value a line.
    JsonLines,
    /// The markup of Python's documentation.
    ReStructuredText,
    /// The markup of Asciidoctor and Antora.
    AsciiDoc,
    /// A Jupyter notebook.
    Notebook,
    /// XML that is no other format here.
    Xml,
    /// One Internet message with its attachments.
    Email,
    /// Messages one after the other, each after a `From ` line.
    Mbox,
    /// Source code or configuration.
    Code(#[serde(with = "language")] &'static Language),
}

impl Format {
    /// The media type of documents in this format.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Markdown => "text/markdown",
            Format::PlainText => "text/plain",
            Format::Html => "text/html",
            Format::Pdf => "application/pdf",
            Format::Docx => {
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
            }
            Format::Csv => "text/csv",
            Format::Json => "application/json",
            Format::JsonLines => "application/jsonl",
            Format::ReStructuredText => "text/x-rst",
            Format::AsciiDoc => "text/asciidoc",
            Format::Notebook => "application/x-ipynb+json",
            Format::Xml => "application/xml",
            Format::Email => "message/rfc822",
            Format::Mbox => "application/mbox",
            Format::Code(language) => language.media_type,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Markdown => "Markdown",
            Format::PlainText => "plain text",
            Format::Html => "HTML",
            Format::Pdf => "PDF",
            Format::Docx => "DOCX",
            Format::Csv => "CSV",
            Format::Json => "JSON",
            Format::JsonLines => "JSON Lines",
            Format::ReStructuredText => "reStructuredText",
            Format::AsciiDoc => "AsciiDoc",
            Format::Notebook => "Jupyter notebook",
            Format::Xml => "XML",
            Format::Email => "email",
            Format::Mbox => "mailbox",
            Format::Code(language) => language.name,
        })
    }
}

/// Tells the format of `source` from its content, then its name, then its claimed media type.
///
/// # Errors
/// [`ParseError::Empty`] without bytes, [`ParseError::Unsupported`] for what no parser here
/// reads, [`ParseError::Encrypted`] for a password-protected Office file, and
/// [`ParseError::Corrupt`] when bytes that call themselves PDF or DOCX are not.
pub fn detect(source: &Source) -> Result<Format, ParseError> {
    let bytes = source.bytes.as_slice();
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ParseError::Empty);
    }
    if starts_near(bytes, b"%PDF-") {
        return Ok(Format::Pdf);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return in_zip(source);
    }
    if bytes.starts_with(&OLE_SIGNATURE) {
        return in_ole(source);
    }
    if encoding::looks_binary(bytes) {
        return Err(not_text(source));
    }
    textual::detect(source)
}

/// First bytes of an OLE compound file: old Office documents and encrypted new ones.
const OLE_SIGNATURE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// How far from the start a PDF header may lie (PDF 1.7, appendix H, note 13).
const PDF_HEADER_WINDOW: usize = 1024;

fn starts_near(bytes: &[u8], signature: &[u8]) -> bool {
    let window = bytes
        .get(..PDF_HEADER_WINDOW.min(bytes.len()))
        .unwrap_or_default();
    window.windows(signature.len()).any(|at| at == signature)
}

/// A ZIP archive is a DOCX when it has Word parts; only its directory is read.
fn in_zip(source: &Source) -> Result<Format, ParseError> {
    let archive = match zip::ZipArchive::new(Cursor::new(&source.bytes)) {
        Ok(archive) => archive,
        Err(error) if extension(source) == "docx" => {
            return Err(ParseError::Corrupt {
                format: Format::Docx,
                detail: error.to_string(),
            });
        }
        Err(_) => return Err(unsupported(source)),
    };
    if archive
        .file_names()
        .flatten()
        .any(|name| name.starts_with("word/"))
    {
        return Ok(Format::Docx);
    }
    Err(unsupported(source))
}

fn in_ole(source: &Source) -> Result<Format, ParseError> {
    let stream: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let encrypted = source.bytes.windows(stream.len()).any(|at| at == stream);
    match encrypted && extension(source) == "docx" {
        true => Err(ParseError::Encrypted {
            format: Format::Docx,
        }),
        false => Err(unsupported(source)),
    }
}

/// Bytes that are no text and carry no signature of a format that is read here.
fn not_text(source: &Source) -> ParseError {
    let format = match extension(source).as_str() {
        "pdf" => Format::Pdf,
        "docx" => Format::Docx,
        _ => return unsupported(source),
    };
    match infer::get(&source.bytes) {
        Some(_) => unsupported(source),
        None => ParseError::Corrupt {
            format,
            detail: format!("it does not start like a {format} file"),
        },
    }
}

/// The extension of the source's name, lower case, empty when there is none.
fn extension(source: &Source) -> String {
    let name = super::file_name(&source.uri);
    name.rsplit_once('.')
        .map_or(String::new(), |(_, extension)| {
            extension.to_ascii_lowercase()
        })
}

fn unsupported(source: &Source) -> ParseError {
    let detected =
        infer::get(&source.bytes).map_or("application/octet-stream", |kind| kind.mime_type());
    unsupported_type(detected)
}

fn unsupported_type(detected: &str) -> ParseError {
    ParseError::Unsupported {
        detected: detected.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(uri: &str, media_type: Option<&str>, bytes: &[u8]) -> Source {
        Source {
            uri: uri.to_owned(),
            media_type: media_type.map(str::to_owned),
            bytes: bytes.to_vec(),
        }
    }

    #[track_caller]
    fn check(uri: &str, bytes: &[u8], expected: &str) {
        let found = match detect(&source(uri, None, bytes)) {
            Ok(format) => format.to_string(),
            Err(error) => error.to_string(),
        };
        assert!(
            found.contains(expected),
            "`{found}` does not say `{expected}`"
        );
    }

    #[test]
    fn content_beats_the_name() {
        check("a.md", b"%PDF-1.7\n", "PDF");
        check("a.txt", b"  <!DOCTYPE html><p>x", "HTML");
        check("a.pdf", b"just words", "plain text");
        check("a.pdf", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png");
    }

    #[test]
    fn the_name_chooses_among_text_formats() {
        check("notes.MD", b"# x", "Markdown");
        check("notes", b"# x", "plain text");
        check("dir.md/notes", b"# x", "plain text");
        check("page.htm", b"words", "HTML");
        check("page", b"<div class=a>words</div>", "HTML");
        check("BMX.txt", b"BMX bikes are fun", "plain text");
        check("a.csv", b"a,b", "CSV");
        check("a.ndjson", b"{}\n{}", "JSON Lines");
        check("a.rst", b"x", "reStructuredText");
        check("a.adoc", b"= x", "AsciiDoc");
        check("src/main.rs", b"fn main() {}", "Rust");
    }

    #[test]
    fn what_has_no_name_is_told_by_its_beginning() {
        check("x", b"#!/usr/bin/env python3\nprint(1)", "Python");
        check("x", b"{\"a\": [1]}", "JSON");
        check("x", b"{not json}", "plain text");
        check("x", b"<?xml version=\"1.0\"?><a/>", "XML");
        check("x", b"{\"cells\": [], \"nbformat\": 4}", "notebook");
    }

    #[test]
    fn mail_is_told_by_its_headers_and_memos_are_not_mail() {
        let mail = b"Received: by x\r\n\tfor y\r\nFrom: a@b.c\r\n\r\nHi";
        check("note.txt", mail, "email");
        let mailbox = b"From a@b.c Wed Jul 16 06:24:10 2008\nSubject: x\n\nHi";
        check("archive", mailbox, "mailbox");
        check("a.eml", mailbox, "email");
        check("a.eml", b"Subject: x\n\nHi", "email");
        check(
            "memo.txt",
            b"From: Ann\nTo: Bo\nSubject: Tea\n\nAt four.",
            "plain text",
        );
        check(
            "page.html",
            b"<h1>A</h1>\nFrom: a@b.c\nMessage-ID: x",
            "HTML",
        );
    }

    #[test]
    fn the_claimed_type_is_used_last() {
        let claimed = source("note", Some("text/markdown; charset=utf-8"), b"# x");
        assert_eq!(detect(&claimed).ok(), Some(Format::Markdown));
        let contradicted = source("note.txt", Some("text/markdown"), b"# x");
        assert_eq!(detect(&contradicted).ok(), Some(Format::PlainText));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        check("a.txt", b" \n\t", "empty");
        check("a.bin", b"\0\x01\x02\x03", "application/octet-stream");
        check("a.docx", b"\0\x01\x02\x03", "does not start like a DOCX");
        check("a.docx", b"PK\x03\x04broken", "DOCX");
        check("a.rtf", b"{\\rtf1 x}", "text/rtf");
        check("a.svg", b"<?xml version=\"1.0\"?><svg/>", "image/svg+xml");
    }
}
