//! The short answer: the few words of a cited sentence that answer by themselves. A language
//! model of this size cannot find them, so they are picked: every span of the cited sentences is
//! scored by what the question expects, by where the span is cut and by its distance to the
//! question's words. Where no span stands out there is none. A model that can point is told how
//! all of them are scored ([`prior`]) and has the last word. Pure; what it returns is always
//! a slice of a citation.

mod asked;
mod features;
mod tokens;
mod weights;
mod words;

use std::ops::Range;

use footnote_store::terms::TermStats;

use crate::evidence::{Sentence as Evidence, stems};
use crate::generate::Spot;
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
    let spot = best(question, &sentences, stats)?;
    Some(slice(&citations[spot.text], spot.bytes))
}

/// The words of `kept` at `spot` as an answer; `None` when their sentence is not cited.
pub(crate) fn at(kept: &[Evidence], spot: &Spot, citations: &[Citation]) -> Option<ShortAnswer> {
    let sentence = kept.get(spot.text)?;
    let citation = citations
        .iter()
        .find(|c| c.start_char_index == sentence.span.start && c.cited_text == sentence.text)?;
    Some(slice(citation, spot.bytes.clone()))
}

/// Every span of `sentences` that could answer `question`, with its share of the probability:
/// what a model that copies is told beforehand.
pub(crate) fn prior(question: &str, sentences: &[&str], stats: &TermStats) -> Vec<(Spot, f32)> {
    let spans = spread(question, sentences, stats).into_iter();
    spans.map(|span| (span.spot, span.share)).collect()
}

/// Whether `text` holds the short answer that `sentence` gives to `question`, where it gives
/// one.
pub(crate) fn survives(question: &str, sentence: &str, text: &str, stats: &TermStats) -> bool {
    let picked = best(question, &[sentence], stats);
    picked.is_none_or(|spot| stems(&sentence[spot.bytes]).is_subset(&stems(text)))
}

/// How well the best span of `sentence` would answer `question`: the logarithm of odds, 0 when
/// the question asks for no span or nothing could answer.
pub(crate) fn fitness(question: &str, sentence: &str, stats: &TermStats) -> f32 {
    let asked = Asked::of(question, stats);
    let scored = asked.map(|asked| scored(&asked, 0, sentence, stats));
    let scores = scored.into_iter().flatten().map(|(score, _)| score);
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

/// The most probable span, where it stands out. Of equals, the earlier and shorter one.
fn best(question: &str, sentences: &[&str], stats: &TermStats) -> Option<Spot> {
    let spans = spread(question, sentences, stats).into_iter();
    let best = spans.rev().max_by(|a, b| a.share.total_cmp(&b.share))?;
    (best.share >= SURE && !best.most).then_some(best.spot)
}

/// A span that could answer.
struct Candidate {
    spot: Spot,
    /// Whether it is so much of its sentence that it is no shorter answer.
    most: bool,
    /// Its share of the probability of all.
    share: f32,
}

/// All spans of `sentences` that could answer `question`, in reading order.
fn spread(question: &str, sentences: &[&str], stats: &TermStats) -> Vec<Candidate> {
    let Some(asked) = Asked::of(question, stats) else {
        return Vec::new();
    };
    let texts = sentences.iter().enumerate();
    let scored = texts.flat_map(|(rank, text)| scored(&asked, rank, text, stats));
    let scored: Vec<(f32, Candidate)> = scored.collect();
    let top = scored.iter().map(|(score, _)| *score);
    let top = top.fold(f32::NEG_INFINITY, f32::max);
    let all: f32 = scored.iter().map(|(score, _)| (score - top).exp()).sum();
    let shared = scored.into_iter().map(|(score, candidate)| Candidate {
        share: (score - top).exp() / all,
        ..candidate
    });
    shared.collect()
}

/// The spans of the sentence `text`, the `rank`th, with the logarithms of their odds.
fn scored(asked: &Asked, rank: usize, text: &str, stats: &TermStats) -> Vec<(f32, Candidate)> {
    let tokens = read(text);
    let sentence = sentence(asked, &tokens, rank, stats);
    let spans = spans(&sentence).into_iter();
    let scored = spans.map(|span| {
        let end = with_unit(text, &tokens, span.end);
        let candidate = Candidate {
            spot: Spot {
                text: rank,
                bytes: tokens[span.start].range.start..tokens[end - 1].range.end,
            },
            most: tokens.len() > TERSE && span.len() * 3 > tokens.len() * 2,
            share: 0.0,
        };
        (score(asked, &sentence, &span), candidate)
    });
    scored.collect()
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
