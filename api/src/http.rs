//! The HTTP surface: one router over one [`App`]. Handlers translate between the wire and the
//! crates to the left; they decide nothing.

mod answers;
mod collections;
mod diagnose;
mod diagnostics;
mod documents;
mod evals;
mod extract;
mod health;
mod jobs;
mod layers;
mod search;
mod sources;
mod upload;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::middleware;
use axum::routing::{get, post};

use crate::app::App;
use crate::error::ApiError;
use layers::Gatekeeper;
pub(crate) use search::k as hits_asked;
pub(crate) use upload::check_uri;

/// Room for the fields of a form around a document of the largest size.
const FORM_OVERHEAD: usize = 1 << 20;

/// The whole service.
pub fn router(app: Arc<App>) -> Router {
    let limits = &app.config.limits;
    let deadline = Duration::from_millis(app.config.server.request_timeout_ms);
    let keeper = Gatekeeper::new(limits.max_concurrent_requests, deadline);
    let largest = limits.max_document_bytes + FORM_OVERHEAD;
    Router::new()
        .route("/v1/documents", get(documents::list).post(upload::post))
        .route(
            "/v1/documents/{id}",
            get(documents::get).delete(documents::delete),
        )
        .route("/v1/documents/{id}/text", get(documents::text))
        .route("/v1/documents/{id}/chunks", get(documents::chunks))
        .route("/v1/documents/{id}/content", get(documents::content))
        .route("/v1/jobs", get(jobs::list))
        .route("/v1/jobs/{id}", get(jobs::get))
        .route("/v1/jobs/{id}/retry", post(jobs::retry))
        .route(
            "/v1/collections",
            get(collections::list).post(collections::create),
        )
        .route(
            "/v1/collections/{name}",
            get(collections::get).delete(collections::delete),
        )
        .route("/v1/sources", get(sources::list).post(sources::create))
        .route(
            "/v1/sources/{id}",
            get(sources::get).delete(sources::delete),
        )
        .route("/v1/sources/{id}/sweep", post(sources::sweep))
        .route("/v1/sources/{id}/drift", get(sources::drift))
        .route("/v1/search", post(search::search))
        .route("/v1/ask", post(answers::ask))
        .route("/v1/answers/{id}", get(answers::get))
        .route("/v1/answers/{id}/replay", post(answers::replay))
        .route("/v1/answers/{id}/feedback", post(answers::feedback))
        .route("/v1/evals", get(evals::list).post(evals::create))
        .route("/v1/evals/{id}", get(evals::get))
        .route("/v1/verify", post(verify::verify))
        .route("/v1/diagnose", post(diagnose::diagnose))
        .route("/v1/diagnostics", get(diagnostics::report))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .fallback(no_route)
        .method_not_allowed_fallback(no_route)
        .layer(DefaultBodyLimit::max(largest))
        .layer(middleware::from_fn_with_state(keeper, layers::admit))
        .with_state(app)
}

async fn no_route(method: axum::http::Method, uri: Uri) -> ApiError {
    ApiError::new(
        crate::error::Code::NotFound,
        format!("there is no route `{method} {}`", uri.path()),
        "the routes are listed in the README",
    )
}
