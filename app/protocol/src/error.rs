//! The only errors that leave the server, on every transport.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::TextError;

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct ApiError {
    /// What a program decides by.
    pub code: ErrorCode,
    /// A sentence for people, safe to show, that says what to do next where there is something to do.
    pub message: String,
    /// The input it is about, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Present when the refusal is temporary: seconds after which to try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl ApiError {
    /// An error with a sentence.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
            retry_after: None,
        }
    }

    /// The same, about one input.
    #[must_use]
    pub fn about(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// The same, temporary.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl From<TextError> for ApiError {
    fn from(error: TextError) -> Self {
        Self::new(ErrorCode::Invalid, format!("{error}."))
    }
}

/// What went wrong, closed so that programs can match on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not understood: not JSON, an unknown command, a missing field. HTTP 400.
    BadRequest,
    /// Nobody is signed in, or the token is expired, revoked or not ours. HTTP 401.
    Unauthorized,
    /// Signed in, and not allowed. Only said of things whose existence is no secret. HTTP 403.
    Forbidden,
    /// Does not exist, or is not yours to know of: the same answer. HTTP 404.
    NotFound,
    /// The method does not fit the address. HTTP 405.
    MethodNotAllowed,
    /// Contradicts what is stored, such as the same local id with another text. HTTP 409.
    Conflict,
    /// A link that was used, revoked or has expired. HTTP 410.
    Gone,
    /// Larger than the limit. HTTP 413.
    TooLarge,
    /// Not `application/json`. HTTP 415.
    UnsupportedMediaType,
    /// Understood, and a value is not acceptable. HTTP 422.
    Invalid,
    /// The device speaks an older protocol than the server supports: reload. HTTP 426.
    Outdated,
    /// Too many, too fast. `retry_after` is set. HTTP 429.
    RateLimited,
    /// The server failed. The cause is in its log under the request id. HTTP 500.
    Internal,
    /// Not now: shutting down, or the database is away. HTTP 503.
    Unavailable,
    /// The disk is full. HTTP 507.
    StorageFull,
    /// A code from a newer server.
    #[serde(other)]
    Unknown,
}

impl ErrorCode {
    /// The HTTP status (RFC 9110) this code travels with.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict => 409,
            Self::Gone => 410,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Invalid => 422,
            Self::Outdated => 426,
            Self::RateLimited => 429,
            Self::Internal | Self::Unknown => 500,
            Self::Unavailable => 503,
            Self::StorageFull => 507,
        }
    }

    /// Whether sending the same again may succeed without anyone changing anything.
    #[must_use]
    pub fn is_temporary(self) -> bool {
        matches!(
            self,
            Self::RateLimited | Self::Internal | Self::Unavailable | Self::StorageFull | Self::Unknown
        )
    }
}
