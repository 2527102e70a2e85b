//! Documents as Sphinx projects write them.

use super::*;
use crate::document::BlockKind::{Code, Heading, ListItem, Paragraph, TableRow};

#[track_caller]
fn check(source: &str, expected: &[(BlockKind, &str)]) {
    let blocks = read(source).blocks;
    let got: Vec<_> = blocks
        .iter()
        .map(|b| (b.kind, b.text.trim()))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    assert_eq!(got, expected);
}

#[test]
fn heading_levels_follow_the_order_of_underlines() {
    check(
        "=====\nTitle\n=====\n\nPart\n----\nText\ngoes on.\n\nSub\n~~~\n\nOther\n-----\n",
        &[
            (Heading(1), "Title"),
            (Heading(2), "Part"),
            (Paragraph, "Text goes on."),
            (Heading(3), "Sub"),
            (Heading(2), "Other"),
        ],
    );
    check("a\n\n----\n\nb", &[(Paragraph, "a"), (Paragraph, "b")]);
}

#[test]
fn lists_nest_and_keep_their_numbers() {
    check(
        "* one\n  goes on\n* two\n\n  - inner\n\n1. first\n#. second\n",
        &[
            (ListItem, "- one goes on"),
            (ListItem, "- two"),
            (ListItem, "- inner"),
            (ListItem, "1. first"),
            (ListItem, "- second"),
        ],
    );
}

#[test]
fn code_is_kept_as_it_stands() {
    check(
        "Run::\n\n    a\n      b\n\n.. code-block:: python\n   :linenos:\n\n   x = 1\n\n>>> 1 + 1\n2\n",
        &[
            (Paragraph, "Run:"),
            (Code, "a\n  b"),
            (Code, "x = 1"),
            (Code, ">>> 1 + 1\n2"),
        ],
    );
}

#[test]
fn directives_keep_their_text_and_comments_go() {
    check(
        ".. _target:\n\n.. a comment\n   of two lines\n\n.. note:: Mind\n   the gap.\n\n.. toctree::\n   :maxdepth: 1\n\n   a\n\n\
         .. figure:: x.png\n   :alt: y\n\n   The caption.\n\n.. [1] A footnote.\n\n.. |v| replace:: 1.2\n\nVersion |v|.\n",
        &[
            (Paragraph, "Mind"),
            (Paragraph, "the gap."),
            (Paragraph, "The caption."),
            (Paragraph, "A footnote."),
            (Paragraph, "Version 1.2."),
        ],
    );
}

#[test]
fn tables_of_every_kind_become_rows() {
    let rows = [
        (TableRow, "Place: Leeds; Day rate: 45"),
        (TableRow, "Place: York; Day rate: 50 or so"),
    ];
    check(
        "+-------+------+\n| Place | Day  |\n|       | rate |\n+=======+======+\n| Leeds | 45   |\n+-------+------+\n\
         | York  | 50   |\n|       | or so|\n+-------+------+\n",
        &rows,
    );
    check(
        "=====  ========\nPlace  Day rate\n=====  ========\nLeeds  45\nYork   50\n       or so\n=====  ========\n",
        &rows,
    );
    check(
        ".. list-table::\n   :header-rows: 1\n\n   * - Place\n     - Day rate\n   * - Leeds\n     - 45\n   * - York\n     - 50\n       or so\n",
        &rows,
    );
    check(
        ".. csv-table::\n   :header: Place, \"Day rate\"\n\n   Leeds, 45\n   York, 50 or so\n",
        &rows,
    );
}

#[test]
fn fields_and_definitions_name_what_they_say() {
    check(
        ":Author: Ann\n:Date: May\n   2025\n\nterm\n  What it\n  means.\n\n  More.\n",
        &[
            (Paragraph, "Author: Ann"),
            (Paragraph, "Date: May 2025"),
            (Paragraph, "term: What it means."),
            (Paragraph, "More."),
        ],
    );
}

#[test]
fn nesting_ends() {
    let blocks = read(&"- ".repeat(50_000)).blocks;
    assert!(!blocks.is_empty());
}
