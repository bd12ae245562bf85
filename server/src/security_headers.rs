//! What browsers are told not to do with our answers.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderValue, header};

use crate::site::Site;

/// For answers that are not pages: nothing in them is to be run or loaded.
const NOT_A_PAGE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
);

/// Nothing here is filmed, located or paid for, whatever a script asks. Voice messages need the microphone, which the
/// browser gives to nobody without asking the person.
const DEVICES: HeaderValue = HeaderValue::from_static(
    "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(self), midi=(), payment=(), \
     publickey-credentials-get=(), serial=(), usb=(), xr-spatial-tracking=()",
);

/// A year, the least that browsers' preload lists and ASVS 3.4.1 accept.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Middleware that adds the headers. What an answer says about itself stays.
pub async fn add(State(site): State<Site>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, NOT_A_PAGE),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        // Not `no-referrer`: browsers then send forms with `Origin: null`, and signing in without scripts is refused.
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ),
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("same-origin"),
        ),
        (header::HeaderName::from_static("permissions-policy"), DEVICES),
    ] {
        headers.entry(name).or_insert(value);
    }
    if site.cookies.are_secure() {
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(HSTS);
    }
    response
}

/// The policy of one page, whose own scripts carry `nonce`. `sockets` are the origins it may open sockets to.
///
/// `'wasm-unsafe-eval'` lets the browser compile our WebAssembly and allows no `eval`.
#[must_use]
pub fn page_policy(nonce: &str, sockets: &[String]) -> Option<HeaderValue> {
    let sockets = sockets.join(" ");
    HeaderValue::try_from(format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data:; media-src 'self' blob:; connect-src 'self' {sockets}; object-src 'none'; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self'"
    ))
    .ok()
}
