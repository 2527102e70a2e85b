//! Reads what an endpoint sent back: first the envelope that every compatible server uses, then
//! the claims inside, which a model may have wrapped in prose, thoughts or code fences. Whatever
//! cannot be read is no reply; nothing here believes what it reads. Pure.

use footnote_ingest::sentence;
use serde::Deserialize;
use serde_json::Value;

use crate::compose::as_sentence;

/// Sentences that are looked at: no answer needs more, and each costs a pass of the embedder.
const MOST_SENTENCES: usize = 16;
/// Longer sentences are no sentences.
const MOST_CHARS: usize = 600;
/// Fewer words are a short answer, which is made elsewhere.
const LEAST_WORDS: usize = 3;
/// Places where the claims may begin.
const MOST_STARTS: usize = 64;

/// A chat completion, as far as it is needed.
#[derive(Debug, PartialEq)]
pub(super) struct Completion {
    pub(super) text: String,
    pub(super) model: Option<String>,
    pub(super) fingerprint: Option<String>,
    pub(super) finish: Option<String>,
    /// Tokens read and written, where the server says.
    pub(super) tokens: Option<(usize, usize)>,
}

/// The envelope in `body`; `None` when it is something else.
pub(super) fn completion(body: &[u8]) -> Option<Completion> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let choice = body["choices"].get(0)?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let tokens = |name: &str| usize::try_from(body["usage"][name].as_u64()?).ok();
    Some(Completion {
        text: text(&choice["message"]["content"])?,
        model: text(&body["model"]),
        fingerprint: text(&body["system_fingerprint"]),
        finish: text(&choice["finish_reason"]),
        tokens: tokens("prompt_tokens").zip(tokens("completion_tokens")),
    })
}

/// What a model replied.
#[derive(Debug, PartialEq)]
pub(super) struct Claims {
    /// Whether it says that the evidence answers the question.
    pub(super) answerable: bool,
    /// Its sentences.
    pub(super) said: Vec<Said>,
}

/// One sentence of a reply.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    /// The sentence, as it would read in an answer.
    pub(super) text: String,
    /// The evidence it is said to rest on.
    pub(super) named: Vec<String>,
}

#[derive(Deserialize)]
struct Form {
    answerable: Option<bool>,
    claims: Option<Vec<Value>>,
}

/// The claims in `text`, wherever they begin; `None` when there are none to be read.
pub(super) fn claims(text: &str) -> Option<Claims> {
    let whole = objects::<Form>(text).find_map(|form| match (form.answerable, form.claims) {
        (Some(false), _) => Some(Claims {
            answerable: false,
            said: Vec::new(),
        }),
        (_, Some(claims)) => Some(saying(&claims)),
        (_, None) => None,
    });
    whole.or_else(|| cut_short(text))
}

/// The claims that were complete when a limit ended the reply: each is verified by itself.
fn cut_short(text: &str) -> Option<Claims> {
    let (_, from) = text.split_once("\"claims\"")?;
    let claims: Vec<Value> = objects(from)
        .filter(|claim: &Value| claim["text"].is_string())
        .collect();
    (!claims.is_empty()).then(|| saying(&claims))
}

fn saying(claims: &[Value]) -> Claims {
    Claims {
        answerable: true,
        said: claims.iter().flat_map(said).take(MOST_SENTENCES).collect(),
    }
}

/// The JSON objects of one shape in `text`.
fn objects<T: for<'de> Deserialize<'de>>(text: &str) -> impl Iterator<Item = T> {
    let starts = text.match_indices('{').take(MOST_STARTS);
    starts.filter_map(|(at, _)| {
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter();
        values.next()?.ok()
    })
}

/// The sentences of one claim.
fn said(claim: &Value) -> Vec<Said> {
    let named = match &claim["evidence"] {
        Value::Array(ids) => ids.iter().map(name).collect(),
        Value::Null => Vec::new(),
        id => vec![name(id)],
    };
    let text = without_markers(claim["text"].as_str().unwrap_or_default());
    let sentences = sentence::split(&text).into_iter();
    let sentences = sentences.map(|range| as_sentence(&text[range]));
    let word = |word: &&str| word.chars().any(char::is_alphanumeric);
    let usable = |text: &String| {
        let words = text.split_whitespace().filter(word).count();
        words >= LEAST_WORDS && text.chars().count() <= MOST_CHARS
    };
    let said = sentences.filter(usable).map(|text| Said {
        text,
        named: named.clone(),
    });
    said.collect()
}

/// An id as it is kept: short, and a number as good as a text.
fn name(id: &Value) -> String {
    let text = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    text.chars().take(16).collect()
}

/// `text` in one line without `[S1]`, `[2]` or `(S1, S2)`: markers are ours to set.
fn without_markers(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(open) = rest.find(['[', '(']) {
        let (before, from) = rest.split_at(open);
        kept.push_str(before);
        let length = marker(from);
        if length > 0 {
            kept.truncate(kept.trim_end().len());
            rest = &from[length..];
        } else {
            kept.push_str(&from[..1]);
            rest = &from[1..];
        }
    }
    kept.push_str(rest);
    kept
}

/// Bytes of the marker that `text` begins with; 0 when it is none.
fn marker(text: &str) -> usize {
    let close = if text.starts_with('[') { ']' } else { ')' };
    let Some(end) = text.find(close) else {
        return 0;
    };
    let ids = text[1..end].split([',', ' ', ';']);
    let is_id = |id: &str| {
        let digits = id.strip_prefix('S').unwrap_or(id);
        // `(2)` counts something; `[2]` would point to a citation.
        let numbered = id.starts_with('S') || close == ']';
        numbered && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let mut ids = ids.filter(|id| !id.is_empty()).peekable();
    let any = ids.peek().is_some();
    if any && ids.all(is_id) { end + 1 } else { 0 }
}

#[cfg(test)]
mod tests;
