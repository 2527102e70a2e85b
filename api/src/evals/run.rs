//! Runs a plan: search under every configuration, judge, and have the questions answered
//! where that was asked for. Reads one snapshot from the first question to the last.

use std::collections::{BTreeMap, HashMap};

use footnote_answer::question::Question;
use footnote_eval::answers::{self, ask::Manner};
use footnote_eval::gold::{Gold, Index, Judged, judged};
use footnote_eval::harness::{self, Job, Ranking};
use footnote_eval::questions::Case;
use footnote_eval::report::{Ranked, Report, outcomes};
use footnote_eval::trec::Run;
use footnote_store::{Scope, Snapshot};

use super::Going;
use super::request::Plan;
use crate::app::App;
use crate::error::ApiError;

pub(super) async fn run(app: &App, plan: Plan, progress: &Going) -> Result<Report, ApiError> {
    let snapshot = app.store.snapshot();
    let index = index(&snapshot, &plan.scope).await?;
    let judged = resolve(app, &plan.scope, (&plan.cases, plan.gold), &index).await?;
    let asked: Vec<(String, Question)> = plan
        .questions
        .iter()
        .filter(|(id, _)| judged.qrels.queries.contains_key(id))
        .cloned()
        .collect();
    let job = Job {
        engine: &app.engine,
        snapshot: &snapshot,
        scope: &plan.scope,
        k: plan.k,
        questions: &asked,
    };
    let rankings = harness::run(&job, &plan.configurations, || progress.step()).await?;
    let answers = answered(app, &plan, &snapshot, progress).await?;
    let version = snapshot.index_version();
    // Tens of thousands of resamplings: seconds of arithmetic, which no request should wait for.
    let summed = tokio::task::spawn_blocking(move || {
        report(plan, version, &index, judged, rankings, answers)
    });
    summed.await.map_err(|panic| ApiError::internal(&panic))
}

/// The chunks in the collections of `scope`.
pub(super) async fn index(snapshot: &Snapshot, scope: &Scope) -> Result<Index, ApiError> {
    let mut places = snapshot.places().await?;
    places.retain(|place| scope.collections.contains(&place.collection));
    Ok(Index::new(places))
}

/// The judgements; texts are read once each, and only where quotes are sought in them.
pub(super) async fn resolve(
    app: &App,
    scope: &Scope,
    (cases, gold): (&[Case], Gold),
    index: &Index,
) -> Result<Judged, ApiError> {
    let mut texts: HashMap<&str, String> = HashMap::new();
    if gold == Gold::Passages {
        for evidence in cases.iter().flat_map(|case| &case.evidence) {
            let uri = evidence.document.as_str();
            if !texts.contains_key(uri) {
                texts.extend(text(app, scope, uri).await?.map(|text| (uri, text)));
            }
        }
    }
    let mut text = |uri: &str| texts.get(uri).cloned();
    Ok(judged(cases, gold, index, &mut text))
}

async fn text(app: &App, scope: &Scope, uri: &str) -> Result<Option<String>, ApiError> {
    for collection in &scope.collections {
        if let Some(row) = app.store.ledger.document_by_uri(collection, uri).await? {
            let text = String::from_utf8(app.store.blobs.get(&row.text_sha256)?);
            return text.map(Some).map_err(|error| ApiError::internal(&error));
        }
    }
    Ok(None)
}

async fn answered(
    app: &App,
    plan: &Plan,
    snapshot: &Snapshot,
    progress: &Going,
) -> Result<Option<answers::report::Report>, ApiError> {
    let Some(wording) = plan.answers else {
        return Ok(None);
    };
    let job = Job {
        engine: &app.engine,
        snapshot,
        scope: &plan.scope,
        k: app.config.answer.passages,
        questions: &plan.questions,
    };
    let manner = Manner {
        wording,
        open: plan.open_gate,
    };
    let report = answers::ask::run(&job, &plan.cases, manner, || progress.step()).await?;
    Ok(Some(report))
}

fn report(
    plan: Plan,
    index_version: String,
    index: &Index,
    judged: Judged,
    rankings: Vec<Ranking>,
    answers: Option<answers::report::Report>,
) -> Report {
    let named = plan.configurations.iter().zip(plan.settings).zip(rankings);
    let ranked: Vec<Ranked> = named
        .map(|((configuration, settings), ranking)| {
            let found = ranking.chunks.iter();
            let found = found.map(|(id, chunks)| (id.clone(), index.ranked(chunks, plan.gold)));
            Ranked {
                name: configuration.name.clone(),
                settings,
                run: Run::ranked(&configuration.name, found.collect()),
                millis: ranking.millis,
            }
        })
        .collect();
    let mut configurations = outcomes(&judged.qrels, &ranked, &plan.measures, &plan.baseline);
    if plan.runs {
        for (outcome, ranked) in configurations.iter_mut().zip(&ranked) {
            outcome.run = Some(rankings_of(&ranked.run));
        }
    }
    let judged_cases = plan.cases.iter().filter(|case| case.has_places());
    Report {
        name: plan.name,
        gold: plan.gold,
        index_version,
        judged: judged.qrels.queries.len(),
        unanswerable: plan.cases.iter().filter(|case| !case.answerable).count(),
        unresolved: judged.unresolved,
        k: plan.k,
        questions: judged_cases
            .map(|case| (case.id.clone(), case.question.clone()))
            .collect(),
        measures: plan.measures.iter().map(ToString::to_string).collect(),
        baseline: plan.baseline,
        configurations,
        answers,
        qrels: plan.runs.then_some(judged.qrels.queries),
    }
}

fn rankings_of(run: &Run) -> BTreeMap<String, Vec<String>> {
    let queries = run.queries.keys();
    let ranked = queries.map(|id| {
        let ranking = run.ranking(id).into_iter().map(str::to_owned);
        (id.clone(), ranking.collect())
    });
    ranked.collect()
}
