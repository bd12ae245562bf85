//! Who is calling: the same question and the same answer for pages, REST and sockets.
//!
//! A program sends its access token as a bearer token; a browser sends cookies. A token only names a session, so
//! every request asks the service whether the session still lives. [`identify`] does all of this once per request;
//! handlers take a [`Caller`] (refused without one) or a [`Visitor`] (anyone).

pub mod cookies;
pub mod origin;
pub mod token;

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header, request::Parts};
use tidings_protocol::ErrorCode;

use crate::{
    doorstep::Stranger,
    error::Refusal,
    service::{self, Caller, SignedIn},
    site::Site,
};

/// Whoever makes a request, known or not.
#[derive(Clone, Copy, Debug)]
pub struct Visitor {
    /// Who it is, if they are signed in.
    pub caller: Option<Caller>,
    /// Where they come from: the peer, or what a trusted proxy says.
    pub address: IpAddr,
    /// Whether the answer brings new cookies, without which the browser's next requests would be taken for a thief's:
    /// it must not wait.
    pub renewed: bool,
}

/// The outcome of looking at a request's credentials.
struct Seen {
    caller: Option<Caller>,
    /// `Set-Cookie` values that the browser needs from now on.
    cookies: Option<[HeaderValue; 2]>,
}

/// Middleware that finds out who is calling and, for a browser whose access token has expired, renews both cookies.
///
/// The renewed cookies are set on whatever the request is answered with, socket upgrades included, unless the
/// answer itself decides about them (signing out does).
pub async fn identify(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let seen = match see(&site, request.headers()).await {
        Ok(seen) => seen,
        Err(error) => return Refusal::from(error).into_response(),
    };
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0.ip());
    if seen.caller.is_some()
        && let Some(stranger) = request.extensions().get::<Stranger>()
    {
        stranger.is_known();
    }
    let visitor = Visitor {
        caller: seen.caller,
        address: address(peer, request.headers(), &site.settings.trusted_proxies),
        renewed: seen.cookies.is_some(),
    };
    request.extensions_mut().insert(visitor);
    let mut response = next.run(request).await;
    if let Some(cookies) = seen.cookies
        && !site.cookies.are_set_in(response.headers())
    {
        for value in cookies {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

/// # Errors
/// When it could not be found out, because the database is away.
async fn see(site: &Site, headers: &HeaderMap) -> Result<Seen, service::Error> {
    if let Some(token) = bearer(headers) {
        let caller = live(site, token).await?;
        return Ok(Seen {
            caller,
            cookies: None,
        });
    }
    if let Some(token) = site.cookies.access(headers)
        && let Some(caller) = live(site, token).await?
    {
        return Ok(Seen {
            caller: Some(caller),
            cookies: None,
        });
    }
    let Some(refresh) = site.cookies.refresh(headers) else {
        return Ok(Seen {
            caller: None,
            cookies: None,
        });
    };
    match site.service.refresh(refresh).await {
        Ok(signed_in) => Ok(Seen {
            caller: Some(signed_in.caller()),
            cookies: Some(site.cookies_for(&signed_in)?),
        }),
        Err(service::Error::SignedOut) => Ok(Seen {
            caller: None,
            cookies: Some(site.cookies.forget()),
        }),
        Err(error) => Err(error),
    }
}

async fn live(site: &Site, token: &str) -> Result<Option<Caller>, service::Error> {
    let Ok(named) = site.tokens.check(token) else {
        return Ok(None);
    };
    match site.service.live_session(named.session).await {
        Ok(standing) if standing.caller == named => Ok(Some(named)),
        Ok(_) | Err(service::Error::SignedOut) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a request brings a bearer token, which no browser adds by itself.
#[must_use]
pub fn is_bearer(headers: &HeaderMap) -> bool {
    bearer(headers).is_some()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    // RFC 9110, 11.1: the scheme's case does not matter.
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The newest address in `X-Forwarded-For` that is not itself a trusted proxy, if the peer is one.
fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    if !trusted.contains(&peer) {
        return peer;
    }
    headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|part| part.trim().parse().ok())
        .rfind(|address| !trusted.contains(address))
        .unwrap_or(peer)
}

impl SignedIn {
    /// The person who signed in, as a caller.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller {
            user: self.user.id,
            session: self.session,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

impl Visitor {
    /// Whoever made the request; an unknown one where [`identify`] has not run.
    #[must_use]
    pub fn of(parts: &Parts) -> Self {
        parts.extensions.get().copied().unwrap_or(Self {
            caller: None,
            address: IpAddr::from([0, 0, 0, 0]),
            renewed: false,
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        Visitor::of(parts).caller.ok_or_else(Refusal::unauthorized)
    }
}

/// Middleware for pages that need a person: others are sent to sign in.
pub async fn or_sign_in(visitor: Visitor, request: Request, next: Next) -> Response {
    if visitor.caller.is_some() {
        next.run(request).await
    } else {
        axum::response::Redirect::to("/sign-in").into_response()
    }
}

/// The answer to a request from a page of another origin.
pub(crate) fn foreign_origin() -> Refusal {
    Refusal::new(
        ErrorCode::Forbidden,
        "This request comes from a page of another origin. The server's public URL and allowed origins decide which \
         are accepted.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn a_forwarded_address_is_believed_only_from_a_trusted_proxy() {
        let [proxy, peer, person] = ["10.0.0.1", "203.0.113.9", "198.51.100.7"]
            .map(|text| text.parse::<IpAddr>().expect("an address"));
        let headers = forwarded("192.0.2.1, 198.51.100.7");
        assert_eq!(address(peer, &headers, &[proxy]), peer);
        assert_eq!(address(proxy, &headers, &[proxy]), person);
        assert_eq!(address(proxy, &HeaderMap::new(), &[proxy]), proxy);
    }

    #[test]
    fn a_bearer_token_is_found_whatever_the_case_of_its_scheme() {
        let mut headers = HeaderMap::new();
        assert!(!is_bearer(&headers));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("bearer a.b.c"));
        assert_eq!(bearer(&headers), Some("a.b.c"));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Basic abc"));
        assert!(!is_bearer(&headers));
    }
}
