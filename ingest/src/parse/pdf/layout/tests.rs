//! Lines at places and the blocks they become.

use super::*;
use BlockKind::{Heading, ListItem, Paragraph, TableRow};

/// A line of `text` (cells parted by `|`) at a place; glyphs are half as wide as high.
fn line(text: &str, start: f64, base: f64, size: f64) -> Line {
    let cells: Vec<String> = text.split('|').map(str::to_owned).collect();
    Line {
        end: start + text.chars().count() as f64 * size / 2.0,
        cells,
        start,
        base,
        size,
        turned: false,
    }
}

#[track_caller]
fn check(pages: Vec<Vec<Line>>, expected: &[(BlockKind, u32, &str)]) {
    let blocks = blocks(pages);
    let got: Vec<_> = blocks
        .iter()
        .map(|b| (b.kind, b.page.unwrap_or(0), b.text.as_str()))
        .collect();
    assert_eq!(got, expected);
}

#[test]
fn lines_become_headings_paragraphs_and_items() {
    let page = vec![
        line("Leave", 50.0, 700.0, 18.0),
        line(
            "Staff are given twenty-five days of holi-",
            50.0,
            670.0,
            10.0,
        ),
        line("day in a year.", 50.0, 658.0, 10.0),
        line(
            "Ask early. The rota is made in March and",
            50.0,
            640.0,
            10.0,
        ),
        line("does not change.", 50.0, 628.0, 10.0),
        line("• by mail", 50.0, 616.0, 10.0),
        line("• by phone", 50.0, 604.0, 10.0),
    ];
    check(
        vec![page],
        &[
            (Heading(1), 1, "Leave"),
            (
                Paragraph,
                1,
                "Staff are given twenty-five days of holiday in a year.",
            ),
            (
                Paragraph,
                1,
                "Ask early. The rota is made in March and does not change.",
            ),
            (ListItem, 1, "• by mail"),
            (ListItem, 1, "• by phone"),
        ],
    );
}

#[test]
fn paragraphs_go_on_over_the_page_break() {
    let pages = vec![
        vec![line("It begins here and", 50.0, 100.0, 10.0)],
        vec![line("ends there.", 50.0, 700.0, 10.0)],
    ];
    check(pages, &[(Paragraph, 1, "It begins here and ends there.")]);
}

#[test]
fn cells_become_rows() {
    let rows = ["Place|Day|Night", "Leeds|45|60", "Bristol|50|65"];
    let page = rows
        .iter()
        .zip([700.0, 688.0, 676.0])
        .map(|(text, base)| line(text, 50.0, base, 10.0))
        .collect();
    check(
        vec![page],
        &[
            (TableRow, 1, "Place: Leeds; Day: 45; Night: 60"),
            (TableRow, 1, "Place: Bristol; Day: 50; Night: 65"),
        ],
    );
}

#[test]
fn furniture_is_dropped() {
    let page = |number: usize, text: &str| {
        vec![
            line(&format!("Handbook 2025 - {number}"), 50.0, 780.0, 8.0),
            line(text, 50.0, 700.0, 10.0),
            line(&format!("Page {number} of 2"), 50.0, 20.0, 8.0),
        ]
    };
    let mut pages = vec![
        page(1, "First page of many words."),
        page(2, "Second page."),
    ];
    pages[0].insert(1, line("Handbook 2025 - 1", 50.0, 740.0, 16.0));
    check(
        pages,
        &[
            (Heading(1), 1, "Handbook 2025 - 1"),
            (Paragraph, 1, "First page of many words."),
            (Paragraph, 2, "Second page."),
        ],
    );
}
