//! Paragraphs and table rows of an RTF file, as they end.

use super::reader::{Destination, Reader};
use crate::document::BlockKind;
use crate::parse::canonical::RawBlock;
use crate::parse::table;

impl Reader {
    /// Puts out the paragraph read so far, and the notes it has after it.
    pub(super) fn end_paragraph(&mut self) {
        if self.destination() == Destination::Note {
            self.note.push('\n');
            return;
        }
        if self.in_table {
            // A paragraph inside a cell that is not its last.
            self.text.push('\n');
            return;
        }
        let text = std::mem::take(&mut self.text);
        let marker = std::mem::take(&mut self.marker);
        if !text.trim().is_empty() {
            self.end_table();
            let block = self.block(text, marker.trim());
            self.blocks.push(block);
        }
        if self.rows.is_empty() {
            self.put_notes();
        }
    }

    /// The paragraph as the block its style and its marker make it.
    fn block(&self, text: String, marker: &str) -> RawBlock {
        if let Some(level) = self.level {
            return RawBlock::new(BlockKind::Heading(level), text);
        }
        if marker.is_empty() {
            return RawBlock::new(BlockKind::Paragraph, text);
        }
        let counted = marker.contains(|c: char| c.is_ascii_alphanumeric());
        let marker = if counted { marker } else { "-" };
        let mut block = RawBlock::new(BlockKind::ListItem, format!("{marker} {text}"));
        let before = self.blocks.last().map(|block| block.kind);
        block.joined = before == Some(BlockKind::ListItem);
        block
    }

    pub(super) fn end_cell(&mut self) {
        self.marker.clear();
        self.row.push(std::mem::take(&mut self.text));
    }

    pub(super) fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        self.rows.push(row);
    }

    /// Puts out the table read so far; a row without end counts.
    pub(super) fn end_table(&mut self) {
        if !self.row.is_empty() {
            self.end_row();
        }
        if !self.rows.is_empty() {
            self.blocks
                .extend(table::blocks(std::mem::take(&mut self.rows), 0));
            self.put_notes();
        }
    }

    fn put_notes(&mut self) {
        for note in std::mem::take(&mut self.notes) {
            self.blocks.push(RawBlock::new(BlockKind::Paragraph, note));
        }
    }
}
