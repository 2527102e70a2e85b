//! True claims in other words: what a text means stays, how it is written changes. Facts are
//! worded as people word them (`25 %` and `25 percent`, `1,200` and `1200`), and what can be
//! left out without becoming false is.

use super::{Label, Pair};

/// Spellings that mean the same.
const SAME: &[(&str, &str)] = &[
    (" more than ", " over "),
    (" less than ", " under "),
    (" before ", " prior to "),
    (" is not ", " isn't "),
    (" does not ", " doesn't "),
    (" do not ", " don't "),
    (" cannot ", " can not "),
    (" percent", "%"),
    (" at least ", " no less than "),
    (" at most ", " no more than "),
    (" must ", " has to "),
    (" kilometres", " km"),
    (" kilograms", " kg"),
    (" 2 ", " two "),
    (" three ", " 3 "),
    (" five ", " 5 "),
    (" ten ", " 10 "),
    (" twelve ", " 12 "),
    (" million ", ",000,000 "),
    (" January ", " Jan "),
    (" September ", " Sept "),
];

/// Each supported pair of `pairs` whose claim can be reworded, reworded.
pub fn reworded(pairs: &[Pair]) -> Vec<Pair> {
    let supported = pairs.iter().filter(|pair| pair.label == Label::Supports);
    let made = supported.filter_map(|pair| {
        let claim = reword(&pair.claim);
        (claim != pair.claim).then(|| Pair {
            claim,
            reworded: true,
            ..pair.clone()
        })
    });
    made.collect()
}

fn reword(claim: &str) -> String {
    let mut text = without_inserts(claim);
    for (from, to) in SAME {
        // `5.3 million` is not `5.3,000,000`.
        let counted = text.find(from).is_none_or(|at| !decimal(&text[..at]));
        let bound = ["no", "not"].map(|no| format!(" {no}{from}"));
        let bound = bound.iter().any(|phrase| text.contains(phrase));
        if !bound && (!from.contains("million") || counted) {
            text = text.replacen(from, to, 1);
        }
    }
    ungrouped(&text)
}

fn decimal(before: &str) -> bool {
    let last = before.rsplit(char::is_whitespace).next().unwrap_or("");
    !last.bytes().all(|b| b.is_ascii_digit())
}

/// Without what stands in brackets, or between commas behind `which` or `who`.
fn without_inserts(claim: &str) -> String {
    let mut text = claim.to_owned();
    while let Some((open, close)) = text.find(" (").and_then(|open| {
        let close = open + text[open..].find(')')?;
        Some((open, close + 1))
    }) {
        text.replace_range(open..close, "");
    }
    for opening in [", which ", ", who ", ", including "] {
        let insert = text.find(opening).and_then(|open| {
            let rest = &text[open + 2..];
            let end = rest
                .find(", ")
                .or_else(|| rest.strip_suffix('.').map(str::len))?;
            Some(open..open + 2 + end)
        });
        if let Some(insert) = insert {
            let comma = usize::from(text[insert.end..].starts_with(','));
            text.replace_range(insert.start..insert.end + comma, "");
        }
    }
    text
}

/// `1,200` as `1200`.
fn ungrouped(text: &str) -> String {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| {
        bytes
            .get(from..to)
            .is_some_and(|d| d.iter().all(u8::is_ascii_digit))
    };
    let group = |at: usize| {
        at > 0 && digits(at - 1, at) && digits(at + 1, at + 4) && !digits(at + 4, at + 5)
    };
    let kept = text
        .char_indices()
        .filter(|(at, c)| *c != ',' || !group(*at));
    kept.map(|(_, c)| c).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(claim: &str, expected: &str) {
        assert_eq!(reword(claim), expected);
    }

    #[test]
    fn facts_are_worded_otherwise() {
        check("It takes more than 1,200 days.", "It takes over 1200 days.");
        check("It is not 25 percent.", "It isn't 25%.");
        check("It costs 5.3 million euros.", "It costs 5.3 million euros.");
        check("It costs 5 million euros.", "It costs 5000000 euros.");
    }

    #[test]
    fn inserts_are_left_out() {
        check(
            "The pump (model two), which is red, hums.",
            "The pump hums.",
        );
    }
}
