//! What the codes of simple fonts mean: a standard table, changed code by code through glyph
//! names, or the table inside the embedded font program.

use hayro_syntax::object::{Array, Dict, Name, Object};
use pdf_encoding::{Encoding, glyphname_to_unicode};

use super::program;
use crate::parse::pdf::budget::Budget;

/// The meaning of each of the 256 codes, as far as it is known.
pub(super) fn read(font: &Dict<'_>, budget: &mut Budget) -> Vec<Option<String>> {
    let (base, differences) = match font.get::<Object<'_>>("Encoding") {
        Some(Object::Name(name)) => (named(&name), None),
        Some(Object::Dict(dict)) => {
            let base = dict.get::<Name<'_>>("BaseEncoding");
            let base = base.and_then(|name| named(&name));
            (base, dict.get::<Array<'_>>("Differences"))
        }
        _ => (None, None),
    };
    let mut meanings = match base {
        Some(base) => table(base),
        None => built_in(font, budget),
    };
    if let Some(differences) = differences {
        apply(&differences, &mut meanings);
    }
    meanings
}

fn named(name: &[u8]) -> Option<Encoding> {
    match name {
        b"WinAnsiEncoding" => Some(Encoding::WinAnsiEncoding),
        b"MacRomanEncoding" => Some(Encoding::MacRomanEncoding),
        b"MacExpertEncoding" => Some(Encoding::AdobeExpert),
        b"StandardEncoding" => Some(Encoding::AdobeStandard),
        _ => None,
    }
}

fn table(encoding: Encoding) -> Vec<Option<String>> {
    let map = encoding.forward_map();
    let meaning = |code| Some(map?.get(code)?.to_string());
    (0..=u8::MAX).map(meaning).collect()
}

/// The font's own table: by its program, else by its name and type.
fn built_in(font: &Dict<'_>, budget: &mut Budget) -> Vec<Option<String>> {
    let name = font.get::<Name<'_>>("BaseFont");
    let name = name.as_deref().unwrap_or_default();
    let is_true_type = font.get::<Name<'_>>("Subtype").as_deref() == Some(b"TrueType");
    let fallback = match () {
        () if name.ends_with(b"Symbol") => Encoding::AdobeSymbol,
        () if name.ends_with(b"ZapfDingbats") => Encoding::AdobeZdingbat,
        () if is_true_type => Encoding::WinAnsiEncoding,
        () => Encoding::AdobeStandard,
    };
    let mut meanings = table(fallback);
    for (code, text) in program::meanings_by_code(font, budget) {
        if let Some(meaning) = meanings.get_mut(usize::from(code)) {
            *meaning = Some(text);
        }
    }
    meanings
}

/// Changes the table: each number says which code the names after it begin at.
fn apply(differences: &Array<'_>, meanings: &mut [Option<String>]) {
    let mut code = 0usize;
    for item in differences.iter::<Object<'_>>() {
        match item {
            Object::Number(number) => code = usize::try_from(number.as_i64()).unwrap_or(0),
            Object::Name(name) => {
                let name = name.as_str();
                // `a97` for code 97 is a number, not a name: the table knows more.
                let is_number = name
                    .get(1..)
                    .is_some_and(|number| number == code.to_string());
                if let (Some(meaning), false) = (meanings.get_mut(code), is_number) {
                    *meaning = text_of_name(name);
                }
                code = code.saturating_add(1);
            }
            _ => {}
        }
    }
}

/// The text that a glyph name means, by the rules of the Adobe Glyph List: `f_i`, `uni0041`,
/// `u1F600` and `a.sc` are understood.
pub(super) fn text_of_name(name: &str) -> Option<String> {
    let name = name.split('.').next().filter(|name| !name.is_empty())?;
    let parts: Option<Vec<String>> = name.split('_').map(text_of_part).collect();
    parts.map(|parts| parts.concat())
}

fn text_of_part(name: &str) -> Option<String> {
    let listed = glyphname_to_unicode(name).map(str::to_owned);
    listed.or_else(|| {
        let digits = name
            .strip_prefix("uni")
            .or_else(|| name.strip_prefix('u'))?;
        let digits = digits.get(..4.max(digits.len().min(6)))?;
        let digits = if name.starts_with("uni") {
            digits.get(..4)?
        } else {
            digits
        };
        let code = u32::from_str_radix(digits, 16).ok()?;
        Some(char::from_u32(code)?.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glyph_names_mean_text() {
        for (name, text) in [
            ("A", Some("A")),
            ("eacute", Some("é")),
            ("f_i", Some("fi")),
            ("a.sc", Some("a")),
            ("uni05D0", Some("א")),
            ("u1F600", Some("😀")),
            ("g23", None),
            (".notdef", None),
            ("uniXYZ", None),
        ] {
            assert_eq!(text_of_name(name).as_deref(), text, "{name}");
        }
    }
}
