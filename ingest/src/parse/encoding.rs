//! Bytes to characters. What a document says about its encoding is believed in the order
//! browsers use: byte order mark, the sender's claim, its own markup; what says nothing, or
//! is contradicted by its bytes, is UTF-8 if it can be and guessed if not.

mod guess;
mod label;

use encoding_rs::{Encoding, UTF_8};

use self::guess::{guess, is_text, looks_ebcdic, nearly_fits, utf16_without_mark};
use self::label::{claimed, declared};
use super::{Format, ParseError};
use crate::source::Source;

/// The characters of a document, and what was guessed or lost to get them.
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) warning: Option<String>,
}

/// Decodes the text of `source`, which is in `format`.
///
/// # Errors
/// [`ParseError::Corrupt`] for EBCDIC, and when too much cannot be decoded: text of the wrong
/// characters must not be stored, searched or quoted.
pub(super) fn decode(source: &Source, format: Format) -> Result<Decoded, ParseError> {
    let claimed = source.media_type.as_deref().and_then(claimed);
    decode_claimed(&source.bytes, format, claimed)
}

/// Decodes a part of a document in a container, where nobody claims an encoding.
pub(super) fn decode_part(bytes: &[u8], format: Format) -> Result<String, ParseError> {
    decode_claimed(bytes, format, None).map(|decoded| decoded.text)
}

fn decode_claimed(
    bytes: &[u8],
    format: Format,
    claimed: Option<&'static Encoding>,
) -> Result<Decoded, ParseError> {
    let decoded = decode_bytes(bytes, &[claimed, declared(bytes, format)]);
    let lost = decoded.text.chars().filter(|&c| is_lost(c)).count();
    if looks_ebcdic(bytes) || lost * 100 > decoded.text.chars().count() * MAX_LOST_PERCENT {
        return Err(ParseError::Corrupt {
            format,
            detail: "its character encoding could not be told".to_owned(),
        });
    }
    Ok(decoded)
}

/// The first characters of a text, for telling formats apart; never fails.
pub(super) fn head(bytes: &[u8]) -> String {
    let start = bytes.get(..HEAD_BYTES.min(bytes.len())).unwrap_or_default();
    let (encoding, skip) = marked(start).unwrap_or((UTF_8, 0));
    let encoding = utf16_without_mark(bytes).unwrap_or(encoding);
    let start = start.get(skip..).unwrap_or_default();
    encoding.decode_without_bom_handling(start).0.into_owned()
}

/// True for bytes that are no text in any encoding: they hold control characters that text
/// does not use, and are not UTF-16.
pub(super) fn looks_binary(bytes: &[u8]) -> bool {
    if let Some((encoding, skip)) = marked(bytes)
        && encoding != UTF_8
    {
        let start = bytes.get(skip..bytes.len().min(SAMPLE_BYTES));
        return !is_text(encoding, start.unwrap_or_default());
    }
    let control = |b: &&u8| matches!(**b, 0..=8 | 14..=26 | 28..=31 | 127);
    let controls = bytes.iter().filter(control).count();
    (bytes.contains(&0) || controls * 100 > bytes.len() * MAX_CONTROL_PERCENT)
        && utf16_without_mark(bytes).is_none()
}

/// What is looked at to tell the format.
const HEAD_BYTES: usize = 4096;

/// What is looked at to tell UTF-16 from binary, and one encoding from another.
const SAMPLE_BYTES: usize = 64 << 10;

/// Stray control characters happen in text (form feeds, escapes); this many do not.
const MAX_CONTROL_PERCENT: usize = 2;

/// More characters lost than this, and the encoding is wrong or the file is none.
const MAX_LOST_PERCENT: usize = 2;

/// Decodes `bytes` by the first of: their byte order mark, `declared` in order, detection.
pub(super) fn decode_bytes(bytes: &[u8], declared: &[Option<&'static Encoding>]) -> Decoded {
    if let Some((encoding, skip)) = marked(bytes) {
        return lossy(encoding, bytes.get(skip..).unwrap_or_default(), None);
    }
    for encoding in declared.iter().flatten() {
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            return Decoded {
                text: text.into_owned(),
                warning: None,
            };
        }
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return lossy(encoding, bytes, None);
    }
    let known = declared.iter().flatten().copied().chain([UTF_8]);
    if let Some(encoding) = known
        .into_iter()
        .find(|encoding| nearly_fits(encoding, bytes))
    {
        return lossy(encoding, bytes, None);
    }
    let named = declared.iter().flatten().any(|&e| e != UTF_8);
    let guess = guess(bytes);
    let why = match named {
        true => "the text does not fit the encoding it names",
        false => "the text is not UTF-8 and names no encoding",
    };
    lossy(
        guess,
        bytes,
        Some(format!("{why}: it was read as {}", guess.name())),
    )
}

/// Decodes what can be; the warning counts what could not.
fn lossy(encoding: &'static Encoding, bytes: &[u8], guessed: Option<String>) -> Decoded {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let lost = text.matches(char::REPLACEMENT_CHARACTER).count();
    let kept = std::str::from_utf8(bytes).is_ok();
    let lost = (lost > 0 && !kept).then(|| {
        format!(
            "characters that could not be decoded as {}: {lost}",
            encoding.name()
        )
    });
    let parts: Vec<String> = guessed.into_iter().chain(lost).collect();
    Decoded {
        text: text.into_owned(),
        warning: (!parts.is_empty()).then(|| parts.join("; ")),
    }
}

/// The encoding that a byte order mark states, and the mark's length.
fn marked(bytes: &[u8]) -> Option<(&'static Encoding, usize)> {
    Encoding::for_bom(bytes)
}

/// True for what stands for a byte that has no character in the encoding.
fn is_lost(c: char) -> bool {
    c == char::REPLACEMENT_CHARACTER || matches!(c, '\u{80}'..='\u{84}' | '\u{86}'..='\u{9f}')
}

#[cfg(test)]
mod tests;
