//! What surrounds the Markdown in files of static site generators: front matter, of which only
//! the title is used, and template tags, which are instructions to the generator. Neither is
//! parsed as a language.

use std::borrow::Cow;

/// The value of the `title` key in YAML or TOML front matter.
pub(super) fn title(metadata: &str) -> Option<String> {
    let value = metadata.lines().find_map(|line| {
        let rest = line.strip_prefix("title")?.trim_start();
        rest.strip_prefix([':', '='])
    })?;
    let value = value.trim();
    let unquoted = ['"', '\'']
        .iter()
        .find_map(|&q| value.strip_prefix(q)?.strip_suffix(q));
    let title = unquoted.unwrap_or(value).trim();
    (!title.is_empty()).then(|| title.to_owned())
}

/// `source` without `{% … %}` tags, outside of code. A tag amid text whose only argument is a
/// string (`{% channel "people" %}`) stands for that string.
pub(super) fn without_template_tags(source: &str) -> Cow<'_, str> {
    if !source.contains("{%") {
        return Cow::Borrowed(source);
    }
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    let mut fences = 0;
    let mut ticks = 0;
    while let Some((before, after)) = rest.split_once("{%") {
        let Some((tag, tail)) = after.split_once("%}") else {
            break;
        };
        fences += before.lines().filter(|line| is_fence(line)).count();
        out.push_str(before);
        // Only the line that the tag stands on counts; its beginning was counted before.
        let line = before.rsplit('\n').next().unwrap_or("");
        ticks = line.matches('`').count() + if before.contains('\n') { 0 } else { ticks };
        let in_code = fences % 2 == 1 || ticks % 2 == 1;
        if in_code || tag.len() > MAX_TAG_BYTES {
            out.extend(["{%", tag, "%}"]);
        } else if !at_line_start(&out) && !out.ends_with("](") {
            out.push_str(only_string(tag).unwrap_or(""));
        }
        rest = tail;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// True when nothing but blanks stands on the last line; long blanks count as text.
fn at_line_start(text: &str) -> bool {
    let mut last = text.chars().rev().take(MAX_TAG_BYTES);
    last.find(|c| *c == '\n' || !c.is_whitespace())
        .is_none_or(|c| c == '\n')
}

/// Braces further apart than this are not a tag.
const MAX_TAG_BYTES: usize = 1000;

fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

/// `text` in `name "text"`.
fn only_string(tag: &str) -> Option<&str> {
    let (_, argument) = tag.trim().split_once(char::is_whitespace)?;
    let text = argument.trim().strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('"')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_unquoted() {
        for line in [
            "title: A: b",
            "title: 'A: b'",
            "x: y\ntitle: \"A: b\" ",
            "title = \"A: b\"",
        ] {
            assert_eq!(title(line).as_deref(), Some("A: b"), "{line}");
        }
        assert_eq!(title("subtitle: A\ntitle:"), None);
    }

    #[test]
    fn tags_go_except_in_code() {
        let source = "{% a %}\nx [l]({% page \"/y\" %}#z) in {% b \"c d\" %}, {% e\n f: g %}\n```\n{% c %}\n```\n`{% d %}`\n";
        let expected = "\nx [l](#z) in c d, \n```\n{% c %}\n```\n`{% d %}`\n";
        assert_eq!(without_template_tags(source), expected);
        assert_eq!(without_template_tags("100 {% open"), "100 {% open");
    }
}
