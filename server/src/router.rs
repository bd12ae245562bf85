//! The whole HTTP surface on one page.
//!
//! What is asked of a request on its way in, outermost first: an id, a span, a limit on its body, an acceptable
//! origin, and who it comes from.

use std::any::Any;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    middleware::{from_fn, from_fn_with_state, map_response},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use http::{HeaderName, StatusCode, header};
use tidings_protocol::{ErrorCode, limits};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    trace::TraceLayer,
};

use crate::{
    auth,
    error::Refusal,
    realtime::{long_poll, socket},
    rest, security_headers,
    site::Site,
    telemetry, web,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Everything that answers.
pub fn router(site: Site) -> Router {
    let identified = from_fn_with_state(site.clone(), auth::identify);
    let pages = web::open_pages()
        .merge(web::pages().layer(from_fn(auth::or_sign_in)))
        .layer(CompressionLayer::new());

    Router::new()
        .nest("/api/v1", rest::routes().layer(CompressionLayer::new()))
        .route("/api/v1/socket", get(socket::open))
        // Not compressed: an answer of known length passes through proxies that hold back what streams.
        .route(tidings_protocol::poll::PATH, post(long_poll::exchange))
        .route("/api/fn/{name}", any(web::server_function))
        .route("/api", any(no_such_address))
        .route("/api/{*path}", any(no_such_address))
        .merge(pages)
        .layer(identified)
        .route("/health", get(telemetry::health))
        .nest_service("/pkg", web::assets(&site))
        .fallback_service(web::files_or_not_found(&site))
        .method_not_allowed_fallback(method_not_allowed)
        // The last one is the outermost.
        .layer(RequestBodyLimitLayer::new(limits::HTTP_BODY_MAX_BYTES))
        .layer(DefaultBodyLimit::max(limits::HTTP_BODY_MAX_BYTES))
        .layer(from_fn_with_state(site.clone(), auth::origin::guard))
        .layer(CatchPanicLayer::custom(failed))
        .layer(map_response(typed_too_large))
        .layer(from_fn_with_state(site.clone(), security_headers::add))
        .layer(TraceLayer::new_for_http().make_span_with(telemetry::span as fn(&Request) -> _))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .with_state(site)
}

async fn no_such_address() -> Refusal {
    Refusal::no_such_address()
}

async fn method_not_allowed() -> Refusal {
    Refusal::new(
        ErrorCode::MethodNotAllowed,
        "This address does not answer to that method.",
    )
}

/// The limit on bodies refuses with plain text; our refusals are JSON.
async fn typed_too_large(response: Response) -> Response {
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE && !is_json {
        rest::too_large().into_response()
    } else {
        response
    }
}

fn failed(panic: Box<dyn Any + Send>) -> Response {
    drop(panic);
    // The panic hook has printed where and why.
    tracing::error!("a request panicked");
    Refusal::internal().into_response()
}
