//! Known-item questions that a corpus itself suggests: its headings, and sentences that
//! define something. They cost nobody's time and show at once when retrieval breaks; being
//! worded like the text, they are easier than what people ask, hence the tag `synthetic`.

use std::collections::{BTreeMap, BTreeSet};

use crate::questions::{Case, Evidence};

/// A chunk to make questions from.
#[derive(Clone, Debug)]
pub struct Source {
    /// URI of its document.
    pub document: String,
    /// Headings above it, outermost first.
    pub heading_path: Vec<String>,
    /// Its sentences in reading order.
    pub sentences: Vec<String>,
}

/// Words of a sentence worth quoting, and of a term worth defining.
const QUOTE: std::ops::RangeInclusive<usize> = 6..=60;
const TERM: std::ops::RangeInclusive<usize> = 1..=5;

/// Questions on `sources`, in their order. A question that two places suggest has no one
/// answer and is left out.
pub fn questions(sources: &[Source]) -> Vec<Case> {
    let mut seen_headings = BTreeSet::new();
    let mut drafts = Vec::new();
    for source in sources {
        let heading = (&source.document, &source.heading_path);
        if seen_headings.insert(heading) {
            drafts.extend(by_heading(source));
        }
        drafts.extend(
            source
                .sentences
                .iter()
                .filter_map(|s| by_definition(source, s)),
        );
    }
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for (question, ..) in &drafts {
        *asked.entry(question.to_lowercase()).or_default() += 1;
    }
    let once = drafts
        .into_iter()
        .filter(|(q, ..)| asked[&q.to_lowercase()] == 1);
    let numbered = once
        .enumerate()
        .map(|(i, (question, kind, evidence))| Case {
            id: format!("s{:04}", i + 1),
            question,
            tags: vec!["synthetic".to_owned(), kind.to_owned()],
            answerable: true,
            answers: Vec::new(),
            evidence: vec![evidence],
            relevant: BTreeMap::new(),
        });
    numbered.collect()
}

type Draft = (String, &'static str, Evidence);

/// The innermost heading, within the one above it, leads to the first sentence below it.
fn by_heading(source: &Source) -> Option<Draft> {
    let words = |text: &str| text.split_whitespace().count();
    let (heading, above) = source.heading_path.split_last()?;
    let quote = source
        .sentences
        .iter()
        .find(|s| QUOTE.contains(&words(s)))?;
    let question = match above.last() {
        Some(above) => format!("{above}: {heading}"),
        None => heading.clone(),
    };
    (words(&question) >= 2).then(|| (question, "heading", evidence(source, quote)))
}

/// "A grace period is …" answers "What is a grace period?".
fn by_definition(source: &Source, sentence: &str) -> Option<Draft> {
    let words: Vec<&str> = sentence.split_whitespace().collect();
    if !QUOTE.contains(&words.len()) {
        return None;
    }
    let verb = words.windows(2).position(|pair| {
        matches!(
            pair,
            ["is" | "are", "a" | "an" | "the"] | ["means" | "denotes", _]
        ) || matches!(pair, ["refers", "to"])
    })?;
    let term = &words[..verb];
    let is_name = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let pronouns = "it this that these those there he she they we you i which who what here";
        !word.is_empty() && !pronouns.split(' ').any(|p| word.eq_ignore_ascii_case(p))
    };
    let plain = !term.iter().any(|word| word.ends_with([',', ';', ':', ')']));
    if !TERM.contains(&term.len()) || !is_name(term[0]) || !plain {
        return None;
    }
    let verb = if words[verb] == "are" { "are" } else { "is" };
    let question = format!("What {verb} {}?", lowered(term));
    Some((question, "definition", evidence(source, sentence)))
}

/// The words of a term, its article in lower case as inside a sentence.
fn lowered(term: &[&str]) -> String {
    let first = match term[0] {
        "A" | "An" | "The" => term[0].to_lowercase(),
        other => other.to_owned(),
    };
    [&[first.as_str()], &term[1..]].concat().join(" ")
}

fn evidence(source: &Source, quote: &str) -> Evidence {
    Evidence {
        document: source.document.clone(),
        quote: quote.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headings: &[&str], sentence: &str, expected: &[&str]) {
        let source = Source {
            document: "a.md".into(),
            heading_path: headings.iter().map(ToString::to_string).collect(),
            sentences: vec![sentence.to_owned()],
        };
        let cases = questions(&[source]);
        let asked: Vec<&str> = cases.iter().map(|case| case.question.as_str()).collect();
        assert_eq!(asked, expected);
        assert!(cases.iter().all(|case| case.evidence[0].quote == sentence));
    }

    #[test]
    fn headings_and_definitions_become_questions() {
        let long = "Every employee gets 25 days of leave.";
        check(&["Leave", "Annual leave"], long, &["Leave: Annual leave"]);
        check(&["Leave"], long, &[]);
        check(&["Annual leave"], "Too short.", &[]);
        check(
            &[],
            "A grace period is the time before a fee is due.",
            &["What is a grace period?"],
        );
        check(
            &[],
            "Holdbacks are the sums kept until delivery.",
            &["What are Holdbacks?"],
        );
        check(
            &[],
            "SLA refers to the promised level of service.",
            &["What is SLA?"],
        );
        check(&[], "This is a sentence that defines nothing.", &[]);
        check(&[], "In the end, winter is the season that matters.", &[]);
    }

    #[test]
    fn a_question_with_two_answers_is_left_out() {
        let source = |document: &str| Source {
            document: document.into(),
            heading_path: vec!["Annual leave".into()],
            sentences: vec!["Every employee gets 25 days of leave.".into()],
        };
        assert_eq!(questions(&[source("a"), source("b")]), []);
        let cases = questions(&[source("a"), source("a")]);
        assert_eq!((cases.len(), cases[0].id.as_str()), (1, "s0001"));
        assert_eq!(cases[0].tags, ["synthetic", "heading"]);
    }
}
