//! Names and codes: does every proper name, acronym or product code of a claim stand in what
//! the claim rests on?

use std::collections::BTreeSet;

/// Proper names, acronyms and codes of `text`, in order of appearance, without repeats.
///
/// A capitalised word counts unless it opens a sentence; a word with a digit beside letters
/// (`KB-2041`, `v2.3.1`) or of capitals only (`RMA`) always counts.
pub fn names(text: &str) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let mut opens = true;
    let mut found = Vec::new();
    for word in text.split_whitespace() {
        let core = word.trim_matches(|c: char| !c.is_alphanumeric());
        if !core.is_empty() {
            let named = is_code(core) || (is_capitalised(core) && !opens);
            if named && seen.insert(core) {
                found.push(core);
            }
            opens = false;
        }
        opens |= word.ends_with(['.', '!', '?', ':']) && !is_code(core);
    }
    found
}

/// Names of `claim`, which has no dates in it, that do not occur in any of `sources` (evidence, headings, question).
pub fn missing<'c>(claim: &'c str, sources: &[&str]) -> Vec<&'c str> {
    let known: BTreeSet<String> = sources.iter().flat_map(|source| words(source)).collect();
    names(claim)
        .into_iter()
        .filter(|name| !words(name).all(|word| known.contains(&word)))
        .collect()
}

/// Whether `word` is an identifier rather than prose: letters with digits, or two or more
/// capitals and nothing else.
pub fn is_code(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    let acronym = capitals >= 2 && capitals == letters && word != "OK";
    (letters > 0 && digits > 0) || acronym
}

fn is_capitalised(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase) && word != "I"
}

/// Lower-cased words without possessive, split at everything that is not alphanumeric.
fn words(text: &str) -> impl Iterator<Item = String> {
    ungrouped(&text.to_lowercase())
        .replace("\u{2019}s", "")
        .replace("'s", "")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            word.strip_suffix('s')
                .filter(|w| w.len() > 3)
                .unwrap_or(word)
                .to_owned()
        })
        .collect::<Vec<_>>()
        .into_iter()
}

/// `2,000` as `2000`.
fn ungrouped(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let inside = |at: usize| at > 0 && digit(at - 1) && digit(at + 1);
    let kept = text
        .char_indices()
        .filter(|(at, c)| *c != ',' || !inside(*at));
    kept.map(|(_, c)| c).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_are_found() {
        assert_eq!(
            names("Send the TX-300 to the Lyon depot. The RMA desk replies."),
            ["TX-300", "Lyon", "RMA"]
        );
    }

    #[test]
    fn an_invented_name_is_missing() {
        let sources = ["The depot in Lyon repairs it.", "Who repairs the TX-300?"];
        assert_eq!(
            missing("The depot of Paris repairs the TX-300.", &sources),
            ["Paris"]
        );
        assert!(missing("It is Lyon\u{2019}s depot.", &sources).is_empty());
    }
}
