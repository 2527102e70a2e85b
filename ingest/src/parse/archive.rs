//! ZIP archives that documents come in. An archive may unpack to anything, and its XML may
//! nest as deep as it likes, so it is measured before any reader opens it: sizes in the
//! directory are claims, the bytes are not.

use std::io::{self, Cursor, Read, Write};

use super::{Format, Limits, ParseError, place};

/// An archive whose members may be read: it unpacks to no more than the limit.
pub(super) struct Archive<'a> {
    zip: zip::ZipArchive<Cursor<&'a [u8]>>,
    format: Format,
}

impl<'a> Archive<'a> {
    /// Unpacks every member into nothing, once, and stops at the limit.
    pub(super) fn open(
        bytes: &'a [u8],
        format: Format,
        limits: &Limits,
    ) -> Result<Self, ParseError> {
        let zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| refusal(format, &e))?;
        let mut archive = Self { zip, format };
        archive.measure(limits.max_expanded_bytes)?;
        Ok(archive)
    }

    fn measure(&mut self, limit: u64) -> Result<(), ParseError> {
        let too_large = ParseError::TooLarge {
            what: "unpacked content".into(),
            limit,
        };
        let mut left = limit;
        for at in 0..self.zip.len() {
            let part = self.zip.by_index(at);
            let part = part.map_err(|error| refusal(self.format, &error))?;
            let name = part.name().unwrap_or_default().into_owned();
            place::at(&name);
            if part.size() > left {
                return Err(too_large);
            }
            let mut depth = Depth::default();
            let read = io::copy(&mut part.take(left + 1), &mut depth);
            let read = read.map_err(|error| self.corrupt(format!("{name}: {error}")))?;
            if depth.deepest > MAX_DEPTH && is_xml(&name) {
                let detail = format!("{name}: its elements are nested more than {MAX_DEPTH} deep");
                return Err(self.corrupt(detail));
            }
            left = match left.checked_sub(read) {
                Some(left) => left,
                None => return Err(too_large),
            };
        }
        Ok(())
    }

    /// The bytes of a member, if there is one of that name.
    pub(super) fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, ParseError> {
        place::at(name);
        let mut part = match self.zip.by_name(name) {
            Ok(part) => part,
            Err(zip::result::ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(refusal(self.format, &error)),
        };
        let mut bytes = Vec::new();
        match part.read_to_end(&mut bytes) {
            Ok(_) => Ok(Some(bytes)),
            Err(error) => Err(ParseError::Corrupt {
                format: self.format,
                detail: format!("{name}: {error}"),
            }),
        }
    }

    /// The bytes of a member the format cannot do without.
    pub(super) fn require(&mut self, name: &str) -> Result<Vec<u8>, ParseError> {
        let missing = self.corrupt(format!("it has no part `{name}`"));
        self.read(name)?.ok_or(missing)
    }

    fn corrupt(&self, detail: String) -> ParseError {
        ParseError::Corrupt {
            format: self.format,
            detail,
        }
    }
}

fn refusal(format: Format, error: &zip::result::ZipError) -> ParseError {
    match error {
        zip::result::ZipError::UnsupportedArchive(zip::result::ZipError::PASSWORD_REQUIRED) => {
            ParseError::Encrypted { format }
        }
        other => ParseError::Corrupt {
            format,
            detail: other.to_string(),
        },
    }
}

/// Some readers copy a table once for every table around it; at this depth that is cheap,
/// and no program writes deeper.
const MAX_DEPTH: usize = 256;

/// True for the parts of a package; pages of an EPUB have a bound of their own.
fn is_xml(name: &str) -> bool {
    [".xml", ".rels"].iter().any(|end| name.ends_with(end))
}

/// Counts how deep the elements of the XML written to it nest. Comments and character data
/// that look like tags may count too; zero bytes do not, so that UTF-16 counts the same.
#[derive(Default)]
struct Depth {
    deepest: usize,
    open: usize,
    tag: Tag,
    last: u8,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Tag {
    /// Between tags.
    #[default]
    None,
    /// After `<`.
    Opened,
    /// Inside a start tag, which opens an element unless it ends with `/>`.
    Start,
}

impl Depth {
    fn take(&mut self, byte: u8) {
        self.tag = match (self.tag, byte) {
            (_, b'<') => Tag::Opened,
            (Tag::Opened, b'/') => {
                self.open = self.open.saturating_sub(1);
                Tag::None
            }
            (Tag::Opened, b'!' | b'?') => Tag::None,
            (Tag::Opened, _) => Tag::Start,
            (Tag::Start, b'>') => {
                self.open += usize::from(self.last != b'/');
                self.deepest = self.deepest.max(self.open);
                Tag::None
            }
            (tag, _) => tag,
        };
        self.last = byte;
    }
}

impl Write for Depth {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        bytes
            .iter()
            .filter(|b| **b != 0)
            .for_each(|b| self.take(*b));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(xml: &[u8], expected: usize) {
        let mut depth = Depth::default();
        assert_eq!(depth.write(xml).ok(), Some(xml.len()));
        assert_eq!(depth.deepest, expected);
    }

    #[test]
    fn elements_are_counted_while_they_are_open() {
        check(
            b"<?xml version='1.0'?><!-- b --><a><b/><c x='/'>1 > 0</c><d><e/></d></a>",
            2,
        );
        check(b"<\0a\0>\0<\0b\0>\0", 2);
        check(b"<<<>>></a></b></c>", 1);
    }
}
