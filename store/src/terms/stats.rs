//! How rare each term is in the chunks of one snapshot. Answering weighs words by it and asks
//! which of a question's words the corpus has never seen. It counts whole chunks of the whole
//! table: a scope does not change how rare a word is.

use std::collections::HashMap;
use std::sync::Arc;

use super::Stems;

/// Changes are kept beside the bulk of the counts until they are more than this share of it.
const SHARE: usize = 8;

/// Document frequencies, a chunk being the document.
///
/// Memory: about 70 bytes per distinct term, so 7 MB for the 100,000 terms that some ten
/// thousand pages have. A clone, which each commit makes, copies an eighth of it at most and
/// shares the rest. Building reads and analyses every chunk, at 18 MB of text per second in an
/// optimised build on one core, at 3 MB in a debug build.
#[derive(Clone, Debug, Default)]
pub struct TermStats {
    chunks: u64,
    words: u64,
    /// Never 0.
    bulk: Arc<HashMap<String, u32>>,
    /// Counts that take the place of those in `bulk`; 0 for a term that is gone.
    changed: HashMap<String, u32>,
}

impl TermStats {
    /// Number of chunks counted.
    pub fn chunks(&self) -> u64 {
        self.chunks
    }

    /// Mean number of words in a chunk; 1 when there are none.
    pub fn mean_words(&self) -> f32 {
        match (self.words, self.chunks) {
            (0, _) | (_, 0) => 1.0,
            (words, chunks) => (words as f64 / chunks as f64) as f32,
        }
    }

    /// Number of chunks that contain `stem`, a [`Token::stem`](super::Token::stem).
    pub fn df(&self, stem: &str) -> u32 {
        let changed = self.changed.get(stem);
        changed
            .or_else(|| self.bulk.get(stem))
            .copied()
            .unwrap_or(0)
    }

    /// True when some chunk contains `stem`.
    pub fn knows(&self, stem: &str) -> bool {
        self.df(stem) > 0
    }

    /// BM25's inverse document frequency, `ln((N - n + 0.5) / (n + 0.5) + 1)` for a term in
    /// `n` of `N` chunks: positive, and greatest for a term that no chunk contains.
    pub fn idf(&self, stem: &str) -> f32 {
        self.idf_of(self.df(stem))
    }

    /// The same for anything that `n` chunks have.
    pub fn idf_of(&self, n: u32) -> f32 {
        let (all, n) = (self.chunks as f64, f64::from(n));
        (((all - n).max(0.0) + 0.5) / (n + 0.5)).ln_1p() as f32
    }

    /// Counts one more chunk.
    pub(crate) fn add(&mut self, stems: &mut Stems, search_text: &str) {
        let (distinct, words) = stems.distinct(search_text);
        self.chunks += 1;
        self.words += words as u64;
        for stem in distinct {
            let count = self.df(&stem) + 1;
            self.changed.insert(stem, count);
        }
        self.fold();
    }

    /// Uncounts a chunk that was counted before, given the same text.
    pub(crate) fn subtract(&mut self, stems: &mut Stems, search_text: &str) {
        let (distinct, words) = stems.distinct(search_text);
        self.chunks = self.chunks.saturating_sub(1);
        self.words = self.words.saturating_sub(words as u64);
        for stem in distinct {
            let count = self.df(&stem).saturating_sub(1);
            self.changed.insert(stem, count);
        }
        self.fold();
    }

    /// Merges the changes into the bulk when they are many.
    fn fold(&mut self) {
        if self.changed.len() * SHARE <= self.bulk.len() {
            return;
        }
        let bulk = Arc::make_mut(&mut self.bulk);
        for (stem, count) in self.changed.drain() {
            match count {
                0 => drop(bulk.remove(&stem)),
                _ => drop(bulk.insert(stem, count)),
            }
        }
    }

    /// What was counted once, as [`TermStats::words`] and [`TermStats::counts`] give it.
    pub(crate) fn of_counts(chunks: u64, words: u64, counts: HashMap<String, u32>) -> Self {
        Self {
            chunks,
            words,
            bulk: Arc::new(counts),
            changed: HashMap::new(),
        }
    }

    /// Number of words counted.
    pub(crate) fn words(&self) -> u64 {
        self.words
    }

    /// Every term with its count.
    pub(crate) fn counts(&self) -> HashMap<&str, u32> {
        let all = self.bulk.iter().chain(&self.changed);
        let mut counts: HashMap<&str, u32> =
            all.map(|(stem, count)| (stem.as_str(), *count)).collect();
        counts.retain(|_, count| *count > 0);
        counts
    }
}

/// However the counts came about.
impl PartialEq for TermStats {
    fn eq(&self, other: &Self) -> bool {
        (self.chunks, self.words) == (other.chunks, other.words) && self.counts() == other.counts()
    }
}

impl Eq for TermStats {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn subtracting_undoes_adding(kept in prop::collection::vec("[a-d ]{0,9}", 0..6), gone in prop::collection::vec("[a-d ]{0,9}", 0..6)) {
            let (mut expected, mut stats, stems) = (TermStats::default(), TermStats::default(), &mut Stems::new());
            kept.iter().for_each(|text| expected.add(stems, text));
            gone.iter().chain(&kept).for_each(|text| stats.add(stems, text));
            gone.iter().for_each(|text| stats.subtract(stems, text));
            prop_assert_eq!(stats, expected);
        }
    }

    #[test]
    fn a_copy_is_not_changed_by_what_its_original_counts_later() {
        let mut stems = Stems::new();
        let mut stats = TermStats::default();
        (0..100).for_each(|n| stats.add(&mut stems, &format!("page{n} annual")));
        let copy = stats.clone();
        stats.add(&mut stems, "annual audit");
        stats.subtract(&mut stems, "page7 annual");
        assert_eq!(
            (copy.df("annual"), copy.df("audit"), copy.df("page7")),
            (100, 0, 1)
        );
        assert_eq!(
            (stats.df("annual"), stats.df("audit"), stats.df("page7")),
            (100, 1, 0)
        );
        assert!(copy.knows("page7") && !stats.knows("page7"));
    }

    #[test]
    fn rare_terms_weigh_more() {
        let (mut stats, mut stems) = (TermStats::default(), Stems::new());
        for text in ["annual leave leave", "annual report", "annual audit"] {
            stats.add(&mut stems, text);
        }
        assert_eq!(
            (stats.chunks(), stats.df("leav"), stats.df("annual")),
            (3, 1, 3)
        );
        assert_eq!(stats.mean_words(), 7.0 / 3.0);
        assert!(stats.idf("unseen") > stats.idf("leav") && stats.idf("leav") > stats.idf("annual"));
        assert!((stats.idf("leav") - (2.5_f32 / 1.5 + 1.0).ln()).abs() < 1e-6);
        assert!(stats.knows("leav") && !stats.knows("leave"));
    }
}
