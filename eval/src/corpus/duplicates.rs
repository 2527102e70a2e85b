//! Chunks that say the same: in a list of ten they take the place of something else. Compared
//! by the Jaccard similarity of their five-word shingles, exactly. A changed
//! figure costs five shingles, so long pages that differ in one are alike and short ones not.

use std::collections::{BTreeMap, HashMap, HashSet};

use footnote_ingest::id::ChunkId;
use footnote_store::StoredChunk;
use serde::Serialize;

use super::{ChunkRef, Listed, reference};
use crate::diagnose::text::words;

/// Similarity from which two chunks say the same.
const ALIKE: f32 = 0.8;
/// Words of a shingle.
const SHINGLE: usize = 5;
/// A shingle of more chunks than this is a phrase, not a sign of likeness.
const COMMON: usize = 50;

/// Chunks that say the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Duplicates {
    /// Chunks that were compared.
    pub compared: usize,
    /// Share of them that say what an earlier one says.
    pub redundant: f64,
    /// Groups of alike chunks, the largest first.
    pub groups: Listed<Vec<ChunkRef>>,
}

/// Groups the chunks of `sample` that say the same.
pub fn find(sample: &BTreeMap<ChunkId, StoredChunk>) -> Duplicates {
    let chunks: Vec<&StoredChunk> = sample.values().collect();
    let shingles: Vec<HashSet<String>> = chunks.iter().map(|c| shingles(&c.chunk.text)).collect();
    let groups = groups(&shingles);
    let redundant: usize = groups.iter().map(|group| group.len() - 1).sum();
    let named = groups
        .into_iter()
        .map(|group| group.into_iter().map(|at| reference(chunks[at])).collect());
    Duplicates {
        compared: chunks.len(),
        redundant: redundant as f64 / chunks.len().max(1) as f64,
        groups: Listed::of(named.collect()),
    }
}

fn shingles(text: &str) -> HashSet<String> {
    let words: Vec<String> = words(text).into_iter().map(|word| word.text).collect();
    if words.len() < SHINGLE {
        return HashSet::from([words.join(" ")]);
    }
    words
        .windows(SHINGLE)
        .map(|window| window.join(" "))
        .collect()
}

/// Connected groups of two and more, the largest first, each in order.
fn groups(sets: &[HashSet<String>]) -> Vec<Vec<usize>> {
    let mut parent: Vec<usize> = (0..sets.len()).collect();
    for ((a, b), shared) in shared(sets) {
        let union = sets[a].len() + sets[b].len() - shared;
        if shared as f32 >= ALIKE * union as f32 {
            let (a, b) = (root(&parent, a), root(&parent, b));
            parent[a.max(b)] = a.min(b);
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in 0..sets.len() {
        groups.entry(root(&parent, at)).or_default().push(at);
    }
    let mut groups: Vec<Vec<usize>> = groups
        .into_values()
        .filter(|group| group.len() > 1)
        .collect();
    groups.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    groups
}

fn root(parent: &[usize], mut at: usize) -> usize {
    while parent[at] != at {
        at = parent[at];
    }
    at
}

/// How many shingles each pair shares; pairs that share none are left out.
fn shared(sets: &[HashSet<String>]) -> BTreeMap<(usize, usize), usize> {
    let mut holders: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, set) in sets.iter().enumerate() {
        set.iter()
            .for_each(|shingle| holders.entry(shingle).or_default().push(at));
    }
    let mut shared = BTreeMap::new();
    for holders in holders.values().filter(|holders| holders.len() <= COMMON) {
        for (i, a) in holders.iter().enumerate() {
            for b in &holders[i + 1..] {
                *shared.entry((*a, *b)).or_insert(0) += 1;
            }
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alike_texts_are_grouped() {
        let depot = |figure: &str| {
            format!(
                "The depot keeps {figure} cold spares in the yard behind the office and the key is with the manager on duty, who signs for every spare that leaves the depot, by day and by night"
            )
        };
        let texts = [
            depot("45"),
            "Lunch is at noon in the hall.".to_owned(),
            depot("60"),
            "Lunch is served".to_owned(),
        ];
        let sets: Vec<_> = texts.iter().map(|text| shingles(text)).collect();
        assert_eq!(groups(&sets), Vec::<Vec<usize>>::new());
        let same = [sets[0].clone(), sets[1].clone(), sets[0].clone()];
        assert_eq!(groups(&same), [vec![0, 2]]);
    }
}
