//! `footnote watch`: makes folders sources, on the data directory or a server, and shows how
//! the knowledge base follows them: until interrupted, or until it has caught up once.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use axum::http::Method;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::client::{Client, Payload, Target};
use super::sources::differences;
use super::{Exit, show};
use crate::error::{ApiError, Code};

/// How often progress is looked at.
const TICK: Duration = Duration::from_millis(300);

/// How long `--once` waits for files that somebody keeps writing.
const PATIENCE: Duration = Duration::from_secs(30);

/// Jobs of a source below which it is swept for more.
const LOW: u64 = 64;

#[derive(Debug, Args)]
pub(super) struct Flags {
    /// Collection to put their documents in
    #[arg(long, default_value = "default")]
    collection: String,
    /// Only files that match, a pattern as in .gitignore; may be repeated
    #[arg(long, value_name = "GLOB")]
    include: Vec<String>,
    /// Not the files that match, a pattern as in .gitignore; may be repeated
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Follow symbolic links that stay inside the folder
    #[arg(long)]
    follow_symlinks: bool,
    /// Catch up with the folders, then stop
    #[arg(long)]
    once: bool,
}

pub(super) async fn run(
    target: Target,
    paths: &[PathBuf],
    flags: Flags,
    json: bool,
) -> Result<Exit, ApiError> {
    let client = if flags.once {
        Client::open(target).await?
    } else {
        Client::open_watching(target).await?
    };
    let screen = Screen::new(json);
    let work = async {
        let sources = register(&client, paths, &flags, &screen).await?;
        if flags.once {
            catch_up(&client, &sources, &screen).await
        } else {
            follow(&client, &sources, &screen).await
        }
    };
    let done = tokio::select! {
        done = work => done,
        _ = tokio::signal::ctrl_c() => Ok(Exit::Done),
    };
    screen.bar.finish_and_clear();
    client.close().await;
    done
}

/// The ids of the sources of `paths`, made if need be.
async fn register(
    client: &Client,
    paths: &[PathBuf],
    flags: &Flags,
    screen: &Screen,
) -> Result<Vec<String>, ApiError> {
    let mut ids = Vec::new();
    for path in paths {
        let source = source(client, &absolute(path)?, flags).await?;
        screen.event(&json!({ "event": "source", "source": source }));
        ids.push(show::text(&source["id"]));
    }
    Ok(ids)
}

/// Without links where the folder is on this machine.
fn absolute(path: &Path) -> Result<String, ApiError> {
    let found = std::fs::canonicalize(path).or_else(|_| std::path::absolute(path));
    let found = found.ok().and_then(|path| path.to_str().map(str::to_owned));
    found.ok_or_else(|| {
        let message = format!("`{}` is not the path of a folder", path.display());
        ApiError::invalid(message, "name folders whose paths are UTF-8")
    })
}

async fn source(client: &Client, path: &str, flags: &Flags) -> Result<Value, ApiError> {
    let wanted = json!({
        "path": path, "collection": flags.collection, "include": flags.include,
        "exclude": flags.exclude, "follow_symlinks": flags.follow_symlinks,
    });
    let list = client.call(Method::GET, "/v1/sources", Payload::Nothing);
    let list = list.await?;
    let same = |source: &&Value| {
        source["path"] == path && source["collection"] == flags.collection.as_str()
    };
    let Some(known) = show::items(&list["items"]).find(same) else {
        return client
            .call(Method::POST, "/v1/sources", Payload::Json(wanted))
            .await;
    };
    let differs = |key: &&&str| known[**key] != wanted[**key];
    match ["include", "exclude", "follow_symlinks"]
        .iter()
        .find(differs)
    {
        None => Ok(known.clone()),
        Some(key) => Err(ApiError::new(
            Code::Conflict,
            format!("`{path}` is watched already, with `{key}` {}", known[*key]),
            format!(
                "use the same patterns, or `footnote sources delete {}`",
                show::text(&known["id"])
            ),
        )),
    }
}

/// Sweeps until nothing is left to be done; says how folder and index differ then.
async fn catch_up(client: &Client, ids: &[String], screen: &Screen) -> Result<Exit, ApiError> {
    let mut exit = Exit::Done;
    for id in ids {
        settle(client, id, screen).await?;
        let path = format!("/v1/sources/{id}/drift");
        let drift = client.call(Method::GET, &path, Payload::Nothing).await?;
        screen.event(&json!({ "event": "drift", "source": id, "drift": drift }));
        if !screen.json {
            screen.bar.suspend(|| differences(&drift, usize::MAX));
        }
        if drift["in_sync"] != true {
            exit = Exit::Below;
        }
    }
    Ok(exit)
}

async fn settle(client: &Client, id: &str, screen: &Screen) -> Result<(), ApiError> {
    let path = format!("/v1/sources/{id}/sweep");
    let mut waiting_since = Instant::now();
    loop {
        let report = client.call(Method::POST, &path, Payload::Nothing).await?;
        screen.event(&json!({ "event": "sweep", "source": id, "report": report }));
        let number = |key: &str| report[key].as_u64().unwrap_or(0);
        let more = number("remaining");
        let done = number("queued") + number("deleted") + more == 0;
        let unfinished = drain(client, id, if more > 0 { LOW } else { 0 }, screen).await?;
        if !done {
            waiting_since = Instant::now();
        } else if unfinished == 0 && (number("pending") == 0 || waiting_since.elapsed() > PATIENCE)
        {
            return Ok(());
        }
    }
}

/// Waits until at most `most` jobs of the source are unfinished.
async fn drain(client: &Client, id: &str, most: u64, screen: &Screen) -> Result<u64, ApiError> {
    let mut last = Value::Null;
    loop {
        let source = get(client, id).await?;
        screen.progress(&mut last, std::slice::from_ref(&source));
        let unfinished = source["files"]["unfinished"].as_u64().unwrap_or(0);
        if unfinished <= most {
            return Ok(unfinished);
        }
        tokio::time::sleep(TICK).await;
    }
}

/// Shows progress until somebody interrupts.
async fn follow(client: &Client, ids: &[String], screen: &Screen) -> Result<Exit, ApiError> {
    screen.say(&format!(
        "watching {} folders; interrupt to stop",
        ids.len()
    ));
    let mut last = Value::Null;
    loop {
        let mut sources = Vec::new();
        for id in ids {
            sources.push(get(client, id).await?);
        }
        screen.progress(&mut last, &sources);
        tokio::time::sleep(TICK).await;
    }
}

async fn get(client: &Client, id: &str) -> Result<Value, ApiError> {
    let path = format!("/v1/sources/{id}");
    client.call(Method::GET, &path, Payload::Nothing).await
}

/// Where progress is shown.
struct Screen {
    json: bool,
    bar: ProgressBar,
}

impl Screen {
    fn new(json: bool) -> Self {
        let style = ProgressStyle::with_template(
            "{bar:30} {pos}/{len} files, {per_sec}, {eta} left  {wide_msg}",
        );
        let bar = if json {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(0)
        };
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        Self {
            json,
            bar: bar.with_style(style),
        }
    }

    /// One line for programs.
    fn event(&self, event: &Value) {
        if self.json {
            show::line(&event.to_string());
        }
    }

    /// One line for people.
    fn say(&self, text: &str) {
        if !self.json {
            self.bar.suspend(|| eprintln!("{text}"));
        }
    }

    /// What became of the files, if that is news.
    fn progress(&self, last: &mut Value, sources: &[Value]) {
        let sum = |key: &str| {
            let of = |source: &Value| source["files"][key].as_u64().unwrap_or(0);
            sources.iter().map(of).sum::<u64>()
        };
        let (found, ingested) = (sum("found"), sum("ingested"));
        let (unfinished, failed) = (sum("unfinished"), sum("failed"));
        let status: Vec<&Value> = sources.iter().map(|source| &source["status"]).collect();
        let news = json!({ "event": "progress", "status": status, "found": found,
            "ingested": ingested, "unfinished": unfinished, "failed": failed });
        if *last == news {
            return;
        }
        self.bar.set_length(found);
        self.bar.set_position((ingested + failed).min(found));
        self.bar
            .set_message(format!("{unfinished} under way, {failed} failed"));
        self.event(&news);
        for source in sources.iter().filter(|source| source["reason"].is_string()) {
            self.say(&show::text(&source["reason"]));
        }
        *last = news;
    }
}
