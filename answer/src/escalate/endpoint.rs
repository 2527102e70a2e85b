//! Talks to one OpenAI-compatible server: `POST {url}/chat/completions`. It follows no
//! redirects, reads no more than a mebibyte, and names neither the key nor the address in what
//! it says. Dropping a call closes its connection.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};

use super::address::{EndpointError, address};
use super::reply::{self, Completion};
use super::request::Request;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(1);
/// Longest reply that is read, in bytes.
const MOST_BYTES: usize = 1 << 20;
/// Wait before the one further try, where the server names no other.
const PAUSE: Duration = Duration::from_millis(250);

/// Why a call brought no reply.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    #[error("no connection: {0}")]
    Connect(String),
    #[error("the server answered {status}")]
    Status {
        status: StatusCode,
        wait: Option<Duration>,
    },
    #[error("the connection broke: {0}")]
    Broken(String),
    #[error("the reply is longer than {MOST_BYTES} bytes")]
    TooLong,
    #[error("the reply is no chat completion")]
    NotOne,
    #[error("no reply within {} ms", .0.as_millis())]
    Late(Duration),
}

impl CallError {
    /// Whether the server may have worked, and so may charge for it.
    pub(super) fn may_cost(&self) -> bool {
        !matches!(self, CallError::Connect(_) | CallError::Status { .. })
    }

    /// How long to wait before a second try; `None` when that would end the same way.
    fn wait(&self) -> Option<Duration> {
        match self {
            CallError::Connect(_) => Some(PAUSE),
            CallError::Status { status, wait } => {
                let passes = status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS;
                passes.then(|| wait.unwrap_or(PAUSE))
            }
            _ => None,
        }
    }

    /// Whether the server may dislike the form of the request rather than the request.
    fn dislikes_form(&self) -> bool {
        use StatusCode as S;
        let disliking = [S::BAD_REQUEST, S::UNPROCESSABLE_ENTITY, S::NOT_IMPLEMENTED];
        matches!(self, CallError::Status { status, .. } if disliking.contains(status))
    }
}

/// A reply.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) completion: Completion,
    /// Whether the server was told the form.
    pub(super) held_to_form: bool,
}

/// One server and one of its models.
pub(super) struct Endpoint {
    client: Client,
    url: Url,
    model: String,
    key: Option<HeaderValue>,
    max_tokens: usize,
    /// Set once the server has refused to hold a model to a form.
    formless: AtomicBool,
}

impl Endpoint {
    /// The model `model` of the server at `url`, which is told `key`.
    pub(super) fn new(
        url: &str,
        model: &str,
        key: Option<&str>,
        max_tokens: usize,
    ) -> Result<Self, EndpointError> {
        let url = address(url)?;
        let key = key.map(|key| HeaderValue::from_str(&format!("Bearer {key}")));
        let mut key = key.transpose().map_err(|_| EndpointError::Key)?;
        if let Some(key) = &mut key {
            key.set_sensitive(true);
        }
        let builder = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            // Certificates are read from the machine, where there may be none: not for `http`.
            .tls_built_in_root_certs(url.scheme() == "https");
        let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let builder = if here { builder.no_proxy() } else { builder };
        let client = builder.build();
        Ok(Self {
            client: client.map_err(|error| EndpointError::Client(error.to_string()))?,
            url,
            model: model.to_owned(),
            key,
            max_tokens,
            formless: AtomicBool::new(false),
        })
    }

    /// Most tokens of a reply.
    pub(super) fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// Asks, at most once more after a failure that may pass, and once without the form where
    /// the server refuses it; `calls` counts. It ends by itself only when there is an outcome:
    /// whoever waits sets the limit, `until`, past which no second try is begun.
    pub(super) async fn ask(
        &self,
        request: &Request,
        until: Instant,
        calls: &mut u32,
    ) -> Result<Heard, CallError> {
        let mut held_to_form = !self.formless.load(Ordering::Relaxed);
        let mut tries_left = 1;
        loop {
            *calls += 1;
            match self.post(request, held_to_form).await {
                Ok(completion) => {
                    self.formless.store(!held_to_form, Ordering::Relaxed);
                    return Ok(Heard {
                        completion,
                        held_to_form,
                    });
                }
                Err(error) if held_to_form && error.dislikes_form() => held_to_form = false,
                Err(error) => match error.wait() {
                    Some(wait) if tries_left > 0 && Instant::now() + wait < until => {
                        tries_left -= 1;
                        tokio::time::sleep(wait).await;
                    }
                    _ => return Err(error),
                },
            }
        }
    }

    async fn post(&self, request: &Request, held_to_form: bool) -> Result<Completion, CallError> {
        let body = request.body(&self.model, self.max_tokens, held_to_form);
        let mut post = self.client.post(self.url.clone());
        if let Some(key) = &self.key {
            post = post.header(AUTHORIZATION, key.clone());
        }
        let post = post.header(CONTENT_TYPE, "application/json");
        let sent = post.body(body.to_string()).send().await;
        let response = sent.map_err(|error| {
            let connecting = error.is_connect();
            let said = cause(error);
            match connecting {
                true => CallError::Connect(said),
                false => CallError::Broken(said),
            }
        })?;
        let status = response.status();
        if status != StatusCode::OK {
            let wait = retry_after(&response);
            return Err(CallError::Status { status, wait });
        }
        reply::completion(&read(response).await?).ok_or(CallError::NotOne)
    }
}

/// The body of `response`, as long as it is short.
async fn read(mut response: Response) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    let broken = |error| CallError::Broken(cause(error));
    while let Some(part) = response.chunk().await.map_err(broken)? {
        if body.len() + part.len() > MOST_BYTES {
            return Err(CallError::TooLong);
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

/// How long the server asks to be left alone, in whole seconds.
fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    value.parse().ok().map(Duration::from_secs)
}

/// The innermost cause, without the address.
fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut inner: &dyn std::error::Error = &error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let status = |status, wait| CallError::Status { status, wait };
        let two = Some(Duration::from_secs(2));
        for (error, wait, form) in [
            (CallError::Connect(String::new()), Some(PAUSE), false),
            (status(StatusCode::TOO_MANY_REQUESTS, two), two, false),
            (status(StatusCode::BAD_GATEWAY, None), Some(PAUSE), false),
            (status(StatusCode::NOT_IMPLEMENTED, None), Some(PAUSE), true),
            (status(StatusCode::UNAUTHORIZED, two), None, false),
            (status(StatusCode::FOUND, None), None, false),
            (status(StatusCode::BAD_REQUEST, None), None, true),
            (CallError::NotOne, None, false),
            (CallError::TooLong, None, false),
        ] {
            assert_eq!(
                (error.wait(), error.dislikes_form()),
                (wait, form),
                "{error}"
            );
        }
    }

    #[test]
    fn a_key_must_fit_into_a_header() {
        let made = |key| Endpoint::new("http://127.0.0.1/v1", "m", Some(key), 9).map(|_| ());
        assert_eq!(made("sk-1"), Ok(()));
        assert_eq!(made("a\nb"), Err(EndpointError::Key));
    }
}
