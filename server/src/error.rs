//! The one place where refusals become HTTP answers.
//!
//! A fault inside the server is logged here, once, within the span of the request (which carries its id); the
//! outside learns no cause.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use tidings_protocol::{ApiError, ErrorCode};

use crate::service;

/// An answer that refuses: `{"error": {"code", "message", …}}` with the status of the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub ApiError);

/// The body of a refusal.
#[derive(Serialize)]
struct Body<'a> {
    error: &'a ApiError,
}

impl Refusal {
    /// A refusal with a sentence.
    #[must_use]
    pub fn new(code: ErrorCode, message: &str) -> Self {
        Self(ApiError::new(code, message))
    }

    /// Nobody is signed in, for whatever reason: one answer for all of them.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self(service::Error::SignedOut.api())
    }

    /// Nothing is at this address.
    #[must_use]
    pub fn no_such_address() -> Self {
        Self::new(ErrorCode::NotFound, "There is nothing at this address.")
    }

    /// The server failed.
    #[must_use]
    pub fn internal() -> Self {
        Self(service::Error::Internal(String::new()).api())
    }
}

/// What the outside is told of a service's refusal; a fault is logged on the way.
#[must_use]
pub fn tell(error: &service::Error) -> ApiError {
    if error.is_fault() {
        tracing::error!(%error, "a request failed inside the server");
    }
    error.api()
}

impl From<service::Error> for Refusal {
    fn from(error: service::Error) -> Self {
        Self(tell(&error))
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(Body { error: &self.0 })).into_response();
        if let Some(seconds) = self.0.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
