//! Mailboxes: messages one after the other. One that cannot be read costs a warning.

use mail_parser::mailbox::mbox::MessageIterator;

use crate::document::BlockKind;
use crate::parse::canonical::{Draft, RawBlock};
use crate::parse::{Limits, ParseError, place};

/// Reads a mailbox: each message under a heading with its subject.
///
/// # Errors
/// [`ParseError::TooLarge`] when the text passes the limit, and what [`super::read`] says when
/// the only message cannot be read.
pub(in crate::parse) fn read(
    bytes: &[u8],
    limits: &Limits,
    depth: usize,
) -> Result<Draft, ParseError> {
    let mut draft = Draft::default();
    let mut left = limits.max_text_chars;
    let mut refused = Vec::new();
    let messages = MessageIterator::new(bytes).map_while(Result::ok);
    for (at, message) in messages.enumerate() {
        place::at(format_args!("message {}", at + 1));
        let limits = Limits {
            max_text_chars: left,
            ..limits.clone()
        };
        match super::read(message.contents(), &limits, depth) {
            Ok(read) => left = left.saturating_sub(append(&mut draft, read, at + 1)),
            Err(error) if error.is_over_text_limit() => return Err(error),
            Err(error) => refused.push((at + 1, error)),
        }
    }
    if let (true, Some((_, error))) = (draft.blocks.is_empty(), refused.first()) {
        return Err(error.clone());
    }
    let warned = |(at, error)| format!("message {at} was left out: {error}");
    draft.warnings.extend(refused.into_iter().map(warned));
    Ok(draft)
}

/// Appends a message; the number of characters it has.
fn append(draft: &mut Draft, message: Draft, number: usize) -> usize {
    let name = message.title.unwrap_or_else(|| format!("Message {number}"));
    draft
        .blocks
        .push(RawBlock::new(BlockKind::Heading(1), name));
    let mut chars = 0;
    for mut block in message.blocks {
        if let BlockKind::Heading(level) = block.kind {
            block.kind = BlockKind::Heading((level + 1).min(6));
        }
        chars += block.text.chars().count();
        draft.blocks.push(block);
    }
    let warned = |warning| format!("message {number}: {warning}");
    draft
        .warnings
        .extend(message.warnings.into_iter().map(warned));
    chars
}
