//! Which spans of a sentence could answer, and how well each would: where it is cut, what it is
//! made of, how far it is from the question's words and on which side of them. Each sign has
//! its weight in [`super::weights`].

use std::ops::Range;

use super::asked::Asked;
use super::tokens::{Class, Token};
use super::weights;

/// Longest span, in tokens.
const LONGEST: usize = 12;

/// A sentence and what it shares with the question.
pub(super) struct Sentence<'s> {
    /// Its tokens.
    pub(super) tokens: &'s [Token],
    /// What each token is worth in the question, 0 when it has no part in it.
    pub(super) shared: Vec<f32>,
    /// What each token that is not in the question is worth, as a share of the most.
    pub(super) news: Vec<f32>,
    /// Where the sentence stands among the cited ones, from 0.
    pub(super) rank: usize,
}

/// Groups of classes whose meeting tells whether a phrase is cut.
pub(super) const GROUPS: usize = 7;
/// Rows of [`props`].
pub(super) const PROPS: usize = 19;
/// Lengths told apart.
pub(super) const LENGTHS: usize = 9;
/// Rows of [`general`].
pub(super) const GENERAL: usize = 24;

/// Spans that could answer, as ranges of tokens.
pub(super) fn spans(sentence: &Sentence<'_>) -> Vec<Range<usize>> {
    let tokens = sentence.tokens;
    let mut spans = Vec::new();
    for start in (0..tokens.len()).filter(|at| can_open(tokens[*at].class)) {
        let mut open = 0i32;
        let mut new = false;
        for (end, token) in tokens.iter().enumerate().skip(start).take(LONGEST) {
            match token.class {
                Class::Mark => break,
                Class::Bracket => open += 1,
                _ => {}
            }
            new |= sentence.news[end] > 0.0;
            if new && open % 2 == 0 && can_close(token.class) {
                spans.push(start..end + 1);
            }
        }
    }
    spans
}

fn can_open(class: Class) -> bool {
    !matches!(
        class,
        Class::Comma | Class::Mark | Class::Bracket | Class::Of | Class::And | Class::Auxiliary
    )
}

fn can_close(class: Class) -> bool {
    class >= Class::Number
}

/// How well `span` would answer, as the logarithm of odds against the other spans.
pub(super) fn score(asked: &Asked, sentence: &Sentence<'_>, span: &Range<usize>) -> f32 {
    let class = |at: Option<usize>| {
        at.and_then(|at| sentence.tokens.get(at))
            .map_or(Class::Edge, |token| token.class)
    };
    let places = [
        class(span.start.checked_sub(1)),
        class(Some(span.start)),
        class(Some(span.end - 1)),
        class(Some(span.end)),
    ];
    let placed = places.iter().zip(&weights::PLACES);
    let placed: f32 = placed.map(|(class, row)| row[*class as usize]).sum();
    let [before, first, last, after] = places.map(group);
    let kind = &weights::FITS[asked.kind as usize];
    let fits = props(sentence, span).into_iter().zip(kind);
    let fits: f32 = fits.filter(|(holds, _)| *holds).map(|(_, w)| w).sum();
    placed
        + weights::OPENS[before][first]
        + weights::CLOSES[last][after]
        + fits
        + weights::LENGTH[length(span.len())]
        + weighed(
            &sides(sentence, span),
            &weights::SIDES[asked.shape as usize],
        )
        + weighed(&general(asked, sentence, span), &weights::AT_LARGE)
}

fn weighed(values: &[f32], weights: &[f32]) -> f32 {
    values.iter().zip(weights).map(|(value, w)| value * w).sum()
}

fn group(class: Class) -> usize {
    match class {
        Class::Edge | Class::Comma | Class::Bracket | Class::Mark => 0,
        Class::Of | Class::And => 1,
        Class::Capital => 3,
        Class::Number | Class::Year | Class::Calendar => 4,
        Class::Adverb | Class::Verbal => 5,
        Class::Word => 6,
        Class::Determiner
        | Class::In
        | Class::By
        | Class::To
        | Class::Preposition
        | Class::Cause
        | Class::Auxiliary
        | Class::Pronoun => 2,
    }
}

fn length(tokens: usize) -> usize {
    match tokens {
        0..=6 => tokens - 1,
        7..=8 => 6,
        9..=10 => 7,
        _ => 8,
    }
}

/// What may fit the kind of question.
fn props(sentence: &Sentence<'_>, span: &Range<usize>) -> [bool; PROPS] {
    let tokens = sentence.tokens;
    let classes: Vec<Class> = tokens[span.clone()].iter().map(|t| t.class).collect();
    let has = |class: Class| classes.contains(&class);
    let before = span.start.checked_sub(1).map(|at| tokens[at].class);
    let after = tokens.get(span.end).map(|token| token.class);
    let first = classes.first().copied();
    let content: Vec<Class> = classes
        .iter()
        .copied()
        .filter(|c| *c >= Class::Number)
        .collect();
    let capitals = content.iter().filter(|c| **c == Class::Capital).count();
    let unit = classes
        .windows(2)
        .any(|pair| pair[0] == Class::Number && matches!(pair[1], Class::Word | Class::Capital));
    [
        has(Class::Number),
        has(Class::Year),
        has(Class::Calendar),
        capitals > 0 && capitals == content.len(),
        capitals > 0,
        classes.len() == 1,
        (2..=3).contains(&classes.len()),
        classes.len() >= 6,
        has(Class::Auxiliary) || has(Class::Pronoun),
        has(Class::Verbal),
        before == Some(Class::By),
        before == Some(Class::In),
        before == Some(Class::To) || before == Some(Class::Cause),
        matches!(first, Some(Class::In | Class::Preposition)),
        matches!(first, Some(Class::By | Class::To | Class::Cause)),
        before == Some(Class::Bracket) && after == Some(Class::Bracket),
        has(Class::And) || has(Class::Comma),
        unit,
        first == Some(Class::Number),
    ]
}

/// What the question's words weigh before and after the span, and whether one of them touches
/// it there.
fn sides(sentence: &Sentence<'_>, span: &Range<usize>) -> [f32; 4] {
    let total: f32 = sentence.shared.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    let left: f32 = sentence.shared[..span.start].iter().sum();
    let right: f32 = sentence.shared[span.end..].iter().sum();
    let touches = |at: Option<usize>| {
        let shared = at.and_then(|at| sentence.shared.get(at));
        f32::from(u8::from(shared.is_some_and(|share| *share > 0.0)))
    };
    [
        left / total,
        right / total,
        touches(span.start.checked_sub(1)),
        touches(Some(span.end)),
    ]
}

/// What counts for every kind of question.
fn general(asked: &Asked, sentence: &Sentence<'_>, span: &Range<usize>) -> [f32; GENERAL] {
    let tokens = sentence.tokens;
    let flag = |holds: bool| f32::from(u8::from(holds));
    let shared = &sentence.shared;
    let own = &shared[span.clone()];
    let news = &sentence.news[span.clone()];
    let total: f32 = asked.stems.values().sum::<f32>().max(f32::MIN_POSITIVE);
    let gap = |at: usize| match at < span.start {
        true => span.start - at,
        false => at + 1 - span.end,
    };
    let outside = (0..tokens.len()).filter(|at| !span.contains(at) && shared[*at] > 0.0);
    let near = outside.clone().map(gap).min().unwrap_or(99);
    let pull: f32 = outside.map(|at| shared[at] / (1.0 + gap(at) as f32)).sum();
    let focused = |at: Option<usize>| {
        let token = at.and_then(|at| tokens.get(at));
        flag(token.is_some_and(|token| token.stems.iter().any(|s| asked.focus.contains(s))))
    };
    let skips = |at: Option<usize>| {
        let closed = |at: usize| tokens.get(at).is_some_and(|t| t.class < Class::Number);
        flag(
            at.is_some_and(|at| closed(at) && shared.get(at + 1).is_some_and(|share| *share > 0.0)),
        )
    };
    let back = span
        .start
        .checked_sub(2)
        .filter(|at| tokens[at + 1].class < Class::Number && shared[*at] > 0.0);
    let count = own.len() as f32;
    let overlap = own.iter().filter(|share| **share > 0.0).count() as f32;
    let class = |class: Class| flag(tokens[span.clone()].iter().any(|t| t.class == class));
    [
        pull / total,
        1.0 / near as f32,
        flag(near > 5),
        overlap / count,
        flag(overlap > 0.0),
        flag(own.first().is_some_and(|share| *share > 0.0)),
        flag(own.last().is_some_and(|share| *share > 0.0)),
        news.iter().sum::<f32>() / count,
        news.iter().copied().fold(0.0, f32::max),
        news.iter().sum::<f32>().min(6.0),
        flag(sentence.rank == 1),
        flag(sentence.rank > 1),
        shared.iter().sum::<f32>() / total,
        count / tokens.len() as f32,
        flag(span.start == 0),
        focused(Some(span.end - 1)),
        focused(Some(span.end)),
        focused(span.start.checked_sub(1)),
        flag(span.clone().any(|at| focused(Some(at)) > 0.0)),
        skips(Some(span.end)),
        flag(back.is_some()),
        class(Class::Of),
        class(Class::And),
        class(Class::Comma),
    ]
}
