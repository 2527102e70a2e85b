//! A client of the REST contract. Locally it calls the router in this process, so a command
//! on the data directory and the same command on a server take the same path.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, header};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::app::App;
use crate::config::Config;
use crate::error::{ApiError, Code, ErrorBody};
use crate::{http, jobs, watch as folders};

/// Where a command is to run.
pub(super) struct Target {
    pub(super) server: Option<String>,
    pub(super) config: Config,
}

/// An open connection.
pub(super) enum Client {
    Local(Local),
    Remote { base: String, agent: ureq::Agent },
}

/// The service, opened in this process.
pub(super) struct Local {
    router: Router,
    stop: watch::Sender<bool>,
    runner: JoinHandle<()>,
    watcher: Option<JoinHandle<()>>,
}

/// What is sent with a request.
pub(super) enum Payload {
    Nothing,
    Json(Value),
    Form { boundary: String, bytes: Vec<u8> },
}

impl Client {
    /// Connects to the server named, or opens the data directory.
    pub(super) async fn open(target: Target) -> Result<Self, ApiError> {
        match target.server {
            Some(base) => Ok(Self::remote(&base)),
            None => {
                let app = App::open(target.config).await?;
                Ok(Self::Local(Local::start(app)))
            }
        }
    }

    /// The same; a data directory that is opened here has its folders watched, too.
    pub(super) async fn open_watching(target: Target) -> Result<Self, ApiError> {
        let config = target.config.clone();
        match target.server {
            Some(_) => Self::open(target).await,
            None => {
                let app = App::open(config).await?;
                let mut local = Local::start(Arc::clone(&app));
                let stopped = local.stop.subscribe();
                local.watcher = Some(tokio::spawn(folders::run(app, stopped)));
                Ok(Self::Local(local))
            }
        }
    }

    fn remote(base: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(5)))
            .build();
        Self::Remote {
            base: base.trim_end_matches('/').to_owned(),
            agent: config.into(),
        }
    }

    /// Sends a request and returns the body of a success.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        payload: Payload,
    ) -> Result<Value, ApiError> {
        let (content_type, bytes) = match payload {
            Payload::Nothing => (String::new(), Vec::new()),
            Payload::Json(value) => (
                "application/json".to_owned(),
                value.to_string().into_bytes(),
            ),
            Payload::Form { boundary, bytes } => {
                (format!("multipart/form-data; boundary={boundary}"), bytes)
            }
        };
        let request = |uri: &str| {
            Request::builder()
                .method(method.clone())
                .uri(uri)
                .header(header::CONTENT_TYPE, content_type)
        };
        let (success, body) = match self {
            Self::Local(local) => {
                let request = request(path).body(Body::from(bytes)).map_err(unsendable)?;
                local.send(request).await?
            }
            Self::Remote { base, agent } => {
                let request = request(&format!("{base}{path}"))
                    .body(bytes)
                    .map_err(unsendable)?;
                send(agent.clone(), request, base.clone()).await?
            }
        };
        if success {
            parse(&body)
        } else {
            Err(failure(&body))
        }
    }

    /// Lets the job in hand finish and closes.
    pub(super) async fn close(self) {
        if let Self::Local(local) = self {
            local.stop.send_replace(true);
            let _ = local.runner.await;
            if let Some(watcher) = local.watcher {
                let _ = watcher.await;
            }
        }
    }
}

impl Local {
    fn start(app: Arc<App>) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self {
            router: http::router(Arc::clone(&app)),
            runner: tokio::spawn(jobs::run(app, stopped)),
            watcher: None,
            stop,
        }
    }

    async fn send(&self, request: Request<Body>) -> Result<(bool, Vec<u8>), ApiError> {
        if self.runner.is_finished() {
            return Err(ApiError::new(
                Code::Internal,
                "the job runner has stopped",
                "run the command again: what was queued is done then; report what stderr says",
            ));
        }
        let response = self.router.clone().oneshot(request).await;
        let response = response.map_err(|never| ApiError::internal(&never))?;
        let success = response.status().is_success();
        let body = to_bytes(response.into_body(), usize::MAX)
            .await
            .map_err(|error| ApiError::internal(&error))?;
        Ok((success, body.to_vec()))
    }
}

async fn send(
    agent: ureq::Agent,
    request: Request<Vec<u8>>,
    base: String,
) -> Result<(bool, Vec<u8>), ApiError> {
    let sent = tokio::task::spawn_blocking(move || {
        let mut response = agent.run(request)?;
        let success = response.status().is_success();
        let body = response
            .body_mut()
            .with_config()
            .limit(u64::MAX)
            .read_to_vec()?;
        Ok::<_, ureq::Error>((success, body))
    });
    let answered = sent.await.map_err(|panic| ApiError::internal(&panic))?;
    answered.map_err(|error| {
        ApiError::new(
            Code::Unavailable,
            format!("no answer from `{base}`: {error}"),
            "check the address, and that `footnote serve` is running there",
        )
    })
}

fn unsendable(error: axum::http::Error) -> ApiError {
    ApiError::invalid(
        format!("the request cannot be sent: {error}"),
        "check `--server`",
    )
}

fn parse(body: &[u8]) -> Result<Value, ApiError> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body).map_err(|error| ApiError::internal(&error))
}

fn failure(body: &[u8]) -> ApiError {
    match serde_json::from_slice::<ErrorBody>(body) {
        Ok(ErrorBody { error }) => ApiError::new(error.code, error.message, error.hint),
        Err(_) => ApiError::new(
            Code::Unavailable,
            "the server's answer is not from footnote",
            "check `--server`",
        ),
    }
}
