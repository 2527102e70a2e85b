//! What a message says about itself, as text that can be searched and quoted.

use mail_parser::{Address, Message, MessagePart, MimeHeaders, PartType};

/// `From`, `To`, `Cc`, `Date` and `Subject`, one a line, those that are there.
pub(super) fn lines(message: &Message<'_>) -> String {
    let date = message.date().filter(|date| date.is_valid());
    let fields = [
        ("From", message.from().map(addresses)),
        ("To", message.to().map(addresses)),
        ("Cc", message.cc().map(addresses)),
        ("Date", date.map(|date| date.to_rfc3339())),
        ("Subject", message.subject().map(str::to_owned)),
    ];
    let line = |(name, value): (&str, Option<String>)| {
        value
            .filter(|value| !value.is_empty())
            .map(|value| format!("{name}: {value}"))
    };
    fields
        .into_iter()
        .filter_map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

fn addresses(list: &Address<'_>) -> String {
    let one = |address: &mail_parser::Addr<'_>| match (address.name(), address.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => name.or(address).unwrap_or_default().to_owned(),
    };
    list.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What to call a part: its file name, the subject of a message, or its number.
pub(super) fn part_name(part: &MessagePart<'_>, number: usize) -> String {
    let subject = match &part.body {
        PartType::Message(message) => message.subject(),
        _ => None,
    };
    let name = part.attachment_name().or(subject).map(str::trim);
    match name.filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None => format!("attachment {number}"),
    }
}

/// The media type a part claims. Text is UTF-8 by now, whatever it was.
pub(super) fn media_type(part: &MessagePart<'_>) -> Option<String> {
    let content = part.content_type()?;
    let text = matches!(part.body, PartType::Text(_) | PartType::Html(_));
    let charset = if text { "; charset=utf-8" } else { "" };
    let subtype = content.subtype().unwrap_or_default();
    Some(format!("{}/{subtype}{charset}", content.ctype()))
}
