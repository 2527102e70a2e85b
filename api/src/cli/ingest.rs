//! `footnote ingest`: sends files to the contract's upload and follows their jobs, a window at
//! a time, with a bar on a terminal and one line of JSON per job for programs.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::Method;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use walkdir::{DirEntry, WalkDir};

use super::Exit;
use super::client::{Client, Payload, Target};
use super::show;
use crate::error::{ApiError, Code};

/// A document to be sent and the name it gets.
pub(super) struct File {
    pub(super) uri: String,
    pub(super) bytes: Bytes,
}

/// Where a document's bytes are.
pub(super) enum Bytes {
    File(PathBuf),
    Text {
        text: String,
        media_type: &'static str,
    },
}

impl File {
    /// The bytes.
    pub(super) fn read(&self) -> Result<Vec<u8>, ApiError> {
        match &self.bytes {
            Bytes::File(path) => std::fs::read(path).map_err(|error| unreadable(path, &error)),
            Bytes::Text { text, .. } => Ok(text.clone().into_bytes()),
        }
    }

    /// The body of its upload. A text says what it is; what a file is, its bytes say.
    async fn body(&self, collection: &str) -> Result<Payload, ApiError> {
        match &self.bytes {
            Bytes::File(path) => {
                let bytes = tokio::fs::read(path).await;
                let bytes = bytes.map_err(|error| unreadable(path, &error))?;
                Ok(form(&self.uri, collection, &bytes))
            }
            Bytes::Text { text, media_type } => Ok(Payload::Json(json!({
                "uri": self.uri, "text": text, "media_type": media_type, "collection": collection,
            }))),
        }
    }
}

/// Jobs that are sent ahead of the oldest unfinished one: some commits' worth.
const WINDOW: usize = 256;

/// How a run went.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) done: usize,
    failed: usize,
}

pub(super) async fn run(
    target: Target,
    paths: &[PathBuf],
    collection: &str,
    json: bool,
) -> Result<Exit, ApiError> {
    let files = list(paths)?;
    let client = Client::open(target).await?;
    let bar = bar(files.len(), json);
    let tally = send_all(&client, &files, collection, &bar, json).await;
    bar.finish_and_clear();
    client.close().await;
    let tally = tally?;
    eprintln!(
        "{} of {} documents are in `{collection}`",
        tally.done,
        files.len()
    );
    if tally.failed > 0 {
        eprintln!(
            "{} failed; `footnote jobs list --state failed` says why",
            tally.failed
        );
        return Ok(Exit::Failed);
    }
    Ok(Exit::Done)
}

/// Files named, and files below folders named, in order; hidden ones are left out.
pub(super) fn list(paths: &[PathBuf]) -> Result<Vec<File>, ApiError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let visible = |entry: &DirEntry| {
                entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
            };
            let below = WalkDir::new(path).sort_by_file_name().into_iter();
            for entry in below.filter_entry(visible) {
                let entry = entry.map_err(|error| unreadable(path, &error))?;
                if entry.file_type().is_file() {
                    files.push(file(entry.path(), path));
                }
            }
        } else if path.is_file() {
            files.push(file(path, path.parent().unwrap_or(path)));
        } else {
            let message = format!("`{}` does not exist", path.display());
            return Err(ApiError::invalid(message, "name files or folders"));
        }
    }
    Ok(files)
}

fn file(path: &Path, root: &Path) -> File {
    let name = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<String> = name
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    File {
        uri: parts.join("/"),
        bytes: Bytes::File(path.to_owned()),
    }
}

/// Sends `files`, a window of jobs ahead of those that are done.
pub(super) async fn send_all(
    client: &Client,
    files: &[File],
    collection: &str,
    bar: &ProgressBar,
    json: bool,
) -> Result<Tally, ApiError> {
    let mut tally = Tally::default();
    let mut waiting: VecDeque<(&File, String)> = VecDeque::new();
    for file in files {
        match send(client, file, collection).await {
            Ok(job) => waiting.push_back((file, job)),
            Err(error) if fatal(error.code) => return Err(error),
            Err(error) => refused(&mut tally, file, &error, bar),
        }
        if waiting.len() >= WINDOW {
            follow(client, &mut waiting, &mut tally, bar, json).await?;
        }
    }
    while !waiting.is_empty() {
        follow(client, &mut waiting, &mut tally, bar, json).await?;
    }
    Ok(tally)
}

/// Errors that every further file would meet too.
fn fatal(code: Code) -> bool {
    matches!(code, Code::NotFound | Code::Unavailable | Code::Internal)
}

fn refused(tally: &mut Tally, file: &File, error: &ApiError, bar: &ProgressBar) {
    tally.failed += 1;
    bar.inc(1);
    bar.suspend(|| eprintln!("{}: {} ({})", file.uri, error.message, error.hint));
}

/// Uploads one file; a full queue is waited out.
async fn send(client: &Client, file: &File, collection: &str) -> Result<String, ApiError> {
    loop {
        let body = file.body(collection).await?;
        match client
            .call(Method::POST, "/v1/documents?priority=bulk", body)
            .await
        {
            Err(error) if error.code == Code::Overloaded => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Err(error) => return Err(error),
            Ok(body) => return Ok(show::text(&body["job"]["id"])),
        }
    }
}

/// Waits for the oldest job and reports it.
async fn follow(
    client: &Client,
    waiting: &mut VecDeque<(&File, String)>,
    tally: &mut Tally,
    bar: &ProgressBar,
    json: bool,
) -> Result<(), ApiError> {
    let Some((file, id)) = waiting.pop_front() else {
        return Ok(());
    };
    bar.set_message(file.uri.clone());
    let job = ended(client, &id).await?;
    bar.inc(1);
    if json {
        bar.suspend(|| show::line(&job.to_string()));
    }
    if job["state"] == "succeeded" {
        tally.done += 1;
    } else {
        tally.failed += 1;
        let (message, hint) = (
            show::text(&job["error"]["message"]),
            show::text(&job["error"]["hint"]),
        );
        bar.suspend(|| eprintln!("{}: {message} ({hint})", file.uri));
    }
    Ok(())
}

async fn ended(client: &Client, id: &str) -> Result<Value, ApiError> {
    loop {
        let path = format!("/v1/jobs/{id}");
        let job = client.call(Method::GET, &path, Payload::Nothing).await?;
        if !matches!(job["state"].as_str(), Some("queued" | "running")) {
            return Ok(job);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A form with the file and its name. The boundary is not in the bytes: it is their hash.
fn form(uri: &str, collection: &str, bytes: &[u8]) -> Payload {
    let boundary = footnote_ingest::id::sha256_hex(bytes);
    let mut form = Vec::with_capacity(bytes.len() + 512);
    for (name, value) in [("uri", uri), ("collection", collection)] {
        form.extend_from_slice(
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
            .as_bytes(),
        );
    }
    let head = "Content-Disposition: form-data; name=\"file\"; filename=\"file\"";
    form.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
    form.extend_from_slice(bytes);
    form.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    Payload::Form {
        boundary,
        bytes: form,
    }
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> ApiError {
    let message = format!("`{}` cannot be read: {error}", path.display());
    ApiError::invalid(message, "check the path and its permissions")
}

/// A bar over `files` documents; none where output is for programs.
pub(super) fn bar(files: usize, json: bool) -> ProgressBar {
    if json {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(
        "{bar:30} {pos}/{len} documents, {per_sec}, {eta} left  {wide_msg}",
    );
    ProgressBar::new(files as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
