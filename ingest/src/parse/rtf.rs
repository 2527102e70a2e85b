//! RTF to blocks. The text is 7-bit; other characters are bytes in the code page of their font,
//! or units of UTF-16. Nothing here recurses: groups may nest as deep as they like.
//!
//! Read here because the crates at hand lose the code page or the ends of paragraphs.

mod layout;
mod page;
mod reader;
mod token;
mod words;

use self::reader::Reader;
use super::ParseError;
use super::canonical::Draft;

/// Reads a document; its information group may give the title.
pub(super) fn read(bytes: &[u8]) -> Result<Draft, ParseError> {
    let mut reader = Reader::new();
    for token in token::tokens(bytes) {
        if !reader.take(token)? {
            break;
        }
    }
    Ok(reader.into_draft())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::BlockKind::{self, Heading, ListItem, Paragraph, TableRow};

    #[track_caller]
    fn check(rtf: &str, expected: &[(BlockKind, &str)]) {
        let blocks = read(rtf.as_bytes())
            .map(|draft| draft.blocks)
            .unwrap_or_default();
        let got: Vec<_> = blocks.iter().map(|b| (b.kind, b.text.trim())).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn bytes_are_read_in_the_code_page_of_their_font() {
        check(
            r"{\rtf1\ansi\ansicpg1250{\fonttbl{\f0 A;}{\f1\fcharset204 B;}}za\'bf\'f3\'b3\'e6 {\f1\'e4\'e0}\par}",
            &[(Paragraph, "zażółć да")],
        );
        check(
            r"{\rtf1\ansicpg932\'93\'fa\'96\'7b}",
            &[(Paragraph, "日本")],
        );
    }

    #[test]
    fn unicode_escapes_replace_their_fallback() {
        check(
            r"{\rtf1 \u8364?5, {\uc2\u-10179\'3f\'3f\u-8704\'3f\'3f}, {\uc0\u233}t\u233 e\par}",
            &[(Paragraph, "€5, 😀, été")],
        );
    }

    #[test]
    fn settings_pictures_and_withdrawn_text_are_left_out() {
        check(
            r"{\rtf1{\info{\title T}{\author A}}{\*\unknown x}{\header H}{\pict 00ff}\bin2 }}a{\v b}{\strike c}{\*\shpinst{\sp{\sn n}}{\shptxt d}}\par}",
            &[(Paragraph, "ad")],
        );
        let title = read(br"{\rtf1{\info{\title T}{\author A}}x}").map(|draft| draft.title);
        assert_eq!(title, Ok(Some("T".to_owned())));
    }

    #[test]
    fn links_show_their_text() {
        let link =
            r#"{\rtf1 See {\field{\*\fldinst HYPERLINK "http://e.x"}{\fldrslt the page}}.\par}"#;
        check(link, &[(Paragraph, "See the page.")]);
    }

    #[test]
    fn structure_is_read() {
        check(
            r"{\rtf1{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 Top;}{\s2 heading 2;}}\pard\s1 One\par\pard\s2 Two\par\pard{\pntext 1.\tab}first\par{\listtext\'b7\tab}dot\par Text{\footnote Note.} goes\line on.\par}",
            &[
                (Heading(1), "One"),
                (Heading(2), "Two"),
                (ListItem, "1. first"),
                (ListItem, "- dot"),
                (Paragraph, "Text goes\non."),
                (Paragraph, "Note."),
            ],
        );
    }

    #[test]
    fn tables_become_rows() {
        check(
            r"{\rtf1\pard Rates\par\trowd\pard\intbl Place\cell Day\cell Night\cell\row\trowd\pard\intbl Leeds\par UK\cell 45\cell 60\cell\row\pard After\par}",
            &[
                (Paragraph, "Rates"),
                (TableRow, "Place: Leeds UK; Day: 45; Night: 60"),
                (Paragraph, "After"),
            ],
        );
    }

    #[test]
    fn nesting_costs_nothing_and_has_an_end() {
        let nested = |depth| format!("{{\\rtf1 {}x{}}}", "{".repeat(depth), "}".repeat(depth));
        check(&nested(5_000), &[(Paragraph, "x")]);
        assert!(read(nested(100_000).as_bytes()).is_err());
        check("{\\rtf1 open {\\b and", &[(Paragraph, "open and")]);
    }
}
