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
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(bool, &[&str])>) {
        let found = claims(text);
        let found = found.as_ref().map(|claims| {
            let texts = claims.said.iter().map(|said| said.text.as_str());
            (claims.answerable, texts.collect::<Vec<_>>())
        });
        let expected = expected.map(|(answerable, texts)| (answerable, texts.to_vec()));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn claims_are_found_in_what_models_put_around_them() {
        let plain =
            r#"{"answerable":true,"claims":[{"evidence":["S1"],"text":"It weighs 9 kg."}]}"#;
        let yes = Some((true, &["It weighs 9 kg."][..]));
        check(plain, yes);
        check(&format!("```json\n{plain}\n```"), yes);
        check(&format!("Here you are: {plain} I hope it helps!"), yes);
        check(
            &format!("<think>Is {{this}} or {{\"a\":1}} it?</think>{plain}"),
            yes,
        );
        check(r#"{"claims":[{"text":"It weighs 9 kg"}]}"#, yes);
    }

    #[test]
    fn what_is_no_reply_is_none() {
        for text in [
            "",
            "It weighs 9 kg.",
            "{",
            "[]",
            "{\"claims\":3}",
            r#"{"answerable":true}"#,
            r#"{"answerable":true,"claims":[{"evidence":["S1"],"text":"It we"#,
        ] {
            check(text, None);
        }
        check(&"{".repeat(100_000), None);
    }

    #[test]
    fn a_reply_that_was_cut_short_has_the_claims_it_has() {
        check(
            r#"{"answerable":true,"claims":[{"evidence":["S1"],"text":"It weighs 9 kg."},{"evidence":["S1"],"te"#,
            Some((true, &["It weighs 9 kg."])),
        );
        check(r#"{"answerable":true,"claims":[{"evidence":["#, None);
    }

    #[test]
    fn a_model_may_decline() {
        check(
            r#"{"answerable":false,"claims":[{"text":"Perhaps 9."}]}"#,
            Some((false, &[])),
        );
        check(r#"{"answerable":true,"claims":[]}"#, Some((true, &[])));
        check(
            r#"{"claims":[{"text":3},{"text":"20 minutes."},7]}"#,
            Some((true, &[])),
        );
    }

    #[test]
    fn a_claim_of_two_sentences_is_two() {
        check(
            r#"{"claims":[{"evidence":"S1","text":"It weighs 9 kg. It is red."}]}"#,
            Some((true, &["It weighs 9 kg.", "It is red."])),
        );
    }

    #[test]
    fn there_is_an_end_to_it() {
        let text = "It is so. ".repeat(200);
        let reply =
            serde_json::json!({ "claims": [{ "text": text }, { "text": "a".repeat(700) }] });
        assert_eq!(
            claims(&reply.to_string()).unwrap().said.len(),
            MOST_SENTENCES
        );
    }

    #[test]
    fn markers_are_taken_out_and_other_brackets_stay() {
        for (text, expected) in [
            ("It weighs 9 kg [S1].", "It weighs 9 kg."),
            ("It weighs 9 kg.[1]", "It weighs 9 kg."),
            ("It (S1, S2) weighs [2][3] 9 kg", "It weighs 9 kg"),
            (
                "It (the pump) has (2) valves [sic]",
                "It (the pump) has (2) valves [sic]",
            ),
            ("Open [", "Open ["),
            ("It\u{7}is\nred", "It is red"),
        ] {
            assert_eq!(without_markers(text), expected);
        }
    }

    #[test]
    fn the_envelope_is_the_one_of_chat_completions() {
        let body = br#"{"model":"m","system_fingerprint":null,"choices":[{"finish_reason":"stop",
            "message":{"content":"{}"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}"#;
        let read = completion(body).unwrap();
        assert_eq!((read.text.as_str(), read.tokens), ("{}", Some((3, 1))));
        assert_eq!(read.model.as_deref(), Some("m"));
        for body in ["", "<html>", "{}", r#"{"choices":[]}"#, "[1]", "null"] {
            assert_eq!(completion(body.as_bytes()), None, "{body}");
        }
        let silent = br#"{"choices":[{"message":{"content":null}}]}"#;
        assert_eq!(completion(silent), None);
    }
}
