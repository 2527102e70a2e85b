//! What one answer is worth: did it cite the right words, or abstain where it should?

use footnote_answer::outcome::{Answer, Status};

use crate::questions::{Case, Evidence};

/// The judgement on one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score {
    /// Pieces of evidence that the answer cites; where only the words of a right answer are
    /// known, they are its one piece, and the answer may say or cite them.
    pub cited: usize,
    /// Pieces of evidence there are.
    pub evidence: usize,
    /// Whether the service abstained.
    pub abstained: bool,
}

impl Score {
    /// All evidence cited, or an abstention where there is none.
    pub fn is_right(self) -> bool {
        if self.evidence == 0 {
            self.abstained
        } else {
            self.cited == self.evidence
        }
    }
}

/// Judges `answer` to `case`.
pub fn score(case: &Case, answer: &Answer) -> Score {
    if case.answerable && !case.has_places() {
        return Score {
            cited: usize::from(case.answers.iter().any(|words| says(answer, words))),
            evidence: 1,
            abstained: answer.status == Status::Abstained,
        };
    }
    Score {
        cited: case.evidence.iter().filter(|e| cites(answer, e)).count(),
        evidence: case.evidence.len(),
        abstained: answer.status == Status::Abstained,
    }
}

/// Whether a citation of the right document holds the quote, or is part of it.
fn cites(answer: &Answer, evidence: &Evidence) -> bool {
    let quote = folded(&evidence.quote);
    answer.citations.iter().any(|citation| {
        let cited = folded(&citation.cited_text);
        citation.uri == evidence.document && (cited.contains(&quote) || quote.contains(&cited))
    })
}

/// Whether the text of `answer` itself holds a right one; `None` where it abstained, or none is
/// known.
pub fn contains(case: &Case, answer: &Answer) -> Option<bool> {
    let judged = answer.status == Status::Answered && !case.answers.is_empty();
    let text = folded(&answer.answer).to_lowercase();
    let holds = |words: &String| text.contains(&folded(words).to_lowercase());
    judged.then(|| case.answers.iter().any(holds))
}

/// Whether the answer, or a sentence it cites, holds `words`, case aside.
fn says(answer: &Answer, words: &str) -> bool {
    let words = folded(words).to_lowercase();
    let cited = answer.citations.iter().map(|citation| &citation.cited_text);
    let mut texts = cited.chain([&answer.answer]);
    texts.any(|text| folded(text).to_lowercase().contains(&words))
}

/// Runs of white space as one space: PDF and HTML wrap lines freely.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(uri: &str, cited_text: &str) -> Answer {
        let citation = serde_json::json!({
            "n": 1, "type": "char_location", "document_id": "doc_00000000000000000000000000000000",
            "document_version": "", "uri": uri, "title": "", "heading_path": [], "page": null,
            "chunk_id": "chk_00000000000000000000000000000000",
            "cited_text": cited_text, "start_char_index": 0, "end_char_index": 0,
        });
        serde_json::from_value(serde_json::json!({
            "id": "", "status": "answered", "kind": "extractive", "answer": "", "short_answer": null,
            "confidence": 1.0, "reason": null, "claims": [], "citations": [citation], "sources": [],
            "index_version": "", "stale": false, "models": { "embedder": "", "generator": null },
            "usage": { "prompt_tokens": 0, "cached_tokens": 0, "completion_tokens": 0, "cost_usd": 0.0 },
            "timings_ms": { "embed": 0, "search": 0, "select": 0, "generate": 0, "verify": 0, "total": 0 },
            "trace_id": "",
        }))
        .unwrap()
    }

    #[track_caller]
    fn check(uri: &str, cited: &str, right: bool) {
        let case = Case {
            id: "q".into(),
            question: "?".into(),
            tags: Vec::new(),
            answerable: true,
            answers: Vec::new(),
            evidence: vec![Evidence {
                document: "a.md".into(),
                quote: "It opens at seven.".into(),
            }],
            relevant: Default::default(),
        };
        assert_eq!(
            score(&case, &answer(uri, cited)).is_right(),
            right,
            "{cited}"
        );
    }

    #[test]
    fn the_right_words_of_the_right_document_count() {
        check("a.md", "It opens\nat seven.", true);
        check("a.md", "It opens at seven. It shuts at nine.", true);
        check("b.md", "It opens at seven.", false);
        check("a.md", "It opens at eight.", false);
    }

    #[test]
    fn where_only_words_are_known_the_answer_has_to_hold_them() {
        let words = |answers: &[&str]| Case {
            id: "q".into(),
            question: "?".into(),
            tags: Vec::new(),
            answerable: true,
            answers: answers.iter().map(|words| (*words).to_owned()).collect(),
            evidence: Vec::new(),
            relevant: Default::default(),
        };
        let answer = answer("a.md", "It opens\nat seven.");
        assert!(score(&words(&["at six", "At Seven"]), &answer).is_right());
        assert!(!score(&words(&["at six"]), &answer).is_right());
        assert_eq!(contains(&words(&["at seven"]), &answer), Some(false));
        let said = Answer {
            answer: "At seven.[1]".into(),
            ..answer
        };
        assert_eq!(contains(&words(&["at seven"]), &said), Some(true));
    }
}
