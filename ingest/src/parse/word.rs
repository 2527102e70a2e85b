//! Word documents to blocks: DOCX, and the binary format that Word wrote before 2007.

use undoc::doc::DocParser;
use undoc::docx::DocxParser;
use undoc::{Block, ListInfo, ListType, Paragraph};

use super::archive::Archive;
use super::canonical::Draft;
use super::{Format, Limits, ParseError, office, place};

/// Reads a DOCX package; its core properties may give the title.
pub(super) fn read_docx(bytes: &[u8], limits: &Limits) -> Result<Draft, ParseError> {
    Archive::open(bytes, Format::Docx, limits)?;
    place::at("word/document.xml");
    let parsed = DocxParser::from_bytes(bytes.to_vec()).and_then(|mut parser| parser.parse());
    draft(parsed, Format::Docx)
}

/// Reads a DOC file.
pub(super) fn read_doc(bytes: &[u8]) -> Result<Draft, ParseError> {
    place::at("WordDocument");
    let parsed = DocParser::from_bytes(bytes.to_vec()).and_then(|mut parser| parser.parse());
    draft(parsed, Format::Doc)
}

fn draft(parsed: undoc::Result<undoc::Document>, format: Format) -> Result<Draft, ParseError> {
    let document = parsed.map_err(|error| office::refusal(format, error))?;
    let mut draft = Draft {
        title: document.metadata.title,
        ..Draft::default()
    };
    let mut number = 0;
    for mut section in document.sections {
        for block in &mut section.content {
            if let Block::Paragraph(paragraph) = block {
                number = mark_list_item(paragraph, number);
            }
        }
        let part = office::blocks(section, format)?;
        draft.blocks.extend(part.blocks);
        draft.warnings.extend(part.warnings);
    }
    draft.warnings.dedup();
    Ok(draft)
}

/// Lists made with Word's own list styles carry their numbering in the style, where `undoc`
/// does not look. Takes the number of the item before and returns this one's, 0 for none.
fn mark_list_item(paragraph: &mut Paragraph, before: u32) -> u32 {
    let style = paragraph.style_name.as_deref().unwrap_or("").to_lowercase();
    let (list_type, number) = match style.as_str() {
        name if name.starts_with("list bullet") => (ListType::Bullet, None),
        name if name.starts_with("list number") => (ListType::Numbered, Some(before + 1)),
        _ => return 0,
    };
    if paragraph.list_info.is_none() {
        paragraph.list_info = Some(ListInfo {
            list_type,
            number,
            ..ListInfo::default()
        });
    }
    number.unwrap_or(0)
}
