//! Copies among the candidates: in a list of ten they take the place of something else. Found
//! after the last reranking, among the chunks that are at hand, so the best placed copy stays
//! and the list is filled from below. Pure.
//!
//! Two chunks are copies when they stand under the same title and headings, share four fifths
//! of their runs of three words, and have the same numbers, names, codes and number of
//! denials: pages that differ in one figure, one place or one `not` say different things.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use footnote_ingest::id::ChunkId;
use footnote_store::StoredChunk;

use crate::checks::{names, negation, numbers};
use crate::fuse::Candidate;

/// Words of a shingle.
const SHINGLE: usize = 3;

/// Copies left out, each with the chunk that stays for it.
pub type Copies = BTreeMap<ChunkId, ChunkId>;

/// The copies among `ranked` (best first) that come before `k` others are found: those behind
/// are no hits anyway.
pub fn copies(ranked: &[Candidate], chunks: &BTreeMap<ChunkId, StoredChunk>, k: usize) -> Copies {
    let mut kept: Vec<(&ChunkId, Text<'_>)> = Vec::new();
    let mut copies = Copies::new();
    for chunk in ranked.iter().filter_map(|c| chunks.get(&c.chunk_id)) {
        if kept.len() >= k {
            break;
        }
        let text = Text::of(&chunk.title, &chunk.chunk.heading_path, &chunk.chunk.text);
        match kept.iter().find(|(_, other)| other.says_what(&text)) {
            Some((first, _)) => {
                copies.insert(chunk.chunk.id.clone(), (*first).clone());
            }
            None => kept.push((&chunk.chunk.id, text)),
        }
    }
    copies
}

/// A chunk as it is compared.
struct Text<'c> {
    title: &'c str,
    headings: &'c [String],
    text: &'c str,
    shingles: BTreeSet<u64>,
}

impl<'c> Text<'c> {
    fn of(title: &'c str, headings: &'c [String], text: &'c str) -> Self {
        Self {
            title,
            headings,
            text,
            shingles: shingles(text),
        }
    }

    /// The cheap comparisons come first: most pairs differ in them.
    fn says_what(&self, other: &Self) -> bool {
        self.title == other.title
            && self.headings == other.headings
            && alike(&self.shingles, &other.shingles)
            && (self.text == other.text || same_facts(self.text, other.text))
    }
}

/// Whether the sets share four fifths of what either has (Jaccard similarity).
fn alike(a: &BTreeSet<u64>, b: &BTreeSet<u64>) -> bool {
    let shared = a.intersection(b).count();
    shared * 5 >= (a.len() + b.len() - shared) * 4
}

fn same_facts(a: &str, b: &str) -> bool {
    let set = |found: Vec<String>| BTreeSet::from_iter(found);
    let named = |text| BTreeSet::from_iter(names::names(text));
    set(numbers::numbers(a)) == set(numbers::numbers(b))
        && named(a) == named(b)
        && negation::denials(a) == negation::denials(b)
}

/// Hashes of all runs of three words, case and punctuation aside; of a shorter text as a whole.
fn shingles(text: &str) -> BTreeSet<u64> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let runs = words.windows(SHINGLE.min(words.len().max(1)));
    runs.map(|run| {
        let mut hasher = DefaultHasher::new();
        run.hash(&mut hasher);
        hasher.finish()
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "Visitors sign the book at the gate and get a badge from Lyon. The badge is worn \
        where everybody can see it and handed back before 18:00 when the visitor leaves the site again.";

    #[track_caller]
    fn check(title: &str, text: &str, copy: bool) {
        let headings = ["Visits".to_owned()];
        let (page, other) = (
            Text::of("Gate", &headings, PAGE),
            Text::of(title, &headings, text),
        );
        assert_eq!(page.says_what(&other), copy, "{title}: {text}");
        assert_eq!(other.says_what(&page), copy, "the other way round");
    }

    #[test]
    fn copies_have_the_same_headings_facts_and_most_words() {
        check("Gate", PAGE, true);
        check("Gate", &PAGE.to_uppercase().replace("LYON", "Lyon"), false);
        check(
            "Gate",
            &PAGE
                .replace(". The", ", and the")
                .replace("site again", "site"),
            true,
        );
        check("Canteen", PAGE, false);
        check("Gate", &PAGE.replace("18:00", "19:00"), false);
        check("Gate", &PAGE.replace("Lyon", "Paris"), false);
        check("Gate", &PAGE.replace("is worn", "is not worn"), false);
        check("Gate", "Lunch is at noon.", false);
    }

    #[test]
    fn short_and_empty_texts_are_compared_as_a_whole() {
        let say = |a, b| Text::of("", &[], a).says_what(&Text::of("", &[], b));
        assert!(say("At noon", "at noon!"));
        assert!(!say("At noon", "at night"));
        assert!(say("", ""));
        assert!(!say("", "x"));
    }
}
