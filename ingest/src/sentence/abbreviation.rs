//! Full stops that do not end a sentence. English abbreviations only: other languages get
//! the bounds of Unicode alone.

/// True when the full stop after `before` marks an abbreviation and `after` goes on.
pub(super) fn stop_is_inside(before: &str, after: &str) -> bool {
    let word = before
        .rsplit(|c: char| c.is_whitespace() || "([\"“‘/".contains(c))
        .next()
        .unwrap_or("");
    let digit_follows = after.starts_with(|c: char| c.is_ascii_digit());
    let opener = after
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or("");
    let lower = word.to_lowercase();
    ALWAYS.contains(&lower.as_str())
        || (BEFORE_NUMBERS.contains(&lower.as_str()) && digit_follows)
        || ((is_initials(word) || matches!(word, "a.m" | "p.m")) && !OPENERS.contains(&opener))
}

/// `J` or `U.S`: single capitals between full stops (`I` alone is a word).
fn is_initials(word: &str) -> bool {
    let mut parts = word.split('.');
    word != "I"
        && parts.all(|part| {
            let mut chars = part.chars();
            chars.next().is_some_and(char::is_uppercase) && chars.next().is_none()
        })
}

/// Abbreviations that never end a sentence, lower case, last stop removed.
const ALWAYS: &[&str] = &[
    "e.g", "i.e", "eg", "ie", "cf", "viz", "vs", "dr", "mr", "mrs", "ms", "prof", "rev", "hon",
    "st", "messrs", "gen", "col", "capt", "lt", "sgt", "sen", "rep", "gov", "approx", "ca", "incl",
    "excl", "esp", "resp",
];

/// Abbreviations that go on only when a number follows.
const BEFORE_NUMBERS: &[&str] = &[
    "no", "nos", "fig", "figs", "sec", "sect", "art", "ch", "chap", "eq", "p", "pp", "pg", "par",
    "para", "vol", "ed", "rev", "ver", "v", "ext", "tel", "app", "tab", "jan", "feb", "mar", "apr",
    "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
];

/// Words that open a sentence far more often than they follow initials.
const OPENERS: &[&str] = &[
    "A", "After", "All", "Also", "An", "And", "Any", "As", "At", "Before", "But", "By", "Do",
    "Each", "Every", "For", "From", "He", "How", "However", "If", "In", "It", "Its", "No", "Not",
    "Note", "On", "Once", "Only", "Or", "Our", "Please", "See", "She", "Since", "So", "Some",
    "That", "The", "Their", "Then", "There", "These", "They", "This", "Those", "To", "Use", "We",
    "What", "When", "Where", "Which", "While", "Who", "With", "You", "Your",
];
