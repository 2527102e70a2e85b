//! The formats that can be read: their names and media types. Telling them apart is left to
//! `format/sniff.rs` for what has a signature, to `format/container.rs` for what hides in a
//! container, and to `format/textual.rs` for text.

mod container;
mod language;
mod sniff;
mod textual;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::language::Language;
pub use self::sniff::detect;

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
    /// PresentationML, the format of PowerPoint since 2007.
    Pptx,
    /// SpreadsheetML, the format of Excel since 2007.
    Xlsx,
    /// The binary format of Word before 2007.
    Doc,
    /// The binary format of PowerPoint before 2007.
    Ppt,
    /// The binary format of Excel before 2007.
    Xls,
    /// OpenDocument text.
    Odt,
    /// OpenDocument spreadsheet.
    Ods,
    /// A book of XHTML pages.
    Epub,
    /// Rich Text Format.
    Rtf,
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
        self.facts().1
    }

    /// True for formats that only their own programs can write and save anew.
    pub(super) fn is_binary(self) -> bool {
        use Format::{Doc, Docx, Epub, Ods, Odt, Pdf, Ppt, Pptx, Rtf, Xls, Xlsx};
        matches!(
            self,
            Doc | Docx | Epub | Ods | Odt | Pdf | Ppt | Pptx | Rtf | Xls | Xlsx
        )
    }

    /// Its name for people, and its media type.
    fn facts(self) -> (&'static str, &'static str) {
        match self {
            Format::Markdown => ("Markdown", "text/markdown"),
            Format::PlainText => ("plain text", "text/plain"),
            Format::Html => ("HTML", "text/html"),
            Format::Pdf => ("PDF", "application/pdf"),
            Format::Docx => (
                "DOCX",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            Format::Pptx => (
                "PPTX",
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            ),
            Format::Xlsx => (
                "XLSX",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ),
            Format::Doc => ("DOC", "application/msword"),
            Format::Ppt => ("PPT", "application/vnd.ms-powerpoint"),
            Format::Xls => ("XLS", "application/vnd.ms-excel"),
            Format::Odt => ("ODT", "application/vnd.oasis.opendocument.text"),
            Format::Ods => ("ODS", "application/vnd.oasis.opendocument.spreadsheet"),
            Format::Epub => ("EPUB", "application/epub+zip"),
            Format::Rtf => ("RTF", "application/rtf"),
            Format::Csv => ("CSV", "text/csv"),
            Format::Json => ("JSON", "application/json"),
            Format::JsonLines => ("JSON Lines", "application/jsonl"),
            Format::ReStructuredText => ("reStructuredText", "text/x-rst"),
            Format::AsciiDoc => ("AsciiDoc", "text/asciidoc"),
            Format::Notebook => ("Jupyter notebook", "application/x-ipynb+json"),
            Format::Xml => ("XML", "application/xml"),
            Format::Email => ("email", "message/rfc822"),
            Format::Mbox => ("mailbox", "application/mbox"),
            Format::Code(language) => (language.name, language.media_type),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.facts().0)
    }
}
