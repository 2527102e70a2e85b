//! Embedded font programs, asked only which characters their glyphs are, for fonts whose
//! dictionaries do not say.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hayro_syntax::object::{Dict, Stream};
use ttf_parser::{Face, GlyphId, PlatformId, cff};

use super::encoding::text_of_name;
use crate::parse::pdf::budget::Budget;

/// The meaning of the codes of a simple font by its embedded program.
pub(super) fn meanings_by_code(font: &Dict<'_>, budget: &mut Budget) -> Vec<(u8, String)> {
    let Some(descriptor) = font.get::<Dict<'_>>("FontDescriptor") else {
        return Vec::new();
    };
    if let Some(program) = file(&descriptor, "FontFile", budget) {
        return type1(&program);
    }
    if let Some(program) = file(&descriptor, "FontFile2", budget) {
        return true_type(&program);
    }
    match file(&descriptor, "FontFile3", budget) {
        Some(program) => compact(&program),
        None => Vec::new(),
    }
}

fn file<'a>(descriptor: &Dict<'a>, key: &str, budget: &mut Budget) -> Option<Cow<'a, [u8]>> {
    budget.unpack(&descriptor.get::<Stream<'_>>(key)?)
}

/// The clear text at the start of a Type 1 program says `dup 65 /A put` for each code.
fn type1(program: &[u8]) -> Vec<(u8, String)> {
    let clear = program.windows(5).position(|at| at == b"eexec");
    let clear = program
        .get(..clear.unwrap_or(program.len()))
        .unwrap_or_default();
    let clear = String::from_utf8_lossy(clear).replace('/', " /");
    let words: Vec<&str> = clear.split_ascii_whitespace().collect();
    let entry = |words: &[&str]| match words {
        ["dup", code, name, "put"] => {
            Some((code.parse().ok()?, text_of_name(name.strip_prefix('/')?)?))
        }
        _ => None,
    };
    words.windows(4).filter_map(entry).collect()
}

/// A compact (CFF) program has a table of codes and a name for each glyph.
fn compact(program: &[u8]) -> Vec<(u8, String)> {
    let bare = cff::Table::parse(program);
    let Some(table) = bare.or_else(|| Face::parse(program, 0).ok()?.tables().cff) else {
        return Vec::new();
    };
    let meaning = |code| {
        let name = table.glyph_name(table.glyph_index(code)?)?;
        Some((code, text_of_name(name)?))
    };
    (0..=u8::MAX).filter_map(meaning).collect()
}

/// A TrueType program maps codes to glyphs in its symbol or Macintosh table; the glyphs' names
/// or its Unicode table say what they are.
fn true_type(program: &[u8]) -> Vec<(u8, String)> {
    let Ok(face) = Face::parse(program, 0) else {
        return Vec::new();
    };
    let chars = chars_by_glyph(&face);
    let meaning = |code: u8| {
        let glyph = glyph_of_code(&face, code)?;
        let named = face.glyph_name(glyph).and_then(text_of_name);
        let text = chars
            .get(&u32::from(glyph.0))
            .map(char::to_string)
            .or(named)?;
        Some((code, text))
    };
    (0..=u8::MAX).filter_map(meaning).collect()
}

fn glyph_of_code(face: &Face<'_>, code: u8) -> Option<GlyphId> {
    let code = u32::from(code);
    let tables = face.tables().cmap?.subtables.into_iter();
    let found = tables.filter_map(|table| match (table.platform_id, table.encoding_id) {
        (PlatformId::Windows, 0) => table.glyph_index(0xf000 + code).or(table.glyph_index(code)),
        (PlatformId::Macintosh, 0) => table.glyph_index(code),
        _ => None,
    });
    found.filter(|glyph| glyph.0 != 0).last()
}

/// The character of each glyph by the program's Unicode tables; the lowest where several are.
fn chars_by_glyph(face: &Face<'_>) -> BTreeMap<u32, char> {
    let mut out = BTreeMap::new();
    let tables = face.tables().cmap.map(|cmap| cmap.subtables.into_iter());
    for table in tables
        .into_iter()
        .flatten()
        .filter(|table| table.is_unicode())
    {
        table.codepoints(|code| {
            if let (Some(glyph), Some(c)) = (table.glyph_index(code), char::from_u32(code)) {
                out.entry(u32::from(glyph.0)).or_insert(c);
            }
        });
    }
    out
}

/// The meaning of the glyph numbers of a composite font by its embedded program.
pub(super) fn chars_by_cid(descendant: &Dict<'_>, budget: &mut Budget) -> BTreeMap<u32, char> {
    let descriptor = descendant.get::<Dict<'_>>("FontDescriptor");
    let program = descriptor.and_then(|descriptor| {
        file(&descriptor, "FontFile2", budget).or_else(|| file(&descriptor, "FontFile3", budget))
    });
    let chars = program
        .as_deref()
        .and_then(|program| Some(chars_by_glyph(&Face::parse(program, 0).ok()?)));
    let chars = chars.unwrap_or_default();
    match descendant
        .get::<Stream<'_>>("CIDToGIDMap")
        .and_then(|map| budget.unpack(&map))
    {
        None => chars,
        Some(map) => (0u32..)
            .zip(map.as_chunks::<2>().0)
            .filter_map(|(cid, &glyph)| {
                Some((cid, *chars.get(&u32::from(u16::from_be_bytes(glyph)))?))
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type1_program_names_its_codes() {
        let program = b"/Encoding 256 array\n0 1 255 {1 index exch /.notdef put} for\n\
            dup 65/B put\ndup 66 /eacute put\nreadonly def currentfile eexec dup 67 /C put";
        assert_eq!(type1(program), [(65, "B".to_owned()), (66, "é".to_owned())]);
    }

    #[test]
    fn bytes_that_are_no_program_mean_nothing() {
        assert!(compact(b"\x01\x00\x04").is_empty());
        assert!(true_type(b"true").is_empty());
    }
}
