//! Documents as Antora projects write them.

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
fn headings_paragraphs_and_attributes() {
    check(
        "////\nLicence\n////\n// comment\n= Title\n:toc:\n:product: Pump\n\nThe {product}\nruns.\n\n[[a]]\n== Part\n\n.Named\nText.\n",
        &[
            (Heading(1), "Title"),
            (Paragraph, "The Pump runs."),
            (Heading(2), "Part"),
            (Paragraph, "Named"),
            (Paragraph, "Text."),
        ],
    );
}

#[test]
fn lists_are_numbered_and_go_on() {
    check(
        ". Right-click.\n\n. Select *Rename*.\n+\nimage::a.png[A menu]\n\n. Done\nnow.\n.. inner\n\n* a\n** b\n\nterm:: What it means.\n",
        &[
            (ListItem, "1. Right-click."),
            (ListItem, "2. Select Rename."),
            (Paragraph, "A menu"),
            (ListItem, "3. Done now."),
            (ListItem, "1. inner"),
            (ListItem, "- a"),
            (ListItem, "- b"),
            (ListItem, "term: What it means."),
        ],
    );
}

#[test]
fn tables_become_rows_that_name_their_columns() {
    let rows = [
        (TableRow, "Place: Leeds; Day rate: 45"),
        (TableRow, "Place: York; Day rate: 50 or so"),
    ];
    check(
        "[cols=\"1,2\", options=\"header\"]\n|===\n| Place | Day rate\n\n| Leeds\n| 45\n\n| York\n| 50 or\n  so\n|===\n",
        &rows,
    );
    check(
        "|===\n|Place |Day rate\n\n|Leeds a|45\n|York |50 or so\n|===\n",
        &rows,
    );
    check(
        "[%header,format=csv]\n|===\nPlace,Day rate\nLeeds,45\nYork,50 or so\n|===\n",
        &rows,
    );
}

#[test]
fn code_stands_as_it_is_and_examples_are_text() {
    check(
        "[source,rust]\n----\nlet a = 1;\n\n== no heading\n----\n\n====\nNOTE: An *example*.\n====\n\n  literal\n   text\n",
        &[
            (Code, "let a = 1;\n\n== no heading"),
            (Paragraph, "NOTE: An example."),
            (Code, "literal\n   text"),
        ],
    );
}

#[test]
fn a_fence_that_is_never_closed_hides_nothing() {
    check("----\na\n\nb\n", &[(Paragraph, "a"), (Paragraph, "b")]);
}
