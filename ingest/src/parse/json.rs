//! JSON to records that can be read: one block a record, each value with its path. What is
//! not JSON, or nests too deeply to be anything but an attack, is read as the text it is.

mod node;

pub(super) use self::node::Node;
use self::node::Pair;
use super::canonical::{Draft, RawBlock};
use super::{Limits, ParseError, text};
use crate::document::BlockKind;

/// Reads one JSON value; several, one a line, are read too.
///
/// # Errors
/// [`ParseError::TooLarge`] when the records with their paths pass the limit.
pub(super) fn read(source: &str, limits: &Limits) -> Result<Draft, ParseError> {
    let root: Node = match serde_json::from_str(source) {
        Ok(root) => root,
        Err(_) if is_lines(source) => return read_lines(source, limits),
        Err(error) => {
            let mut draft = text::read(source);
            let warning = format!("it is not valid JSON ({error}): it was read as plain text");
            draft.warnings.push(warning);
            return Ok(draft);
        }
    };
    let mut writer = Writer::new(limits);
    writer.root(&root)?;
    Ok(Draft {
        title: root.member("title").and_then(Node::leaf).map(str::to_owned),
        blocks: writer.blocks,
        ..Draft::default()
    })
}

/// Reads one JSON value a line; lines that are none are kept as they are.
///
/// # Errors
/// [`ParseError::TooLarge`] when the records with their paths pass the limit.
pub(super) fn read_lines(source: &str, limits: &Limits) -> Result<Draft, ParseError> {
    let mut writer = Writer::new(limits);
    let mut bad = Vec::new();
    for (at, line) in source.lines().enumerate() {
        match serde_json::from_str::<Node>(line) {
            Ok(record) => writer.record(&record)?,
            Err(_) if line.trim().is_empty() => {}
            Err(_) => {
                bad.push(at + 1);
                writer
                    .blocks
                    .push(RawBlock::new(BlockKind::Paragraph, line));
            }
        }
    }
    let warning = bad.first().map(|first| {
        format!(
            "{} lines are not valid JSON, the first is line {first}: kept as they are",
            bad.len()
        )
    });
    Ok(Draft {
        blocks: writer.blocks,
        warnings: warning.into_iter().collect(),
        ..Draft::default()
    })
}

/// True when the first two lines are each a whole object.
fn is_lines(source: &str) -> bool {
    let mut lines = source
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(2);
    let whole = |line: &str| {
        line.trim_start().starts_with('{')
            && serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok()
    };
    lines.next().is_some_and(whole) && lines.next().is_some_and(whole)
}

/// Puts out records and counts their characters.
struct Writer {
    blocks: Vec<RawBlock>,
    left: usize,
    limit: usize,
}

impl Writer {
    fn new(limits: &Limits) -> Self {
        Self {
            blocks: Vec::new(),
            left: limits.max_text_chars,
            limit: limits.max_text_chars,
        }
    }

    /// A list is its items. An object is its own values, then each member that holds more
    /// under its name.
    fn root(&mut self, root: &Node) -> Result<(), ParseError> {
        match root {
            Node::List(items) => items.iter().try_for_each(|item| self.record(item)),
            Node::Map(members) => {
                let (plain, deep): (Vec<_>, Vec<_>) =
                    members.iter().partition(|(_, value)| value.is_flat());
                let mut pairs = Vec::new();
                for (name, value) in plain {
                    self.flatten(value, name, &mut pairs)?;
                }
                self.push(pairs);
                for (name, value) in deep {
                    self.blocks.push(RawBlock::new(BlockKind::Heading(2), name));
                    self.section(value)?;
                }
                Ok(())
            }
            leaf => self.record(leaf),
        }
    }

    fn section(&mut self, value: &Node) -> Result<(), ParseError> {
        match value {
            Node::List(items) => items.iter().try_for_each(|item| self.record(item)),
            other => self.record(other),
        }
    }

    fn record(&mut self, record: &Node) -> Result<(), ParseError> {
        let mut pairs = Vec::new();
        self.flatten(record, "", &mut pairs)?;
        self.push(pairs);
        Ok(())
    }

    fn flatten(
        &mut self,
        node: &Node,
        path: &str,
        pairs: &mut Vec<Pair>,
    ) -> Result<(), ParseError> {
        // Paths are repeated for every value below them, so the text can outgrow the file.
        node.flatten(path, &mut self.left, pairs)
            .ok_or(ParseError::TooLarge {
                what: "text".into(),
                limit: self.limit as u64,
            })
    }

    /// Short records read like rows of a table; long ones have a line for every value, so that
    /// a value can be quoted.
    fn push(&mut self, pairs: Vec<Pair>) {
        let parts: Vec<String> = pairs.into_iter().map(Pair::into_text).collect();
        if parts.is_empty() {
            return;
        }
        let chars: usize = parts.iter().map(|part| part.chars().count()).sum();
        let block = match chars <= MAX_ROW_CHARS {
            true => RawBlock::new(BlockKind::TableRow, parts.join("; ")),
            false => RawBlock::new(BlockKind::Paragraph, parts.join("\n")),
        };
        self.blocks.push(block);
    }
}

/// A row longer than this is too long to be quoted as one sentence.
const MAX_ROW_CHARS: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        max_text_chars: 10_000,
        max_expanded_bytes: 0,
        ocr: None,
    };

    #[track_caller]
    fn check(source: &str, expected: &[&str]) {
        let blocks = read(source, &LIMITS)
            .map(|draft| draft.blocks)
            .unwrap_or_default();
        let got: Vec<_> = blocks.iter().map(|b| b.text.as_str()).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn a_list_of_objects_is_a_list_of_records() {
        check(
            r#"[{"z":1,"name":{"first":"Ada"},"tags":["a","b"],"no":null},{"z":0.10}]"#,
            &["z: 1; name.first: Ada; tags: a, b", "z: 0.1"],
        );
    }

    #[test]
    fn an_object_is_its_values_and_then_its_parts() {
        check(
            r#"{"title":"T","items":[{"a":1},{"a":true}],"at":{"x":{"y":"z"}}}"#,
            &["title: T", "items", "a: 1", "a: true", "at", "x.y: z"],
        );
        check(
            r#"{"a":[{"b":[{"c":1},{"c":2}]}]}"#,
            &["a", "b.0.c: 1; b.1.c: 2"],
        );
        check("\"only\"", &["only"]);
    }

    #[test]
    fn lines_are_records_under_either_name() {
        check("{\"a\":1}\n\n{\"a\":2}\n", &["a: 1", "a: 2"]);
        let draft = read_lines("{\"a\":1}\noops\n{\"a\":2}", &LIMITS).unwrap_or_default();
        let got: Vec<_> = draft.blocks.iter().map(|b| b.text.as_str()).collect();
        assert_eq!(got, ["a: 1", "oops", "a: 2"]);
        assert!(
            draft
                .warnings
                .iter()
                .any(|w| w.contains("the first is line 2"))
        );
    }

    #[test]
    fn what_is_not_json_is_text() {
        for source in ["{\"a\": 1,}".to_owned(), "[".repeat(100_000)] {
            let draft = read(&source, &LIMITS).unwrap_or_default();
            assert_eq!(
                draft.blocks.first().map(|b| b.text.as_str()),
                Some(source.as_str())
            );
            assert!(draft.warnings.iter().any(|w| w.contains("not valid JSON")));
        }
    }

    #[test]
    fn long_records_have_a_line_for_every_value() {
        let long = "x".repeat(500);
        check(
            &format!(r#"[{{"a":1,"b":"{long}"}}]"#),
            &[&format!("a: 1\nb: {long}")],
        );
    }

    #[test]
    fn paths_that_blow_up_the_text_are_refused() {
        let source = format!(r#"[{{"{}":[{}0]}}]"#, "k".repeat(900), "[0],".repeat(100));
        assert!(matches!(
            read(&source, &LIMITS),
            Err(ParseError::TooLarge { .. })
        ));
    }
}
