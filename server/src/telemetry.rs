//! What the server says about itself: its log, and `/health`.
//!
//! Spans and events carry ids and names from the glossary; never bodies, tokens, or addresses with tokens in them.

use axum::{
    Json,
    extract::{MatchedPath, Request, State},
    response::{IntoResponse, Response},
};
use serde_json::json;
use tidings_protocol::ErrorCode;
use tracing::Span;
use tracing_subscriber::EnvFilter;

use crate::{error::Refusal, site::Site};

/// Sends what passes `filter` to standard error. A second call changes nothing.
pub fn start(filter: &str) {
    let started = tracing_subscriber::fmt()
        .with_env_filter(self::filter(filter))
        .with_writer(std::io::stderr)
        .try_init();
    if let Err(error) = started {
        tracing::debug!(%error, "the log was started before");
    }
}

/// The filter that a setting asks for, except that libraries never write what passes through them: at their finest
/// level these print frames, and with them what people say.
#[must_use]
pub fn filter(text: &str) -> EnvFilter {
    let filter = EnvFilter::try_new(text).unwrap_or_else(|_| EnvFilter::new("info"));
    // The last ones name the hosts that people link to.
    [
        "tungstenite=info",
        "tokio_tungstenite=info",
        "reqwest=info",
        "hyper_util=info",
        "hyper=info",
        "h2=info",
        "rustls=info",
    ]
    .into_iter()
    .filter_map(|directive| directive.parse().ok())
    .fold(filter, EnvFilter::add_directive)
}

/// The span of a request. It names the route and not the address: addresses of invitations are secrets.
pub fn span(request: &Request) -> Span {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched", MatchedPath::as_str);
    let id = request
        .headers()
        .get("x-request-id")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), route, id)
}

/// Whether the database answers and the tail runs.
pub async fn health(State(site): State<Site>) -> Response {
    let database = site.service.head().await;
    if let Err(error) = &database {
        tracing::warn!(%error, "the database does not answer");
    }
    if database.is_ok() && site.live.is_well() {
        Json(json!({ "status": "ok" })).into_response()
    } else {
        Refusal::new(
            ErrorCode::Unavailable,
            "The server can't do its work at the moment.",
        )
        .into_response()
    }
}
