//! Hubs: chunks that are among the nearest neighbours of far more chunks than is their share
//! (Radovanović, Nanopoulos and Ivanović, JMLR 2010). They come up for every question and
//! answer none; often they are boilerplate, sometimes planted.

use std::collections::BTreeMap;

use footnote_answer::evidence::dot;
use footnote_ingest::id::ChunkId;
use footnote_store::StoredChunk;
use serde::Serialize;

use super::{ChunkRef, Listed, reference};

/// Neighbours that are counted.
const NEIGHBOURS: usize = 10;
/// A hub is a neighbour this many times as often as the mean.
const TIMES: usize = 5;

/// Chunks that are near everything.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hubs {
    /// Chunks that were compared.
    pub compared: usize,
    /// Skewness of the number of times a chunk is a neighbour; above 1 a few chunks crowd the
    /// others out.
    pub skewness: f64,
    /// The hubs, the worst first.
    pub hubs: Listed<Hub>,
}

/// A chunk that is near everything.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hub {
    /// The chunk.
    pub chunk: ChunkRef,
    /// How many chunks have it among their ten nearest.
    pub neighbour_of: usize,
}

/// Counts neighbours among the chunks of `sample`.
pub fn find(sample: &BTreeMap<ChunkId, StoredChunk>) -> Hubs {
    let chunks: Vec<&StoredChunk> = sample.values().collect();
    let vectors: Vec<&[f32]> = chunks.iter().map(|chunk| chunk.vector.as_slice()).collect();
    let counts = counts(&vectors, NEIGHBOURS);
    let mean = counts.iter().sum::<usize>() as f64 / counts.len().max(1) as f64;
    let mut hubs: Vec<Hub> = counts
        .iter()
        .zip(&chunks)
        .filter(|(count, _)| **count as f64 > mean * TIMES as f64)
        .map(|(count, chunk)| Hub {
            chunk: reference(chunk),
            neighbour_of: *count,
        })
        .collect();
    hubs.sort_by_key(|hub| std::cmp::Reverse(hub.neighbour_of));
    Hubs {
        compared: chunks.len(),
        skewness: skewness(&counts),
        hubs: Listed::of(hubs),
    }
}

/// How often each vector is among the `k` nearest of another.
fn counts(vectors: &[&[f32]], k: usize) -> Vec<usize> {
    let mut counts = vec![0; vectors.len()];
    for (at, vector) in vectors.iter().enumerate() {
        let others = vectors.iter().enumerate().filter(|(other, _)| *other != at);
        let mut near: Vec<(f32, usize)> = others
            .map(|(other, found)| (dot(vector, found), other))
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        near.iter()
            .take(k)
            .for_each(|(_, other)| counts[*other] += 1);
    }
    counts
}

/// Third standardised moment; 0 where all are equal.
fn skewness(counts: &[usize]) -> f64 {
    let n = counts.len().max(1) as f64;
    let mean = counts.iter().sum::<usize>() as f64 / n;
    let moment = |power| {
        let sum: f64 = counts
            .iter()
            .map(|count| (*count as f64 - mean).powi(power))
            .sum();
        sum / n
    };
    let deviation = moment(2).sqrt();
    match deviation > 0.0 {
        true => moment(3) / deviation.powi(3),
        false => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_everybodys_neighbour() {
        let unit = |angle: f32| vec![angle.cos(), angle.sin()];
        let vectors: Vec<Vec<f32>> = [0.0, 0.5, 0.9, 1.7].map(unit).into();
        let vectors: Vec<&[f32]> = vectors.iter().map(Vec::as_slice).collect();
        assert_eq!(counts(&vectors, 1), [0, 2, 2, 0]);
        assert_eq!(skewness(&[3, 3, 3]), 0.0);
        assert!(skewness(&[0, 0, 0, 9]) > 1.0);
    }
}
