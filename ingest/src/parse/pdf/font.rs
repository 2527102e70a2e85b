//! Fonts, as far as text needs them: which bytes make a character code, what it means and how
//! far it moves. Outlines are never looked at.

mod encoding;
mod program;
mod widths;

use std::collections::BTreeMap;
use std::rc::Rc;

use hayro_cmap::{BfString, CMap, CMapName, CidFamily, WritingMode, load_embedded};
use hayro_syntax::object::{Array, Dict, Name, Object, Stream};

use self::widths::Widths;
use super::budget::Budget;

/// The fonts met so far: pages share them.
#[derive(Default)]
pub(super) struct Fonts {
    /// By the address of their dictionary's bytes, which is theirs alone.
    known: BTreeMap<usize, Rc<Font>>,
}

impl Fonts {
    pub(super) fn get(&mut self, dict: &Dict<'_>, budget: &mut Budget) -> Rc<Font> {
        let key = dict.data().as_ptr() as usize;
        let font = self.known.entry(key);
        Rc::clone(font.or_insert_with(|| Rc::new(Font::read(dict, budget))))
    }
}

/// A font.
pub(super) struct Font {
    codes: Codes,
    to_unicode: Option<CMap>,
    widths: Widths,
    /// True when its text runs downwards.
    pub(super) vertical: bool,
}

enum Codes {
    /// One byte each, with their meaning.
    Simple(Vec<Option<String>>),
    /// One to four bytes each, which stand for the glyph numbers of a collection.
    Composite {
        encoding: Box<CMap>,
        meaning: Meaning,
    },
}

/// What the glyph numbers of a composite font mean when the font has no map to Unicode.
enum Meaning {
    Unknown,
    /// A registered collection of Chinese, Japanese or Korean glyphs.
    Collection(Box<CMap>),
    /// The embedded font program says.
    Program(BTreeMap<u32, char>),
}

/// One shown character.
pub(super) struct Shown {
    /// What it means; `None` when nothing in the document says.
    pub(super) text: Option<String>,
    /// How far it moves, in fractions of the font's size.
    pub(super) advance: f64,
    /// True for the one-byte code 32, to which word spacing applies.
    pub(super) is_blank: bool,
}

impl Font {
    fn read(dict: &Dict<'_>, budget: &mut Budget) -> Self {
        let kind = dict.get::<Name<'_>>("Subtype");
        let to_unicode = dict.get::<Stream<'_>>("ToUnicode");
        let to_unicode = to_unicode.and_then(|map| read_map(&map, budget));
        match kind.as_deref() {
            Some(b"Type0") => Self::composite(dict, to_unicode, budget),
            _ => Self {
                codes: Codes::Simple(encoding::read(dict, budget)),
                to_unicode,
                widths: Widths::simple(dict),
                vertical: false,
            },
        }
    }

    fn composite(dict: &Dict<'_>, to_unicode: Option<CMap>, budget: &mut Budget) -> Self {
        let descendants = dict.get::<Array<'_>>("DescendantFonts");
        let descendant = descendants
            .and_then(|fonts| fonts.iter::<Dict<'_>>().next())
            .unwrap_or_default();
        let encoding = Box::new(read_encoding(dict, budget).unwrap_or_else(CMap::identity_h));
        let meaning = match &to_unicode {
            Some(_) => Meaning::Unknown,
            None => meaning(&encoding, &descendant, budget),
        };
        Self {
            vertical: encoding.metadata().writing_mode == Some(WritingMode::Vertical),
            widths: Widths::composite(&descendant),
            codes: Codes::Composite { encoding, meaning },
            to_unicode,
        }
    }

    /// The characters that a string shows.
    pub(super) fn shown(&self, mut bytes: &[u8]) -> Vec<Shown> {
        let mut out = Vec::with_capacity(bytes.len());
        while let Some((code, length)) = self.next_code(bytes) {
            bytes = bytes.get(length..).unwrap_or_default();
            let cid = self.cid(code, length);
            out.push(Shown {
                text: self.text(code, cid),
                advance: self.advance(cid),
                is_blank: length == 1 && code == 32,
            });
        }
        out
    }

    fn next_code(&self, bytes: &[u8]) -> Option<(u32, usize)> {
        let first = u32::from(*bytes.first()?);
        let Codes::Composite { encoding, .. } = &self.codes else {
            return Some((first, 1));
        };
        let mut code = 0;
        for (&byte, length) in bytes.iter().zip(1u8..=4) {
            code = code << 8 | u32::from(byte);
            if encoding.lookup_cid_code(code, length).is_some() {
                return Some((code, usize::from(length)));
            }
        }
        // No such code: two bytes are the rule.
        let second = bytes.get(1).map_or(0, |&byte| u32::from(byte));
        Some((first << 8 | second, bytes.len().min(2)))
    }

    fn cid(&self, code: u32, length: usize) -> u32 {
        match &self.codes {
            Codes::Simple(_) => code,
            Codes::Composite { encoding, .. } => {
                let length = u8::try_from(length).unwrap_or(2);
                encoding.lookup_cid_code(code, length).unwrap_or(0)
            }
        }
    }

    fn advance(&self, cid: u32) -> f64 {
        // Nearly all vertical fonts advance by their full height.
        if self.vertical {
            1.0
        } else {
            self.widths.of(cid)
        }
    }

    fn text(&self, code: u32, cid: u32) -> Option<String> {
        let mapped = self
            .to_unicode
            .as_ref()
            .and_then(|map| map.lookup_bf_string(code));
        let mapped = mapped.map(string).filter(|text| is_meaningful(text));
        mapped.or_else(|| match &self.codes {
            Codes::Simple(meanings) => meanings.get(code as usize)?.clone(),
            Codes::Composite { meaning, .. } => meaning.of(cid),
        })
    }
}

impl Meaning {
    fn of(&self, cid: u32) -> Option<String> {
        match self {
            Meaning::Unknown => None,
            Meaning::Collection(map) => map.lookup_bf_string(cid).map(string),
            Meaning::Program(chars) => chars.get(&cid).map(char::to_string),
        }
    }
}

fn string(mapped: BfString) -> String {
    match mapped {
        BfString::Char(c) => c.to_string(),
        BfString::String(text) => text,
    }
}

fn is_meaningful(text: &str) -> bool {
    !text.is_empty() && !text.contains(['\0', '\u{fffd}'])
}

fn read_map(stream: &Stream<'_>, budget: &mut Budget) -> Option<CMap> {
    CMap::parse(&budget.unpack(stream)?, load_embedded)
}

fn read_encoding(dict: &Dict<'_>, budget: &mut Budget) -> Option<CMap> {
    match dict.get::<Object<'_>>("Encoding")? {
        Object::Stream(map) => read_map(&map, budget),
        Object::Name(name) => match &*name {
            b"Identity-H" => Some(CMap::identity_h()),
            b"Identity-V" => Some(CMap::identity_v()),
            name => CMap::parse(load_embedded(CMapName::from_bytes(name))?, load_embedded),
        },
        _ => None,
    }
}

/// What the glyph numbers mean by the collection they are of, or by the embedded program.
fn meaning(encoding: &CMap, descendant: &Dict<'_>, budget: &mut Budget) -> Meaning {
    let declared = encoding.metadata().character_collection.as_ref();
    let declared = declared.and_then(|collection| collection.family.ucs2_cmap());
    let collection = declared.or_else(|| family(descendant)?.ucs2_cmap());
    let map = collection.and_then(|name| CMap::parse(load_embedded(name)?, load_embedded));
    match map {
        Some(map) => Meaning::Collection(Box::new(map)),
        None => Meaning::Program(program::chars_by_cid(descendant, budget)),
    }
}

fn family(descendant: &Dict<'_>) -> Option<CidFamily> {
    let info = descendant.get::<Dict<'_>>("CIDSystemInfo")?;
    let part = |key: &str| info.get::<hayro_syntax::object::String<'_>>(key);
    let (registry, ordering) = (part("Registry")?, part("Ordering")?);
    Some(CidFamily::from_registry_ordering(
        registry.as_bytes(),
        ordering.as_bytes(),
    ))
}
