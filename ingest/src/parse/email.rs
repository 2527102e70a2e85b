//! Messages and mailboxes to blocks: who wrote to whom about what, the body, and every
//! attachment by the parser of its own format under a heading with its name. An attachment
//! that cannot be read costs a warning, not the message.

mod header;
mod mailbox;

use std::panic::{AssertUnwindSafe, catch_unwind};

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};

pub(super) use self::mailbox::read as read_mailbox;
use super::canonical::{Draft, RawBlock};
use super::{Format, Limits, ParseError, encoding, html, place, text};
use crate::document::BlockKind;
use crate::source::Source;

/// Reads one message; `depth` counts the messages it is inside of.
///
/// # Errors
/// [`ParseError::Encrypted`] when the body is, [`ParseError::Corrupt`] when the bytes hold no
/// header, [`ParseError::TooLarge`] when the text passes the limit.
pub(super) fn read(bytes: &[u8], limits: &Limits, depth: usize) -> Result<Draft, ParseError> {
    let bytes = without_separator(bytes);
    let message = MessageParser::default().parse(bytes);
    let message = message.ok_or_else(|| ParseError::Corrupt {
        format: Format::Email,
        detail: "it has no header".to_owned(),
    })?;
    let mut reader = Reader::new(limits, depth);
    reader.message(&message)?;
    Ok(reader.draft)
}

/// Messages inside messages are read this deep.
const MAX_DEPTH: usize = 3;

/// Attachments of one message that are read.
const MAX_ATTACHMENTS: usize = 1000;

/// The message without the `From ` line that mailboxes put before it.
fn without_separator(bytes: &[u8]) -> &[u8] {
    let end = bytes
        .iter()
        .position(|&b| b == b'\n')
        .map_or(0, |at| at + 1);
    match bytes.starts_with(b"From ") {
        true => bytes.get(end..).unwrap_or_default(),
        false => bytes,
    }
}

/// State of reading one message.
struct Reader<'a> {
    draft: Draft,
    limits: &'a Limits,
    /// Characters that may still be read.
    left: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn new(limits: &'a Limits, depth: usize) -> Self {
        Self {
            draft: Draft::default(),
            limits,
            left: limits.max_text_chars,
            depth,
        }
    }

    fn message(&mut self, message: &Message<'_>) -> Result<(), ParseError> {
        refuse_encrypted(message)?;
        self.draft.title = message.subject().map(str::to_owned);
        let header = header::lines(message);
        self.draft
            .blocks
            .push(RawBlock::new(BlockKind::Paragraph, header));
        self.body(message)?;
        let total = message.attachment_count();
        for (at, part) in message.attachments().take(MAX_ATTACHMENTS).enumerate() {
            self.attachment(part, at + 1)?;
        }
        if total > MAX_ATTACHMENTS {
            let warning = format!("only {MAX_ATTACHMENTS} of {total} attachments were read");
            self.draft.warnings.push(warning);
        }
        Ok(())
    }

    /// The body as plain text where the sender gave one, else from its HTML.
    fn body(&mut self, message: &Message<'_>) -> Result<(), ParseError> {
        for part in message.text_bodies() {
            let draft = match &part.body {
                PartType::Html(page) => html::read(page),
                PartType::Text(_) => text::read(&decoded(part, message.raw_message())),
                _ => continue,
            };
            self.append(draft, 0)?;
        }
        Ok(())
    }

    /// Reads an attachment and puts it under a heading with its name.
    fn attachment(&mut self, part: &MessagePart<'_>, number: usize) -> Result<(), ParseError> {
        let name = header::part_name(part, number);
        place::at(format_args!("attachment {name}"));
        if is_decoration(part) {
            return Ok(());
        }
        let nested = match &part.body {
            PartType::Message(message) => self.nested(message),
            _ => self.file(part, &name),
        };
        match nested {
            Ok(draft) => {
                self.draft
                    .blocks
                    .push(RawBlock::new(BlockKind::Heading(2), &name));
                let warned = |warning: &String| format!("attachment `{name}`: {warning}");
                self.draft
                    .warnings
                    .extend(draft.warnings.iter().map(warned));
                self.append(draft, 2)
            }
            Err(error) if error.is_over_text_limit() => Err(error),
            Err(error) => {
                let warning = format!("the attachment `{name}` was left out: {error}");
                self.draft.warnings.push(warning);
                Ok(())
            }
        }
    }

    fn nested(&self, message: &Message<'_>) -> Result<Draft, ParseError> {
        let limits = self.limits();
        let mut reader = Reader::new(&limits, self.depth + 1);
        match reader.depth < MAX_DEPTH {
            true => reader.message(message)?,
            false => return Err(too_deep()),
        }
        Ok(reader.draft)
    }

    /// Parses the bytes of an attachment as a document of its own. Its parser's panic must not
    /// cost the message.
    fn file(&self, part: &MessagePart<'_>, name: &str) -> Result<Draft, ParseError> {
        let source = Source {
            uri: name.to_owned(),
            media_type: header::media_type(part),
            bytes: part.contents().to_vec(),
        };
        let limits = self.limits();
        let format = super::detect(&source)?;
        if matches!(format, Format::Email | Format::Mbox) && self.depth + 1 >= MAX_DEPTH {
            return Err(too_deep());
        }
        let read = || super::read(format, &source, &limits, self.depth + 1);
        let outcome = catch_unwind(AssertUnwindSafe(read));
        outcome.unwrap_or_else(|_| {
            Err(ParseError::Corrupt {
                format,
                detail: "the parser gave up on it".to_owned(),
            })
        })
    }

    /// The limits that hold for what is still to be read.
    fn limits(&self) -> Limits {
        Limits {
            max_text_chars: self.left,
            ..self.limits.clone()
        }
    }

    /// Appends the blocks of `draft`, its headings `deeper` levels down.
    fn append(&mut self, draft: Draft, deeper: u8) -> Result<(), ParseError> {
        for mut block in draft.blocks {
            if let BlockKind::Heading(level) = block.kind {
                block.kind = BlockKind::Heading((level + deeper).min(6));
            }
            let chars = block.text.chars().count();
            self.left = self.left.checked_sub(chars).ok_or(ParseError::TooLarge {
                what: "text".into(),
                limit: self.limits.max_text_chars as u64,
            })?;
            // Pages are those of the attachment, not of the message.
            block.page = None;
            self.draft.blocks.push(block);
        }
        Ok(())
    }
}

fn too_deep() -> ParseError {
    ParseError::Corrupt {
        format: Format::Email,
        detail: format!("messages are nested more than {MAX_DEPTH} deep"),
    }
}

/// PGP/MIME (RFC 3156) and S/MIME (RFC 8551) put the whole body into one encrypted part.
fn refuse_encrypted(message: &Message<'_>) -> Result<(), ParseError> {
    let Some(content) = message.content_type() else {
        return Ok(());
    };
    let subtype = content.subtype().unwrap_or_default().to_ascii_lowercase();
    let smime = ["pkcs7-mime", "x-pkcs7-mime"].contains(&subtype.as_str())
        && content.attribute("smime-type") != Some("signed-data");
    match subtype == "encrypted" || smime {
        true => Err(ParseError::Encrypted {
            format: Format::Email,
        }),
        false => Ok(()),
    }
}

/// Signatures, and pictures that the body shows: they hold no text, and need no warning.
fn is_decoration(part: &MessagePart<'_>) -> bool {
    let inline = matches!(part.body, PartType::InlineBinary(_));
    let content = part.content_type();
    let signature = content.and_then(|c| c.subtype()).unwrap_or_default();
    let picture = content.is_some_and(|c| c.ctype().eq_ignore_ascii_case("image"));
    signature.ends_with("-signature") || (picture && (inline || part.content_id().is_some()))
}

/// The text of a part. `mail-parser` takes text without a charset for UTF-8.
fn decoded(part: &MessagePart<'_>, message: &[u8]) -> String {
    let text = part.text_contents().unwrap_or_default();
    let stated = part
        .content_type()
        .is_some_and(|c| c.has_attribute("charset"));
    let plain = matches!(part.encoding, mail_parser::Encoding::None);
    if stated || !plain || !text.contains(char::REPLACEMENT_CHARACTER) {
        return text.to_owned();
    }
    let body = part.offset_body as usize..part.offset_end as usize;
    let bytes = message.get(body).unwrap_or_default();
    encoding::decode_bytes(bytes, &[]).text
}

#[cfg(test)]
mod tests;
