//! Pictures of scanned pages, in a form that OCR programs read: JPEG as it is, everything else
//! as portable anymap.

use hayro_syntax::Filter;
use hayro_syntax::object::stream::{ImageColorSpace, ImageDecodeParams};
use hayro_syntax::object::{Array, Object, Stream};

use super::budget::Budget;

/// Smaller pictures are rules, logos and ornaments.
const MIN_PIXELS: u64 = 100 * 100;

/// The bytes of a picture file, or `None` for pictures that are small or of a kind not read:
/// colours by palette or by ink, and damaged data.
pub(super) fn file(picture: &Stream<'_>, budget: &mut Budget) -> Option<Vec<u8>> {
    let dict = picture.dict();
    let size = |long: &str, short: &str| dict.get::<u32>(long).or_else(|| dict.get::<u32>(short));
    let (width, height) = (size("Width", "W")?, size("Height", "H")?);
    let pixels = u64::from(width) * u64::from(height);
    // Three bytes a pixel, and as many again while it is decoded.
    if pixels < MIN_PIXELS || !budget.spend(pixels.saturating_mul(6)) {
        return None;
    }
    if let [Filter::DctDecode] = picture.filters().as_slice() {
        return Some(picture.raw_data().into_owned());
    }
    let bits = dict.get::<u8>("BitsPerComponent");
    let bits = if dict.get::<bool>("ImageMask") == Some(true) { Some(1) } else { bits };
    let components = components(picture);
    let decoded = picture.decoded_image(&ImageDecodeParams {
        bpc: bits,
        num_components: components,
        width,
        height,
        ..ImageDecodeParams::default()
    });
    let decoded = decoded.ok()?;
    let (bits, components) = match &decoded.image_data {
        Some(data) => (
            data.bits_per_component,
            match data.color_space {
                Some(ImageColorSpace::Rgb) => 3,
                Some(ImageColorSpace::Gray) => 1,
                _ => components?,
            },
        ),
        None => (bits?, components?),
    };
    let (width, height) = match &decoded.image_data {
        Some(data) => (data.width, data.height),
        None => (width, height),
    };
    anymap(&decoded.data, [width, height], bits, components, is_inverted(picture))
}

/// Components of a pixel, for the colour spaces that need no conversion.
fn components(picture: &Stream<'_>) -> Option<u8> {
    let dict = picture.dict();
    if dict.get::<bool>("ImageMask") == Some(true) {
        return Some(1);
    }
    match dict.get::<Object<'_>>("ColorSpace") {
        Some(Object::Name(name)) => match &*name {
            b"DeviceGray" | b"G" | b"CalGray" => Some(1),
            b"DeviceRGB" | b"RGB" | b"CalRGB" => Some(3),
            _ => None,
        },
        Some(Object::Array(space)) => {
            let kind = space.iter::<Object<'_>>().next().and_then(Object::into_name)?;
            match &*kind {
                b"CalGray" => Some(1),
                b"CalRGB" => Some(3),
                b"ICCBased" => {
                    let profile = space.iter::<Object<'_>>().nth(1)?.into_stream()?;
                    profile.dict().get::<u8>("N").filter(|n| matches!(n, 1 | 3))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// True when the largest value means black.
fn is_inverted(picture: &Stream<'_>) -> bool {
    let decode = picture.dict().get::<Array<'_>>("Decode");
    let first = decode.and_then(|decode| decode.iter::<f32>().next());
    first.is_some_and(|first| first > 0.5)
}

fn anymap(data: &[u8], [width, height]: [u32; 2], bits: u8, components: u8, inverted: bool) -> Option<Vec<u8>> {
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
        assert_eq!(anymap(&[0x0f], [8, 1], 1, 1, false), Some(b"P4\n8 1\n\xf0".to_vec()));
        assert_eq!(anymap(&[1, 2, 3], [1, 1], 8, 3, false), Some(b"P6\n1 1\n255\n\x01\x02\x03".to_vec()));
        assert_eq!(anymap(&[1], [2, 2], 8, 1, false), None);
    }
}
