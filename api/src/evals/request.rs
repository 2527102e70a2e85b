//! What `POST /v1/evals` takes, and what becomes of it when it is valid: a plan in which
//! nothing can be wrong any more.

use std::collections::BTreeMap;

use footnote_answer::ask::Wording;
use footnote_answer::question::Question;
use footnote_answer::search::Mode;
use footnote_eval::gold::Gold;
use footnote_eval::harness::Configuration;
use footnote_eval::metrics::Measure;
use footnote_eval::questions::Case;
use footnote_store::Scope;
use footnote_store::ledger::collections::DEFAULT;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::cases::{asked, usual_gold};
use crate::app::{App, settings};
use crate::error::ApiError;

/// The body of `POST /v1/evals`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EvalRequest {
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) collection: Option<String>,
    pub(crate) questions: Vec<Case>,
    /// What is ranked; by default passages where quotes are the gold, else documents.
    #[serde(default)]
    pub(crate) gold: Option<Gold>,
    /// The primary one first.
    #[serde(default)]
    pub(crate) measures: Vec<String>,
    #[serde(default)]
    pub(crate) configurations: Vec<Wanted>,
    /// The configuration that the others are compared with.
    #[serde(default)]
    pub(crate) baseline: Option<String>,
    #[serde(default)]
    pub(crate) k: Option<usize>,
    /// Has the questions answered, too.
    #[serde(default)]
    pub(crate) answers: Option<Wording>,
    /// Answers whatever the confidence, and reports what the gate saw of each question.
    #[serde(default)]
    pub(crate) open_gate: bool,
    /// Whether the report holds the rankings themselves.
    #[serde(default)]
    pub(crate) runs: bool,
}

/// A configuration as it is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    #[serde(default = "hybrid")]
    pub(crate) mode: Mode,
    /// Keys of `[search]` that differ from the service's own.
    #[serde(default)]
    pub(crate) search: Map<String, Value>,
}

fn hybrid() -> Mode {
    Mode::Hybrid
}

/// A request that can be run.
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) scope: Scope,
    pub(super) cases: Vec<Case>,
    /// By id, in the order of `cases`.
    pub(super) questions: Vec<(String, Question)>,
    pub(super) gold: Gold,
    pub(super) measures: Vec<Measure>,
    pub(super) configurations: Vec<Configuration>,
    /// What each configuration was said to be.
    pub(super) settings: Vec<Value>,
    pub(super) baseline: String,
    pub(super) k: usize,
    pub(super) answers: Option<Wording>,
    pub(super) open_gate: bool,
    pub(super) runs: bool,
}

impl Plan {
    /// Searches and answers to come.
    pub(super) fn steps(&self) -> u64 {
        let judged = self.cases.iter().filter(|case| case.has_places()).count();
        let answers = if self.answers.is_some() {
            self.cases.len()
        } else {
            0
        };
        (judged * self.configurations.len() + answers) as u64
    }
}

/// Most configurations of one evaluation.
const CONFIGURATIONS: usize = 32;
const MEASURES: [&str; 7] = [
    "ndcg@10",
    "map",
    "mrr@10",
    "recall@10",
    "recall@50",
    "success@1",
    "success@5",
];

pub(super) async fn check(app: &App, request: EvalRequest) -> Result<Plan, ApiError> {
    let collection = request.collection.unwrap_or_else(|| DEFAULT.to_owned());
    app.store.ledger.collection(&collection).await?;
    let questions = asked(app, &request.questions)?;
    if matches!(request.answers, Some(Wording::Generate)) && app.engine.generator.is_none() {
        return Err(footnote_answer::error::Error::NoGenerator.into());
    }
    let wanted = if request.configurations.is_empty() {
        legs()
    } else {
        request.configurations
    };
    let (configurations, settings) = configurations(app, wanted)?;
    Ok(Plan {
        name: request.name.unwrap_or_else(|| "questions".to_owned()),
        scope: Scope::collection(&collection),
        gold: request
            .gold
            .unwrap_or_else(|| usual_gold(&request.questions)),
        cases: request.questions,
        questions,
        measures: measures(&request.measures)?,
        baseline: baseline(request.baseline, &configurations)?,
        configurations,
        settings,
        k: crate::http::hits_asked(app, request.k, 10)?,
        answers: request.answers,
        open_gate: request.open_gate,
        runs: request.runs,
    })
}

fn measures(names: &[String]) -> Result<Vec<Measure>, ApiError> {
    let usual = MEASURES.map(str::to_owned);
    let names = if names.is_empty() { &usual[..] } else { names };
    let parsed = names.iter().map(|name| name.parse());
    parsed
        .collect::<Result<Vec<Measure>, _>>()
        .map_err(|error| ApiError::invalid(error.to_string(), "name measures such as `ndcg@10`"))
}

/// Each leg alone and both together.
fn legs() -> Vec<Wanted> {
    let legs = [
        ("vector", Mode::Vector),
        ("lexical", Mode::Lexical),
        ("hybrid", Mode::Hybrid),
    ];
    let wanted = legs.map(|(name, mode)| Wanted {
        name: name.to_owned(),
        mode,
        search: Map::new(),
    });
    wanted.to_vec()
}

fn configurations(
    app: &App,
    wanted: Vec<Wanted>,
) -> Result<(Vec<Configuration>, Vec<Value>), ApiError> {
    if wanted.len() > CONFIGURATIONS {
        let message = format!("`configurations` has more than {CONFIGURATIONS} entries");
        return Err(ApiError::invalid(
            message,
            "evaluate some of them at a time",
        ));
    }
    let mut named: BTreeMap<String, ()> = BTreeMap::new();
    let (mut configurations, mut said) = (Vec::new(), Vec::new());
    for Wanted { name, mode, search } in wanted {
        if named.insert(name.clone(), ()).is_some() {
            let message = format!("two `configurations` are called `{name}`");
            return Err(ApiError::invalid(message, "give each a name of its own"));
        }
        let config = app.config.with_search(&search).map_err(|error| {
            let hint = "`footnote config --explain` lists the keys of `[search]`";
            ApiError::invalid(format!("configuration `{name}`: {error}"), hint)
        })?;
        said.push(json!({ "mode": mode, "search": search }));
        configurations.push(Configuration {
            name,
            mode,
            settings: settings(&config).search,
            k: None,
        });
    }
    Ok((configurations, said))
}

/// The one that was named, else `hybrid`, else the first.
fn baseline(named: Option<String>, among: &[Configuration]) -> Result<String, ApiError> {
    let has = |name: &str| among.iter().any(|configuration| configuration.name == name);
    match named {
        Some(name) if has(&name) => Ok(name),
        Some(name) => {
            let message = format!("`baseline` is `{name}`, which is no configuration here");
            Err(ApiError::invalid(message, "name one of `configurations`"))
        }
        None if has("hybrid") => Ok("hybrid".to_owned()),
        None => Ok(among.first().map(|c| c.name.clone()).unwrap_or_default()),
    }
}
