//! Commands that send one request and show its answer: ask, search, verify, documents, jobs.

use std::path::PathBuf;

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::client::{Client, Payload, Target};
use super::{Documents, Exit, Jobs, Legs, Scope, Wording, show};
use crate::error::ApiError;

/// Flags of `search`.
pub(super) struct SearchFlags {
    pub(super) k: usize,
    pub(super) mode: Legs,
    pub(super) explain: bool,
}

pub(super) async fn ask(
    target: Target,
    text: String,
    scope: Scope,
    mode: Wording,
    json: bool,
) -> Result<Exit, ApiError> {
    let fields = [("question", text.into()), ("mode", mode.as_str().into())];
    let request = request(scope, fields)?;
    let body = once(target, Method::POST, "/v1/ask", Payload::Json(request)).await?;
    print(&body, json, show::answer);
    let abstained = body["status"] == "abstained";
    Ok(if abstained { Exit::Below } else { Exit::Done })
}

pub(super) async fn search(
    target: Target,
    text: String,
    scope: Scope,
    flags: SearchFlags,
    json: bool,
) -> Result<Exit, ApiError> {
    let mode = match flags.mode {
        Legs::Hybrid => "hybrid",
        Legs::Vector => "vector",
        Legs::Lexical => "lexical",
    };
    let fields = [
        ("question", text.into()),
        ("k", flags.k.into()),
        ("mode", mode.into()),
        ("explain", flags.explain.into()),
    ];
    let request = request(scope, fields)?;
    let body = once(target, Method::POST, "/v1/search", Payload::Json(request)).await?;
    print(&body, json, |body| {
        show::hits(body);
        if flags.explain {
            show::json(&body["trace"]);
        }
    });
    Ok(Exit::Done)
}

pub(super) async fn verify(
    target: Target,
    text: String,
    files: &[PathBuf],
    documents: Vec<String>,
    json: bool,
) -> Result<Exit, ApiError> {
    let mut passages = Vec::new();
    for file in files {
        let text = tokio::fs::read_to_string(file).await.map_err(|error| {
            let message = format!("`{}` cannot be read as text: {error}", file.display());
            ApiError::invalid(
                message,
                "check against UTF-8 text, or ingest the file first",
            )
        })?;
        passages.push(json!({ "id": file.display().to_string(), "text": text }));
    }
    let request = json!({ "text": text, "passages": passages, "document_ids": documents });
    let body = once(target, Method::POST, "/v1/verify", Payload::Json(request)).await?;
    print(&body, json, show::verdicts);
    Ok(Exit::Done)
}

pub(super) async fn documents(
    target: Target,
    command: Documents,
    json: bool,
) -> Result<Exit, ApiError> {
    let fields = ["id", "collection", "uri", "title", "chunks"];
    let (method, path) = match &command {
        Documents::List { collection } => {
            let only = collection
                .as_ref()
                .map(|name| format!("&collection={}", escape(name)));
            let path = format!("/v1/documents?limit=500{}", only.unwrap_or_default());
            return all(target, &path, &fields, json).await;
        }
        Documents::Get { id } => (Method::GET, format!("/v1/documents/{}", escape(id))),
        Documents::Text { id } => (Method::GET, format!("/v1/documents/{}/text", escape(id))),
        Documents::Delete { id } => (Method::DELETE, format!("/v1/documents/{}", escape(id))),
    };
    let body = once(target, method, &path, Payload::Nothing).await?;
    print(&body, json, |body| match command {
        Documents::Text { .. } => show::line(&show::text(&body["text"])),
        Documents::Delete { .. } => eprintln!("deleted `{}`", show::text(&body["job"]["uri"])),
        Documents::List { .. } | Documents::Get { .. } => show::json(body),
    });
    Ok(Exit::Done)
}

pub(super) async fn jobs(target: Target, command: Jobs, json: bool) -> Result<Exit, ApiError> {
    let fields = ["id", "state", "op", "uri", "attempt"];
    let (method, path) = match command {
        Jobs::List { state } => {
            let only = state.map(|state| format!("&state={}", escape(&state)));
            let path = format!("/v1/jobs?limit=500{}", only.unwrap_or_default());
            return all(target, &path, &fields, json).await;
        }
        Jobs::Get { id } => (Method::GET, format!("/v1/jobs/{}", escape(&id))),
        Jobs::Retry { id } => (Method::POST, format!("/v1/jobs/{}/retry", escape(&id))),
    };
    let body = once(target, method, &path, Payload::Nothing).await?;
    print(&body, json, show::json);
    Ok(Exit::Done)
}

/// A whole list, page by page.
pub(super) async fn all(
    target: Target,
    path: &str,
    fields: &[&str],
    json: bool,
) -> Result<Exit, ApiError> {
    let client = Client::open(target).await?;
    let mut next = path.to_owned();
    loop {
        let body = client.call(Method::GET, &next, Payload::Nothing).await?;
        print(&body, json, |body| show::rows(body, fields));
        match body["next_cursor"].as_str() {
            Some(cursor) => next = format!("{path}&cursor={}", escape(cursor)),
            None => break,
        }
    }
    client.close().await;
    Ok(Exit::Done)
}

pub(super) async fn once(
    target: Target,
    method: Method,
    path: &str,
    payload: Payload,
) -> Result<Value, ApiError> {
    let client = Client::open(target).await?;
    let body = client.call(method, path, payload).await;
    client.close().await;
    body
}

pub(super) fn print(body: &Value, json: bool, people: impl FnOnce(&Value)) {
    if json { show::json(body) } else { people(body) }
}

/// A request body: `fields`, and where to look.
pub(super) fn request<const N: usize>(
    scope: Scope,
    fields: [(&str, Value); N],
) -> Result<Value, ApiError> {
    let fields = fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    let mut body: Map<String, Value> = fields.collect();
    if !scope.collections.is_empty() {
        body.insert("collections".to_owned(), scope.collections.into());
    }
    if let Some(filter) = scope.filter {
        let filter = serde_json::from_str(&filter).map_err(|error| {
            let hint = "write it as JSON, such as '{\"field\":\"title\",\"op\":\"eq\",\"value\":\"Leave\"}'";
            ApiError::invalid(format!("`--filter` is not JSON: {error}"), hint)
        })?;
        body.insert("filter".to_owned(), filter);
    }
    Ok(body.into())
}

/// Percent-encodes everything but unreserved characters (RFC 3986).
pub(super) fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
