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
    routing::any,
};
use http::{HeaderName, Method, StatusCode, header};
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
    rest,
    routes::routes,
    security_headers,
    site::Site,
    slow_body, telemetry, web,
};

/// Where the API for programs is.
const API: &str = "/api/v1";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Everything that answers.
pub fn router(site: Site) -> Router {
    let identified = from_fn_with_state(site.clone(), auth::identify);
    let pages = web::open_pages()
        .merge(web::pages().layer(from_fn(auth::or_sign_in)))
        .layer(CompressionLayer::new());

    Router::new()
        .nest(
            API,
            rest::routes()
                .layer(CompressionLayer::new())
                .merge(rest::outgoing_files()),
        )
        // Not compressed: an answer of known length passes through proxies that hold back what streams.
        .merge(live())
        .merge(rest_of_api())
        .merge(pages)
        .layer(identified.clone())
        .merge(health())
        .nest_service("/pkg", web::assets(&site))
        .fallback_service(web::files_or_not_found(&site))
        .method_not_allowed_fallback(method_not_allowed)
        // The last one is the outermost.
        .layer(from_fn_with_state(site.clone(), slow_body::guard))
        .layer(RequestBodyLimitLayer::new(limits::HTTP_BODY_MAX_BYTES))
        .layer(DefaultBodyLimit::max(limits::HTTP_BODY_MAX_BYTES))
        // They have limits of their own.
        .merge(
            Router::new()
                .nest(API, rest::incoming_files())
                .layer(identified)
                .method_not_allowed_fallback(method_not_allowed),
        )
        .layer(from_fn_with_state(site.clone(), auth::origin::guard))
        .layer(CatchPanicLayer::custom(failed))
        .layer(map_response(typed_too_large))
        .layer(from_fn_with_state(site.clone(), security_headers::add))
        .layer(TraceLayer::new_for_http().make_span_with(telemetry::span as fn(&Request) -> _))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .with_state(site)
}

/// Every method and address that answers with something of its own, files apart.
#[must_use]
pub fn addresses() -> Vec<(Method, String)> {
    let api = [rest::ADDRESSES, rest::INCOMING_FILES, rest::OUTGOING_FILES]
        .into_iter()
        .flatten()
        .map(|(method, path)| (method.clone(), format!("{API}{path}")));
    let others = [LIVE, HEALTH]
        .into_iter()
        .flatten()
        .map(|(method, path)| (method.clone(), (*path).to_owned()));
    api.chain(others)
        .chain(web::server_functions())
        .chain(web::page_paths().map(|path| (Method::GET, path)))
        .collect()
}

routes! {
    /// Where devices connect.
    pub fn live;
    /// The same as a list.
    pub const LIVE;

    GET "/api/v1/socket" => socket::open;
    POST "/api/v1/poll" => long_poll::exchange;
}

routes! {
    /// Whether all is well.
    pub fn health;
    /// The same as a list.
    pub const HEALTH;

    GET "/health" => telemetry::health;
}

/// Server functions, which have a list of their own, and everything else below `/api`.
#[expect(clippy::disallowed_methods, reason = "they match any address")]
fn rest_of_api() -> Router<Site> {
    Router::new()
        .route("/api/fn/{name}", any(web::server_function))
        .route("/api", any(no_such_address))
        .route("/api/{*path}", any(no_such_address))
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
