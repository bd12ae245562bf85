//! Which pages may make a browser act: exact origins, no patterns.
//!
//! A browser adds cookies to requests that any page makes it send, sockets included, and says in `Origin` which page
//! it was. Programs that authenticate with a bearer token send no `Origin` and need none: nothing is added for them.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, header};

use super::{foreign_origin, is_bearer};
use crate::{config::Origin, site::Site};

/// Middleware that lets only pages of our own origins change state.
pub async fn guard(State(site): State<Site>, request: Request, next: Next) -> Response {
    let changes_state = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes_state && !may_act(request.headers(), &site.origins) {
        return foreign_origin().into_response();
    }
    next.run(request).await
}

/// Whether whoever sent these headers may act with the credentials they carry.
///
/// Without an `Origin`, a request with a bearer token or without any cookie may; one with cookies must at least be
/// marked by the browser as coming from the same origin (`Sec-Fetch-Site`, Fetch Metadata).
#[must_use]
pub fn may_act(headers: &HeaderMap, allowed: &[Origin]) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) => allowed
            .iter()
            .any(|allowed| allowed.as_str().as_bytes() == origin.as_bytes()),
        (Some(_), Some(_)) => false,
        (None, _) => {
            is_bearer(headers)
                || !headers.contains_key(header::COOKIE)
                || headers
                    .get("sec-fetch-site")
                    .is_some_and(|site| site.as_bytes() == b"same-origin")
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    name.parse::<header::HeaderName>().expect("a name"),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn only_an_exact_origin_may_act() {
        let allowed = [Origin::new("https://chat.example.org").expect("an origin")];
        for (pairs, expected) in [
            (
                &[("origin", "https://chat.example.org"), ("cookie", "a=b")][..],
                true,
            ),
            (&[("origin", "https://evil-chat.example.org")], false),
            (&[("origin", "https://chat.example.org.evil")], false),
            (&[("origin", "http://chat.example.org")], false),
            (&[("origin", "null")], false),
            (&[("origin", "null"), ("authorization", "Bearer x")], false),
            (&[("cookie", "a=b")], false),
            (&[("cookie", "a=b"), ("sec-fetch-site", "cross-site")], false),
            (&[("cookie", "a=b"), ("sec-fetch-site", "same-origin")], true),
            (&[("cookie", "a=b"), ("authorization", "Bearer x")], true),
            (&[], true),
        ] {
            assert_eq!(may_act(&headers(pairs), &allowed), expected, "{pairs:?}");
        }
    }
}
