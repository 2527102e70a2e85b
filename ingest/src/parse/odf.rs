//! OpenDocument to blocks. A spreadsheet's cells hold their value as it is displayed, and a
//! text document says of every paragraph what it is, so both are read from `content.xml`
//! directly; text that is tracked as deleted is not part of either.

mod sheets;
mod styles;
mod text;

use self::styles::Styles;
use super::archive::Archive;
use super::canonical::Draft;
use super::xml::{self, Node};
use super::{Format, Limits, ParseError};

/// Reads a text document; its metadata may give the title.
pub(super) fn read_text(bytes: &[u8], limits: &Limits) -> Result<Draft, ParseError> {
    let mut archive = open(bytes, Format::Odt, limits)?;
    let mut styles = Styles::default();
    if let Some(common) = archive.read("styles.xml")? {
        styles.read(&common, Format::Odt, "styles.xml")?;
    }
    let content = archive.require(CONTENT)?;
    styles.read(&content, Format::Odt, CONTENT)?;
    Ok(Draft {
        title: title(&mut archive, Format::Odt)?,
        blocks: text::blocks(&content, &styles)?,
        ..Draft::default()
    })
}

/// Reads a spreadsheet; its metadata may give the title.
pub(super) fn read_sheets(bytes: &[u8], limits: &Limits) -> Result<Draft, ParseError> {
    let mut archive = open(bytes, Format::Ods, limits)?;
    let content = archive.require(CONTENT)?;
    let mut styles = Styles::default();
    styles.read(&content, Format::Ods, CONTENT)?;
    let mut draft = sheets::read(&content, &styles, limits)?;
    draft.title = title(&mut archive, Format::Ods)?;
    Ok(draft)
}

const CONTENT: &str = "content.xml";

/// Opens a package that no password protects.
fn open<'a>(bytes: &'a [u8], format: Format, limits: &Limits) -> Result<Archive<'a>, ParseError> {
    let mut archive = Archive::open(bytes, format, limits)?;
    let Some(manifest) = archive.read("META-INF/manifest.xml")? else {
        return Ok(archive);
    };
    let mut encrypted = false;
    xml::walk(&manifest, format, "META-INF/manifest.xml", |node| {
        if let Node::Start(start) = node {
            encrypted |= start.local_name().as_ref() == "encryption-data";
        }
        Ok(())
    })?;
    match encrypted {
        true => Err(ParseError::Encrypted { format }),
        false => Ok(archive),
    }
}

fn title(archive: &mut Archive<'_>, format: Format) -> Result<Option<String>, ParseError> {
    let Some(about) = archive.read("meta.xml")? else {
        return Ok(None);
    };
    let (mut title, mut inside) = (String::new(), false);
    xml::walk(&about, format, "meta.xml", |node| {
        match node {
            Node::Start(start) => inside = start.name().as_ref() == "dc:title",
            Node::Text(text) if inside => title.push_str(text),
            Node::Text(_) => {}
            Node::End(_) => inside = false,
        }
        Ok(())
    })?;
    Ok(Some(title).filter(|title| !title.trim().is_empty()))
}
