//! Markdown sources and the blocks they become.

use super::*;
use BlockKind::{Code, Heading, ListItem, Paragraph, TableRow};

#[track_caller]
fn check(source: &str, expected: &[(BlockKind, &str)]) {
    let blocks = read(source).blocks;
    let got: Vec<_> = blocks.iter().map(|b| (b.kind, b.text.as_str())).collect();
    assert_eq!(got, expected);
}

#[test]
fn markup_goes_and_words_stay() {
    check(
        "# A *b* {#id}\n\nSee [the `x` page](http://e.x/y \"t\")\nand **go**[^1].\n\n[^1]: Note.",
        &[
            (Heading(1), "A b"),
            (Paragraph, "See the x page and go."),
            (Paragraph, "Note."),
        ],
    );
    check("```rust\nfn a() {\n\n}\n```", &[(Code, "fn a() {\n\n}\n")]);
    check(
        "**Owner:** Ann\nand Bo\n**Next review:** May",
        &[(Paragraph, "Owner: Ann and Bo\nNext review: May")],
    );
    check(
        "a  \nb<br>c &amp; <em>d</em>",
        &[(Paragraph, "a\nb\nc & d")],
    );
}

#[test]
fn lists_keep_their_markers() {
    check(
        "- a\n- b\n  1. c\n  2. d\n\n     more\n- [x] e",
        &[
            (ListItem, "- a"),
            (ListItem, "- b"),
            (ListItem, "1. c"),
            (ListItem, "2. d"),
            (Paragraph, "more"),
            (ListItem, "- e"),
        ],
    );
    let joined: Vec<bool> = read("p\n\n3. a\n4. b\n\nq\n\n- c")
        .blocks
        .iter()
        .map(|b| b.joined)
        .collect();
    assert_eq!(joined, [false, false, true, false, false]);
}

#[test]
fn table_rows_name_their_columns() {
    check(
        "| Region | Rate |\n|---|---|\n| Leeds | 45 |\n| Bristol | |",
        &[
            (TableRow, "Region: Leeds; Rate: 45"),
            (TableRow, "Region: Bristol"),
        ],
    );
    check(
        "| | |\n|---|---|\n| Address | Berth 3 |",
        &[(TableRow, "Address: Berth 3")],
    );
    check("| Only | head |\n|---|---|", &[(TableRow, "Only; head")]);
}

#[test]
fn front_matter_gives_the_title() {
    let draft = read("---\nlayout: x\ntitle: \"Get *set* <em>up</em>\"\n---\n\n# Other\n");
    assert_eq!(draft.title.as_deref(), Some("Get set up"));
    assert_eq!(draft.blocks.len(), 1);
    check(
        "---\ntitle: Moved\nredirect_to: /x\n---\n",
        &[(Heading(1), "Moved")],
    );
}

#[test]
fn raw_html_is_read_as_html() {
    check(
        "<div>\n\nText.\n\n<table><tr><th>K</th></tr>\n\n<tr><td>v</td></tr></table>\n</div>\n\nEnd.",
        &[
            (Paragraph, "Text."),
            (TableRow, "K: v"),
            (Paragraph, "End."),
        ],
    );
    check("<!-- hidden -->\n\nSeen.", &[(Paragraph, "Seen.")]);
    check(
        "<table>\n<tr><td>k</td>\n\n    <td>v</td></tr>\n</table>\n\n    code",
        &[(TableRow, "k: v"), (Code, "code")],
    );
}

#[test]
fn images_speak_only_when_alone_and_struck_text_never() {
    check("![A map](m.png)", &[(Paragraph, "A map")]);
    check(
        "Here ![A map](m.png) it is.",
        &[(Paragraph, "Here  it is.")],
    );
    check("~~20~~ 25 days", &[(Paragraph, " 25 days")]);
    assert_eq!(read("~~20~~ 25 days").warnings.len(), 1);
}

#[test]
fn template_tags_are_not_text() {
    check(
        "{% alert %}\nUse [HR Links]({% page \"/tools\" %}).\n{% endalert %}",
        &[(Paragraph, "Use HR Links.")],
    );
}
