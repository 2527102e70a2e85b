//! The encoding that somebody states: the sender in a media type, the author in the markup.

use encoding_rs::{Encoding, UTF_8};

use super::HEAD_BYTES;
use crate::parse::Format;

/// The `charset` of a media type.
pub(super) fn claimed(media_type: &str) -> Option<&'static Encoding> {
    Encoding::for_label(charset(&media_type.to_ascii_lowercase())?.as_bytes())
}

/// What follows `charset=`, without quotes.
fn charset(text: &str) -> Option<&str> {
    let (_, after) = text.split_once("charset")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let value = value.trim_start_matches(['"', '\'']);
    value
        .split(['"', '\'', ';', ' ', '>', '/', '\n', '\t'])
        .next()
}

/// The encoding that HTML or XML states in its own markup.
pub(super) fn declared(bytes: &[u8], format: Format) -> Option<&'static Encoding> {
    let head = bytes.get(..HEAD_BYTES.min(bytes.len())).unwrap_or_default();
    let head: String = head
        .iter()
        .map(|&b| char::from(b.to_ascii_lowercase()))
        .collect();
    let label = match format {
        Format::Html => without_comments(&head)
            .split("<meta")
            .skip(1)
            .find_map(|tag| charset(tag.split('>').next().unwrap_or_default()).map(str::to_owned))
            .or_else(|| xml_encoding(&head)),
        _ => xml_encoding(&head),
    };
    // Markup that could be read this far is not UTF-16, whatever it says (WHATWG HTML, 13.2.3.2).
    let encoding = Encoding::for_label(label?.as_bytes())?;
    Some(if encoding.is_ascii_compatible() {
        encoding
    } else {
        UTF_8
    })
}

/// `windows-1251` in `<?xml version="1.0" encoding="windows-1251"?>`.
fn xml_encoding(head: &str) -> Option<String> {
    let (declaration, _) = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
    let (_, after) = declaration.split_once("encoding")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let label = value
        .trim_start_matches(['"', '\''])
        .split(['"', '\''])
        .next()?;
    Some(label.to_owned())
}

fn without_comments(head: &str) -> String {
    let mut out = String::new();
    let mut rest = head;
    while let Some((before, after)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, tail)| tail);
    }
    out + rest
}
