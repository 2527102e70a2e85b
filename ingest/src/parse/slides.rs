//! Presentations to blocks: PPTX, and the binary format that PowerPoint wrote before 2007.
//! Each slide is a page and a section of its own, under its title where it has one; what the
//! speaker noted follows under a heading of its own.

use undoc::ppt::PptParser;
use undoc::pptx::PptxParser;
use undoc::{Paragraph, Section};

use super::archive::Archive;
use super::canonical::{Draft, RawBlock};
use super::{Format, Limits, ParseError, office, place};
use crate::document::BlockKind;

/// Reads a PPTX package; its core properties may give the title.
pub(super) fn read_pptx(bytes: &[u8], limits: &Limits) -> Result<Draft, ParseError> {
    Archive::open(bytes, Format::Pptx, limits)?;
    place::at("ppt/presentation.xml");
    let parsed = PptxParser::from_bytes(bytes.to_vec()).and_then(|mut parser| parser.parse());
    draft(parsed, Format::Pptx)
}

/// Reads a PPT file.
pub(super) fn read_ppt(bytes: &[u8]) -> Result<Draft, ParseError> {
    place::at("PowerPoint Document");
    let parsed = PptParser::from_bytes(bytes.to_vec()).and_then(|mut parser| parser.parse());
    draft(parsed, Format::Ppt)
}

fn draft(parsed: undoc::Result<undoc::Document>, format: Format) -> Result<Draft, ParseError> {
    let document = parsed.map_err(|error| office::refusal(format, error))?;
    let mut draft = Draft {
        title: document.metadata.title.filter(|title| title != UNTITLED),
        pages: u32::try_from(document.sections.len()).ok(),
        ..Draft::default()
    };
    for (number, section) in (1..).zip(document.sections) {
        place::at(format_args!("slide {number}"));
        let (blocks, warnings) = slide(section, number, format)?;
        draft.blocks.extend(blocks);
        draft.warnings.extend(warnings);
    }
    draft.warnings.dedup();
    Ok(draft)
}

/// The title PowerPoint gives what nobody gave one.
const UNTITLED: &str = "PowerPoint Presentation";

type Slide = (Vec<RawBlock>, Vec<String>);

fn slide(section: Section, number: u32, format: Format) -> Result<Slide, ParseError> {
    let mut section = section;
    let notes = section.notes.take().unwrap_or_default();
    let body = office::blocks(section, format)?;
    let mut said = Section::new(0);
    for paragraph in notes.into_iter().filter(|note| !is_number(note)) {
        said.add_paragraph(paragraph);
    }
    let said = office::blocks(said, format)?;
    let mut blocks = body.blocks;
    if !said.blocks.is_empty() {
        blocks.push(RawBlock::new(
            BlockKind::Heading(NOTES_LEVEL),
            "Speaker notes",
        ));
        blocks.extend(said.blocks);
    }
    let mut blocks = titled(blocks, number);
    for block in &mut blocks {
        block.page = Some(number);
    }
    Ok((blocks, [body.warnings, said.warnings].concat()))
}

/// Below the title of a slide (1) and its subtitle (2).
const NOTES_LEVEL: u8 = 3;

/// The slide under its title, wherever on the slide that was drawn. A slide without one is
/// headed by its number, or it would be read as more of the slide before.
fn titled(blocks: Vec<RawBlock>, number: u32) -> Vec<RawBlock> {
    let mut blocks = blocks;
    let is_title = |block: &RawBlock| block.kind == BlockKind::Heading(1);
    let title = match blocks.iter().position(is_title) {
        Some(at) => blocks.remove(at),
        None if blocks.is_empty() => return blocks,
        None => RawBlock::new(BlockKind::Heading(1), format!("Slide {number}")),
    };
    blocks.insert(0, title);
    blocks
}

/// True for the slide's number, which notes pages repeat.
fn is_number(note: &Paragraph) -> bool {
    note.plain_text().trim().parse::<u32>().is_ok()
}
