//! What stands on a page without being part of its content: what was filled into form fields,
//! and comments, text boxes and stamps.

use hayro_syntax::object::{Array, Dict, Name, Object, Stream};
use hayro_syntax::page::Page;

/// A field inherits from its parents; more of them than this are a loop.
const MAX_PARENTS: usize = 16;
/// Annotations of a page beyond this are not read.
const MAX_NOTES: usize = 10_000;
/// Bit 2 of an annotation's flags: never shown.
const HIDDEN: i32 = 2;

/// The texts, in the order the page lists them; each field with its label. `drawn` reads what
/// is only drawn.
pub(super) fn read<'a>(
    page: &Page<'a>,
    mut drawn: impl FnMut(&Stream<'a>) -> String,
) -> Vec<String> {
    let notes = page.raw().get::<Array<'a>>("Annots");
    let notes = notes.iter().flat_map(|notes| notes.iter::<Dict<'a>>());
    let shown = notes
        .take(MAX_NOTES)
        .filter(|note| note.get::<i32>("F").unwrap_or(0) & HIDDEN == 0);
    let texts = shown.filter_map(|note| {
        let stored = match note.get::<Name<'_>>("Subtype").as_deref() {
            Some(b"Widget") => field(&note),
            // A link's contents repeat what it is drawn over; a pop-up's, what it belongs to.
            Some(b"Link" | b"Popup") | None => return None,
            Some(_) => note.get::<Object<'_>>("Contents").and_then(text),
        };
        stored
            .filter(|text| !text.trim().is_empty())
            .or_else(|| Some(drawn(&appearance(&note)?)))
    });
    texts.filter(|text| !text.trim().is_empty()).collect()
}

/// How a note looks now: one stream, or one for each of its states.
fn appearance<'a>(note: &Dict<'a>) -> Option<Stream<'a>> {
    match note.get::<Dict<'a>>("AP")?.get::<Object<'a>>("N")? {
        Object::Stream(stream) => Some(stream),
        Object::Dict(states) => states.get::<Stream<'a>>(&*note.get::<Name<'_>>("AS")?),
        _ => None,
    }
}

/// `Label: value` of a text or choice field.
fn field(widget: &Dict<'_>) -> Option<String> {
    match inherited(widget, "FT")? {
        Object::Name(kind) if matches!(&*kind, b"Tx" | b"Ch") => {}
        _ => return None,
    }
    let value = value(widget, inherited(widget, "V")?)?;
    let label = inherited(widget, "TU").and_then(text).unwrap_or_default();
    Some(match label.trim() {
        "" => value,
        label => format!("{}: {value}", label.trim_end_matches(':')),
    })
}

fn inherited<'a>(field: &Dict<'a>, key: &str) -> Option<Object<'a>> {
    let mut field = field.clone();
    for _ in 0..MAX_PARENTS {
        if let Some(object) = field.get::<Object<'a>>(key) {
            return Some(object);
        }
        field = field.get::<Dict<'a>>("Parent")?;
    }
    None
}

/// A value as the reader sees it: what is chosen is stored by a code, shown by a name.
fn value(widget: &Dict<'_>, value: Object<'_>) -> Option<String> {
    let options = match inherited(widget, "Opt") {
        Some(Object::Array(options)) => Some(options),
        _ => None,
    };
    let name = |code: String| {
        let options = options
            .as_ref()
            .into_iter()
            .flat_map(|options| options.iter::<Array<'_>>());
        let mut named = options.filter_map(|pair| {
            let mut pair = pair.iter::<Object<'_>>().filter_map(text);
            (pair.next()? == code).then(|| pair.next()).flatten()
        });
        named.next().unwrap_or(code)
    };
    match value {
        Object::Array(values) => {
            let names: Vec<String> = values
                .iter::<Object<'_>>()
                .filter_map(text)
                .map(name)
                .collect();
            Some(names.join(", ")).filter(|names| !names.is_empty())
        }
        value => text(value)
            .map(name)
            .filter(|value| !value.trim().is_empty()),
    }
}

/// A text string: UTF-16 or UTF-8 with a mark, else Latin.
pub(super) fn text(object: Object<'_>) -> Option<String> {
    match object {
        Object::String(string) => Some(decode(string.as_bytes())),
        _ => None,
    }
}

/// Decodes the bytes of a text string.
pub(super) fn decode(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        bytes => bytes.iter().map(|&byte| latin(byte)).collect(),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|&pair| unit(pair));
    let chars = char::decode_utf16(units);
    chars
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// PDFDocEncoding: Latin-1 but for this row.
fn latin(byte: u8) -> char {
    const ROW: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚',
        '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', ' ', '€',
    ];
    let in_row = usize::from(byte)
        .checked_sub(0x80)
        .and_then(|at| ROW.get(at));
    in_row.copied().unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_strings_are_decoded() {
        assert_eq!(decode(b"\xfe\xff\x05\xd0\xd8\x3d\xde\x00"), "א😀");
        assert_eq!(decode(b"\xef\xbb\xbf\xc3\xa9"), "é");
        assert_eq!(decode(b"na\xefve \x85 \xa0"), "naïve – €");
    }
}
