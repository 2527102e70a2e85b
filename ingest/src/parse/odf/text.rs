//! The text of an OpenDocument text document. Paragraphs may hold others (in notes and text
//! boxes), tables may hold tables, lists may hold lists: what is open is kept on stacks.

use quick_xml::events::BytesStart;

use super::styles::Styles;
use crate::document::BlockKind;
use crate::parse::canonical::RawBlock;
use crate::parse::table;
use crate::parse::xml::{self, Node};
use crate::parse::{Format, ParseError};

/// The blocks of a document in reading order.
pub(super) fn blocks(content: &[u8], styles: &Styles) -> Result<Vec<RawBlock>, ParseError> {
    let mut walk = Walk::new(styles);
    xml::walk(content, Format::Odt, super::CONTENT, |node| {
        match node {
            Node::Start(start) => walk.start(start),
            Node::Text(text) => walk.text(text),
            Node::End(name) => walk.end(name),
        }
        Ok(())
    })?;
    Ok(walk.blocks)
}

/// Content that is not text to read: comments, deletions, contents lists, drawing titles.
const SKIPPED: [&str; 11] = [
    "office:annotation",
    "office:automatic-styles",
    "office:forms",
    "office:scripts",
    "svg:desc",
    "svg:title",
    "text:note-citation",
    "text:ruby-text",
    "text:sequence-decls",
    "text:table-of-content",
    "text:tracked-changes",
];

struct Walk<'a> {
    styles: &'a Styles,
    blocks: Vec<RawBlock>,
    /// Depth inside skipped content.
    skipped: usize,
    /// Text of the paragraphs that are open, the innermost last.
    open: Vec<(BlockKind, String)>,
    lists: Vec<List>,
    /// The marker of a list item whose text has not come yet.
    marker: Option<String>,
    /// True when the last block belongs to the list that is open.
    in_list: bool,
    tables: Vec<Table>,
    /// The notes whose text is being read, and those that wait for the end of their paragraph.
    note: Vec<String>,
    notes: Vec<String>,
}

struct List {
    style: String,
    number: usize,
}

#[derive(Default)]
struct Table {
    rows: Vec<Vec<String>>,
    /// How many of them are headers.
    heads: usize,
    in_head: bool,
    row: Vec<String>,
    cell: Option<String>,
    repeats: usize,
}

/// A cell may say how many columns it stands for; longer runs are mistakes or attacks.
const MAX_REPEATS: usize = 16;

impl<'a> Walk<'a> {
    fn new(styles: &'a Styles) -> Self {
        Self {
            styles,
            blocks: Vec::new(),
            skipped: 0,
            open: Vec::new(),
            lists: Vec::new(),
            marker: None,
            in_list: false,
            tables: Vec::new(),
            note: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) {
        let name = start.name();
        match name.as_ref() {
            name if self.skipped > 0 || SKIPPED.contains(&name) => self.skipped += 1,
            "text:h" => {
                let level = xml::number(start, "text:outline-level").unwrap_or(1);
                self.open(BlockKind::Heading(level.clamp(1, 6) as u8));
            }
            "text:p" => {
                let style = xml::attribute(start, "text:style-name").unwrap_or_default();
                self.open(match self.styles.is_title(&style) {
                    true => BlockKind::Heading(1),
                    false => BlockKind::Paragraph,
                });
            }
            "text:s" | "text:tab" => self.text(" "),
            "text:line-break" => self.text("\n"),
            "text:note" => self.note.push(String::new()),
            "text:list" => self.start_list(start),
            "text:list-item" => self.start_item(),
            name => self.start_in_table(name, start),
        }
    }

    fn open(&mut self, kind: BlockKind) {
        self.open.push((kind, String::new()));
    }

    fn start_list(&mut self, start: &BytesStart<'_>) {
        let outer = self.lists.last().map(|list| list.style.clone());
        let style = xml::attribute(start, "text:style-name").or(outer);
        self.lists.push(List {
            style: style.unwrap_or_default(),
            number: 0,
        });
    }

    fn start_item(&mut self) {
        let level = self.lists.len();
        let Some(list) = self.lists.last_mut() else {
            return;
        };
        list.number += 1;
        self.marker = Some(match self.styles.is_numbered(&list.style, level) {
            true => format!("{}. ", list.number),
            false => "- ".to_owned(),
        });
    }

    fn start_in_table(&mut self, name: &str, start: &BytesStart<'_>) {
        if name == "table:table" {
            self.tables.push(Table::default());
        }
        let Some(table) = self.tables.last_mut() else {
            return;
        };
        match name {
            "table:table-header-rows" => table.in_head = true,
            "table:table-cell" | "table:covered-table-cell" => {
                let repeats = xml::number(start, "table:number-columns-repeated");
                table.repeats = repeats.unwrap_or(1).clamp(1, MAX_REPEATS);
                table.cell = Some(String::new());
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let (0, Some((_, open))) = (self.skipped, self.open.last_mut()) {
            open.push_str(text);
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            _ if self.skipped > 0 => self.skipped -= 1,
            "text:h" | "text:p" => self.end_paragraph(),
            "text:note" => self.notes.extend(self.note.pop()),
            "text:list" => {
                self.lists.pop();
                self.marker = None;
                self.in_list &= !self.lists.is_empty();
            }
            _ => self.end_in_table(name),
        }
    }

    /// Puts a paragraph where it belongs: into its note, its cell, or among the blocks.
    fn end_paragraph(&mut self) {
        let Some((kind, text)) = self.open.pop() else {
            return;
        };
        if let Some(note) = self.note.last_mut() {
            append(note, &text);
            return;
        }
        let cell = self.tables.last_mut().and_then(|table| table.cell.as_mut());
        match cell {
            Some(cell) => append(cell, &text),
            None => self.push(kind, text),
        }
        if self.open.is_empty() && self.tables.is_empty() {
            self.push_notes();
        }
    }

    fn push(&mut self, kind: BlockKind, text: String) {
        if text.trim().is_empty() {
            return;
        }
        let mut block = RawBlock::new(kind, text);
        if let (BlockKind::Paragraph, Some(marker)) = (kind, self.marker.take()) {
            block.kind = BlockKind::ListItem;
            block.text.insert_str(0, &marker);
        }
        let listed = !self.lists.is_empty() && kind == BlockKind::Paragraph;
        block.joined = listed && self.in_list;
        self.in_list = listed;
        self.blocks.push(block);
    }

    fn push_notes(&mut self) {
        for note in std::mem::take(&mut self.notes) {
            self.blocks.push(RawBlock::new(BlockKind::Paragraph, note));
        }
    }

    fn end_in_table(&mut self, name: &str) {
        let Some(table) = self.tables.last_mut() else {
            return;
        };
        match name {
            "table:table-cell" | "table:covered-table-cell" => {
                let cell = table.cell.take().unwrap_or_default();
                table.row.push(cell);
                table
                    .row
                    .resize(table.row.len() + table.repeats - 1, String::new());
            }
            "table:table-row" => {
                let row = std::mem::take(&mut table.row);
                table.rows.push(row);
                table.heads += usize::from(table.in_head);
            }
            "table:table-header-rows" => table.in_head = false,
            "table:table" => {
                let Some(table) = self.tables.pop() else {
                    return;
                };
                self.blocks.extend(table::blocks(table.rows, table.heads));
                self.in_list = false;
                if self.tables.is_empty() {
                    self.push_notes();
                }
            }
            _ => {}
        }
    }
}

fn append(text: &mut String, more: &str) {
    if !text.is_empty() && !more.trim().is_empty() {
        text.push(' ');
    }
    text.push_str(more.trim());
}
