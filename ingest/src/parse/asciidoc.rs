//! AsciiDoc to blocks of visible text, line by line: headings, lists, tables, code. What
//! needs other files or a processor (includes, conditions) is left out.

mod inline;
mod table;

use self::inline::{Attributes, visible};
use super::canonical::{Draft, RawBlock};
use crate::document::BlockKind;

/// Reads a document; its level-0 heading gives the title.
pub(super) fn read(source: &str) -> Draft {
    let lines: Vec<&str> = source.lines().map(str::trim_end).collect();
    let mut reader = Reader::default();
    let mut at = 0;
    while at < lines.len() {
        let taken = reader.take(lines.get(at..).unwrap_or_default());
        at += taken.max(1);
    }
    reader.flush();
    Draft {
        blocks: reader.blocks,
        ..Draft::default()
    }
}

#[derive(Default)]
struct Reader {
    blocks: Vec<RawBlock>,
    attributes: Attributes,
    /// Lines of the paragraph or list item being read.
    lines: Vec<String>,
    /// Marker of the item being read.
    marker: Option<String>,
    in_list: bool,
    /// Numbers of the ordered lists that are open, by depth.
    numbers: Vec<usize>,
    /// The attribute list that stands before the next block.
    list: String,
    /// Fences that were looked for in vain.
    unclosed: Vec<String>,
}

impl Reader {
    /// Reads what `lines` begin with; the number of lines it takes.
    fn take(&mut self, lines: &[&str]) -> usize {
        let line = lines.first().copied().unwrap_or_default();
        if let Some(taken) = self.fenced(line, lines) {
            return taken;
        }
        if line.is_empty() {
            self.flush();
            return 1;
        }
        if is_silent(line) {
            return 1;
        }
        if let Some(list) = attribute_list(line) {
            self.flush();
            self.list = list.to_owned();
        } else if let Some((level, title)) = heading(line) {
            self.flush();
            self.end_list();
            self.list.clear();
            self.push(BlockKind::Heading(level), title);
        } else if let Some((name, value)) = attribute_entry(line) {
            self.set(name, value);
        } else if let Some(alt) = image(line) {
            self.flush();
            self.push(BlockKind::Paragraph, alt);
        } else if let Some(title) = block_title(line) {
            self.flush();
            self.end_list();
            self.push(BlockKind::Paragraph, title);
        } else if let Some((marker, text)) = self.list_item(line) {
            self.flush();
            self.marker = Some(marker);
            self.lines.push(text);
        } else {
            self.text(line);
        }
        1
    }

    fn text(&mut self, line: &str) {
        self.list.clear();
        if self.lines.is_empty() && self.marker.is_none() && line.starts_with(' ') && !self.in_list
        {
            // An indented paragraph is literal.
            self.push_code(&[line]);
            return;
        }
        if self.lines.is_empty() {
            self.end_list();
        }
        self.lines
            .push(line.trim().trim_end_matches(" +").to_owned());
    }

    /// A block between two fences; code, comments and tables take all lines at once, the
    /// fences of other blocks are left out.
    fn fenced(&mut self, line: &str, lines: &[&str]) -> Option<usize> {
        let kind = fence(line)?;
        self.flush();
        let fence = if line.starts_with("```") { "```" } else { line };
        let closed = match (kind, self.unclosed.iter().any(|known| known == fence)) {
            (Fence::Transparent, _) => return Some(1),
            (_, true) => None,
            _ => lines.iter().skip(1).position(|other| *other == fence),
        };
        let Some(length) = closed else {
            if self.unclosed.len() < MAX_UNCLOSED {
                self.unclosed.push(fence.to_owned());
            }
            return Some(1);
        };
        let body = lines.get(1..=length).unwrap_or_default();
        match kind {
            Fence::Code => self.push_code(body),
            Fence::Table => self.push_table(body),
            Fence::Hidden | Fence::Transparent => {}
        }
        self.list.clear();
        Some(length + 2)
    }

    fn push_code(&mut self, lines: &[&str]) {
        let previous = self
            .blocks
            .last_mut()
            .filter(|b| b.kind == BlockKind::Code && lines.len() == 1);
        match previous {
            Some(block) => {
                block.text.push('\n');
                block.text.push_str(&lines.join("\n"));
            }
            None => self
                .blocks
                .push(RawBlock::new(BlockKind::Code, lines.join("\n"))),
        }
    }

    fn push_table(&mut self, lines: &[&str]) {
        let spec = table::Spec::new(&self.list);
        let rows = table::rows(&spec, lines, |cell| visible(cell, &self.attributes));
        for (at, row) in rows.into_iter().enumerate() {
            let block = RawBlock::new(BlockKind::TableRow, row);
            self.blocks.push(block.joined(at > 0));
        }
    }

    fn push(&mut self, kind: BlockKind, text: &str) {
        let text = visible(text, &self.attributes);
        self.blocks.push(RawBlock::new(kind, text));
    }

    /// Puts out the paragraph or item read so far.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.lines).join(" ");
        let text = visible(&text, &self.attributes);
        match self.marker.take() {
            Some(marker) => {
                let block = RawBlock::new(BlockKind::ListItem, format!("{marker}{text}"));
                self.blocks.push(block.joined(self.in_list));
                self.in_list = true;
            }
            None if text.is_empty() => {}
            None => self.blocks.push(RawBlock::new(BlockKind::Paragraph, text)),
        }
    }

    fn end_list(&mut self) {
        self.in_list = false;
        self.numbers.clear();
    }

    fn set(&mut self, name: &str, value: &str) {
        let value = visible(value, &self.attributes);
        if value.chars().count() <= MAX_VALUE_CHARS {
            self.attributes.insert(name.to_owned(), value);
        }
    }

    /// The marker to show, and the text of an item.
    fn list_item(&mut self, line: &str) -> Option<(String, String)> {
        let line = line.trim_start();
        if let Some((term, text)) = definition(line) {
            let text = if text.is_empty() {
                term.to_owned()
            } else {
                format!("{term}: {text}")
            };
            return Some((String::new(), text));
        }
        let (mark, text) = line.split_once(' ')?;
        let text = text.trim_start();
        let depth = mark.len();
        if mark.chars().all(|c| c == '*') || mark == "-" {
            let text = text
                .trim_start_matches("[ ] ")
                .trim_start_matches("[x] ")
                .trim_start_matches("[*] ");
            return (depth <= MAX_LIST_DEPTH).then(|| ("- ".to_owned(), text.to_owned()));
        }
        if mark.chars().all(|c| c == '.') && depth <= MAX_LIST_DEPTH {
            self.numbers.resize(depth, 0);
            let number = self.numbers.last_mut()?;
            *number += 1;
            return Some((format!("{number}. "), text.to_owned()));
        }
        let number = mark
            .strip_prefix('<')
            .and_then(|m| m.strip_suffix('>'))
            .or_else(|| mark.strip_suffix('.'))?;
        let counted = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.');
        counted.then(|| (format!("{number}. "), text.to_owned()))
    }
}

/// Values longer than this could make the document grow without bound.
const MAX_VALUE_CHARS: usize = 200;

/// AsciiDoc has five levels of each kind of list.
const MAX_LIST_DEPTH: usize = 6;

/// Kinds of fence that are remembered as unclosed; more are an attack.
const MAX_UNCLOSED: usize = 100;

#[derive(Clone, Copy)]
enum Fence {
    Code,
    Hidden,
    Table,
    Transparent,
}

fn fence(line: &str) -> Option<Fence> {
    let all = |mark: char| line.len() >= 4 && line.len() <= 100 && line.chars().all(|c| c == mark);
    match line {
        "|===" | "!===" | ",===" | ":===" => Some(Fence::Table),
        "--" => Some(Fence::Transparent),
        _ if line.starts_with("```") => Some(Fence::Code),
        _ if all('-') || all('.') => Some(Fence::Code),
        _ if all('/') || all('+') => Some(Fence::Hidden),
        _ if all('=') || all('*') || all('_') => Some(Fence::Transparent),
        _ => None,
    }
}

/// Lines for the processor: comments, conditions, includes, breaks and joints.
fn is_silent(line: &str) -> bool {
    const DIRECTIVES: [&str; 7] = [
        "include::",
        "ifdef::",
        "ifndef::",
        "ifeval::",
        "endif::",
        "toc::",
        "video::",
    ];
    (line.starts_with("//") && !line.starts_with("///"))
        || ["+", "'''", "<<<", "---", "***", ":toc:"].contains(&line)
        || DIRECTIVES
            .iter()
            .any(|directive| line.starts_with(directive))
}

/// The inside of `[...]` that is alone on its line.
fn attribute_list(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.strip_suffix(']')
}

fn heading(line: &str) -> Option<(u8, &str)> {
    let (marks, title) = line.split_once(' ')?;
    let marked = |mark| !marks.is_empty() && marks.len() <= 6 && marks.chars().all(|c| c == mark);
    let level = u8::try_from(marks.len()).ok()?;
    (marked('=') || marked('#')).then(|| (level, title.trim()))
}

/// `name` and `value` in `:name: value`.
fn attribute_entry(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix(':')?.split_once(':')?;
    let valid = |c: char| c.is_alphanumeric() || "-_!".contains(c);
    let valid = !name.is_empty() && name.chars().all(valid);
    (valid && (value.is_empty() || value.starts_with(' '))).then(|| (name, value.trim()))
}

/// The alternative text of `image::file[text]`.
fn image(line: &str) -> Option<&str> {
    let (_, text) = line
        .strip_prefix("image::")?
        .strip_suffix(']')?
        .split_once('[')?;
    let first = text.split(',').next().unwrap_or_default();
    Some(if first.contains('=') { "" } else { first })
}

/// `Title` in `.Title`, which names the block after it.
fn block_title(line: &str) -> Option<&str> {
    line.strip_prefix('.')
        .filter(|title| !title.starts_with(['.', ' ']) && !title.is_empty())
}

/// `term` and `text` in `term:: text`.
fn definition(line: &str) -> Option<(&str, &str)> {
    let (term, text) = line.split_once("::")?;
    let text = text.trim_start_matches([':', ';']);
    let valid = !term.is_empty() && (text.is_empty() || text.starts_with(' '));
    valid.then(|| (term.trim(), text.trim()))
}

#[cfg(test)]
mod tests;
