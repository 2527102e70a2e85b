//! The short answer: the few words of a cited sentence that answer by themselves. A language
//! model of this size cannot find them, so they are picked: every span of the cited sentences is
//! scored by what the question expects, by where the span is cut and by its distance to the
//! question's words. Where no span stands out there is none. Pure; what it returns is always
//! a slice of a citation.

mod asked;
mod features;
mod tokens;
mod weights;
mod words;

use std::ops::Range;

use footnote_store::terms::TermStats;

use crate::evidence::{Sentence as Evidence, stems};
use crate::outcome::{Citation, ShortAnswer};
use asked::Asked;
use features::{Sentence, score, spans};
use tokens::{Class, Token, tokens};
use words::UNITS;

/// The best span must have this share of the probability of all. On SQuAD 2's other half,
/// spans below have an F1 of 0.17, those above 0.51.
const SURE: f32 = 0.1;
/// A span of more than two thirds of a sentence is no shorter answer, unless the sentence has
/// no more tokens than this.
const TERSE: usize = 8;
/// Tokens of a sentence that are read: longer ones are tables and lists.
const MOST_TOKENS: usize = 300;

/// The span of `citations`, best evidence first, that answers `question`; `None` when none
/// stands out, or the question asks for no span.
pub fn pick(question: &str, citations: &[Citation], stats: &TermStats) -> Option<ShortAnswer> {
    let sentences: Vec<&str> = citations.iter().map(|c| c.cited_text.as_str()).collect();
    let (at, range) = best(question, &sentences, stats)?;
    Some(slice(&citations[at], range))
}

/// The bytes `span` of the best sentence of `kept` as an answer; `None` when the sentence is
/// not cited.
pub(crate) fn at(
    kept: &[Evidence],
    span: Range<usize>,
    citations: &[Citation],
) -> Option<ShortAnswer> {
    let best = kept.first()?;
    let citation = citations
        .iter()
        .find(|c| c.start_char_index == best.span.start && c.cited_text == best.text)?;
    Some(slice(citation, span))
}

/// Whether `text` holds the short answer that `sentence` gives to `question`, where it gives
/// one.
pub(crate) fn survives(question: &str, sentence: &str, text: &str, stats: &TermStats) -> bool {
    let picked = best(question, &[sentence], stats);
    picked.is_none_or(|(_, span)| stems(&sentence[span]).is_subset(&stems(text)))
}

/// How well the best span of `sentence` would answer `question`: the logarithm of odds, 0 when
/// the question asks for no span or nothing could answer.
pub(crate) fn fitness(question: &str, sentence: &str, stats: &TermStats) -> f32 {
    let Some(asked) = Asked::of(question, stats) else {
        return 0.0;
    };
    let tokens = read(sentence);
    let sentence = self::sentence(&asked, &tokens, 0, stats);
    let scores = spans(&sentence).into_iter();
    let scores = scores.map(|span| score(&asked, &sentence, &span));
    scores.max_by(f32::total_cmp).unwrap_or(0.0)
}

fn slice(citation: &Citation, span: Range<usize>) -> ShortAnswer {
    let text = &citation.cited_text[span.clone()];
    let before = citation.cited_text[..span.start].chars().count();
    let start = citation.start_char_index + before;
    ShortAnswer {
        text: text.to_owned(),
        citation: citation.n,
        start_char_index: start,
        end_char_index: start + text.chars().count(),
    }
}

/// The sentence and the bytes in it. Of equals, the earlier and shorter span.
fn best(question: &str, sentences: &[&str], stats: &TermStats) -> Option<(usize, Range<usize>)> {
    let asked = Asked::of(question, stats)?;
    let read: Vec<Vec<Token>> = sentences.iter().map(|text| read(text)).collect();
    let scored = read.iter().enumerate().flat_map(|(rank, tokens)| {
        let sentence = sentence(&asked, tokens, rank, stats);
        let spans = spans(&sentence).into_iter();
        let scored = spans.map(|span| (score(&asked, &sentence, &span), rank, span));
        scored.collect::<Vec<_>>()
    });
    let scored: Vec<(f32, usize, Range<usize>)> = scored.collect();
    let (top, rank, span) = scored
        .iter()
        .rev()
        .max_by(|a, b| a.0.total_cmp(&b.0))?
        .clone();
    let all: f32 = scored.iter().map(|(score, ..)| (score - top).exp()).sum();
    let tokens = &read[rank];
    let most = tokens.len() > TERSE && span.len() * 3 > tokens.len() * 2;
    if 1.0 / all < SURE || most {
        return None;
    }
    let end = with_unit(sentences[rank], tokens, span.end);
    Some((
        rank,
        tokens[span.start].range.start..tokens[end - 1].range.end,
    ))
}

/// The end of a span that ends at `end`, the unit of its figure included.
fn with_unit(sentence: &str, tokens: &[Token], end: usize) -> usize {
    let word = |at: usize| {
        let token = tokens.get(at);
        token.map(|token| sentence[token.range.clone()].to_lowercase())
    };
    let is = |at: usize, wanted: &str| word(at).is_some_and(|word| word == wanted);
    match tokens[end - 1].class == Class::Number {
        true if is(end, "per") && is(end + 1, "cent") => end + 2,
        true if word(end).is_some_and(|word| UNITS.contains(&word.as_str())) => end + 1,
        _ => end,
    }
}

fn read(text: &str) -> Vec<Token> {
    let mut tokens = tokens(text);
    tokens.truncate(MOST_TOKENS);
    tokens
}

/// What the tokens share with the question, and what they add to it.
fn sentence<'t>(
    asked: &Asked,
    tokens: &'t [Token],
    rank: usize,
    stats: &TermStats,
) -> Sentence<'t> {
    let most = stats.idf_of(0);
    let shared = |token: &Token| token.stems.iter().filter_map(|s| asked.stems.get(s)).sum();
    let new = |token: &Token| {
        let stems = token.stems.iter();
        let new = stems.filter(|stem| !asked.stems.contains_key(*stem));
        new.map(|stem| stats.idf(stem)).sum::<f32>() / most
    };
    Sentence {
        tokens,
        shared: tokens.iter().map(shared).collect(),
        news: tokens.iter().map(new).collect(),
        rank,
    }
}

#[cfg(test)]
mod tests;
