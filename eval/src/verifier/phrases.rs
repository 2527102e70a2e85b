//! Words that corruptions exchange. Kept apart from the verifier's own lists on purpose: a
//! test that shares its tables with what it tests finds only what those know.

/// Units, each with others of the same sort to put in its place.
pub(super) const UNITS: &[&[&str]] = &[
    &[
        "days", "weeks", "months", "years", "hours", "minutes", "decades",
    ],
    &["day", "week", "month", "year", "hour"],
    &["km", "m", "cm", "mm", "miles"],
    &["kilometres", "metres", "miles", "centimetres"],
    &["kilometers", "meters", "feet", "inches"],
    &["kg", "g", "mg", "tonnes"],
    &["kilograms", "grams", "pounds"],
    &["litres", "millilitres", "gallons"],
    &["million", "billion", "thousand"],
    &["%", " per mille", " points"],
    &["percent", "permille"],
    &["\u{b0}C", "\u{b0}F"],
    &["$", "\u{20ac}", "\u{a3}"],
    &["EUR", "USD", "GBP"],
    &["dollars", "euros"],
    &["bar", "psi", "kPa"],
    &["kW", "W", "MW"],
    &["V", "kV", "mV"],
    &["Hz", "kHz"],
    &["GB", "MB", "TB"],
    &["hectares", "acres"],
];

/// Pairs of words that turn a comparison round.
pub(super) const COMPARATORS: &[(&str, &str)] = &[
    ("more than", "less than"),
    ("at least", "at most"),
    ("no more than", "no less than"),
    ("no later than", "no earlier than"),
    ("up to", "at least"),
    ("more", "fewer"),
    ("less", "more"),
    ("before", "after"),
    ("after", "before"),
    ("over", "under"),
    ("above", "below"),
    ("minimum", "maximum"),
    ("increase", "decrease"),
    ("increased", "decreased"),
    ("increases", "decreases"),
    ("increasing", "decreasing"),
    ("rose", "fell"),
    ("grew", "shrank"),
    ("higher", "lower"),
    ("larger", "smaller"),
    ("greater", "smaller"),
    ("largest", "smallest"),
    ("most", "least"),
    ("highest", "lowest"),
    ("earlier", "later"),
    ("first", "last"),
    ("must", "may"),
];

/// Verbs behind which a `not` denies the sentence.
pub(super) const AUXILIARIES: &[&str] = &[
    "is", "are", "was", "were", "can", "must", "may", "will", "should", "would", "could", "has",
    "have", "had", "do", "does", "did",
];

/// Month names.
pub(super) const MONTHS: &[&str] = &[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Days of the week.
pub(super) const WEEKDAYS: &[&str] = &[
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// Numbers in words.
pub(super) const NUMBERS: &[&str] = &[
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "fifteen", "twenty", "thirty",
];
