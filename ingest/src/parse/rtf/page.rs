//! Code pages: which letters the bytes of a font stand for.

use encoding_rs::{Encoding, WINDOWS_1252};

/// The encoding of a Windows code page.
pub(super) fn of_code_page(page: i32) -> &'static Encoding {
    let known = u16::try_from(page).ok().and_then(codepage::to_encoding);
    known.unwrap_or(WINDOWS_1252)
}

/// The encoding of a font's character set; none for the document's own.
pub(super) fn of_charset(charset: i32) -> Option<&'static Encoding> {
    let page = match charset {
        0 | 2 => 1252,
        77 => 10_000,
        128 => 932,
        129 | 130 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    };
    Some(of_code_page(page))
}
