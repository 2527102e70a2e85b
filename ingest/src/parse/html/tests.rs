//! Pages of the kinds that people have.

use super::*;
use crate::document::BlockKind::{self, Heading, ListItem, Paragraph, TableRow};

#[track_caller]
fn check(html: &str, expected: &[(BlockKind, &str)]) {
    let blocks = read(html).blocks;
    let got: Vec<_> = blocks.iter().map(|b| (b.kind, b.text.trim())).collect();
    assert_eq!(got, expected);
}

#[test]
fn furniture_goes_and_content_stays() {
    let page = "<!DOCTYPE html><html><head><title>T &amp; U</title><style>p{}</style></head><body>\
            <header><p>Logo</p></header><nav><a href=/>Home</a></nav><form><h1>Top</h1>\
            <p>Some <a href=x>linked</a> <b>words</b>.</p><input value=v><ul><li>one<li>two</ul></form>\
            <script>alert(1)</script><footer>Legal</footer></body></html>";
    check(
        page,
        &[
            (Heading(1), "Top"),
            (Paragraph, "Some linked words."),
            (ListItem, "- one"),
            (ListItem, "- two"),
        ],
    );
    assert_eq!(read(page).title, Some("T & U".to_owned()));
}

#[test]
fn a_page_that_states_its_encoding_is_read_to_its_end() {
    check(
        "<head><meta charset=utf-8><title>T</title></head><p>x</p>",
        &[(Paragraph, "x")],
    );
}

#[test]
fn the_main_part_is_preferred() {
    check(
        "<div>Menu</div><main><article><header><h1>H</h1></header>x</article></main>",
        &[(Heading(1), "H"), (Paragraph, "x")],
    );
    check("<main></main><p>Only here</p>", &[(Paragraph, "Only here")]);
}

#[test]
fn markup_characters_in_text_stay_text() {
    check(
        "<p># not a heading</p><p>1. not *a* list | &lt;b&gt;</p>",
        &[
            (Paragraph, "# not a heading"),
            (Paragraph, "1. not *a* list | <b>"),
        ],
    );
}

#[test]
fn tables_become_rows() {
    check(
        "<table><caption>Rates</caption><tr><th>Place<th>Day|Night</tr><tr><th>Leeds<td>45</table>",
        &[
            (Paragraph, "Rates"),
            (TableRow, "Place: Leeds; Day|Night: 45"),
        ],
    );
    check(
        "<table><tr><td>Phone</td><td>0113<br>496</td></tr></table>",
        &[(TableRow, "Phone: 0113 496")],
    );
    check(
        "<table><thead><tr><th rowspan=2>Place<th colspan=2>Rate<tr><th>Day<th>Night<tbody>\
             <tr><td rowspan=2>Leeds<td>1<td>2<tr><td colspan=2>3</table>",
        &[
            (TableRow, "Place: Leeds; Rate Day: 1; Rate Night: 2"),
            (TableRow, "Place: Leeds; Rate Day: 3; Rate Night: 3"),
        ],
    );
    check(
        "<table><tr><td><h2>Layout</h2><p>Text</p></td></tr></table>",
        &[(Heading(2), "Layout"), (Paragraph, "Text")],
    );
}

#[test]
fn nesting_without_end_is_read_flat() {
    for tags in [
        "<div>",
        "<ul><li>",
        "<table><tr><td>",
        "<blockquote>",
        "<b>",
        "<font a>",
    ] {
        let draft = read(&format!("{}deep", tags.repeat(20_000)));
        let text: Vec<_> = draft.blocks.iter().map(|b| b.text.trim()).collect();
        assert!(text.concat().ends_with("deep"), "{tags} {text:?}");
    }
    let draft = read(&"<div>x".repeat(1000));
    assert_eq!(draft.warnings.len(), 1);
    assert!(
        draft.blocks.iter().all(|b| !b.text.contains("xx")),
        "words stay apart"
    );
}

#[test]
fn every_option_closed_had_the_whole_list_looked_through() {
    let options = "<optgroup><option>a</option></optgroup>".repeat(20_000);
    let start = std::time::Instant::now();
    let draft = read(&format!("<p>Choose<select>{options}</select>this"));
    assert_eq!(draft.blocks[0].text.trim(), "Choosethis");
    assert!(start.elapsed().as_secs() < 3, "{:?}", start.elapsed());
    let draft = read("<option>one</option><option>two</option>");
    assert_eq!(draft.blocks[0].text.trim(), "one two");
}

#[test]
fn elements_between_cells_keep_their_text() {
    let draft = read(&format!(
        "<table>{}<tr><td>cell</table>",
        "<p>x</p>".repeat(5000)
    ));
    let text: String = draft.blocks.iter().map(|b| b.text.as_str()).collect();
    assert_eq!(text.matches('x').count(), 5000);
    assert!(text.ends_with("cell"));
}

#[test]
fn spans_without_end_do_not_blow_up_the_table() {
    let rows = "<tr><td colspan=64 rowspan=64>x".repeat(2000);
    let draft = read(&format!("<table>{rows}"));
    let chars: usize = draft.blocks.iter().map(|b| b.text.len()).sum();
    assert!(chars < 1_000_000, "{chars}");
}
