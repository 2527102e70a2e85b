//! Inline markup of reStructuredText to the text a reader sees.

use std::collections::HashMap;

use crate::parse::inline::{Closer, opens};

/// What the substitutions of a document stand for.
pub(super) type Substitutions = HashMap<String, String>;

/// `source` without its markup.
pub(super) fn visible(source: &str, substitutions: &Substitutions) -> String {
    let mut out = String::with_capacity(source.len());
    let mut closer = Closer::default();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let before = out.chars().next_back();
        let taken = match c {
            '\\' => escaped(rest),
            '`' => quoted(rest, &mut closer),
            '*' if opens(before, rest.chars().take(3).find(|&c| c != '*')) => {
                emphasis(rest, &mut closer)
            }
            '|' => substitution(rest, substitutions, &mut closer),
            '[' => note(rest),
            ':' if opens(before, rest.get(1..).and_then(|r| r.chars().next())) => {
                role(rest, &mut closer)
            }
            '_' => reference(before, rest),
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

/// A backslash makes the next character one of text; before a blank both vanish.
fn escaped(rest: &str) -> Taken<'_> {
    let mut chars = rest.chars();
    chars.next();
    let next = chars.next()?;
    let text = if next.is_whitespace() {
        String::new()
    } else {
        next.to_string()
    };
    Some((text, chars.as_str()))
}

/// ` ``code`` `, `` `text <target>`_ `` and `` `text` ``.
fn quoted<'t>(rest: &'t str, closer: &mut Closer) -> Taken<'t> {
    if let Some(code) = rest.strip_prefix("``") {
        let (code, after) = closer.split(code, "``")?;
        return Some((code.to_owned(), after));
    }
    let (inner, after) = closer.split(rest.strip_prefix('`')?, "`")?;
    Some((label(inner), after.trim_start_matches('_')))
}

/// `text` in `text <target>`; the target itself when it is all there is.
fn label(inner: &str) -> String {
    let text = match inner.rsplit_once('<') {
        Some((text, target)) if target.ends_with('>') => match text.trim() {
            "" => target.trim_end_matches('>'),
            text => text,
        },
        _ => inner,
    };
    text.trim_end().to_owned()
}

fn emphasis<'t>(rest: &'t str, closer: &mut Closer) -> Taken<'t> {
    let (mark, inner): (&'static str, _) = match rest.strip_prefix("**") {
        Some(inner) => ("**", inner),
        None => ("*", rest.strip_prefix('*')?),
    };
    let (text, after) = closer.split(inner, mark)?;
    (!text.is_empty() && !text.ends_with(char::is_whitespace)).then(|| (text.to_owned(), after))
}

/// `|name|`, replaced where the document says by what.
fn substitution<'t>(rest: &'t str, known: &Substitutions, closer: &mut Closer) -> Taken<'t> {
    let (name, after) = closer.split(rest.strip_prefix('|')?, "|")?;
    let text = known.get(name)?;
    Some((text.clone(), after.trim_start_matches('_')))
}

/// A reference to a footnote or citation, `[1]_`.
fn note(rest: &str) -> Taken<'_> {
    let inner = rest.get(1..)?;
    let end = inner.find(|c: char| !c.is_alphanumeric() && !"#*-_.".contains(c))?;
    let after = inner.get(end..)?.strip_prefix("]_")?;
    Some((String::new(), after))
}

/// ``:role:`text` ``; of a dotted name with `~` only the last part is shown.
fn role<'t>(rest: &'t str, closer: &mut Closer) -> Taken<'t> {
    let inner = rest.get(1..)?;
    let name_ends = |&(_, c): &(usize, char)| !c.is_alphanumeric() && !":-+_.".contains(c);
    let (end, _) = inner.char_indices().take(MAX_ROLE_CHARS).find(name_ends)?;
    let (name, after) = inner.split_at_checked(end)?;
    let quoted = name
        .strip_suffix(':')
        .and_then(|_| after.strip_prefix('`'))?;
    let (text, after) = closer.split(quoted, "`")?;
    let text = label(text);
    let short = text
        .strip_prefix('~')
        .map(|name| name.rsplit('.').next().unwrap_or(name));
    Some((
        short.unwrap_or(text.trim_start_matches('!')).to_owned(),
        after,
    ))
}

const MAX_ROLE_CHARS: usize = 64;

/// The underscore that makes the word before it a link.
fn reference(before: Option<char>, rest: &str) -> Taken<'_> {
    let after = rest.trim_start_matches('_');
    let ends = after.chars().next().is_none_or(|c| !c.is_alphanumeric());
    let word = before.is_some_and(char::is_alphanumeric);
    (word && ends && rest.len() - after.len() <= 2).then(|| (String::new(), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let known = Substitutions::from([("v".to_owned(), "1.2".to_owned())]);
        assert_eq!(visible(source, &known), expected);
    }

    #[test]
    fn markup_goes_and_text_stays() {
        check("**Bold**, *soft* and ``x*y*``.", "Bold, soft and x*y*.");
        check(
            "See `the docs <https://x.y>`_ or Python_.",
            "See the docs or Python.",
        );
        check(
            "Use :py:func:`~os.path.join` and :ref:`this <t>`.",
            "Use join and this.",
        );
        check(
            "Version |v|, |other|. Said [1]_ so.",
            "Version 1.2, |other|. Said  so.",
        );
        check(
            "2 * 3 * 4, a_b and \\*not\\* `x`",
            "2 * 3 * 4, a_b and *not* x",
        );
        check("at 10:30: `open", "at 10:30: `open");
    }
}
