//! What a cell shows: a number the way its format displays it, as the reader of the workbook
//! saw it.

use std::collections::HashMap;

use calamine::{Data, ExcelDateTime};
use ssfmt::{DateSystem, FormatOptions, NumberFormat};

/// Formats the values of one workbook; each number format is understood once.
pub(super) struct Display {
    options: FormatOptions,
    /// By code; none where the format is not understood.
    formats: HashMap<String, Option<NumberFormat>>,
}

impl Display {
    pub(super) fn new(since_1904: bool) -> Self {
        let mut options = FormatOptions::default();
        if since_1904 {
            options.date_system = DateSystem::Date1904;
        }
        Self {
            options,
            formats: HashMap::new(),
        }
    }

    /// The text of a cell with the number format `code`, and whether it is a value rather
    /// than words.
    pub(super) fn show(&mut self, value: Data, code: Option<&str>) -> (String, bool) {
        match value {
            Data::Empty => (String::new(), false),
            Data::String(text) => (text, false),
            Data::DateTimeIso(text) | Data::DurationIso(text) => (text, true),
            Data::Int(number) => (self.number(number as f64, code), true),
            Data::Float(number) => (self.number(number, code), true),
            Data::Bool(truth) => (if truth { "TRUE" } else { "FALSE" }.to_owned(), true),
            Data::Error(sign) => (sign.to_string(), true),
            Data::DateTime(date) => {
                let code = code.filter(|code| !LOCAL_DATES.contains(code));
                let code = code.unwrap_or_else(|| iso(&date));
                (self.number(date.as_f64(), Some(code)), true)
            }
        }
    }

    fn number(&mut self, number: f64, code: Option<&str>) -> String {
        let code = code.filter(|code| code.len() <= MAX_CODE_BYTES && *code != "@");
        let code = code.unwrap_or("General");
        if !self.formats.contains_key(code) {
            let format = NumberFormat::parse(code).ok();
            self.formats.insert(code.to_owned(), format);
        }
        let format = self.formats.get(code).and_then(Option::as_ref);
        let shown = format.and_then(|format| format.try_format(number, &self.options).ok());
        let shown = shown.filter(|text| !text.trim().is_empty());
        shown.unwrap_or_else(|| number.to_string())
    }
}

/// Longer codes are no formats that anyone reads.
const MAX_CODE_BYTES: usize = 200;

/// Shown in the order of day and month that the reader's system prefers: the file says none.
const LOCAL_DATES: [&str; 3] = ["mm-dd-yy", "m/d/yy", "m/d/yy h:mm"];

/// The number format of a date that comes without one.
fn iso(date: &ExcelDateTime) -> &'static str {
    let days = date.as_f64();
    match (date.is_duration(), days.fract() == 0.0) {
        (true, _) => "[h]:mm:ss",
        (_, true) => "yyyy-mm-dd",
        _ if days < 1.0 => "hh:mm:ss",
        _ => "yyyy-mm-dd hh:mm:ss",
    }
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    #[track_caller]
    fn check(value: Data, code: Option<&str>, expected: &str) {
        assert_eq!(Display::new(false).show(value, code).0, expected);
    }

    #[test]
    fn numbers_are_shown_as_their_format_says() {
        check(Data::Float(1599.99), Some("#,##0.00"), "1,599.99");
        check(Data::Float(0.025), Some("0.0%"), "2.5%");
        check(Data::Float(-3.0), Some("\"£\"#,##0.00"), "-£3.00");
        check(Data::Float(0.1 + 0.2), None, "0.3");
        check(Data::Int(7), Some("@"), "7");
        check(Data::Bool(true), None, "TRUE");
    }

    #[test]
    fn dates_are_shown_as_their_format_says_and_never_ambiguous_by_default() {
        let date =
            |days| Data::DateTime(ExcelDateTime::new(days, ExcelDateTimeType::DateTime, false));
        check(date(45_292.0), Some("d mmmm yyyy"), "1 January 2024");
        check(date(45_292.0), Some("mm-dd-yy"), "2024-01-01");
        check(date(45_292.5), None, "2024-01-01 12:00:00");
        check(date(0.25), Some("h:mm"), "6:00");
    }

    #[test]
    fn a_format_that_cannot_be_applied_leaves_the_number() {
        check(Data::Float(2.5), Some(&"0".repeat(10_000)), "2.5");
        check(Data::Float(2.5), Some(";;;"), "2.5");
    }
}
