//! XML as a stream of elements and text, for the formats whose parts are XML. References are
//! resolved; comments, declarations and document types are passed over. Nothing is fetched and
//! no entity is expanded but the five of XML.

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use super::{Format, ParseError, encoding};

/// What a document has at one place.
pub(super) enum Node<'a> {
    Start(&'a BytesStart<'a>),
    Text(&'a str),
    End(&'a str),
}

/// Shows every node of the part `name` of a document to `visit`. An empty element starts and
/// ends.
pub(super) fn walk(
    bytes: &[u8],
    format: Format,
    name: &str,
    mut visit: impl FnMut(Node<'_>) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    let xml = encoding::decode_part(bytes, format)?;
    let mut reader = quick_xml::Reader::from_str(&xml);
    reader.config_mut().expand_empty_elements = true;
    reader.config_mut().allow_dangling_amp = true;
    loop {
        let event = reader.read_event().map_err(|error| ParseError::Corrupt {
            format,
            detail: format!("{name}: {error}"),
        })?;
        match event {
            Event::Start(start) => visit(Node::Start(&start))?,
            Event::End(end) => visit(Node::End(end.name().as_ref()))?,
            Event::Text(text) => visit(Node::Text(&text.xml10_content()))?,
            Event::CData(text) => visit(Node::Text(&text.xml10_content()))?,
            Event::GeneralRef(reference) => {
                let char = reference.resolve_char_ref().ok().flatten();
                let mut buffer = [0; 4];
                let char = char.map(|c| &*c.encode_utf8(&mut buffer));
                let text = char.or_else(|| resolve_predefined_entity(&reference));
                visit(Node::Text(text.unwrap_or_default()))?;
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// The value of an attribute by its name as written, prefix and all.
pub(super) fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = start.try_get_attribute(name).ok().flatten()?;
    let version = quick_xml::XmlVersion::Explicit1_0;
    let value = attribute.normalized_value(version).ok()?;
    Some(value.into_owned())
}

/// The same as a number.
pub(super) fn number(start: &BytesStart<'_>, name: &str) -> Option<usize> {
    attribute(start, name)?.trim().parse().ok()
}
