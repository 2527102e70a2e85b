//! What a row keeps, and where the limits on text end it.

use super::*;

const LIMITS: Limits = Limits {
    max_text_chars: 200,
    max_expanded_bytes: 0,
    ocr: None,
};

/// A sheet drawn with `|` between cells, one line a row.
fn sheet(drawing: &str) -> Sheet {
    let mut sheet = Sheet::new("S", &LIMITS);
    for (row, line) in (0..).zip(drawing.lines()) {
        for (column, text) in (0..).zip(line.split('|')) {
            let cell = Cell {
                column,
                text: text.to_owned(),
                is_value: text.trim().parse::<f64>().is_ok(),
            };
            sheet.push(row, cell).expect("it is within the limit");
        }
    }
    sheet
}

#[track_caller]
fn check(drawing: &str, expected: &[&str]) {
    let blocks = sheet(drawing).into_blocks();
    let got: Vec<&str> = blocks.iter().map(|block| block.text.as_str()).collect();
    assert_eq!(got, expected);
}

#[test]
fn the_first_row_of_several_cells_names_the_columns() {
    check(
        "Rates\n\nPlace|Day|Night\nLeeds|45|60\nBonn||70",
        &[
            "S",
            "Rates",
            "Place: Leeds; Day: 45; Night: 60",
            "Place: Bonn; Night: 70",
        ],
    );
    check(
        "Name|Age\nAda|36\nBo|7",
        &["S", "Name: Ada; Age: 36", "Name: Bo; Age: 7"],
    );
    check("a|b|c", &["S", "a; b; c"]);
    check("1|2\n3|4", &["S", "1; 2", "3; 4"]);
    check(
        "Sum|5.0|7.5\nMean|1|2",
        &["S", "Sum; 5.0; 7.5", "Mean; 1; 2"],
    );
    check(
        "Place|2023|2024\nLeeds|1|2",
        &["S", "Place: Leeds; 2023: 1; 2024: 2"],
    );
    check("", &[]);
}

#[test]
fn pairs_are_keys_and_values() {
    check(
        "Owner|Ada\nRoom|4\nDesk|none\nEnd",
        &["S", "Owner: Ada", "Room: 4", "Desk: none", "End"],
    );
}

#[test]
fn captions_and_repeated_headers_between_rows_are_not_data() {
    check(
        "Topic|Period|Page\nRevenue|FY|1\n\nOther\nTopic|Period|Page\nRates|FY|9",
        &[
            "S",
            "Topic: Revenue; Period: FY; Page: 1",
            "Other",
            "Topic: Rates; Period: FY; Page: 9",
        ],
    );
}

#[test]
fn cells_far_apart_cost_what_near_ones_do() {
    let mut sheet = Sheet::new("S", &LIMITS);
    for at in [0, u32::MAX - 1, u32::MAX] {
        let text = "x".to_owned();
        let cell = Cell {
            column: at,
            text,
            is_value: false,
        };
        assert_eq!(sheet.push(at, cell), Ok(()));
    }
    assert_eq!(sheet.into_blocks().len(), 4);
}

#[test]
fn a_string_repeated_without_end_is_over_the_limit() {
    let mut sheet = Sheet::new("S", &LIMITS);
    let outcome = (0..100).try_for_each(|row| {
        let text = "repeated".to_owned();
        sheet.push(
            row,
            Cell {
                column: 0,
                text,
                is_value: false,
            },
        )
    });
    assert_eq!(
        outcome.map_err(|e| e.to_string()),
        Err("the document's text is over the limit of 200".into())
    );
}
