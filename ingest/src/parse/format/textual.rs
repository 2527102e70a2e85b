//! Which of the formats without a signature a text is in: what its beginning proves, then its
//! name, then the claimed media type, then what its beginning suggests.

use super::language::{self, Language};
use super::sniff::{extension, misnamed, unsupported_type};
use super::{Format, container};
use crate::parse::{ParseError, encoding};
use crate::source::Source;

/// The format of a source that is text in some encoding.
pub(super) fn detect(source: &Source) -> Result<Format, ParseError> {
    let head = encoding::head(&source.bytes);
    let head = head.trim_start();
    let lower = head.to_ascii_lowercase();
    if let Some(format) = proven(source, head, &lower)? {
        return Ok(format);
    }
    if let Some(format) = container::packed(&extension(source)) {
        return Err(misnamed(format));
    }
    let named = named(&extension(source)).or_else(|| claimed(source));
    Ok(named.unwrap_or_else(|| suggested(source, head, &lower)))
}

/// What the beginning alone decides, whatever the name says.
fn proven(source: &Source, head: &str, lower: &str) -> Result<Option<Format>, ParseError> {
    let format = match lower {
        page if page.starts_with("<!doctype html") || page.starts_with("<html") => Format::Html,
        xml if xml.starts_with("<?xml") && xml.contains("<html") => Format::Html,
        svg if is_svg(svg) => return Err(unsupported_type("image/svg+xml")),
        xml if xml.starts_with("<?xml") => Format::Xml,
        rtf if rtf.starts_with("{\\rtf") => Format::Rtf,
        _ if is_message(head) => Format::Email,
        _ if is_mailbox(head) && extension(source) == "eml" => Format::Email,
        _ if is_mailbox(head) => Format::Mbox,
        _ if is_notebook(source, head) => Format::Notebook,
        _ => return Ok(None),
    };
    Ok(Some(format))
}

fn is_svg(lower: &str) -> bool {
    let prologue = lower.starts_with("<?xml") || lower.starts_with("<!doctype svg");
    lower.starts_with("<svg") || (prologue && lower.contains("<svg"))
}

/// True for the header of a mail as mail programs write it; a memo that begins `From: Ann`
/// is text.
fn is_message(head: &str) -> bool {
    let mut transport = false;
    let mut sender = false;
    for (at, line) in head.lines().enumerate() {
        if line.trim().is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) && at > 0 {
            continue;
        }
        let Some(name) = header_name(line) else {
            // The beginning may end in the middle of a long header.
            return transport && sender && at > MIN_HEADERS;
        };
        sender |= ["from", "sender", "return-path"].contains(&name.as_str());
        transport |= TRANSPORT_HEADERS.contains(&name.as_str());
    }
    transport && sender
}

/// As many header lines as leave no doubt.
const MIN_HEADERS: usize = 5;

/// Headers that programs write and people do not.
const TRANSPORT_HEADERS: [&str; 7] = [
    "received",
    "message-id",
    "mime-version",
    "return-path",
    "delivered-to",
    "content-type",
    "content-transfer-encoding",
];

/// `subject` in `Subject: x`.
fn header_name(line: &str) -> Option<String> {
    let (name, _) = line.split_once(':')?;
    let valid = |c: char| c.is_ascii_graphic();
    (!name.is_empty() && name.chars().all(valid)).then(|| name.to_ascii_lowercase())
}

/// True for a mailbox: a `From ` line and the header of a mail.
fn is_mailbox(head: &str) -> bool {
    let Some((separator, rest)) = head.split_once('\n') else {
        return false;
    };
    let next = rest.lines().next().and_then(header_name);
    separator.starts_with("From ") && separator.contains(':') && next.is_some()
}

fn is_notebook(source: &Source, head: &str) -> bool {
    head.starts_with('{')
        && std::str::from_utf8(&source.bytes)
            .is_ok_and(|text| text.contains("\"nbformat\"") && text.contains("\"cells\""))
}

/// The text format that a file's extension stands for.
fn named(extension: &str) -> Option<Format> {
    Some(match extension {
        "md" | "markdown" | "mdown" | "mkd" => Format::Markdown,
        "html" | "htm" | "xhtml" => Format::Html,
        "txt" | "text" | "log" => Format::PlainText,
        "csv" | "tsv" | "tab" => Format::Csv,
        "json" | "geojson" | "jsonld" => Format::Json,
        "jsonl" | "ndjson" => Format::JsonLines,
        "rst" | "rest" => Format::ReStructuredText,
        "adoc" | "asciidoc" | "asc" => Format::AsciiDoc,
        "ipynb" => Format::Notebook,
        "xml" | "xsd" | "xsl" | "rss" | "atom" | "dita" => Format::Xml,
        "eml" => Format::Email,
        "mbox" => Format::Mbox,
        _ => return language::by_extension(extension).map(Format::Code),
    })
}

/// The text format of the claimed media type.
fn claimed(source: &Source) -> Option<Format> {
    let claimed = source.media_type.as_deref()?.to_ascii_lowercase();
    Some(match claimed.split(';').next()?.trim() {
        "text/markdown" | "text/x-markdown" => Format::Markdown,
        "text/html" | "application/xhtml+xml" => Format::Html,
        "text/plain" => Format::PlainText,
        "text/csv" | "text/tab-separated-values" | "application/csv" => Format::Csv,
        "application/json" | "text/json" => Format::Json,
        "application/jsonl" | "application/x-ndjson" | "application/jsonlines" => Format::JsonLines,
        "text/x-rst" | "text/prs.fallenstein.rst" => Format::ReStructuredText,
        "text/asciidoc" | "text/x-asciidoc" => Format::AsciiDoc,
        "application/x-ipynb+json" => Format::Notebook,
        "application/xml" | "text/xml" => Format::Xml,
        "message/rfc822" => Format::Email,
        "application/mbox" => Format::Mbox,
        other => return language::by_media_type(other).map(Format::Code),
    })
}

/// The likeliest format of a text that neither name nor claim tells about.
fn suggested(source: &Source, head: &str, lower: &str) -> Format {
    let tagged = head.starts_with('<')
        && infer::get(lower.as_bytes()).is_some_and(|kind| kind.mime_type() == "text/html");
    if tagged {
        return Format::Html;
    }
    if let Some(language) = shebang(head) {
        return Format::Code(language);
    }
    let whole = head
        .starts_with(['{', '['])
        .then_some(source.bytes.as_slice());
    match whole.map(serde_json::from_slice::<serde::de::IgnoredAny>) {
        Some(Ok(_)) => Format::Json,
        _ => Format::PlainText,
    }
}

/// The language of a script that names its interpreter.
fn shebang(head: &str) -> Option<&'static Language> {
    let line = head.strip_prefix("#!")?.lines().next()?;
    let program = line
        .split([' ', '/'])
        .rfind(|part| !part.is_empty() && !part.starts_with('-'))?;
    language::by_interpreter(program)
}
