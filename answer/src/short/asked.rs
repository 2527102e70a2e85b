//! What a question expects of a short answer, read off its words: the kind of thing, how the
//! question is put together, and the words that the sentence should share with it.

use std::collections::BTreeMap;

use footnote_store::terms::TermStats;

use super::tokens::{Class, Token, tokens};
use super::words::{HEADS, MEASURES};

/// The kind of thing that answers. The order is that of the rows in [`super::weights`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `who`, `which king`.
    Person,
    /// `when`, `what year`.
    Time,
    /// `where`, `which city`.
    Place,
    /// `how many`, `what percentage`.
    Number,
    /// `how`.
    Manner,
    /// `why`, `what reason`.
    Reason,
    /// `which pump`, `what type of pump`.
    Noun,
    /// `what is`, and whatever else.
    Thing,
}

/// Number of kinds.
pub(super) const KINDS: usize = 8;

/// How the question is put together, which tells on which side of its words the answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `who signs the form`: the answer does what is asked about.
    Subject,
    /// `what did he sign`: the answer is what it is done to.
    Object,
    /// `what is the fee`.
    Equals,
    /// `in what year did`, `the fee is what`.
    Inside,
}

/// Number of shapes.
pub(super) const SHAPES: usize = 4;

/// A question, read.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// What is expected.
    pub(super) kind: Kind,
    /// How it is put.
    pub(super) shape: Shape,
    /// Stems that say something, with what each is worth.
    pub(super) stems: BTreeMap<String, f32>,
    /// Stems of the thing asked for: `pump` in `what type of pump`.
    pub(super) focus: Vec<String>,
}

impl Asked {
    /// Reads `question`; `None` when it has no question word: a yes or no, or a few key words,
    /// have no span for an answer.
    pub(super) fn of(question: &str, stats: &TermStats) -> Option<Self> {
        let tokens = tokens(question);
        let words: Vec<String> = tokens
            .iter()
            .map(|token| question[token.range.clone()].to_lowercase())
            .collect();
        let opens = |word: &String| {
            [
                "who", "whom", "whose", "when", "where", "why", "how", "what", "which",
            ]
            .contains(&word.as_str())
        };
        let stems = tokens.iter().flat_map(|token| token.stems.iter());
        let stems = stems.map(|stem| (stem.clone(), stats.idf(stem))).collect();
        let at = words.iter().position(opens)?;
        let (kind, head) = kind(&tokens, &words, at);
        Some(Self {
            kind,
            shape: shape(&tokens, &words, at),
            stems,
            focus: head.map_or_else(Vec::new, |head| tokens[head].stems.clone()),
        })
    }
}

/// The kind, and which token names it.
fn kind(tokens: &[Token], words: &[String], at: usize) -> (Kind, Option<usize>) {
    let next = words.get(at + 1).map_or("", String::as_str);
    match words[at].as_str() {
        "who" | "whom" | "whose" => (Kind::Person, None),
        "when" => (Kind::Time, None),
        "where" => (Kind::Place, None),
        "why" => (Kind::Reason, None),
        "how" if MEASURES.contains(&next) => (Kind::Number, head(tokens, at + 2)),
        "how" => (Kind::Manner, None),
        _ => {
            let direct = tokens.get(at + 1).map(|token| token.class);
            let equals = direct == Some(Class::Auxiliary);
            let head = head(tokens, at + 1 + usize::from(equals));
            let listed = head.and_then(|head| {
                let mut kinds = HEADS.iter();
                kinds.find(|(_, heads)| heads.contains(&words[head].as_str()))
            });
            match (listed, equals) {
                (Some((kind, _)), _) => (*kind, head),
                (None, true) => (Kind::Thing, head),
                (None, false) => (Kind::Noun, head),
            }
        }
    }
}

/// The last word of the phrase that begins at `from`; of `type of pump` it is `pump`.
fn head(tokens: &[Token], from: usize) -> Option<usize> {
    let mut last = None;
    for (at, token) in tokens.iter().enumerate().skip(from).take(6) {
        match token.class {
            Class::Determiner if last.is_none() => {}
            Class::Of if last.is_some_and(|last: usize| last == from) => {}
            class if class >= Class::Number => last = Some(at),
            _ => break,
        }
    }
    last
}

fn shape(tokens: &[Token], words: &[String], at: usize) -> Shape {
    if at > 0 {
        return Shape::Inside;
    }
    let verb = tokens
        .iter()
        .position(|token| token.class == Class::Auxiliary);
    match verb {
        Some(verb) if matches!(words[verb].as_str(), "do" | "does" | "did") => Shape::Object,
        Some(verb) if verb <= at + 4 => Shape::Equals,
        _ => Shape::Subject,
    }
}
