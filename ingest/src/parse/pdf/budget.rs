//! Unpacking within bounds. Every stream of a document draws on one allowance, because a few
//! kilobytes can unpack to gigabytes and a form can be drawn a million times.

mod ascii;

use std::borrow::Cow;
use std::io::Read;

use flate2::read::ZlibDecoder;
use hayro_syntax::Filter;
use hayro_syntax::object::{Dict, Object, Stream};
use weezl::{BitOrder, LzwStatus, decode::Decoder};

/// How much a document may still unpack to.
pub(super) struct Budget {
    limit: u64,
    left: u64,
    exhausted: bool,
}

/// Each use of a stream costs this much, even of an empty one.
const COST_OF_USE: u64 = 256;
/// What one byte can unpack to at most, by filter.
const FLATE_RATIO: u64 = 1032;
const LZW_RATIO: u64 = 2600;
const RUN_LENGTH_RATIO: u64 = 64;

impl Budget {
    pub(super) fn new(max_expanded_bytes: u64) -> Self {
        Self {
            limit: max_expanded_bytes,
            left: max_expanded_bytes,
            exhausted: false,
        }
    }

    /// True once something was refused for its size.
    pub(super) fn exhausted(&self) -> bool {
        self.exhausted
    }

    /// True when one thing of `bytes`, kept only for a moment, is not too large.
    pub(super) fn allows(&self, bytes: u64) -> bool {
        bytes <= self.limit
    }

    /// Takes `bytes` from the allowance; false, and no more from then on, when they are not left.
    pub(super) fn spend(&mut self, bytes: u64) -> bool {
        match self.left.checked_sub(bytes) {
            Some(left) if !self.exhausted => self.left = left,
            _ => self.exhausted = true,
        }
        !self.exhausted
    }

    /// The content of a stream that is not a picture. What can be unpacked of a damaged one is
    /// returned; `None` means nothing can, or that the allowance is used up.
    pub(super) fn unpack<'a>(&mut self, stream: &Stream<'a>) -> Option<Cow<'a, [u8]>> {
        let raw = stream.raw_data();
        if !self.spend(COST_OF_USE + raw.len() as u64) {
            return None;
        }
        let filters = stream.filters();
        if !has_predictor(stream.dict())
            && let Some(content) = self.unpack_simply(&raw, &filters, switches_late(stream.dict()))
        {
            return Some(content);
        }
        if self.exhausted || !self.may_unpack(raw.len() as u64, &filters) {
            return None;
        }
        let content = stream.decoded_data().ok()?;
        let lost = content.is_empty() && !raw.is_empty();
        (!lost && self.spend(content.len() as u64)).then_some(content)
    }

    /// Unpacks through the filters that can be stopped at any byte, which are nearly all in
    /// use; `None` if there are others, or if nothing comes out.
    fn unpack_simply(
        &mut self,
        raw: &[u8],
        filters: &[Filter],
        switches_late: bool,
    ) -> Option<Cow<'static, [u8]>> {
        let mut content: Option<Vec<u8>> = None;
        for filter in filters {
            let packed = content.as_deref().unwrap_or(raw);
            content = Some(match filter {
                Filter::FlateDecode => self.inflate(packed)?,
                Filter::LzwDecode if !switches_late => self.unpack_lzw(packed)?,
                Filter::AsciiHexDecode => ascii::hex(packed),
                Filter::Ascii85Decode => ascii::base85(packed),
                _ => return None,
            });
        }
        content
            .filter(|content| !content.is_empty())
            .map(Cow::Owned)
    }

    /// As [`Self::inflate`], for the older compression.
    fn unpack_lzw(&mut self, mut packed: &[u8]) -> Option<Vec<u8>> {
        let mut decoder = Decoder::with_tiff_size_switch(BitOrder::Msb, 8);
        let mut out = Vec::new();
        let mut buffer = [0; 8192];
        while out.len() as u64 <= self.left {
            let step = decoder.decode_bytes(packed, &mut buffer);
            out.extend_from_slice(buffer.get(..step.consumed_out)?);
            packed = packed.get(step.consumed_in..)?;
            let stuck = step.consumed_in == 0 && step.consumed_out == 0;
            if stuck || !matches!(step.status, Ok(LzwStatus::Ok)) {
                break;
            }
        }
        self.spend(out.len() as u64).then_some(out)
    }

    /// False when the content could be larger than what is left, or when a filter is of those
    /// for pictures, which have no place around text and unpack to any size they like.
    fn may_unpack(&mut self, bytes: u64, filters: &[Filter]) -> bool {
        let worst = filters.iter().try_fold(bytes, |bytes, filter| {
            Some(bytes.saturating_mul(ratio(*filter)?))
        });
        match worst {
            Some(worst) => self.exhausted |= worst > self.left,
            None => return false,
        }
        !self.exhausted
    }

    /// Unpacks as far as the data is sound and the allowance goes.
    fn inflate(&mut self, packed: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        // An error means damaged data; what came before it stays in `out`.
        let _ = ZlibDecoder::new(packed)
            .take(self.left.saturating_add(1))
            .read_to_end(&mut out);
        self.spend(out.len() as u64).then_some(out)
    }
}

/// True for LZW data that widens its codes one code later than usual.
fn switches_late(dict: &Dict<'_>) -> bool {
    let parms = dict.get::<Object<'_>>("DecodeParms");
    parms
        .or_else(|| dict.get::<Object<'_>>("DP"))
        .is_some_and(|parms| match parms {
            Object::Dict(parms) => parms.get::<i32>("EarlyChange") == Some(0),
            Object::Array(parms) => {
                let mut parms = parms.iter::<Object<'_>>().filter_map(Object::into_dict);
                parms.any(|parms| parms.get::<i32>("EarlyChange") == Some(0))
            }
            _ => false,
        })
}

/// How many bytes one byte can become; `None` for filters of pictures.
fn ratio(filter: Filter) -> Option<u64> {
    match filter {
        Filter::AsciiHexDecode | Filter::Ascii85Decode | Filter::Crypt => Some(4),
        Filter::FlateDecode => Some(FLATE_RATIO),
        Filter::LzwDecode => Some(LZW_RATIO),
        Filter::RunLengthDecode => Some(RUN_LENGTH_RATIO),
        Filter::CcittFaxDecode | Filter::Jbig2Decode | Filter::DctDecode | Filter::JpxDecode => {
            None
        }
    }
}

/// True when unpacked bytes are differences from their neighbours.
fn has_predictor(dict: &Dict<'_>) -> bool {
    let parms = ["DecodeParms", "DP"].into_iter();
    let parms = parms.filter_map(|key| dict.get::<Dict<'_>>(key)).next();
    parms.is_some_and(|parms| parms.get::<i32>("Predictor").is_some_and(|kind| kind > 1))
}
