//! The names that times have in English, lower case: questions ask for them, sentences state
//! them, and a claim must not swap them.

/// January first.
pub(crate) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Monday first.
pub(crate) const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Whether `word`, lower case, names a month or a day of the week.
pub(crate) fn names_a_day_or_month(word: &str) -> bool {
    MONTHS.contains(&word) || WEEKDAYS.contains(&word)
}
