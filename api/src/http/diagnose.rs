//! `POST /v1/diagnose`: which stage lost what should have been found, and what brings it back.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use footnote_answer::ask::{Ask, Cut, Wording};
use footnote_answer::engine::Engine;
use footnote_answer::escalate::Escalating;
use footnote_answer::search::{Mode, Search};
use footnote_eval::diagnose::expected::Expected;
use footnote_eval::diagnose::gold::{Gold, Wanted};
use footnote_eval::diagnose::outside::Outside;
use footnote_eval::diagnose::{self, Diagnosis, Request};
use footnote_eval::questions::Case;
use footnote_ingest::source::Source;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::extract::Json;
use super::search::{ScopeRequest, k, max_claims, question, scope};
use crate::app::{self, App};
use crate::config::Config;
use crate::error::ApiError;
use crate::evals;
use crate::watch::left_out;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DiagnoseRequest {
    question: String,
    collection: Option<String>,
    collections: Option<Vec<String>>,
    filter: Option<Value>,
    expected: ExpectedJson,
    k: Option<usize>,
    mode: Option<Wording>,
    strict: Option<bool>,
    max_claims: Option<usize>,
    counterfactuals: Option<bool>,
    budget_ms: Option<u64>,
    /// Keys of the configuration to diagnose under, as a suggestion's `change` has them.
    #[serde(default)]
    settings: Map<String, Value>,
    /// An eval set, as `POST /v1/evals` takes it: what is suggested is put to its other
    /// questions, too.
    questions: Option<Vec<Case>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedJson {
    document_id: Option<String>,
    uri: Option<String>,
    passage_text: Option<String>,
    answer: Option<String>,
}

/// Characters that expected words may have.
const MAX_WORDS: usize = 10_000;
/// Longest time that changes may be tried, in milliseconds.
const MAX_BUDGET_MS: u64 = 60_000;
/// How long they are tried when the request does not say.
const BUDGET_MS: u64 = 5_000;

pub(super) async fn diagnose(
    State(app): State<Arc<App>>,
    Json(mut request): Json<DiagnoseRequest>,
) -> Result<axum::Json<Diagnosis>, ApiError> {
    let config = app.config.patched(&request.settings)?;
    let engine = engine(&app, &config)?;
    let set = match request.questions.take() {
        Some(cases) => Some((evals::asked(&app, &cases)?, cases)),
        None => None,
    };
    let request = check(&app, &config, request).await?;
    let snapshot = app.store.snapshot();
    let others = match set {
        Some((asked, cases)) => {
            let search = &request.ask.search;
            Some(evals::others(&app, &snapshot, search, cases, asked).await?)
        }
        None => None,
    };
    let gold = diagnose::locate(&engine, &app.store, &snapshot, &request).await?;
    let outside = match gold.extracted() {
        true => Outside::default(),
        false => look_outside(&app, &request, &gold).await?,
    };
    let others = others.as_ref();
    let diagnosis =
        diagnose::diagnose(&engine, &snapshot, &request, &gold, &outside, others).await?;
    Ok(axum::Json(diagnosis))
}

/// The engine with the settings of `config`.
fn engine(app: &App, config: &Config) -> Result<Engine, ApiError> {
    let mut engine = Engine {
        settings: app::settings(config),
        ..app.engine.clone()
    };
    if !config.models.generator {
        engine.generator = None;
        engine.models.generator = None;
    } else if engine.generator.is_none() && !app.config.models.generator {
        let hint = "set `models.generator` in the configuration and start the service again";
        return Err(ApiError::invalid(
            "`settings` cannot load a generator",
            hint,
        ));
    }
    Ok(engine)
}

async fn check(app: &App, config: &Config, request: DiagnoseRequest) -> Result<Request, ApiError> {
    let expected = expected(request.expected)?;
    let budget_ms = request.budget_ms.unwrap_or(BUDGET_MS);
    if budget_ms > MAX_BUDGET_MS {
        let message = format!("`budget_ms` is {budget_ms}: it must be from 0 to {MAX_BUDGET_MS}");
        return Err(ApiError::invalid(message, "let fewer changes be tried"));
    }
    let max_claims = max_claims(request.max_claims)?;
    let named = ScopeRequest {
        collection: request.collection,
        collections: request.collections,
        filter: request.filter,
    };
    let search = Search {
        question: question(app, &request.question)?,
        scope: scope(app, named).await?,
        k: k(app, request.k, config.answer.passages)?,
        mode: Mode::Hybrid,
    };
    Ok(Request {
        ask: Ask {
            search,
            wording: request.mode.unwrap_or(Wording::Auto),
            strict: request.strict.unwrap_or(true),
            max_claims,
            deadline: None,
            quote_when_busy: false,
            cut: Cut::default(),
            // Trying changes out is to cost nothing, and to come out the same each time.
            escalating: Escalating::Never,
        },
        expected,
        counterfactuals: request.counterfactuals.unwrap_or(true),
        budget: Duration::from_millis(budget_ms),
    })
}

fn expected(given: ExpectedJson) -> Result<Expected, ApiError> {
    let hint = "name a document by `document_id` or `uri`, quote it in `passage_text`, or say what `answer` should state";
    if given.document_id.is_some() && given.uri.is_some() {
        let message = "`expected` has both `document_id` and `uri`";
        return Err(ApiError::invalid(message, "name the document once"));
    }
    for (name, words) in [
        ("passage_text", &given.passage_text),
        ("answer", &given.answer),
    ] {
        let Some(words) = words else { continue };
        let (length, empty) = (
            words.chars().count(),
            diagnose::text::words(words).is_empty(),
        );
        if length > MAX_WORDS || empty {
            let message = format!(
                "`expected.{name}` has {length} characters: it needs a word, and at most {MAX_WORDS}"
            );
            return Err(ApiError::invalid(message, hint));
        }
    }
    let document_id = match &given.document_id {
        Some(id) => Some(id.parse().map_err(|_| {
            ApiError::invalid("`expected.document_id` is not the id of a document", hint)
        })?),
        None => None,
    };
    let expected = Expected {
        document_id,
        uri: given.uri,
        passage_text: given.passage_text,
        answer: given.answer,
    };
    if expected == Expected::default() {
        return Err(ApiError::invalid("`expected` is empty", hint));
    }
    Ok(expected)
}

/// Looks where no stored text is: the originals, parsed again, and files that nobody stored.
async fn look_outside(app: &Arc<App>, request: &Request, gold: &Gold) -> Result<Outside, ApiError> {
    let collections = &request.ask.search.scope.collections;
    let expected = request.expected.clone();
    let named = expected
        .uri
        .as_deref()
        .filter(|_| gold.documents.is_empty());
    let words = expected.clone();
    let has_words = move |text: &str| !Wanted::of(&words).spans(text).0.is_empty();
    let files = match gold.documents.is_empty() {
        true => left_out(app, collections, named, has_words).await?,
        false => Vec::new(),
    };
    Ok(Outside {
        parsed_again: parsed_again(app, gold, &expected).await?,
        files,
        ocr: app.config.ingest.ocr.is_some(),
    })
}

/// Whether the originals of the documents have the words when they are parsed today.
async fn parsed_again(
    app: &Arc<App>,
    gold: &Gold,
    expected: &Expected,
) -> Result<Option<bool>, ApiError> {
    let wanted = Wanted::of(expected);
    let mut tried = None;
    for document in gold.documents.iter().take(1) {
        let row = &document.row;
        let source = Source {
            uri: row.uri.clone(),
            media_type: Some(row.media_type.clone()),
            bytes: app.store.blobs.get(&row.content_sha256)?,
        };
        let parsed = app.parsers.parse(&source, &app.parse_limits()).await;
        let held = parsed.is_ok_and(|document| !wanted.spans(&document.text).0.is_empty());
        tried = Some(tried == Some(true) || held);
    }
    Ok(tried)
}
