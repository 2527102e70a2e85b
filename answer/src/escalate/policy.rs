//! When an endpoint is asked: evidence was found, and either the local model tried and failed,
//! or the question takes more than one sentence to answer. Never because nothing was found: a
//! larger model then only guesses better. Pure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::evidence::{Sentence, stems};
use crate::question::{coverage, has_phrase};
use crate::reading::Reading;

/// Why the local answer may be too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// The local model wrote something that did not pass verification.
    Unverified,
    /// The evidence together covers clearly more of the question than its best sentence.
    Combined,
    /// The evidence comes from several documents.
    ManyDocuments,
    /// The question compares.
    Comparison,
    /// It asks for a list.
    List,
    /// It asks for a reason or an explanation.
    Reason,
    /// It asks for a sum, a mean or the like.
    Aggregate,
}

/// Coverage that sentences together must have beyond the best of them.
const COMBINED: f32 = 0.3;
/// Documents that are several.
const DOCUMENTS: usize = 3;

/// Words that tell what kind of answer is wanted; the only list of them.
const PATTERNS: &[(Need, &[&str])] = &[
    (
        Need::Comparison,
        &[
            "compare",
            "compared",
            "comparison",
            "difference between",
            "differ",
            "differs",
            "versus",
            "vs",
        ],
    ),
    (
        Need::List,
        &[
            "list",
            "name all",
            "name the",
            "what are the",
            "which are the",
            "what kinds of",
            "what types of",
            "what steps",
            "which steps",
        ],
    ),
    (
        Need::Reason,
        &[
            "why",
            "how come",
            "explain",
            "what reason",
            "reason for",
            "reasons for",
        ],
    ),
    (
        Need::Aggregate,
        &[
            "altogether",
            "in total",
            "total number",
            "the sum of",
            "on average",
            "the average",
            "combined",
        ],
    ),
];

/// What is known when the local answer stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signs<'q> {
    /// What was asked.
    pub(crate) question: &'q str,
    /// Whether the local model's words were refused.
    pub(crate) refused: bool,
    /// Share of the question that the best sentence of the evidence covers, 0 to 1.
    pub(crate) best: f32,
    /// Share that all of it covers.
    pub(crate) together: f32,
    /// Documents the evidence is from.
    pub(crate) documents: usize,
}

/// Everything that speaks for asking an endpoint; nothing for most questions.
pub(crate) fn needs(signs: &Signs<'_>) -> Vec<Need> {
    let question = signs.question.to_lowercase();
    let asks = |words: &[&str]| words.iter().any(|word| has_phrase(&question, word));
    let seen = [
        (Need::Unverified, signs.refused),
        (Need::Combined, signs.together - signs.best > COMBINED),
        (Need::ManyDocuments, signs.documents >= DOCUMENTS),
    ];
    let asked = PATTERNS.iter().map(|(need, words)| (*need, asks(words)));
    let all = seen.into_iter().chain(asked);
    all.filter(|(_, holds)| *holds)
        .map(|(need, _)| need)
        .collect()
}

impl<'q> Signs<'q> {
    /// Reads the signs off the sentences `kept` as evidence. A word that stands only in a title
    /// or heading counts `heading`, as it does when sentences are scored.
    pub(crate) fn read(
        question: &'q str,
        reading: &Reading,
        kept: &[Sentence],
        heading: f32,
        refused: bool,
    ) -> Self {
        let passage = |sentence: &Sentence| &reading.passages[sentence.passage];
        let said: BTreeSet<String> = kept.iter().flat_map(|s| stems(&s.text)).collect();
        let above = kept.iter().flat_map(|s| stems(&passage(s).context()));
        let above: BTreeSet<String> = above.collect();
        let share = |stem: &str| match (said.contains(stem), above.contains(stem)) {
            (true, _) => 1.0,
            (false, true) => heading,
            (false, false) => 0.0,
        };
        let documents = kept.iter().map(|s| &passage(s).stored.document_id);
        Self {
            question,
            refused,
            best: kept.iter().map(|s| s.coverage).fold(0.0, f32::max),
            together: coverage(&reading.wanted, share),
            documents: documents.collect::<BTreeSet<_>>().len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Signs<'static> = Signs {
        question: "How many days of leave do I get?",
        refused: false,
        best: 0.8,
        together: 0.9,
        documents: 1,
    };

    #[track_caller]
    fn check(signs: Signs<'_>, expected: &[Need]) {
        assert_eq!(needs(&signs), expected, "{signs:?}");
    }

    #[test]
    fn a_plain_question_with_a_good_sentence_needs_nobody() {
        check(PLAIN, &[]);
        check(
            Signs {
                documents: 2,
                together: 1.0,
                ..PLAIN
            },
            &[],
        );
    }

    #[test]
    fn refused_words_and_scattered_evidence_need_more() {
        let refused = true;
        check(Signs { refused, ..PLAIN }, &[Need::Unverified]);
        check(Signs { best: 0.5, ..PLAIN }, &[Need::Combined]);
        let documents = 3;
        check(Signs { documents, ..PLAIN }, &[Need::ManyDocuments]);
        let all = Signs {
            refused,
            best: 0.5,
            documents,
            ..PLAIN
        };
        let needs = [Need::Unverified, Need::Combined, Need::ManyDocuments];
        check(all, &needs);
    }

    #[test]
    fn the_question_tells_its_kind() {
        for (question, expected) in [
            (
                "What is the difference between X1 and X2?",
                &[Need::Comparison][..],
            ),
            ("TX-300 vs. TX-310: which is lighter?", &[Need::Comparison]),
            ("List every depot.", &[Need::List]),
            ("What are the steps after E15?", &[Need::List]),
            ("Why was the valve replaced?", &[Need::Reason]),
            ("How many spares are there in total?", &[Need::Aggregate]),
            ("Why do they differ?", &[Need::Comparison, Need::Reason]),
            ("Where is the price listed?", &[]),
            ("Who is the listener?", &[]),
            ("How many spares are there?", &[]),
        ] {
            check(Signs { question, ..PLAIN }, expected);
        }
    }
}
