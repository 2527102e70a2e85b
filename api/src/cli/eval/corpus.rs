//! The documents of a data set, ingested once through the service's own upload into a data
//! directory of their own. Its name says what it holds and what made it: documents, embedder,
//! chunking, pipeline. When all of that is the same the next time, it is used as it is.

use std::path::Path;

use footnote_eval::beir::{self, Document};
use footnote_ingest::id::{derive, sha256_hex};

use super::data::{Dataset, parsed};
use crate::app;
use crate::cli::client::{Client, Target};
use crate::cli::ingest::{self, Bytes, File};
use crate::config::Config;
use crate::error::ApiError;

/// Documents to be ingested.
pub(super) struct Corpus {
    files: Vec<File>,
    /// Names and bytes of all of them.
    fingerprint: String,
}

impl Corpus {
    /// The files at or below `path`, or the passages of a BEIR `corpus.jsonl`.
    pub(super) fn read(path: &Path) -> Result<Self, ApiError> {
        let files = if path.extension().is_some_and(|ending| ending == "jsonl") {
            let passages = parsed(path, beir::corpus)?;
            passages.iter().map(page).collect()
        } else {
            ingest::list(&[path.to_owned()])?
        };
        let mut hashes = Vec::with_capacity(files.len() * 2);
        for file in &files {
            hashes.push(file.uri.clone());
            hashes.push(sha256_hex(&file.read()?));
        }
        let parts: Vec<&[u8]> = hashes.iter().map(String::as_bytes).collect();
        Ok(Self {
            fingerprint: derive("", &parts),
            files,
        })
    }
}

/// A passage as a page: the one format in which a title is a title and no character of the
/// text can be mistaken for markup.
fn page(passage: &Document) -> File {
    let (title, text) = (escaped(&passage.title), escaped(&passage.text));
    let heading = if title.trim().is_empty() {
        String::new()
    } else {
        format!("<h1>{title}</h1>")
    };
    let html = format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><title>{title}</title></head>\
         <body>{heading}<p>{text}</p></body></html>"
    );
    File {
        uri: passage.id.clone(),
        bytes: Bytes::Text {
            text: html,
            media_type: "text/html",
        },
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A client of the service over the corpus of `dataset`, which is there when this returns; of
/// what `target` names when the data set has no corpus of its own.
pub(super) async fn open(
    mut target: Target,
    dataset: &Dataset,
    json: bool,
) -> Result<Client, ApiError> {
    let Some(corpus) = &dataset.corpus else {
        return Client::open(target).await;
    };
    if target.server.is_some() {
        let hint = "leave `--server` out, or ingest the documents there and leave `--corpus` out";
        return Err(ApiError::invalid(
            "a corpus of its own is evaluated on this machine",
            hint,
        ));
    }
    let cache = dataset.cache.clone();
    let cache = cache.unwrap_or_else(|| target.config.storage.data.join("evals/corpora"));
    let key = key(&target.config, corpus)?;
    let folder = cache.join(format!("{}-{key}", dataset.name));
    let complete = folder.join("corpus-complete");
    target.config.storage.data = folder;
    let client = Client::open(target).await?;
    if complete.is_file() {
        return Ok(client);
    }
    let ingested = ingest(&client, corpus, &complete, json).await;
    match ingested {
        Ok(()) => Ok(client),
        Err(error) => {
            client.close().await;
            Err(error)
        }
    }
}

async fn ingest(
    client: &Client,
    corpus: &Corpus,
    complete: &Path,
    json: bool,
) -> Result<(), ApiError> {
    let bar = ingest::bar(corpus.files.len(), json);
    let tally = ingest::send_all(client, &corpus.files, "default", &bar, false).await;
    bar.finish_and_clear();
    let tally = tally?;
    eprintln!(
        "{} of {} documents are ingested",
        tally.done,
        corpus.files.len()
    );
    super::write(complete, "")
}

/// Changes with everything that the chunks of a corpus depend on.
fn key(config: &Config, corpus: &Corpus) -> Result<String, ApiError> {
    let made_by = app::fingerprint(config)?;
    let key = derive("", &[corpus.fingerprint.as_bytes(), made_by.as_bytes()]);
    Ok(key.chars().take(12).collect())
}
