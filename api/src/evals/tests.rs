//! An evaluation that ends, one that goes on, one that failed, and too many that wait.

use super::*;

fn report() -> Report {
    Report {
        name: "n".into(),
        gold: footnote_eval::gold::Gold::Documents,
        index_version: "g0.v1".into(),
        judged: 0,
        unanswerable: 0,
        unresolved: Vec::new(),
        k: 10,
        questions: BTreeMap::new(),
        measures: Vec::new(),
        baseline: String::new(),
        configurations: Vec::new(),
        qrels: None,
        answers: None,
    }
}

#[test]
fn an_evaluation_goes_on_until_it_ends_or_the_service_stops() {
    let data = tempfile::tempdir().unwrap();
    let evals = Evals::at(data.path());
    let (record, progress) = evals.begin("n", 2).unwrap();
    progress.step();
    let (going, none) = evals.get(&record.id).unwrap();
    assert_eq!((going.state, going.done, none), (State::Queued, 1, None));

    let restarted = Evals::at(data.path());
    let cut_off = restarted.list().unwrap().remove(0);
    assert_eq!(cut_off.state, State::Failed);
    assert_eq!(cut_off.error.unwrap().code, Code::Unavailable);

    evals.end(record.clone(), Ok(report()));
    let (ended, kept) = restarted.get(&record.id).unwrap();
    assert_eq!((ended.state, kept), (State::Succeeded, Some(report())));
}

#[test]
fn a_failure_is_kept_with_its_reason_and_only_so_many_wait() {
    let data = tempfile::tempdir().unwrap();
    let evals = Evals::at(data.path());
    let begun: Vec<Record> = (0..WAITING)
        .map(|_| evals.begin("n", 1).unwrap().0)
        .collect();
    let refused = evals.begin("n", 1).unwrap_err();
    assert_eq!(refused.code, Code::Overloaded);
    evals.end(
        begun[0].clone(),
        Err(ApiError::invalid("wrong", "right it")),
    );
    let (failed, report) = evals.get(&begun[0].id).unwrap();
    assert_eq!((failed.state, report), (State::Failed, None));
    assert_eq!(failed.error.unwrap().message, "wrong");
    assert!(evals.begin("n", 1).is_ok());
}
