//! Unpacking within bounds. Every stream of a document draws on one allowance, because a few
//! kilobytes can unpack to gigabytes and a form can be drawn a million times.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::ZlibDecoder;
use hayro_syntax::Filter;
use hayro_syntax::object::{Dict, Stream};

/// How much a document may still unpack to.
pub(super) struct Budget {
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
            left: max_expanded_bytes,
            exhausted: false,
        }
    }

    /// True once something was refused for its size.
    pub(super) fn exhausted(&self) -> bool {
        self.exhausted
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
        let filters = stream.filters();
        let raw = stream.raw_data();
        if !self.spend(COST_OF_USE + raw.len() as u64) {
            return None;
        }
        if let [Filter::FlateDecode] = filters.as_slice() {
            let content = self.inflate(&raw)?;
            if !content.is_empty() && !has_predictor(stream.dict()) {
                return Some(Cow::Owned(content));
            }
        } else {
            let worst = filters.iter().try_fold(raw.len() as u64, |bytes, filter| {
                Some(bytes.saturating_mul(ratio(*filter)?))
            });
            if worst? > self.left {
                self.exhausted = true;
                return None;
            }
        }
        let content = stream.decoded_data().ok()?;
        self.spend(content.len() as u64).then_some(content)
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

/// How many bytes one byte can become, or `None` for filters of pictures, which have no place
/// around text and unpack to any size they like.
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
