//! How far an index looks, and what that finds.

use footnote_ingest::id::DocumentId;
use footnote_ingest::span::Span;

use super::*;

#[track_caller]
fn check(exact: &[&[usize]], found: &[&[usize]], expected: usize) {
    let document = DocumentId::derive("default", "a");
    let id = |n: &usize| ChunkId::derive(&document, Span::new(*n, *n), "");
    let lists = |lists: &[&[usize]]| -> Vec<Vec<ChunkId>> {
        lists
            .iter()
            .map(|list| list.iter().map(id).collect())
            .collect()
    };
    assert_eq!(common(&lists(exact), &lists(found)), expected);
}

#[test]
fn a_question_is_made_of_sentences_that_are_far_apart() {
    let one_hot = |i: usize| (0..12).map(|j| f32::from(i == j)).collect::<Vec<f32>>();
    let questions = blends(&(0..12).map(one_hot).collect::<Vec<_>>());
    let of_3 = [3, 4, 6, 7, 9, 10, 0, 1];
    let expected: Vec<f32> = (0..12).map(|j| f32::from(of_3.contains(&j))).collect();
    assert_eq!((questions.len(), &questions[3]), (12, &expected));
    assert_eq!(blends(&[vec![0.5]]), [[4.0]]);
    assert!(blends(&[]).is_empty());
}

#[test]
fn what_both_searches_found_is_counted_question_by_question() {
    check(&[&[1, 2], &[3, 4]], &[&[2, 1], &[3, 4]], 4);
    check(&[&[1, 2], &[3, 4]], &[&[2, 9], &[]], 1);
    check(&[&[1], &[2]], &[&[2], &[1]], 0);
    check(&[], &[], 0);
}
