//! What comes in: JSON, ids in addresses, and queries; each refused in the same shape.

use std::str::FromStr;

use axum::{
    RequestPartsExt,
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{BytesRejection, FailedToBufferBody},
    },
};
use http::{HeaderMap, header, request::Parts};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tidings_protocol::{ErrorCode, Seq, ThreadId, limits};

use crate::error::Refusal;

/// A JSON body.
pub struct Entered<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Entered<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        if !is_json(request.headers()) {
            return Err(Refusal::new(
                ErrorCode::UnsupportedMediaType,
                "The body must be JSON: send “Content-Type: application/json”.",
            ));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|error| unread(&error))?;
        serde_json::from_slice(&body).map(Self).map_err(|error| {
            match error.classify() {
                // The error ends with a place, which means nothing to whoever filled in a form.
                Category::Data => {
                    let text = error.to_string();
                    let sentence = text
                        .rsplit_once(" at line ")
                        .map_or(text.as_str(), |(sentence, _)| sentence);
                    Refusal::new(ErrorCode::Invalid, &format!("{sentence}."))
                }
                Category::Syntax | Category::Eof | Category::Io => Refusal::new(
                    ErrorCode::BadRequest,
                    &format!(
                        "The body is not JSON (line {}, column {}).",
                        error.line(),
                        error.column()
                    ),
                ),
            }
        })
    }
}

fn unread(error: &BytesRejection) -> Refusal {
    if let BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) = error {
        return too_large();
    }
    Refusal::new(
        ErrorCode::BadRequest,
        "The body did not arrive whole, or took too long.",
    )
}

/// The refusal of a body beyond the limit.
#[must_use]
pub fn too_large() -> Refusal {
    Refusal::new(
        ErrorCode::TooLarge,
        &format!(
            "The body is too large: at most {} bytes.",
            limits::HTTP_BODY_MAX_BYTES
        ),
    )
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// An id in the address. Text that is no id names nothing, like an id that nobody has.
pub struct Named<T>(pub T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        let Path(text) = parts
            .extract::<Path<String>>()
            .await
            .map_err(|_| Refusal::no_such_address())?;
        text.parse().map(Self).map_err(|_| Refusal::no_such_address())
    }
}

/// Two ids in the address, the second of something within the first.
pub struct NamedWithin<T, U>(pub T, pub U);

impl<T: FromStr, U: FromStr, S: Send + Sync> FromRequestParts<S> for NamedWithin<T, U> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        let Path((outer, inner)) = parts
            .extract::<Path<(String, String)>>()
            .await
            .map_err(|_| Refusal::no_such_address())?;
        match (outer.parse(), inner.parse()) {
            (Ok(outer), Ok(inner)) => Ok(Self(outer, inner)),
            _ => Err(Refusal::no_such_address()),
        }
    }
}

/// A thread in the address, and the place of a message in it.
pub struct Place(pub ThreadId, pub Seq);

impl<S: Send + Sync> FromRequestParts<S> for Place {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        let Path((thread, seq)) = parts
            .extract::<Path<(String, String)>>()
            .await
            .map_err(|_| Refusal::no_such_address())?;
        match (thread.parse(), seq.parse()) {
            (Ok(thread), Ok(seq)) => Ok(Self(thread, Seq(seq))),
            _ => Err(Refusal::no_such_address()),
        }
    }
}

/// The query of the address.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned + 'static, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        let Query(query) = parts.extract::<Query<T>>().await.map_err(|_| {
            Refusal::new(
                ErrorCode::BadRequest,
                "A value in the query of the address can't be read.",
            )
        })?;
        Ok(Self(query))
    }
}
