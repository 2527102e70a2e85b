//! The encoding that the bytes themselves suggest.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{MAX_CONTROL_PERCENT, SAMPLE_BYTES};

/// UTF-16 without a mark: one byte of every pair is nearly always zero where text is ASCII,
/// blanks at least, and all of it decodes to characters that text has.
pub(super) fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..bytes.len().min(SAMPLE_BYTES) & !1)?;
    if sample.len() < MIN_UTF16_BYTES || !sample.contains(&0) {
        return None;
    }
    let (pairs, _) = sample.as_chunks::<2>();
    let zeros = |at: usize| pairs.iter().filter(|pair| pair.get(at) == Some(&0)).count();
    let (high_first, low_first) = (zeros(0), zeros(1));
    let encoding = if high_first > low_first {
        UTF_16BE
    } else {
        UTF_16LE
    };
    let clear = high_first.max(low_first) * 100 > pairs.len() * MIN_ASCII_PERCENT;
    (clear && high_first.min(low_first) == 0 && is_text(encoding, sample)).then_some(encoding)
}

/// Fewer bytes than this tell nothing about their encoding.
const MIN_UTF16_BYTES: usize = 16;

/// Blanks and line ends alone are more than this in any language that has them.
const MIN_ASCII_PERCENT: usize = 4;

/// True when the bytes decode to characters that text has.
pub(super) fn is_text(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let odd =
        |&c: &char| c == char::REPLACEMENT_CHARACTER || (c.is_control() && !c.is_whitespace());
    let odd = text.chars().filter(odd).count();
    odd * 100 <= text.chars().count() * MAX_CONTROL_PERCENT
}

/// True when the bytes are in `encoding` but for a few that are damaged: a guess at another
/// encoding would turn all their other characters into wrong ones.
pub(super) fn nearly_fits(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let bad = text.matches(char::REPLACEMENT_CHARACTER).count();
    let good = text.chars().filter(|c| !c.is_ascii()).count() - bad;
    bad == 0 || good > bad * MIN_GOOD_PER_BAD
}

const MIN_GOOD_PER_BAD: usize = 10;

/// The likeliest encoding by the statistics of its letters.
pub(super) fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    // Letters outside ASCII may come late: the sample starts at the first line that has one.
    let first = bytes.iter().position(|b| !b.is_ascii()).unwrap_or(0);
    let before = bytes.get(..first).unwrap_or_default();
    let start = before
        .iter()
        .rposition(|&b| b == b'\n')
        .map_or(0, |at| at + 1);
    let end = bytes.len().min(start + SAMPLE_BYTES);
    detector.feed(
        bytes.get(start..end).unwrap_or_default(),
        end == bytes.len(),
    );
    let guess = detector.guess(None, Utf8Detection::Deny);
    // What a sample says may not hold for the rest.
    match nearly_fits(guess, bytes) {
        true => guess,
        false => WINDOWS_1252,
    }
}

/// Text of mainframes: its blanks are `@` in ASCII, its letters lie above 0x80.
pub(super) fn looks_ebcdic(bytes: &[u8]) -> bool {
    let sample = bytes
        .get(..bytes.len().min(SAMPLE_BYTES))
        .unwrap_or_default();
    let count = |test: fn(u8) -> bool| sample.iter().filter(|b| test(**b)).count();
    let blanks = count(|b| b == b'@');
    let letters = count(|b| matches!(b, 0x81..=0xa9 | 0xc1..=0xe9 | 0xf0..=0xf9));
    let ascii = count(|b| b == b' ' || b.is_ascii_lowercase());
    blanks * 20 > sample.len() && letters * 3 > sample.len() && ascii * 20 < sample.len()
}
