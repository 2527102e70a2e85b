//! XML of no known vocabulary to blocks: elements that hold only text read as the values of a
//! row, `name: text; name: text`, and text among other elements as paragraphs. Attributes
//! are left out: they mostly steer programs.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

use super::canonical::{Draft, RawBlock};
use super::text;
use crate::document::BlockKind;

/// Reads an XML document; from damage on, the rest is left out with a warning.
pub(super) fn read(source: &str) -> Draft {
    let mut reader = Reader::from_str(source);
    reader.config_mut().check_end_names = false;
    let mut walker = Walker::default();
    let mut damage = None;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => walker.take(event),
            Err(error) => {
                let at = reader.error_position();
                damage = Some(format!(
                    "the XML is damaged at byte {at} ({error}): the rest was left out"
                ));
                break;
            }
        }
    }
    walker.finish();
    if let (true, Some(_)) = (walker.blocks.is_empty(), &damage) {
        return text::read(source);
    }
    Draft {
        title: walker.title,
        blocks: walker.blocks,
        warnings: damage.into_iter().collect(),
        ..Draft::default()
    }
}

/// An element that is open.
#[derive(Default)]
struct Open {
    name: String,
    text: String,
    /// True once an element inside it has ended.
    has_elements: bool,
}

/// The values of one element that are not put out yet.
#[derive(Default)]
struct Row {
    /// Which element they belong to: how many were open around it.
    depth: usize,
    values: Vec<(String, String)>,
}

#[derive(Default)]
struct Walker {
    open: Vec<Open>,
    row: Row,
    blocks: Vec<RawBlock>,
    title: Option<String>,
}

/// Text is not moved into the text of an element that is nested deeper than this: that would
/// take quadratic time.
const MAX_INLINE_DEPTH: usize = 64;

/// A value longer than this is a paragraph.
const MAX_VALUE_CHARS: usize = 300;

impl Walker {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => {
                let name = tag.local_name().as_ref().to_owned();
                self.open.push(Open {
                    name,
                    ..Open::default()
                });
            }
            Event::End(_) => self.end(),
            Event::Text(text) => self.push(&text),
            Event::CData(text) => self.push(&text),
            Event::GeneralRef(reference) => {
                let text = resolved(&reference);
                self.push(&text);
            }
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        let depth = self.open.len();
        let Some(top) = self.open.last_mut() else {
            return;
        };
        if !text.trim().is_empty() && self.row.depth == depth {
            // Text beside elements: what they held belongs into it.
            for (_, value) in self.row.values.drain(..) {
                top.text.push_str(&value);
                top.text.push(' ');
            }
        }
        top.text.push_str(text);
    }

    /// The innermost element ends: its text becomes a value, a part of the text around it, or
    /// a paragraph.
    fn end(&mut self) {
        let Some(element) = self.open.pop() else {
            return;
        };
        let depth = self.open.len();
        let text = element
            .text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if let Some(outer) = self.open.last_mut() {
            outer.has_elements = true;
        }
        if text.is_empty() {
            if self.row.depth > depth {
                self.flush();
            }
            return;
        }
        match self.open.last_mut() {
            Some(outer) if !outer.text.trim().is_empty() && depth < MAX_INLINE_DEPTH => {
                outer.text.push_str(&element.text);
            }
            _ if element.has_elements || text.len() > MAX_VALUE_CHARS => self.paragraph(text),
            _ => self.value(depth, element.name, text),
        }
    }

    fn value(&mut self, depth: usize, name: String, text: String) {
        if self.title.is_none() && depth <= 2 && name.eq_ignore_ascii_case("title") {
            self.title = Some(text.clone());
        }
        if self.row.depth != depth {
            self.flush();
        }
        self.row.depth = depth;
        self.row.values.push((name, text));
    }

    fn paragraph(&mut self, text: String) {
        self.flush();
        self.blocks.push(RawBlock::new(BlockKind::Paragraph, text));
    }

    /// Puts out the values read so far as one row.
    fn flush(&mut self) {
        let values = std::mem::take(&mut self.row).values;
        let parts: Vec<String> = values
            .into_iter()
            .map(|(name, text)| format!("{name}: {text}"))
            .collect();
        if !parts.is_empty() {
            self.blocks
                .push(RawBlock::new(BlockKind::TableRow, parts.join("; ")));
        }
    }

    /// Ends what the document left open.
    fn finish(&mut self) {
        while !self.open.is_empty() {
            self.end();
        }
        self.flush();
    }
}

/// The character that `&amp;` or `&#233;` stands for; a reference to an entity of the
/// document's own stays as it is.
fn resolved(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        return c.to_string();
    }
    let name: &str = reference;
    match quick_xml::escape::resolve_predefined_entity(name) {
        Some(text) => text.to_owned(),
        None => format!("&{name};"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &[&str]) {
        let blocks = read(source).blocks;
        let got: Vec<_> = blocks.iter().map(|b| b.text.as_str()).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn elements_with_only_text_are_the_values_of_a_row() {
        check(
            "<?xml version='1.0'?><l><b><title>A &amp; B</title><n>1&#33;</n></b><b><title>C</title></b></l>",
            &["title: A & B; n: 1!", "title: C"],
        );
    }

    #[test]
    fn text_around_elements_is_a_paragraph() {
        check(
            "<d><p>Some <b>bold</b> words.</p><p><i>All</i> of it.</p><x>1</x></d>",
            &["Some bold words.", "All of it.", "x: 1"],
        );
    }

    #[test]
    fn the_order_of_rows_and_paragraphs_is_kept() {
        check(
            "<d><head>H</head><p>a <b>b</b></p><s><v>1</v></s><tail>T</tail></d>",
            &["head: H", "a b", "v: 1", "tail: T"],
        );
    }

    #[test]
    fn damage_ends_the_reading_with_a_warning() {
        let draft = read("<d><p>Kept</p><p <!");
        assert_eq!(
            draft.blocks.first().map(|b| b.text.as_str()),
            Some("p: Kept")
        );
        assert_eq!(draft.warnings.len(), 1);
        check("<d><p>never closed", &["p: never closed"]);
    }

    #[test]
    fn entities_are_not_expanded() {
        check(
            "<!DOCTYPE d [<!ENTITY a \"aaaa\">]><d><p>&a;</p></d>",
            &["p: &a;"],
        );
    }
}
