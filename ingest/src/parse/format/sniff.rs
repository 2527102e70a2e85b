//! Which format a source is in. Content decides: signatures first, then whether it is text at
//! all; the name and the claimed media type only choose among the text formats.

use super::{Format, container, textual};
use crate::parse::{ParseError, encoding, file_name};
use crate::source::Source;

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
        return container::in_zip(source);
    }
    if bytes.starts_with(&container::OLE_SIGNATURE) {
        return container::in_ole(source);
    }
    if encoding::looks_binary(bytes) {
        return Err(not_text(source));
    }
    textual::detect(source)
}

/// How far from the start a PDF header may lie (PDF 1.7, appendix H, note 13).
const PDF_HEADER_WINDOW: usize = 1024;

fn starts_near(bytes: &[u8], signature: &[u8]) -> bool {
    let window = bytes
        .get(..PDF_HEADER_WINDOW.min(bytes.len()))
        .unwrap_or_default();
    window.windows(signature.len()).any(|at| at == signature)
}

/// Bytes that are no text and carry no signature of a format that is read here.
fn not_text(source: &Source) -> ParseError {
    let format = match extension(source).as_str() {
        "pdf" => Some(Format::Pdf),
        "rtf" => Some(Format::Rtf),
        name => container::packed(name).or_else(|| container::compound(name)),
    };
    match (infer::get(&source.bytes), format) {
        (None, Some(format)) => misnamed(format),
        _ => unsupported(source),
    }
}

pub(super) fn misnamed(format: Format) -> ParseError {
    ParseError::Corrupt {
        format,
        detail: format!("it does not start like a file of type {format}"),
    }
}

/// The extension of the source's name, lower case, empty when there is none.
pub(super) fn extension(source: &Source) -> String {
    let name = file_name(&source.uri);
    name.rsplit_once('.')
        .map_or(String::new(), |(_, extension)| {
            extension.to_ascii_lowercase()
        })
}

pub(super) fn unsupported(source: &Source) -> ParseError {
    let detected =
        infer::get(&source.bytes).map_or("application/octet-stream", |kind| kind.mime_type());
    unsupported_type(detected)
}

pub(super) fn unsupported_type(detected: &str) -> ParseError {
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
        check("a.xls", b"a\tb\n1\t2", "plain text");
        check("a.doc", b"{\\rtf1 x}", "RTF");
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
    fn what_is_not_what_it_is_called_is_damaged() {
        check(
            "a.docx",
            b"\0\x01\x02\x03",
            "DOCX document is damaged: it does not start like",
        );
        check(
            "a.xls",
            b"\0\x01\x02\x03",
            "XLS document is damaged: it does not start like",
        );
        check(
            "a.odt",
            b"This is not a ZIP file",
            "ODT document is damaged",
        );
        for name in ["docx", "pptx", "xlsx", "odt", "ods", "epub"] {
            let damaged = format!("{} document is damaged", name.to_uppercase());
            check(&format!("a.{name}"), b"PK\x03\x04broken", &damaged);
        }
        let signature = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1broken";
        for name in ["docx", "doc", "xls", "ppt"] {
            let damaged = format!("{} document is damaged", name.to_uppercase());
            check(&format!("a.{name}"), signature, &damaged);
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        check("a.txt", b" \n\t", "empty");
        check("a.bin", b"\0\x01\x02\x03", "application/octet-stream");
        check("a.odp", b"PK\x03\x04broken", "application/zip");
        check("a.svg", b"<?xml version=\"1.0\"?><svg/>", "image/svg+xml");
    }
}
