//! Questions made of what people said of answers: a mistake that was reported once is asked
//! again in every evaluation from then on.

use std::collections::BTreeMap;

use footnote_store::ledger::feedback::{GivenFeedback, Verdict};
use serde_json::Value;

use crate::questions::{Case, Evidence};

/// Tag of every question made here.
const TAG: &str = "feedback";

/// The questions that `given` suggests, in its order. Of the same question only the last word
/// counts; an answer that is only said to be wrong suggests nothing, as nobody knows what
/// would have been right.
pub fn questions(given: &[GivenFeedback]) -> Vec<Case> {
    let mut last: BTreeMap<String, (usize, Case)> = BTreeMap::new();
    for (at, case) in given.iter().filter_map(case).enumerate() {
        last.insert(case.question.to_lowercase(), (at, case));
    }
    let mut cases: Vec<(usize, Case)> = last.into_values().collect();
    cases.sort_by_key(|(at, _)| *at);
    cases.into_iter().map(|(_, case)| case).collect()
}

/// What one piece of feedback says about its question. A good answer makes what it cited the
/// gold; a good refusal makes the question unanswerable.
fn case(given: &GivenFeedback) -> Option<Case> {
    let kept: Value = serde_json::from_str(&given.receipt).ok()?;
    let (answer, request) = (&kept["answer"], &kept["receipt"]["request"]);
    let (evidence, short) = match given.feedback.verdict {
        Verdict::Up => (cited(answer), answer["short_answer"]["text"].as_str()),
        Verdict::Down => (Vec::new(), None),
    };
    let expected = given.feedback.expected.as_deref();
    let answers: Vec<String> = expected.or(short).map(str::to_owned).into_iter().collect();
    let refused_well = given.feedback.verdict == Verdict::Up && evidence.is_empty();
    let case = Case {
        id: given.answer_id.clone(),
        question: request["question"].as_str()?.to_owned(),
        tags: vec![TAG.to_owned()],
        answerable: !(refused_well && answers.is_empty()),
        answers,
        evidence,
        relevant: BTreeMap::new(),
    };
    case.is_consistent().then_some(case)
}

fn cited(answer: &Value) -> Vec<Evidence> {
    let citations = answer["citations"].as_array().into_iter().flatten();
    let quote = |citation: &Value| {
        Some(Evidence {
            document: citation["uri"].as_str()?.to_owned(),
            quote: citation["cited_text"].as_str()?.to_owned(),
        })
    };
    citations.filter_map(quote).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use footnote_store::ledger::feedback::Feedback;
    use serde_json::json;
    use time::OffsetDateTime;

    fn given(
        question: &str,
        cited: &[&str],
        verdict: Verdict,
        expected: Option<&str>,
    ) -> GivenFeedback {
        let citation = |quote: &&str| json!({ "uri": "tea.md", "cited_text": quote });
        let citations: Vec<Value> = cited.iter().map(citation).collect();
        let receipt = json!({
            "answer": { "citations": citations, "short_answer": null },
            "receipt": { "request": { "question": question } },
        });
        GivenFeedback {
            answer_id: "ans_1".to_owned(),
            receipt: receipt.to_string(),
            feedback: Feedback {
                verdict,
                note: None,
                expected: expected.map(str::to_owned),
            },
            created_at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    #[track_caller]
    fn check(given: GivenFeedback, expected: Option<(bool, &[&str], usize)>) {
        let cases = questions(&[given]);
        let seen = cases.first().map(|case| {
            let answers: Vec<&str> = case.answers.iter().map(String::as_str).collect();
            (case.answerable, answers, case.evidence.len())
        });
        assert_eq!(seen, expected.map(|(a, b, c)| (a, b.to_vec(), c)));
    }

    #[test]
    fn feedback_becomes_a_question_when_it_says_what_is_right() {
        let ask = |cited: &[&str], verdict, expected| given("When?", cited, verdict, expected);
        check(ask(&["At four."], Verdict::Up, None), Some((true, &[], 1)));
        check(
            ask(&["At six."], Verdict::Down, Some("at four")),
            Some((true, &["at four"], 0)),
        );
        check(
            ask(&[], Verdict::Down, Some("at four")),
            Some((true, &["at four"], 0)),
        );
        check(ask(&["At six."], Verdict::Down, None), None);
        check(ask(&[], Verdict::Up, None), Some((false, &[], 0)));
    }

    #[test]
    fn the_last_word_on_a_question_counts() {
        let first = given("When?", &["At four."], Verdict::Up, None);
        let last = given("when?", &["At four."], Verdict::Down, Some("at five"));
        let cases = questions(&[first, last]);
        assert_eq!(cases.len(), 1);
        assert_eq!(cases[0].answers, ["at five"]);
    }
}
