//! Extractors whose refusals have the shape of every other error: axum's own answer in plain
//! text.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::{ApiError, Code};

/// A JSON body.
pub(crate) struct Json<T>(pub(crate) T);

impl<T, S> FromRequest<S> for Json<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(|refused| body_refused(refused.status(), &refused.body_text()))?;
        let hint = "send a JSON object with the fields of the contract, encoded in UTF-8";
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| ApiError::invalid(format!("the body is not valid: {error}"), hint))
    }
}

/// A body that could not be read: too large, or cut off.
pub(crate) fn body_refused(status: axum::http::StatusCode, text: &str) -> ApiError {
    if status == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::new(
            Code::DocumentTooLarge,
            "the request body is over `limits.max_document_bytes`",
            "send a smaller document, or raise the limit",
        )
    } else {
        ApiError::invalid(
            format!("the body could not be read: {text}"),
            "send it again, whole",
        )
    }
}

/// Query parameters.
pub(crate) struct Query<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Query<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        axum::extract::Query::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|refused| {
                let text = refused.body_text();
                ApiError::invalid(text, "check the names and values after `?`")
            })
    }
}

/// Path parameters.
pub(crate) struct Path<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        axum::extract::Path::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(value)| Self(value))
            .map_err(|refused| {
                let text = refused.body_text();
                ApiError::invalid(text, "check the path of the request")
            })
    }
}
