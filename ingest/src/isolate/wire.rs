//! How service and worker talk: frames over the worker's standard streams. A frame is one byte
//! that says what it is, four bytes of length (little endian), and that many bytes.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use crate::document::Document;
use crate::parse::{Limits, ParseError};

/// To the worker: what to do, as JSON; the document's bytes follow in a [`BYTES`] frame.
pub(super) const REQUEST: u8 = b'?';
/// To the worker: a document's bytes.
pub(super) const BYTES: u8 = b'#';
/// From the worker: where in the document it is, as text.
pub(super) const PLACE: u8 = b'@';
/// From the worker: what came of the document, as JSON. It is ready for the next one.
pub(super) const RESULT: u8 = b'=';

/// What is asked of a worker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) uri: String,
    pub(super) media_type: Option<String>,
    pub(super) limits: Limits,
    pub(super) budget: Budget,
}

/// What a worker answers.
pub(super) type Reply = Result<Document, ParseError>;

/// Length of a frame's head.
pub(super) const HEAD: usize = 5;

/// The head of a frame of `length` bytes.
///
/// # Errors
/// When the length does not fit its field: 4 GiB.
pub(super) fn head(kind: u8, length: usize) -> io::Result<[u8; HEAD]> {
    let length = u32::try_from(length).map_err(io::Error::other)?;
    let [a, b, c, d] = length.to_le_bytes();
    Ok([kind, a, b, c, d])
}

/// Kind and length of the frame that `head` begins.
pub(super) fn parse_head(head: [u8; HEAD]) -> (u8, usize) {
    let [kind, a, b, c, d] = head;
    (kind, u32::from_le_bytes([a, b, c, d]) as usize)
}

/// Writes one frame and flushes it.
pub(super) fn write(out: &mut impl Write, kind: u8, bytes: &[u8]) -> io::Result<()> {
    out.write_all(&head(kind, bytes.len())?)?;
    out.write_all(bytes)?;
    out.flush()
}

/// Reads one frame; `None` at the end of the stream.
pub(super) fn read(from: &mut impl Read) -> io::Result<Option<(u8, Vec<u8>)>> {
    let mut head = [0; HEAD];
    match from.read_exact(&mut head) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let (kind, length) = parse_head(head);
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    Ok(Some((kind, bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_written_and_the_end_is_no_error() {
        let mut stream = Vec::new();
        write(&mut stream, PLACE, b"page 1").unwrap();
        write(&mut stream, RESULT, b"").unwrap();
        let mut stream = stream.as_slice();
        assert_eq!(
            read(&mut stream).unwrap(),
            Some((PLACE, b"page 1".to_vec()))
        );
        assert_eq!(read(&mut stream).unwrap(), Some((RESULT, Vec::new())));
        assert_eq!(read(&mut stream).unwrap(), None);
    }

    #[test]
    fn a_frame_cut_short_is_an_error() {
        let mut stream = Vec::new();
        write(&mut stream, BYTES, b"abc").unwrap();
        assert!(read(&mut &stream[..stream.len() - 1]).is_err());
    }
}
