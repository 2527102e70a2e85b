//! What every request passes through: a request id, a deadline, a bound on how many are served
//! at once, and the one place where an error becomes a body and is logged.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument;

use crate::error::{ApiError, Code};

/// Shared by all requests.
#[derive(Clone)]
pub(crate) struct Gatekeeper {
    places: Arc<Semaphore>,
    deadline: Duration,
    /// Start-up time, so that ids of two runs differ, and a counter, so that ids of one run do.
    epoch: u128,
    counter: Arc<AtomicU64>,
}

/// What a handler knows of the request it serves. Whoever answers in parts keeps it until the
/// last is sent, and the request's place with it.
#[derive(Clone)]
pub(super) struct Admission {
    pub(super) id: String,
    /// How long the request may take.
    pub(super) deadline: Duration,
    _place: Arc<OwnedSemaphorePermit>,
}

impl Gatekeeper {
    pub(crate) fn new(concurrent: usize, deadline: Duration) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            places: Arc::new(Semaphore::new(concurrent)),
            deadline,
            epoch: since.map_or(0, |since| since.as_millis()),
            counter: Arc::new(AtomicU64::new(1)),
        }
    }

    fn next_id(&self) -> String {
        let n = self.counter.fetch_add(1, Ordering::Relaxed);
        format!("req_{:x}{n:06x}", self.epoch)
    }
}

/// Health checks answer whatever the load.
fn is_health(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

/// The outermost layer.
pub(crate) async fn admit(
    State(keeper): State<Gatekeeper>,
    request: Request,
    next: Next,
) -> Response {
    let id = keeper.next_id();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let span = tracing::info_span!("request", %id, %method, %path);
    let started = Instant::now();
    let response = serve(&keeper, &id, request, next)
        .instrument(span.clone())
        .await;
    let _entered = span.entered();
    let response = finish(response, &id);
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(status = response.status().as_u16(), ms, "done");
    response
}

async fn serve(keeper: &Gatekeeper, id: &str, mut request: Request, next: Next) -> Response {
    if is_health(request.uri().path()) {
        return next.run(request).await;
    }
    let Ok(place) = Arc::clone(&keeper.places).try_acquire_owned() else {
        return ApiError::new(
            Code::Overloaded,
            "too many requests are being served",
            "try again in a second, or raise `limits.max_concurrent_requests`",
        )
        .into_response();
    };
    request.extensions_mut().insert(Admission {
        id: id.to_owned(),
        deadline: keeper.deadline,
        _place: Arc::new(place),
    });
    bounded(keeper.deadline, next.run(request))
        .await
        .unwrap_or_else(IntoResponse::into_response)
}

/// Runs `work` to its end, to a panic or to the deadline.
pub(super) async fn bounded<T>(
    deadline: Duration,
    work: impl Future<Output = T>,
) -> Result<T, ApiError> {
    let handled = AssertUnwindSafe(work).catch_unwind();
    match tokio::time::timeout(deadline, handled).await {
        Ok(Ok(done)) => Ok(done),
        // The panic hook has logged where; nothing shared is left half changed, because all
        // changes go through transactions.
        Ok(Err(_)) => Err(ApiError::new(
            Code::Internal,
            "the service failed on this request",
            "report the request id; the service's log has the cause",
        )),
        Err(_) => Err(ApiError::new(
            Code::Timeout,
            "the request took longer than `server.request_timeout_ms`",
            "ask for less at once, or raise the limit",
        )),
    }
}

/// Writes the error body, now that the id is known, and logs the cause once.
fn finish(mut response: Response, id: &str) -> Response {
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        log(&error);
        let mut rendered = (error.code.status(), axum::Json(error.body(id))).into_response();
        if error.code == Code::Overloaded {
            let seconds = HeaderValue::from_static("1");
            rendered.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response = rendered;
    }
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// Logs the cause of `error`, once.
pub(super) fn log(error: &ApiError) {
    let cause = error.cause.as_deref().unwrap_or("");
    if error.code.status().is_server_error() {
        tracing::error!(
            code = error.code.as_str(),
            message = error.message,
            cause,
            "failed"
        );
    } else {
        tracing::debug!(
            code = error.code.as_str(),
            message = error.message,
            cause,
            "refused"
        );
    }
}
