//! `POST /v1/answers/{id}/replay`: asks the recorded question again, of the version of the index
//! that was read or of the newest, with the settings and models of now, and says what differs.
//!
//! Causes are found by trying, not by guessing. What also differs when the recorded version is
//! asked does not come from the index; of that, what also differs under the recorded settings
//! comes from the models, the rest from the settings. Where the recorded version is gone, a
//! difference is put down to whatever is known to have changed.

use std::sync::Arc;

use axum::extract::State;
use footnote_answer::ask::{Ask, Cut, Wording};
use footnote_answer::escalate::{Escalating, EscalationTrace};
use footnote_answer::generate::StopReason;
use footnote_store::{Error as StoreError, Snapshot};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cause::{Cause, Tried, by_name, known};
use super::compare::{self, Differing};
use super::receipt::{self, Asked};
use super::{Json, Path};
use crate::app::{App, settings};
use crate::config::{self, Config};
use crate::error::ApiError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ReplayRequest {
    #[serde(default)]
    at: At,
}

/// The version of the index that is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum At {
    #[default]
    Recorded,
    Latest,
}

/// What became of the answer.
#[derive(Serialize)]
pub(in crate::http) struct Replayed {
    identical: bool,
    differences: Vec<Difference>,
    answer: Value,
}

#[derive(Serialize)]
struct Difference {
    cause: Cause,
    path: String,
    was: Value,
    is: Value,
}

/// What a receipt says, as far as it is needed.
#[derive(Deserialize)]
struct Recorded {
    request: Asked,
    search: Value,
    answer: Value,
    trace: RecordedTrace,
}

#[derive(Deserialize)]
struct RecordedTrace {
    #[serde(default)]
    busy: bool,
    #[serde(default)]
    late: bool,
    copy: Option<Output>,
    rewrite: Option<Output>,
    escalation: Option<EscalationTrace>,
}

/// Something that the generator was asked for.
#[derive(Deserialize)]
struct Output {
    stopped: String,
    tokens: usize,
}

impl Output {
    /// The tokens after which the clock stopped it.
    fn cut(&self) -> Option<usize> {
        (self.stopped == StopReason::Deadline.as_str()).then_some(self.tokens)
    }
}

pub(in crate::http) async fn replay(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Json(request): Json<ReplayRequest>,
) -> Result<axum::Json<Replayed>, ApiError> {
    let kept = receipt::read(&app, &id).await?;
    let recorded: Recorded = serde_json::from_value(kept["receipt"].clone())
        .map_err(|error| ApiError::internal(&error))?;
    let replay = Replay {
        ask: recorded.ask()?,
        app: &app,
        kept: &kept,
        recorded,
    };
    replay.at(request.at).await.map(axum::Json)
}

impl Recorded {
    /// The question as it was asked. What the clock or the queue decided then is decided the
    /// same way now: what a deadline cut short is cut at the same token. An endpoint is
    /// never asked again: what it replied then is verified once more.
    fn ask(&self) -> Result<Ask, ApiError> {
        let mut ask = self.request.ask()?;
        let copied = self.trace.copy.is_some();
        if self.trace.busy || (self.trace.late && !copied) {
            ask.wording = Wording::Extractive;
        }
        ask.cut = Cut {
            copy: self.trace.copy.as_ref().and_then(Output::cut),
            write: self.trace.rewrite.as_ref().and_then(Output::cut),
            unwritten: self.trace.late && copied,
        };
        if let Some(escalation) = &self.trace.escalation {
            ask.escalating = Escalating::Recorded(Arc::new(escalation.clone()));
        }
        Ok(ask)
    }
}

/// One replay.
struct Replay<'a> {
    app: &'a App,
    kept: &'a Value,
    recorded: Recorded,
    ask: Ask,
}

impl Replay<'_> {
    async fn at(&self, at: At) -> Result<Replayed, ApiError> {
        let version = self.kept["answer"]["index_version"].as_str();
        let version = version.unwrap_or_default();
        let then = self.app.store.snapshot_at(version).await;
        let (snapshot, then) = match at {
            At::Recorded => {
                let then = then?;
                (Arc::clone(&then), Some(then))
            }
            At::Latest => (self.app.store.snapshot(), kept(then)?),
        };
        let now = &self.app.config;
        let answer = self.answer(&snapshot, now).await?;
        let mut found = compare::answers(&self.kept["answer"], &answer);
        if !found.is_empty() {
            // What the answer does not show, but what may be why.
            found.extend(self.changed()?);
        }
        Ok(Replayed {
            identical: found.is_empty(),
            differences: self.with_causes(found, then.as_deref()).await?,
            answer,
        })
    }

    /// What `snapshot` answers under `config`.
    async fn answer(&self, snapshot: &Snapshot, config: &Config) -> Result<Value, ApiError> {
        let mut engine = self.app.engine.clone();
        engine.settings = settings(config);
        receipt::as_read(&engine.ask(snapshot, &self.ask).await?.answer)
    }

    /// Settings, and what else is known of then and now beside the answer, that changed.
    fn changed(&self) -> Result<Vec<Differing>, ApiError> {
        let now = receipt::surroundings(self.app)?;
        let then = &self.kept["receipt"];
        let parts = [
            "abilities",
            "answer",
            "decoder",
            "kernels",
            "prompt_version",
            "search",
            "service_version",
        ];
        let differing = parts
            .iter()
            .flat_map(|part| compare::values(&then[part], &now[part], &format!("receipt.{part}")));
        Ok(differing.collect())
    }

    async fn with_causes(
        &self,
        found: Vec<Differing>,
        then: Option<&Snapshot>,
    ) -> Result<Vec<Difference>, ApiError> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let known = known(&found);
        let tried = match then {
            Some(then) => Some(self.tried(then).await?),
            None => None,
        };
        let cause = |path: &str| match (by_name(path), &tried) {
            (Some(cause), _) => cause,
            (None, Some(tried)) => tried.cause(path, known),
            (None, None) => known,
        };
        let difference = |one: Differing| Difference {
            cause: cause(&one.path),
            path: one.path,
            was: one.was,
            is: one.is,
        };
        Ok(found.into_iter().map(difference).collect())
    }

    /// What differs at the recorded version, under the settings of now and of then.
    async fn tried(&self, then: &Snapshot) -> Result<Tried, ApiError> {
        let was = &self.kept["answer"];
        let paths = |answer: &Value| -> Vec<String> {
            let found = compare::answers(was, answer);
            found.into_iter().map(|one| one.path).collect()
        };
        let now = self.answer(then, &self.app.config).await?;
        let under_now = paths(&now);
        let under_then = match self.recorded.config(&self.app.config) {
            Some(config) if !under_now.is_empty() => paths(&self.answer(then, &config).await?),
            _ => Vec::new(),
        };
        Ok(Tried {
            under_now,
            under_then,
        })
    }
}

/// A version that is gone is none.
fn kept<T>(version: Result<T, StoreError>) -> Result<Option<T>, ApiError> {
    match version {
        Err(StoreError::VersionGone { .. }) => Ok(None),
        version => Ok(version.map(Some)?),
    }
}

impl Recorded {
    /// `now` with the recorded settings; `None` when they are of a version that had others.
    fn config(&self, now: &Config) -> Option<Config> {
        let search: config::Search = serde_json::from_value(self.search.clone()).ok()?;
        let answer: config::Answer = serde_json::from_value(self.answer.clone()).ok()?;
        Some(Config {
            search,
            answer,
            ..now.clone()
        })
    }
}
