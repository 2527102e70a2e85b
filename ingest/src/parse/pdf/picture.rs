//! Pictures of scanned pages, in a form that OCR programs read: JPEG as it is, everything else
//! as portable anymap.

use hayro_syntax::Filter;
use hayro_syntax::object::stream::{ImageColorSpace, ImageDecodeParams};
use hayro_syntax::object::{Array, Object, Stream};

use super::budget::Budget;

/// Smaller pictures are rules, logos and ornaments.
const MIN_PIXELS: u64 = 100 * 100;

/// The bytes of a picture file, or `None` for pictures that are small or of a kind not read:
/// small palettes, colours of ink, and damaged data.
pub(super) fn file(picture: &Stream<'_>, budget: &mut Budget) -> Option<Vec<u8>> {
    let dict = picture.dict();
    let size = |long: &str, short: &str| dict.get::<u32>(long).or_else(|| dict.get::<u32>(short));
    let (width, height) = (size("Width", "W")?, size("Height", "H")?);
    let pixels = u64::from(width) * u64::from(height);
    // Three bytes a pixel, and as many again while it is decoded.
    if pixels < MIN_PIXELS || !budget.allows(pixels.saturating_mul(6)) {
        return None;
    }
    if let [Filter::DctDecode] = picture.filters().as_slice() {
        return Some(picture.raw_data().into_owned());
    }
    let bits = dict.get::<u8>("BitsPerComponent");
    let bits = if dict.get::<bool>("ImageMask") == Some(true) {
        Some(1)
    } else {
        bits
    };
    let space = space(picture, budget);
    let decoded = picture.decoded_image(&ImageDecodeParams {
        bpc: bits,
        num_components: match &space {
            Some(Space::Plain(components)) => Some(*components),
            Some(Space::Palette(..)) => Some(1),
            None => None,
        },
        is_indexed: matches!(space, Some(Space::Palette(..))),
        width,
        height,
        ..ImageDecodeParams::default()
    });
    let decoded = decoded.ok()?;
    let inverted = is_inverted(picture);
    match (decoded.image_data, space) {
        (_, Some(Space::Palette(table, components))) if bits == Some(8) => {
            let colours = look_up(&decoded.data, &table, components);
            anymap(&colours, [width, height], 8, components, false)
        }
        (_, Some(Space::Palette(..))) => None,
        (Some(own), space) => {
            let components = match (own.color_space, space) {
                (Some(ImageColorSpace::Rgb), _) => 3,
                (Some(ImageColorSpace::Gray), _) => 1,
                (_, Some(Space::Plain(components))) => components,
                _ => return None,
            };
            let size = [own.width, own.height];
            anymap(
                &decoded.data,
                size,
                own.bits_per_component,
                components,
                inverted,
            )
        }
        (None, Some(Space::Plain(components))) => {
            anymap(&decoded.data, [width, height], bits?, components, inverted)
        }
        (None, None) => None,
    }
}

/// How the values of pixels make colours.
enum Space {
    /// So many components, each a byte or a bit.
    Plain(u8),
    /// Numbers in a table of colours of so many components.
    Palette(Vec<u8>, u8),
}

/// The colour spaces that need no conversion.
fn space(picture: &Stream<'_>, budget: &mut Budget) -> Option<Space> {
    let dict = picture.dict();
    if dict.get::<bool>("ImageMask") == Some(true) {
        return Some(Space::Plain(1));
    }
    let space = dict.get::<Object<'_>>("ColorSpace")?;
    if let Object::Array(parts) = &space {
        let parts: Vec<Object<'_>> = parts.iter::<Object<'_>>().collect();
        if let [Object::Name(kind), base, _, table] = parts.as_slice()
            && matches!(&**kind, b"Indexed" | b"I")
        {
            let table = match table {
                Object::String(table) => table.as_bytes().to_vec(),
                Object::Stream(table) => budget.unpack(table)?.into_owned(),
                _ => return None,
            };
            return Some(Space::Palette(table, components(base)?));
        }
    }
    components(&space).map(Space::Plain)
}

fn components(space: &Object<'_>) -> Option<u8> {
    match space {
        Object::Name(name) => match &**name {
            b"DeviceGray" | b"G" | b"CalGray" => Some(1),
            b"DeviceRGB" | b"RGB" | b"CalRGB" => Some(3),
            _ => None,
        },
        Object::Array(parts) => {
            let mut parts = parts.iter::<Object<'_>>();
            match parts.next()? {
                Object::Name(kind) if &*kind == b"ICCBased" => {
                    let profile = parts.next()?.into_stream()?;
                    profile.dict().get::<u8>("N").filter(|n| matches!(n, 1 | 3))
                }
                kind => components(&kind),
            }
        }
        _ => None,
    }
}

/// Numbers of one byte as the colours they stand for.
fn look_up(numbers: &[u8], table: &[u8], components: u8) -> Vec<u8> {
    let components = usize::from(components);
    let mut out = Vec::with_capacity(numbers.len() * components);
    for &number in numbers {
        let start = usize::from(number) * components;
        match table.get(start..start + components) {
            Some(colour) => out.extend_from_slice(colour),
            None => out.extend(std::iter::repeat_n(0, components)),
        }
    }
    out
}

/// True when the largest value means black.
fn is_inverted(picture: &Stream<'_>) -> bool {
    let decode = picture.dict().get::<Array<'_>>("Decode");
    let first = decode.and_then(|decode| decode.iter::<f32>().next());
    first.is_some_and(|first| first > 0.5)
}

fn anymap(
    data: &[u8],
    [width, height]: [u32; 2],
    bits: u8,
    components: u8,
    inverted: bool,
) -> Option<Vec<u8>> {
    let row = (u64::from(width) * u64::from(components) * u64::from(bits)).div_ceil(8);
    let data = data.get(..usize::try_from(row.checked_mul(u64::from(height))?).ok()?)?;
    let (magic, depth) = match (bits, components) {
        (1, 1) => ("P4", ""),
        (8, 1) => ("P5", "255\n"),
        (8, 3) => ("P6", "255\n"),
        _ => return None,
    };
    let mut out = format!("{magic}\n{width} {height}\n{depth}").into_bytes();
    // In a bitmap file a set bit is black; in a PDF it is white.
    let flip = inverted != (bits == 1);
    out.extend(data.iter().map(|&byte| if flip { !byte } else { byte }));
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_become_a_portable_anymap() {
        assert_eq!(
            anymap(&[0x0f], [8, 1], 1, 1, false),
            Some(b"P4\n8 1\n\xf0".to_vec())
        );
        assert_eq!(
            anymap(&[1, 2, 3], [1, 1], 8, 3, false),
            Some(b"P6\n1 1\n255\n\x01\x02\x03".to_vec())
        );
        assert_eq!(anymap(&[1], [2, 2], 8, 1, false), None);
    }
}
