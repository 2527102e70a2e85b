//! Puts the other questions of an eval set to the service, as it is and with a change, for as
//! long as was granted. Both sides take turns, question by question, so that neither profits
//! from caches that the other warmed.

use std::time::Instant;

use footnote_answer::Error;
use footnote_answer::ask::{Ask, Settings};
use footnote_answer::engine::Engine;
use footnote_answer::question::Question;
use footnote_answer::search::Search;
use footnote_store::Scope;
use tokio::time::timeout_at;

use super::change::{Change, Reach, reach};
use super::counterfactual::Bench;
use super::effect::{Effect, Outcomes, Weighed, effect};
use super::observe::with;
use crate::answers::score::score;
use crate::gold::{Gold, Index};
use crate::harness::{self, Configuration, Job};
use crate::questions::Case;
use crate::trec::Qrels;

/// The questions of an eval set without the one that is diagnosed.
#[derive(Debug)]
pub struct Others {
    /// What is known about each, and the question.
    pub cases: Vec<(Case, Question)>,
    /// Judgements of those that have something to find.
    pub qrels: Qrels,
    /// What was judged.
    pub gold: Gold,
    /// The chunks in `scope`.
    pub index: Index,
    /// Collections of the diagnosed request; its filter is about its own question.
    pub scope: Scope,
}

/// One side of the comparison.
struct Side {
    ask: Ask,
    settings: Settings,
}

impl Others {
    /// What `changes` to `ask` and `settings` do to these questions.
    ///
    /// # Errors
    /// The first search or answer that fails.
    pub async fn weigh(
        &self,
        bench: Bench<'_>,
        (ask, settings): (&Ask, Settings),
        changes: &[Change],
    ) -> Result<Weighed, Error> {
        let now = Side {
            ask: ask.clone(),
            settings,
        };
        let (ask, settings) = changes
            .iter()
            .fold((ask.clone(), settings), |(ask, settings), change| {
                change.apply(&ask, settings)
            });
        let sides = [now, Side { ask, settings }];
        match reach(changes) {
            None => Ok(Weighed::not(
                "it is no setting that questions can be put to: only doing it shows what it does",
            )),
            Some(Reach::Request) => Ok(Weighed::not(
                "it changes this request alone, and nothing that other questions meet",
            )),
            Some(Reach::Search) => self.by_hits(bench, &sides).await,
            Some(Reach::Answer) => self.by_answers(bench, &sides).await,
        }
    }

    async fn by_hits(&self, bench: Bench<'_>, sides: &[Side; 2]) -> Result<Weighed, Error> {
        let questions: Vec<(String, Question)> = self
            .cases
            .iter()
            .filter(|(case, _)| self.qrels.queries.contains_key(&case.id))
            .map(|(case, question)| (case.id.clone(), question.clone()))
            .collect();
        let job = Job {
            engine: bench.engine,
            snapshot: bench.snapshot,
            scope: &self.scope,
            k: sides[0].ask.search.k,
            questions: &questions,
        };
        let configurations = sides.each_ref().map(|side| Configuration {
            name: String::new(),
            mode: side.ask.search.mode,
            settings: side.settings.search,
            k: Some(side.ask.search.k),
        });
        let steps = Steps::of(questions.len(), "searches");
        let run = async |steps: &mut Steps| {
            let rankings = harness::run(&job, &configurations, || steps.done += 1).await?;
            let of = |at: usize| {
                let (k, ranking) = (sides[at].ask.search.k, &rankings[at]);
                Outcomes::hits(&self.qrels, &self.index, self.gold, k, ranking)
            };
            Ok(effect(&of(0), &of(1)))
        };
        within(bench.until, steps, run).await
    }

    async fn by_answers(&self, bench: Bench<'_>, sides: &[Side; 2]) -> Result<Weighed, Error> {
        // A relevant document says nothing about the words that an answer should cite.
        let cases = self.cases.iter();
        let cases: Vec<&(Case, Question)> = cases
            .filter(|(case, _)| !case.answerable || !case.evidence.is_empty())
            .collect();
        let engines = sides
            .each_ref()
            .map(|side| with(bench.engine, side.settings));
        let steps = Steps::of(cases.len(), "answers");
        let run = async |steps: &mut Steps| {
            let mut outcomes = [(); 2].map(|()| Outcomes {
                measure: "right".to_owned(),
                ..Outcomes::default()
            });
            for (i, (case, question)) in cases.iter().enumerate() {
                for at in [i % 2, (i + 1) % 2] {
                    let ask = self.ask(&sides[at].ask, question);
                    let (right, millis) = answer(&engines[at], bench, case, &ask).await?;
                    let outcomes = &mut outcomes[at];
                    outcomes.values.insert(case.id.clone(), f64::from(right));
                    outcomes.millis.push(millis);
                    steps.done += 1;
                }
            }
            Ok(effect(&outcomes[0], &outcomes[1]))
        };
        within(bench.until, steps, run).await
    }

    /// `question` asked as `ask` is, in these collections.
    fn ask(&self, ask: &Ask, question: &Question) -> Ask {
        Ask {
            search: Search {
                question: question.clone(),
                scope: self.scope.clone(),
                ..ask.search.clone()
            },
            ..ask.clone()
        }
    }
}

/// Whether the answer is right, and how many milliseconds it took.
async fn answer(
    engine: &Engine,
    bench: Bench<'_>,
    case: &Case,
    ask: &Ask,
) -> Result<(bool, f64), Error> {
    match engine.ask(bench.snapshot, ask).await {
        Ok(answered) => {
            let answer = &answered.answer;
            Ok((
                score(case, answer).is_right(),
                answer.timings_ms.total as f64,
            ))
        }
        // Only a generator was to answer, and there is none: no answer is right.
        Err(Error::NoGenerator) => Ok((false, 0.0)),
        Err(error) => Err(error),
    }
}

/// How far a comparison is.
struct Steps {
    done: usize,
    of: usize,
    what: &'static str,
}

impl Steps {
    fn of(questions: usize, what: &'static str) -> Self {
        Self {
            done: 0,
            of: 2 * questions,
            what,
        }
    }

    fn cut_short(&self) -> String {
        let Self { done, of, what } = self;
        format!("`budget_ms` was over after {done} of {of} {what}")
    }
}

/// Lets `run` go on until then at most: half a comparison would favour what was asked first.
async fn within(
    until: Instant,
    mut steps: Steps,
    run: impl AsyncFnOnce(&mut Steps) -> Result<Effect, Error>,
) -> Result<Weighed, Error> {
    if steps.of == 0 {
        return Ok(Weighed::not(
            "no other question of the set says what should come of it",
        ));
    }
    // A deadline in the past would still let the first search begin.
    if Instant::now() < until
        && let Ok(ran) = timeout_at(until.into(), run(&mut steps)).await
    {
        return ran.map(Weighed::from);
    }
    Ok(Weighed::not(steps.cut_short()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn reason(questions: usize) -> String {
        let steps = Steps::of(questions, "searches");
        let run =
            async |_: &mut Steps| -> Result<Effect, Error> { panic!("nothing begins any more") };
        let weighed = within(Instant::now(), steps, run).await.unwrap();
        assert_eq!(weighed.effect, None);
        weighed.effect_reason.unwrap()
    }

    #[tokio::test]
    async fn what_is_not_finished_in_time_has_no_effect_and_says_why() {
        let over = reason(3).await;
        assert_eq!(over, "`budget_ms` was over after 0 of 6 searches");
        let none = reason(0).await;
        assert!(none.starts_with("no other question"), "{none}");
        let mut steps = Steps::of(2, "answers");
        steps.done += 3;
        let cut = steps.cut_short();
        assert_eq!(cut, "`budget_ms` was over after 3 of 4 answers");
    }
}
