//! `footnote eval gen`: questions that the stored documents themselves suggest.

use std::path::PathBuf;

use axum::http::Method;
use clap::Args;
use footnote_eval::feedback;
use footnote_eval::generate::{Source, questions};
use footnote_ingest::span::Span;
use footnote_store::ledger::Ledger;
use footnote_store::ledger::feedback::GivenFeedback;
use serde_json::Value;

use super::data::spread;
use super::write;
use crate::cli::client::{Client, Payload, Target};
use crate::cli::{Exit, show};
use crate::error::ApiError;

/// What follows `footnote eval gen`.
#[derive(Debug, Args)]
pub(super) struct Flags {
    /// Collection to make questions from
    #[arg(long, value_name = "NAME", default_value = "default")]
    collection: String,
    /// At most this many, evenly spread over the documents
    #[arg(long, value_name = "COUNT", default_value_t = 200)]
    limit: usize,
    /// Where to write them [default: stdout]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Make them of what people said of answers instead; reads the data directory, also while a
    /// server has it open
    #[arg(long, conflicts_with = "collection")]
    from_feedback: bool,
}

pub(super) async fn run(mut target: Target, flags: Flags) -> Result<Exit, ApiError> {
    let cases = if flags.from_feedback {
        feedback::questions(&given(&target).await?)
    } else {
        target.config.models.generator = false;
        let client = Client::open(target).await?;
        let sources = sources(&client, &flags.collection).await;
        client.close().await;
        questions(&sources?)
    };
    let all = cases.len();
    let chosen = spread(cases, flags.limit);
    let mut text = String::new();
    for case in &chosen {
        let json = serde_json::to_string(case).map_err(|error| ApiError::internal(&error))?;
        text.push_str(&json);
        text.push('\n');
    }
    match &flags.output {
        Some(path) => write(path, &text)?,
        None => show::line(text.trim_end()),
    }
    eprintln!("{} of {all} questions", chosen.len());
    Ok(Exit::Done)
}

/// What was said of answers, from the ledger alone, which any number of processes may read.
async fn given(target: &Target) -> Result<Vec<GivenFeedback>, ApiError> {
    if target.server.is_some() {
        let message = "`--from-feedback` reads a data directory, not a server";
        let hint = "run it on the server's machine with `--data`, without `--server`";
        return Err(ApiError::invalid(message, hint));
    }
    let path = target.config.storage.data.join("ledger.sqlite");
    if !path.is_file() {
        let message = format!("`{}` does not exist", path.display());
        return Err(ApiError::invalid(
            message,
            "name the data directory with `--data`",
        ));
    }
    let ledger = Ledger::open(&path).await?;
    let given = ledger.latest_feedback().await;
    ledger.close().await;
    Ok(given?)
}

async fn sources(client: &Client, collection: &str) -> Result<Vec<Source>, ApiError> {
    let (mut sources, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/documents?collection={collection}&limit=500{cursor}");
        let page = client.call(Method::GET, &path, Payload::Nothing).await?;
        for document in show::items(&page["items"]) {
            let path = format!("/v1/documents/{}/chunks", show::text(&document["id"]));
            let chunks = client.call(Method::GET, &path, Payload::Nothing).await?;
            let uri = show::text(&document["uri"]);
            sources.extend(show::items(&chunks["items"]).map(|chunk| source(&uri, chunk)));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(sources),
        }
    }
}

fn source(uri: &str, chunk: &Value) -> Source {
    let text = show::text(&chunk["text"]);
    let start = chunk["start_char_index"].as_u64().unwrap_or(0) as usize;
    let sentences: Vec<Span> =
        serde_json::from_value(chunk["sentences"].clone()).unwrap_or_default();
    let slice = |span: &Span| span.relative_to(start).slice(&text).map(str::to_owned);
    Source {
        document: uri.to_owned(),
        heading_path: show::items(&chunk["heading_path"])
            .map(show::text)
            .collect(),
        sentences: sentences.iter().filter_map(slice).collect(),
    }
}
