//! Errors as the outside sees them: one table of codes with their HTTP status, and one mapping
//! from each library error to a code, a message and a hint. Causes are logged once, here at
//! the edge; an internal error says nothing to the caller but its request id.

mod map;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// The error codes of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Malformed JSON, unknown field, value out of range.
    InvalidRequest,
    /// No such resource.
    NotFound,
    /// Name taken, generation mismatch.
    Conflict,
    /// Over `limits.max_document_bytes` or what it may expand to.
    DocumentTooLarge,
    /// Nothing can read it.
    UnsupportedFormat,
    /// Encrypted, corrupt or without text.
    UnreadableDocument,
    /// A queue is full.
    Overloaded,
    /// The deadline passed.
    Timeout,
    /// Models or store are not ready.
    Unavailable,
    /// A bug, or the machine failing under us.
    Internal,
}

impl Code {
    /// Every code, for tests and documentation.
    pub const ALL: [Code; 10] = [
        Code::InvalidRequest,
        Code::NotFound,
        Code::Conflict,
        Code::DocumentTooLarge,
        Code::UnsupportedFormat,
        Code::UnreadableDocument,
        Code::Overloaded,
        Code::Timeout,
        Code::Unavailable,
        Code::Internal,
    ];

    /// The HTTP status it travels with.
    pub fn status(self) -> StatusCode {
        match self {
            Code::InvalidRequest => StatusCode::BAD_REQUEST,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::Conflict => StatusCode::CONFLICT,
            Code::DocumentTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::UnsupportedFormat => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::UnreadableDocument => StatusCode::UNPROCESSABLE_ENTITY,
            Code::Overloaded => StatusCode::TOO_MANY_REQUESTS,
            Code::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The code as it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::InvalidRequest => "invalid_request",
            Code::NotFound => "not_found",
            Code::Conflict => "conflict",
            Code::DocumentTooLarge => "document_too_large",
            Code::UnsupportedFormat => "unsupported_format",
            Code::UnreadableDocument => "unreadable_document",
            Code::Overloaded => "overloaded",
            Code::Timeout => "timeout",
            Code::Unavailable => "unavailable",
            Code::Internal => "internal",
        }
    }

    /// The code written `text`, if there is one.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }
}

/// An error on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// For programs.
    pub code: Code,
    /// What is wrong, and where.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// The whole chain of causes, for the log; never shown to the caller.
    pub cause: Option<String>,
}

impl ApiError {
    /// An error of `code`.
    pub fn new(code: Code, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: hint.into(),
            cause: None,
        }
    }

    /// The request is wrong.
    pub fn invalid(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, message, hint)
    }

    /// There is no `what` called `name`.
    pub fn not_found(what: &str, name: &str) -> Self {
        let shown: String = name.chars().take(200).collect();
        let hint = format!("list what exists with `GET /v1/{what}s`");
        Self::new(
            Code::NotFound,
            format!("there is no {what} `{shown}`"),
            hint,
        )
    }

    /// A failure the caller can do nothing about.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        Self {
            cause: Some(chain(error)),
            ..Self::new(
                Code::Internal,
                "the service failed on this request",
                "report the request id; the service's log has the cause",
            )
        }
    }

    /// Keeps `error` and its causes for the log.
    pub fn because(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        self.cause = Some(chain(error));
        self
    }

    /// The error as JSON, under the id of the request that met it.
    pub fn body(&self, request_id: &str) -> ErrorBody {
        ErrorBody {
            error: ErrorDetail {
                code: self.code,
                message: self.message.clone(),
                hint: self.hint.clone(),
                request_id: request_id.to_owned(),
            },
        }
    }
}

/// The body of every error response.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The error.
    pub error: ErrorDetail,
}

/// What an error response says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// For programs.
    pub code: Code,
    /// For people.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Names the request in the log.
    pub request_id: String,
}

/// The response carries the error itself; the outermost layer turns it into a body, because
/// only that layer knows the request id.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// `error: cause: cause`, each once.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_written_as_serde_writes_it_and_has_an_error_status() {
        for code in Code::ALL {
            let json = serde_json::to_string(&code).unwrap();
            assert_eq!(json, format!("\"{}\"", code.as_str()));
            assert_eq!(Code::parse(code.as_str()), Some(code));
            assert!(code.status().is_client_error() || code.status().is_server_error());
        }
    }
}
