//! Blocks become text, and places in it stay where they were.

use super::*;
use proptest::prelude::*;

fn draft(blocks: Vec<RawBlock>) -> Draft {
    Draft {
        blocks,
        ..Draft::default()
    }
}

#[test]
fn blocks_are_joined_and_their_sentences_located() {
    let mut second = RawBlock::new(BlockKind::ListItem, "- Two.");
    second.joined = true;
    let document = assemble(
        draft(vec![
            RawBlock::new(BlockKind::Heading(1), "Héad"),
            RawBlock::new(BlockKind::ListItem, "- One. And more."),
            second,
            RawBlock::new(BlockKind::Code, "  a\n    b\n"),
        ]),
        "x",
        "text/plain",
    );
    assert_eq!(
        document.text,
        "Héad\n\n- One. And more.\n- Two.\n\n  a\n    b"
    );
    assert_eq!(document.title, "Héad");
    let found: Vec<_> = document
        .sentences
        .iter()
        .filter_map(|s| s.slice(&document.text))
        .collect();
    assert_eq!(found, ["One.", "And more.", "Two.", "a", "b"]);
}

#[test]
fn invisible_characters_and_odd_line_ends_vanish() {
    let raw = "A\u{300}\u{feff} b\u{ad}c\u{0} \r\n\td\u{a0}\u{a0}e\u{2028}f  ";
    assert_eq!(clean(raw, BlockKind::Paragraph), "\u{c0} bc\nd e\nf");
}

#[test]
fn the_title_falls_back_in_order() {
    let heading = || vec![RawBlock::new(BlockKind::Heading(1), "Heading")];
    let own = Draft {
        title: Some(" Own\ntitle ".into()),
        ..draft(heading())
    };
    assert_eq!(assemble(own, "file", "t").title, "Own title");
    assert_eq!(assemble(draft(heading()), "file", "t").title, "Heading");
    assert_eq!(assemble(draft(vec![]), "file", "t").title, "file");
}

proptest! {
    #[test]
    fn canonical_text_is_its_own_canonical_text(text in "\\PC{0,40}[\r\n\t \u{a0}\u{301}a-z.]{0,20}") {
        for kind in [BlockKind::Paragraph, BlockKind::Code, BlockKind::TableRow, BlockKind::ListItem] {
            let once = clean(&text, kind);
            prop_assert_eq!(clean(&once, kind), once);
        }
    }

    #[test]
    fn block_spans_slice_the_cleaned_blocks(texts in prop::collection::vec("\\PC{0,12}", 0..8)) {
        let blocks: Vec<_> = texts.iter().map(|t| RawBlock::new(BlockKind::Paragraph, t.clone())).collect();
        let wanted: Vec<String> = texts.iter().map(|t| clean(t, BlockKind::Paragraph)).filter(|t| !t.is_empty()).collect();
        let document = assemble(draft(blocks), "x", "t");
        let got: Vec<_> = document.blocks.iter().filter_map(|b| b.span.slice(&document.text)).collect();
        prop_assert_eq!(got, wanted.iter().map(String::as_str).collect::<Vec<_>>());
    }
}
