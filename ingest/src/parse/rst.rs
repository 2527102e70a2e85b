//! reStructuredText to blocks of visible text, line by line. Directives are understood as far
//! as they hold text: what they do to a page or a build is left out. No parser of the
//! language in Rust reads Sphinx documents, in linear time, whatever they hold.

mod directive;
mod inline;
mod table;

use self::inline::{Substitutions, visible};
use super::canonical::{Draft, RawBlock};
use crate::document::BlockKind;
use crate::sentence;

/// Reads a document; heading levels are those of its underlines in order of appearance.
pub(super) fn read(source: &str) -> Draft {
    let source = source.replace('\t', "        ");
    let lines: Vec<&str> = source.lines().map(str::trim_end).collect();
    let mut reader = Reader {
        substitutions: directive::substitutions(&lines),
        ..Reader::default()
    };
    reader.body(&lines, 0);
    Draft {
        blocks: reader.blocks,
        ..Draft::default()
    }
}

/// Bodies inside bodies are understood this deep; deeper ones are paragraphs.
const MAX_DEPTH: usize = 40;

#[derive(Default)]
struct Reader {
    blocks: Vec<RawBlock>,
    substitutions: Substitutions,
    /// Kinds of underline, outermost first: the character, and whether there is a line above.
    styles: Vec<(char, bool)>,
    /// True once the end of a table was looked for in vain: it is not looked for again.
    no_more_tables: bool,
}

impl Reader {
    /// Reads lines that share one indentation, which is cut off.
    fn body(&mut self, lines: &[&str], depth: usize) {
        let mut rest = lines;
        while let [line, after @ ..] = rest {
            if line.is_empty() {
                rest = after;
                continue;
            }
            if depth >= MAX_DEPTH {
                return self.paragraph(rest);
            }
            let taken = self.construct(rest, depth);
            rest = rest.get(taken.max(1)..).unwrap_or_default();
        }
    }

    /// Reads what `lines` begin with; the number of lines that it takes.
    fn construct(&mut self, lines: &[&str], depth: usize) -> usize {
        let line = lines.first().copied().unwrap_or_default();
        let next = lines.get(1).copied().unwrap_or_default();
        if line.starts_with(' ') {
            let (inner, taken) = indented(lines);
            self.body(&inner, depth + 1);
            return taken;
        }
        if let Some(taken) = self.heading(lines) {
            return taken;
        }
        if line == ".." || line.starts_with(".. ") {
            return self.explicit(lines, depth);
        }
        if table::is_grid_rule(line) {
            let taken = lines
                .iter()
                .take_while(|l| l.starts_with(['+', '|']))
                .count();
            return self.table(table::grid(lines.get(..taken).unwrap_or_default()), taken);
        }
        if table::is_simple_rule(line) {
            let taken = self.simple_table_len(lines);
            return self.table(table::simple(lines.get(..taken).unwrap_or_default()), taken);
        }
        if line.starts_with(">>> ") {
            let taken = until_blank(lines);
            self.code(lines.get(..taken).unwrap_or_default());
            return taken;
        }
        if let Some((marker, width)) = list_marker(line) {
            return self.item(lines, marker, width, depth);
        }
        if let Some((name, _)) = field(line) {
            return self.field(lines, name.to_owned());
        }
        if next.starts_with(' ') && !line.ends_with("::") {
            return self.definition(lines, depth);
        }
        let taken = until_blank(lines);
        let end = lines
            .iter()
            .take(taken)
            .position(|l| l.ends_with("::"))
            .map_or(taken, |at| at + 1);
        self.paragraph(lines.get(..end).unwrap_or_default());
        end + self.literal(lines, end)
    }

    /// A title with a line of one punctuation mark under it, or over and under it.
    fn heading(&mut self, lines: &[&str]) -> Option<usize> {
        let line = lines.first()?;
        let (title, rule, over) = match adornment(line) {
            Some(mark)
                if lines
                    .get(2)
                    .is_some_and(|under| adornment(under) == Some(mark)) =>
            {
                (lines.get(1)?.trim(), *line, true)
            }
            Some(_) => return Some(1).filter(|_| lines.get(1).is_none_or(|next| next.is_empty())),
            None => (*line, *lines.get(1)?, false),
        };
        let mark = adornment(rule)?;
        let fits = rule.len() >= title.chars().count().min(MIN_RULE);
        if title.is_empty() || !fits {
            return None;
        }
        let known = self.styles.iter().position(|style| *style == (mark, over));
        let level = known.unwrap_or_else(|| {
            self.styles.push((mark, over));
            self.styles.len() - 1
        });
        let level = u8::try_from(level + 1).unwrap_or(6).min(6);
        let title = visible(title, &self.substitutions);
        self.blocks
            .push(RawBlock::new(BlockKind::Heading(level), title));
        Some(if over { 3 } else { 2 })
    }

    fn table(&mut self, table: table::Table, taken: usize) -> usize {
        let blocks = table.into_blocks(|cell| visible(cell, &self.substitutions));
        self.blocks.extend(blocks);
        taken
    }

    /// One item of a list: its first paragraph with the marker, then what else it holds.
    fn item(&mut self, lines: &[&str], marker: String, width: usize, depth: usize) -> usize {
        let first = lines
            .first()
            .and_then(|line| line.get(width..))
            .unwrap_or_default();
        let (rest, more) = indented(lines.get(1..).unwrap_or_default());
        let inner: Vec<&str> = [first].into_iter().chain(rest).collect();
        let start = self.blocks.len();
        let follows = self
            .blocks
            .last()
            .is_some_and(|b| b.kind == BlockKind::ListItem);
        self.body(&inner, depth + 1);
        if let Some(block) = self.blocks.get_mut(start)
            && matches!(block.kind, BlockKind::Paragraph)
        {
            block.text.insert_str(0, &marker);
            block.kind = BlockKind::ListItem;
            block.joined = follows;
        }
        1 + more
    }

    /// `:name: text`, as `name: text`.
    fn field(&mut self, lines: &[&str], name: String) -> usize {
        let (_, value) = lines
            .first()
            .and_then(|line| field(line))
            .unwrap_or_default();
        let (rest, more) = indented(lines.get(1..).unwrap_or_default());
        let text: Vec<&str> = [value].into_iter().chain(rest).collect();
        let text = visible(text.join(" ").trim(), &self.substitutions);
        if !text.is_empty() {
            self.blocks.push(RawBlock::new(
                BlockKind::Paragraph,
                format!("{name}: {text}"),
            ));
        }
        1 + more
    }

    /// A term, and its definition indented under it.
    fn definition(&mut self, lines: &[&str], depth: usize) -> usize {
        let (inner, more) = indented(lines.get(1..).unwrap_or_default());
        let term = lines.first().copied().unwrap_or_default();
        let term = visible(term, &self.substitutions);
        let start = self.blocks.len();
        self.body(&inner, depth + 1);
        match self.blocks.get_mut(start) {
            Some(block) if block.kind == BlockKind::Paragraph => {
                block.text = format!("{term}: {}", block.text);
            }
            _ => self
                .blocks
                .insert(start, RawBlock::new(BlockKind::Paragraph, term)),
        }
        1 + more
    }

    /// The indented text after a paragraph that ends with two colons, from line `at` on.
    fn literal(&mut self, lines: &[&str], at: usize) -> usize {
        let ended = at.checked_sub(1).and_then(|last| lines.get(last));
        if !ended.is_some_and(|line| line.ends_with("::")) {
            return 0;
        }
        let after = lines.get(at..).unwrap_or_default();
        let (inner, taken) = indented(after);
        self.code(&inner);
        taken
    }

    /// A table without frames ends after a rule that a blank line follows.
    fn simple_table_len(&mut self, lines: &[&str]) -> usize {
        let ends = |at: &usize| {
            let blank = lines.get(at + 1).is_none_or(|next| next.is_empty());
            *at > 0
                && blank
                && lines
                    .get(*at)
                    .is_some_and(|line| table::is_simple_rule(line))
        };
        let last = (0..lines.len())
            .take_while(|_| !self.no_more_tables)
            .find(ends);
        self.no_more_tables |= last.is_none();
        last.map_or_else(|| until_blank(lines), |last| last + 1)
    }

    fn code(&mut self, lines: &[&str]) {
        self.blocks
            .push(RawBlock::new(BlockKind::Code, lines.join("\n")));
    }

    fn paragraph(&mut self, lines: &[&str]) {
        let line_block = lines
            .iter()
            .all(|line| line.starts_with("| ") || *line == "|");
        let lines = lines.iter().map(|line| {
            if line_block {
                line.trim_start_matches('|')
            } else {
                line
            }
        });
        let glue = if line_block { "\n" } else { " " };
        let text = lines.map(str::trim).collect::<Vec<_>>().join(glue);
        let text = match text.strip_suffix("::") {
            Some(before) if before.is_empty() || before.ends_with(' ') => before.to_owned(),
            Some(before) => format!("{before}:"),
            None => text,
        };
        let text = visible(&text, &self.substitutions);
        self.blocks.push(RawBlock::new(BlockKind::Paragraph, text));
    }
}

/// A shorter line under a longer title is no underline.
const MIN_RULE: usize = 4;

/// The mark that a line repeats and that is all it has.
fn adornment(line: &str) -> Option<char> {
    let mark = line.chars().next().filter(char::is_ascii_punctuation)?;
    (line.len() >= 2 && line.chars().all(|c| c == mark))
        .then_some(mark)
        .filter(|_| line != "::" && line != "..")
}

/// The lines up to the first blank one.
fn until_blank(lines: &[&str]) -> usize {
    lines.iter().take_while(|line| !line.is_empty()).count()
}

/// The indented lines that come first, without their indentation, and how many they are.
fn indented<'t>(lines: &[&'t str]) -> (Vec<&'t str>, usize) {
    let inside = |line: &&&str| line.is_empty() || line.starts_with(' ');
    let mut taken = lines.iter().take_while(inside).count();
    while taken > 0 && lines.get(taken - 1).is_some_and(|line| line.is_empty()) {
        taken -= 1;
    }
    let lines = lines.get(..taken).unwrap_or_default();
    let width = |line: &&&str| line.len() - line.trim_start().len();
    let margin = lines
        .iter()
        .filter(|line| !line.is_empty())
        .map(|line| width(&line))
        .min();
    let cut = |line: &&'t str| line.get(margin.unwrap_or(0)..).unwrap_or_default();
    (lines.iter().map(cut).collect(), taken)
}

/// The marker to show for a list item, and how many bytes its own takes.
fn list_marker(line: &str) -> Option<(String, usize)> {
    let (marker, rest) = line.split_once(' ')?;
    let text = rest.trim_start();
    let width = line.len() - text.len();
    if text.is_empty() {
        return None;
    }
    match marker {
        "-" | "*" | "+" | "•" | "#." => Some(("- ".to_owned(), width)),
        _ if sentence::marker_len(line) > 0 => Some((format!("{marker} "), width)),
        _ => None,
    }
}

/// `name` and the rest in `:name: rest`.
fn field(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.strip_prefix(':')?.split_once(':')?;
    let named = !name.is_empty() && !name.starts_with([' ', ':']) && !name.contains('`');
    (named && (rest.is_empty() || rest.starts_with(' '))).then(|| (name, rest.trim()))
}

#[cfg(test)]
mod tests;
