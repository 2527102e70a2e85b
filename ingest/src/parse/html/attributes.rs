//! Tags with so many attributes that they are an attack: the tokenizer compares each of them
//! with all before.

use std::borrow::Cow;

/// More attributes than this are left out.
const MAX_ATTRIBUTES: usize = 500;

/// `html` without the attributes that are too many.
pub(super) fn bounded(html: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(found) = html.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + found;
        let rest = html.get(start..).unwrap_or_default();
        if let Some(length) = raw_len(rest) {
            at = start + length;
            continue;
        }
        let (allowed, whole) = tag_len(rest.as_bytes());
        at = start + whole;
        if allowed < whole {
            out.push_str(html.get(kept..start + allowed).unwrap_or_default());
            kept = at;
        }
    }
    match kept {
        0 => Cow::Borrowed(html),
        _ => Cow::Owned(out + html.get(kept..).unwrap_or_default()),
    }
}

/// How far a script, a style sheet or a comment goes, in which there are no tags.
fn raw_len(rest: &str) -> Option<usize> {
    const RAW: [(&str, &str); 3] = [
        ("<script", "</script"),
        ("<style", "</style"),
        ("<!--", "-->"),
    ];
    let opens = |name: &str| {
        rest.get(..name.len())
            .is_some_and(|s| s.eq_ignore_ascii_case(name))
    };
    let (_, end) = RAW.into_iter().find(|(start, _)| opens(start))?;
    Some(find_ignoring_case(rest, end).unwrap_or(rest.len()))
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    let mut at = 0;
    let first = wanted.get(..1)?;
    while let Some(found) = text.get(at..)?.find(first) {
        at += found;
        if text
            .get(at..at + wanted.len())
            .is_some_and(|s| s.eq_ignore_ascii_case(wanted))
        {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// How many bytes of a tag may stay, and how many it has. A tag ends at `>` outside of
/// quotes; where it has too many attributes, at the next `<` or `>`.
fn tag_len(tag: &[u8]) -> (usize, usize) {
    if !tag.get(1).is_some_and(u8::is_ascii_alphabetic) {
        return (1, 1);
    }
    let mut attributes = 0;
    let mut quote = None;
    for (at, &byte) in tag.iter().enumerate() {
        match (quote, byte) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') if tag.get(at.wrapping_sub(1)) == Some(&b'=') => {
                quote = Some(byte)
            }
            (None, b'>') => return (at, at),
            (None, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'/') => attributes += 1,
            _ => {}
        }
        if attributes > MAX_ATTRIBUTES && quote.is_none() {
            let rest = tag.get(at..).unwrap_or_default();
            let end = rest.iter().position(|b| matches!(b, b'<' | b'>'));
            return (at, end.map_or(tag.len(), |end| at + end));
        }
    }
    (tag.len(), tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_attributes_beyond_the_bound_go() {
        let page = "<a href='x>y' b=c>t</a><!-- <p a b --><script>if(a<b && 'c')</script> 1 < 2";
        assert!(matches!(bounded(page), Cow::Borrowed(same) if same == page));
        let many = format!("<p{}>text <b>x</b>", " a".repeat(MAX_ATTRIBUTES + 10));
        let cut = bounded(&many);
        assert!(cut.ends_with(">text <b>x</b>") && cut.len() + 18 <= many.len());
    }
}
