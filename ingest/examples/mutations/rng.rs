//! Numbers that are the same on every machine and in every run: SplitMix64.

pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 when there is none.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % (end.max(1) as u64)) as usize
    }

    /// A length up to `most`, short ones as likely as long ones.
    pub(crate) fn size(&mut self, most: usize) -> usize {
        let bits = usize::BITS - most.leading_zeros();
        let magnitude = self.below(bits as usize + 1);
        self.below((1 << magnitude) + 1).min(most)
    }
}
