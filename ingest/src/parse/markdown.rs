//! Markdown to blocks of plain visible text: no markers, no URLs, no markup. HTML and DOCX
//! come through here too, so what a table row or a list item reads like is decided once.
//!
//! Text that is struck out is left out: its author withdrew it, and it must not be cited.

mod front_matter;
mod table;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use self::table::Table;
pub(super) use self::table::row_text;
use super::canonical::{Draft, RawBlock};
use super::html;
use crate::document::BlockKind;
use crate::sentence;

/// Reads a Markdown document; front matter may give the title and is not part of the text.
pub(super) fn read(source: &str) -> Draft {
    let source = front_matter::without_template_tags(source);
    let mut walker = Walker::default();
    let options = dialect()
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    walker.walk(&source, options);
    let title = front_matter::title(&walker.metadata).map(|title| visible_text(&title));
    let mut draft = walker.into_draft();
    if let (true, Some(title)) = (draft.blocks.is_empty(), &title) {
        // A page that is only a title, such as a redirect, can still be found by it.
        draft
            .blocks
            .push(RawBlock::new(BlockKind::Heading(1), title));
    }
    Draft { title, ..draft }
}

/// Reads Markdown that a converter wrote: it has no front matter and no raw HTML.
pub(super) fn read_converted(markdown: &str) -> Draft {
    let mut walker = Walker {
        converted: true,
        ..Walker::default()
    };
    walker.walk(markdown, dialect());
    walker.into_draft()
}

fn dialect() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_GFM
}

/// The words of a line of Markdown.
fn visible_text(line: &str) -> String {
    let blocks = read_converted(line).blocks;
    blocks
        .first()
        .map_or_else(String::new, |block| block.text.clone())
}

/// State of one walk over the events of a document.
#[derive(Default)]
struct Walker {
    blocks: Vec<RawBlock>,
    /// Visible text of the block being read.
    text: String,
    /// Alternative text of its images, used only when there is no other text.
    alt: String,
    /// Depth of images and of struck-out text.
    in_image: usize,
    in_struck: usize,
    struck: bool,
    /// Next number of each open list, `None` for bullets.
    lists: Vec<Option<u64>>,
    /// Marker of an item whose text has not come yet.
    marker: Option<String>,
    /// True when the open list has put out a block already.
    list_started: bool,
    table: Option<Table>,
    /// Raw HTML seen since the last block of Markdown.
    html: String,
    /// True inside a code block that is really more of that HTML.
    in_html: bool,
    converted: bool,
    in_metadata: bool,
    metadata: String,
}

impl Walker {
    fn walk(&mut self, source: &str, options: Options) {
        let mut events = Parser::new_ext(source, options).peekable();
        while let Some(event) = events.next() {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Indented))
                    if self.goes_on_as_html(events.peek()) =>
                {
                    self.in_html = true;
                }
                Event::Start(tag) => self.start(tag),
                Event::End(tag) => self.end(tag),
                Event::Text(text) | Event::Code(text) => self.push(&text),
                Event::SoftBreak => self.push(SOFT_BREAK),
                Event::HardBreak => self.push("\n"),
                Event::Html(html) => self.html.push_str(&html),
                Event::InlineHtml(tag) if tag.starts_with("<br") => self.push("\n"),
                Event::Rule => self.flush(BlockKind::Paragraph),
                Event::InlineHtml(_)
                | Event::InlineMath(_)
                | Event::DisplayMath(_)
                | Event::FootnoteReference(_)
                | Event::TaskListMarker(_) => {}
            }
        }
        self.flush(BlockKind::Paragraph);
        self.flush_html();
    }

    /// Raw HTML that is indented looks like code after a blank line.
    fn goes_on_as_html(&self, next: Option<&Event<'_>>) -> bool {
        let opens_tag =
            matches!(next, Some(Event::Text(text)) if text.trim_start().starts_with('<'));
        opens_tag && !self.html.is_empty()
    }

    fn into_draft(self) -> Draft {
        let warning = self
            .struck
            .then(|| "struck-out text was left out".to_owned());
        Draft {
            blocks: self.blocks,
            warnings: warning.into_iter().collect(),
            ..Draft::default()
        }
    }

    fn push(&mut self, text: &str) {
        if self.in_metadata {
            self.metadata.push_str(text);
        } else if self.in_html {
            self.html.push_str(text);
        } else if self.in_struck > 0 {
            self.struck = true;
        } else if self.in_image > 0 {
            self.alt.push_str(text);
        } else {
            self.text.push_str(text);
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        if !matches!(tag, Tag::HtmlBlock) {
            self.flush_html();
        }
        match tag {
            Tag::Image { .. } => self.in_image += 1,
            Tag::Strikethrough => self.in_struck += 1,
            Tag::MetadataBlock(_) => self.in_metadata = true,
            Tag::List(first) => {
                self.flush(BlockKind::Paragraph);
                self.lists.push(first);
            }
            Tag::Item => self.start_item(),
            Tag::Table(_) => {
                self.flush(BlockKind::Paragraph);
                self.table = Some(Table::default());
            }
            Tag::Heading { .. }
            | Tag::CodeBlock(_)
            | Tag::BlockQuote(_)
            | Tag::FootnoteDefinition(_) => {
                self.flush(BlockKind::Paragraph);
            }
            _ => {}
        }
    }

    fn start_item(&mut self) {
        self.flush(BlockKind::Paragraph);
        let marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            _ => "- ".to_owned(),
        };
        self.marker = Some(marker);
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Image => self.in_image = self.in_image.saturating_sub(1),
            TagEnd::Strikethrough => self.in_struck = self.in_struck.saturating_sub(1),
            TagEnd::MetadataBlock(_) => self.in_metadata = false,
            TagEnd::Paragraph | TagEnd::Item => self.flush(BlockKind::Paragraph),
            TagEnd::Heading(level) => self.flush(BlockKind::Heading(level as u8)),
            TagEnd::CodeBlock => {
                self.in_html = false;
                self.flush(BlockKind::Code);
            }
            TagEnd::List(_) => {
                self.flush_html();
                self.lists.pop();
                self.marker = None;
                self.list_started &= !self.lists.is_empty();
            }
            TagEnd::TableCell | TagEnd::TableHead | TagEnd::TableRow | TagEnd::Table => {
                self.end_in_table(tag)
            }
            _ => {}
        }
    }

    fn end_in_table(&mut self, tag: TagEnd) {
        let Some(table) = self.table.as_mut() else {
            return;
        };
        match tag {
            TagEnd::TableCell => {
                let alt = std::mem::take(&mut self.alt);
                let text = std::mem::take(&mut self.text);
                table.push_cell(if text.trim().is_empty() { alt } else { text });
            }
            TagEnd::TableHead => table.end_head(),
            TagEnd::TableRow => table.end_row(),
            _ => {
                let rows = self.table.take().map(Table::into_rows).unwrap_or_default();
                self.push_table(rows);
            }
        }
    }

    fn push_table(&mut self, rows: Vec<String>) {
        for (at, row) in rows.into_iter().enumerate() {
            let mut block = RawBlock::new(BlockKind::TableRow, row);
            block.joined = at > 0;
            self.blocks.push(block);
        }
    }

    /// Puts out the text read so far as a block of `kind`, if there is any.
    fn flush(&mut self, kind: BlockKind) {
        let alt = std::mem::take(&mut self.alt);
        let mut text = std::mem::take(&mut self.text);
        if text.trim().is_empty() {
            text = alt;
        }
        if text.trim().is_empty() {
            return;
        }
        let in_list = !self.lists.is_empty();
        let mut block = RawBlock::new(kind, without_soft_breaks(&text));
        if let Some(marker) = self.marker.take_if(|_| kind != BlockKind::Code) {
            block.text.insert_str(0, &marker);
            block.kind = BlockKind::ListItem;
        }
        block.joined = in_list && self.list_started;
        self.list_started = in_list;
        self.blocks.push(block);
    }

    /// Converts the raw HTML collected between blocks of Markdown.
    fn flush_html(&mut self) {
        let source = std::mem::take(&mut self.html);
        if !source.trim().is_empty() && !self.converted {
            self.flush(BlockKind::Paragraph);
            self.blocks.extend(html::read_fragment(&source));
        }
    }
}

/// Stands for a line break of the source until its block is complete: a vertical tab, which
/// canonical text does not have.
const SOFT_BREAK: &str = "\u{b}";

/// Line breaks of the source become blanks, except between lines that are labelled
/// (`Owner: Ann`): nobody writes those as one sentence, though Markdown would show them so.
fn without_soft_breaks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Whether the block begins with a label is settled once it has a colon.
    let mut opens_labelled = None;
    for line in text.split(SOFT_BREAK) {
        if !out.is_empty() {
            if opens_labelled.is_none() && line.contains(": ") {
                opens_labelled = Some(sentence::is_labelled(&out));
            }
            let labelled = opens_labelled == Some(true) && sentence::is_labelled(line);
            out.push(if labelled { '\n' } else { ' ' });
        }
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests;
