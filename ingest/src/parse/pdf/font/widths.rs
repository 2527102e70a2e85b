//! How far the glyphs of a font move, in fractions of its size: gaps between words and cells
//! are told by it.

use std::collections::BTreeMap;

use hayro_syntax::object::{Array, Dict, Name, Object};

/// Widths by code or glyph number.
pub(super) struct Widths {
    known: BTreeMap<u32, f64>,
    other: f64,
}

/// Widths are in thousandths of the size, except in fonts drawn by content streams.
const UNIT: f64 = 0.001;
/// A range of glyphs longer than any font is not believed.
const MAX_RANGE: u32 = 0xffff;

impl Widths {
    /// The advance of a code or glyph number.
    pub(super) fn of(&self, code: u32) -> f64 {
        self.known.get(&code).copied().unwrap_or(self.other)
    }

    /// Widths of a font of one-byte codes.
    pub(super) fn simple(font: &Dict<'_>) -> Self {
        let Some(widths) = font.get::<Array<'_>>("Widths") else {
            return Self::standard(font);
        };
        let matrix = font.get::<Array<'_>>("FontMatrix");
        let unit = matrix.and_then(|matrix| matrix.iter::<f32>().next());
        let unit = unit.map_or(UNIT, |unit| f64::from(unit).abs());
        let first = font.get::<u32>("FirstChar").unwrap_or(0);
        let widths = widths.iter::<f32>().map(|width| f64::from(width) * unit);
        let descriptor = font.get::<Dict<'_>>("FontDescriptor").unwrap_or_default();
        let missing = descriptor.get::<f32>("MissingWidth").unwrap_or(0.0);
        Self {
            known: (first..=u32::from(u8::MAX)).zip(widths).collect(),
            other: f64::from(missing) * unit,
        }
    }

    /// Fonts every reader has need not carry their widths.
    fn standard(font: &Dict<'_>) -> Self {
        let name = font.get::<Name<'_>>("BaseFont");
        let name = name.as_deref().unwrap_or_default();
        let has = |part: &[u8]| name.windows(part.len()).any(|at| at == part);
        let widths = match () {
            () if has(b"Courier") || has(b"Mono") => &[],
            () if has(b"Times") || has(b"Serif") => TIMES.as_slice(),
            () => HELVETICA.as_slice(),
        };
        let widths = widths.iter().map(|&width| f64::from(width) * UNIT);
        Self {
            known: (32..).zip(widths).collect(),
            other: 0.6,
        }
    }

    /// Widths of a composite font: `first [w w w]` or `first last w`, again and again.
    pub(super) fn composite(descendant: &Dict<'_>) -> Self {
        let mut known = BTreeMap::new();
        let mut numbers: Vec<f64> = Vec::new();
        let listed = descendant.get::<Array<'_>>("W");
        for item in listed.iter().flat_map(|array| array.iter::<Object<'_>>()) {
            match item {
                Object::Number(number) => numbers.push(number.as_f64()),
                Object::Array(widths) => {
                    let first = numbers.pop().unwrap_or(0.0) as u32;
                    let widths = widths.iter::<f32>().map(|width| f64::from(width) * UNIT);
                    known.extend((first..=MAX_RANGE).zip(widths));
                    numbers.clear();
                }
                _ => {}
            }
            if let [first, last, width] = *numbers.as_slice() {
                let range = first as u32..=(last as u32).min(MAX_RANGE);
                if range.clone().count() + known.len() <= MAX_ENTRIES {
                    known.extend(range.map(|cid| (cid, width * UNIT)));
                }
                numbers.clear();
            }
        }
        let other = descendant.get::<f32>("DW").unwrap_or(1000.0);
        Self {
            known,
            other: f64::from(other) * UNIT,
        }
    }
}

/// Twice the glyphs a font can have: overlapping ranges end here.
const MAX_ENTRIES: usize = 2 * MAX_RANGE as usize;

/// Helvetica's widths from code 32 on, by Adobe's published metrics.
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 222, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 222, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
/// Times-Roman's likewise.
const TIMES: [u16; 95] = [
    250, 333, 408, 500, 500, 833, 778, 333, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500,
    500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611,
    556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722,
    722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500,
    278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
];
