//! The eval set of a diagnosis: the same questions as an evaluation takes, without the one that
//! is diagnosed, resolved in the same way.

use footnote_answer::question::Question;
use footnote_answer::search::Search;
use footnote_eval::diagnose::others::Others;
use footnote_eval::questions::Case;
use footnote_store::{Scope, Snapshot};

use super::cases::usual_gold;
use super::run::{index, resolve};
use crate::app::App;
use crate::error::ApiError;

/// `cases`, whose questions are `asked`, beside the question of `search`, in its collections.
///
/// # Errors
/// The store failed.
pub(crate) async fn others(
    app: &App,
    snapshot: &Snapshot,
    search: &Search,
    cases: Vec<Case>,
    asked: Vec<(String, Question)>,
) -> Result<Others, ApiError> {
    let gold = usual_gold(&cases);
    let scope = Scope {
        filter: None,
        ..search.scope.clone()
    };
    let (cases, questions) = beside(&search.question, cases, asked);
    let index = index(snapshot, &scope).await?;
    let judged = resolve(app, &scope, (&cases, gold), &index).await?;
    Ok(Others {
        cases: cases.into_iter().zip(questions).collect(),
        qrels: judged.qrels,
        gold,
        index,
        scope,
    })
}

/// Those that do not ask `diagnosed`.
fn beside(
    diagnosed: &Question,
    cases: Vec<Case>,
    asked: Vec<(String, Question)>,
) -> (Vec<Case>, Vec<Question>) {
    let asked = asked.into_iter().map(|(_, question)| question);
    let pairs = cases.into_iter().zip(asked);
    pairs.filter(|(_, question)| question != diagnosed).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diagnosed_question_is_not_one_of_the_others() {
        let case = |id: &str, question: &str| -> Case {
            let json = serde_json::json!({ "id": id, "question": question, "answerable": false });
            serde_json::from_value(json).unwrap()
        };
        let question = |text: &str| Question::new(text, 100).unwrap();
        let cases = vec![
            case("a", " When? "),
            case("b", "Where?"),
            case("c", "When?"),
        ];
        let asked = cases
            .iter()
            .map(|case| (case.id.clone(), question(&case.question)))
            .collect();
        let (cases, questions) = beside(&question("When?"), cases, asked);
        assert_eq!(questions, [question("Where?")]);
        assert_eq!(cases[0].id, "b");
    }
}
