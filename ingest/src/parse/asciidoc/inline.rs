//! Inline markup of AsciiDoc to the text a reader sees.

use std::collections::HashMap;

use crate::parse::inline::{Closer, opens};

/// Values of the document's attributes.
pub(super) type Attributes = HashMap<String, String>;

/// `source` without its markup.
pub(super) fn visible(source: &str, attributes: &Attributes) -> String {
    let mut out = String::with_capacity(source.len());
    let mut closer = Closer::default();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let before = out.chars().next_back();
        let taken = match c {
            '\\' => escaped(rest),
            '*' | '_' | '`' | '+' | '#' => mark(before, rest, &mut closer),
            '<' => reference(rest, &mut closer),
            '{' => attribute(rest, attributes),
            '(' => index_term(rest, &mut closer),
            '[' => bracketed(rest, &mut closer),
            _ if before.is_none_or(|c| !c.is_alphanumeric()) => macro_call(c, rest, &mut closer),
            _ => None,
        };
        let (text, after) = match taken {
            Some((text, after)) => (text, after),
            None => (c.to_string(), rest.get(c.len_utf8()..).unwrap_or_default()),
        };
        out.push_str(&text);
        rest = after;
    }
    out
}

type Taken<'t> = Option<(String, &'t str)>;

/// A backslash makes the mark after it one of text.
fn escaped(rest: &str) -> Taken<'_> {
    let mut chars = rest.chars();
    chars.next();
    let next = chars.next().filter(char::is_ascii_punctuation)?;
    Some((next.to_string(), chars.as_str()))
}

/// Text between single marks at word boundaries or double ones anywhere.
fn mark<'t>(before: Option<char>, rest: &'t str, closer: &mut Closer) -> Taken<'t> {
    const MARKS: [(&str, &str); 5] = [
        ("**", "*"),
        ("__", "_"),
        ("``", "`"),
        ("++", "+"),
        ("##", "#"),
    ];
    let (double, single) = MARKS
        .into_iter()
        .find(|(_, single)| rest.starts_with(single))?;
    if let Some(inner) = rest.strip_prefix(double) {
        let (text, after) = closer.split(inner, double)?;
        return (!text.is_empty()).then(|| (text.to_owned(), after));
    }
    let inner = rest.strip_prefix(single)?;
    if !opens(before, inner.chars().next()) {
        return None;
    }
    let (text, after) = closer.split(inner, single)?;
    let closes = !text.ends_with(char::is_whitespace)
        && after.chars().next().is_none_or(|c| !c.is_alphanumeric());
    closes.then(|| (text.to_owned(), after))
}

/// `<<id,text>>`, or the id where there is no text.
fn reference<'t>(rest: &'t str, closer: &mut Closer) -> Taken<'t> {
    let (inner, after) = closer.split(rest.strip_prefix("<<")?, ">>")?;
    let (id, text) = inner.split_once(',').unwrap_or((inner, ""));
    let text = match text.trim() {
        "" => id.trim_start_matches('#').replace(['-', '_'], " "),
        text => text.to_owned(),
    };
    Some((text, after))
}

/// `{name}` where the document gives it a value.
fn attribute<'t>(rest: &'t str, attributes: &Attributes) -> Taken<'t> {
    let inner = rest.get(1..)?;
    let name_ends = |&(_, c): &(usize, char)| !c.is_alphanumeric() && c != '-' && c != '_';
    let (end, _) = inner.char_indices().take(MAX_NAME_CHARS).find(name_ends)?;
    let (name, after) = inner.split_at_checked(end)?;
    let after = after.strip_prefix('}')?;
    let value = match name {
        "nbsp" | "sp" => " ",
        "empty" | "blank" | "zwsp" | "wj" => "",
        "plus" => "+",
        "asterisk" => "*",
        "vbar" => "|",
        name => attributes.get(name)?,
    };
    Some((value.to_owned(), after))
}

/// `((term))` is shown, `(((a, b)))` is not.
fn index_term<'t>(rest: &'t str, closer: &mut Closer) -> Taken<'t> {
    if let Some(hidden) = rest.strip_prefix("(((") {
        let (_, after) = closer.split(hidden, ")))")?;
        return Some((String::new(), after));
    }
    let (term, after) = closer.split(rest.strip_prefix("((")?, "))")?;
    Some((term.to_owned(), after))
}

/// An anchor, `[[id]]` or `[#id]`, or the role of what follows, `[.role]#text#`.
fn bracketed<'t>(rest: &'t str, closer: &mut Closer) -> Taken<'t> {
    if let Some(anchor) = rest.strip_prefix("[[") {
        let (_, after) = closer.split(anchor, "]]")?;
        return Some((String::new(), after));
    }
    let inner = rest
        .strip_prefix("[.")
        .or_else(|| rest.strip_prefix("[#"))?;
    let (_, after) = closer.split(inner, "]")?;
    after
        .starts_with(['#', '*', '_', '`'])
        .then(|| (String::new(), after))
}

/// Macros that stand for the text in their brackets, and links.
const MACROS: [&str; 17] = [
    "link:",
    "xref:",
    "kbd:",
    "btn:",
    "menu:",
    "image:",
    "icon:",
    "footnote:",
    "pass:",
    "mailto:",
    "stem:",
    "latexmath:",
    "asciimath:",
    "anchor:",
    "https://",
    "http://",
    "indexterm2:",
];

/// `name:target[text]`: the text, or the target of a link without one.
fn macro_call<'t>(first: char, rest: &'t str, closer: &mut Closer) -> Taken<'t> {
    if !first.is_ascii_lowercase() {
        return None;
    }
    let name = MACROS.into_iter().find(|name| rest.starts_with(name))?;
    let after_name = rest.get(name.len()..)?;
    let target = after_name.bytes().take(MAX_TARGET_BYTES);
    let end = target
        .into_iter()
        .position(|b| b == b'[' || b.is_ascii_whitespace())?;
    let (target, after) = after_name.split_at_checked(end)?;
    let (text, after) = closer.split(after.strip_prefix('[')?, "]")?;
    let url = name.ends_with("://");
    let shown = match (name, text.split(',').next().unwrap_or_default().trim()) {
        ("footnote:", _) => format!(" ({})", text.trim()),
        ("menu:", "") => target.to_owned(),
        ("menu:", item) => format!("{target} > {item}"),
        ("link:" | "xref:" | "mailto:", "") => target.to_owned(),
        ("https://" | "http://", "") => format!("{name}{target}"),
        ("pass:" | "stem:", _) => text.to_owned(),
        _ => text
            .split(',')
            .next()
            .unwrap_or_default()
            .trim()
            .trim_end_matches('^')
            .to_owned(),
    };
    let shown = if url || name == "link:" {
        shown.trim_matches('"').to_owned()
    } else {
        shown
    };
    Some((shown, after))
}

const MAX_NAME_CHARS: usize = 64;
const MAX_TARGET_BYTES: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let known = Attributes::from([("product".to_owned(), "Pump".to_owned())]);
        assert_eq!(visible(source, &known), expected);
    }

    #[test]
    fn markup_goes_and_text_stays() {
        check(
            "*Bold*, _soft_ and `code` or **in**side.",
            "Bold, soft and code or inside.",
        );
        check("a_b_c 2 * 3 * 4 #x", "a_b_c 2 * 3 * 4 #x");
        check(
            "See <<bom-detector>> and <<a,the b>>.",
            "See bom detector and the b.",
        );
        check(
            "link:x.html[the page], https://x.y[site^], https://x.y.",
            "the page, site, https://x.y.",
        );
        check(
            "xref:a.adoc#b[B] Click btn:[Rename] in menu:File[Save].",
            "B Click Rename in File > Save.",
        );
        check(
            "The {product}, not {this}. Nota footnote:[So.]bene",
            "The Pump, not {this}. Nota  (So.)bene",
        );
        check("[.red]#word# [[id]]x ((term)) (((a, b)))y", "word x term y");
    }
}
