//! The questions of a request, checked before anything runs: whether each can be asked and
//! judged.

use std::collections::BTreeSet;

use footnote_answer::question::Question;
use footnote_eval::gold::Gold;
use footnote_eval::questions::Case;

use crate::app::App;
use crate::error::ApiError;

/// The questions of `cases` by id, in their order.
///
/// # Errors
/// The first case that cannot be asked or judged.
pub(crate) fn asked(app: &App, cases: &[Case]) -> Result<Vec<(String, Question)>, ApiError> {
    check_cases(cases)?;
    let limit = app.config.limits.max_question_chars;
    let question = |case: &Case| match Question::new(&case.question, limit) {
        Ok(question) => Ok((case.id.clone(), question)),
        Err(error) => {
            let mut error = ApiError::from(error);
            error.message = format!("`questions`, `{}`: {}", case.id, error.message);
            Err(error)
        }
    };
    cases.iter().map(question).collect()
}

fn check_cases(cases: &[Case]) -> Result<(), ApiError> {
    let hint = "each needs an `id` of its own, a `question`, `answerable`, and `evidence` or \
                `relevant` exactly when it is answerable";
    if cases.is_empty() {
        return Err(ApiError::invalid("`questions` is empty", hint));
    }
    let mut ids = BTreeSet::new();
    for case in cases {
        if !ids.insert(&case.id) {
            let message = format!("`questions`: the id `{}` is there twice", case.id);
            return Err(ApiError::invalid(message, hint));
        }
        // Ids become a column of TREC files.
        if case.id.is_empty() || case.id.contains(char::is_whitespace) {
            let message = format!("`questions`: the id `{}` is empty or has blanks", case.id);
            return Err(ApiError::invalid(message, hint));
        }
        if !case.is_consistent() {
            let message = format!(
                "`questions`: `answerable` of `{}` contradicts its gold",
                case.id
            );
            return Err(ApiError::invalid(message, hint));
        }
    }
    Ok(())
}

/// Passages where quotes are the gold, else documents.
pub(super) fn usual_gold(cases: &[Case]) -> Gold {
    if cases.iter().all(|case| case.relevant.is_empty()) {
        Gold::Passages
    } else {
        Gold::Documents
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(questions: &str, wanted: &str) {
        let cases: Vec<Case> = serde_json::from_str(questions).unwrap();
        let error = check_cases(&cases).unwrap_err();
        assert!(error.message.contains(wanted), "{}", error.message);
    }

    #[test]
    fn questions_that_cannot_be_judged_are_refused() {
        refused("[]", "empty");
        let open = r#"{"id":"a","question":"?","answerable":false}"#;
        refused(&format!("[{open},{open}]"), "twice");
        refused(
            r#"[{"id":"a b","question":"?","answerable":false}]"#,
            "blanks",
        );
        refused(
            r#"[{"id":"a","question":"?","answerable":true}]"#,
            "contradicts",
        );
        refused(
            r#"[{"id":"a","question":"?","answerable":true,"relevant":{"d":0}}]"#,
            "contradicts",
        );
    }
}
