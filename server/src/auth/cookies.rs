//! The two cookies that a browser holds: the access token and the refresh token.
//!
//! Both are `HttpOnly` (no script reads them) and `SameSite=Lax` (no other site sends them with a POST). With an https
//! public URL they are also `Secure` and carry the `__Host-` prefix (RFC 6265bis, 4.1.3), which a subdomain can't forge.

use std::time::Duration;

use axum_extra::extract::cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, header};
use tidings_protocol::limits;

/// How long a browser keeps the refresh token: as long as a session lives without being used.
const REFRESH_KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Access,
    Refresh,
}

/// Reads and writes the cookies.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    secure: bool,
}

impl Cookies {
    /// `secure` when people come by https.
    #[must_use]
    pub fn new(secure: bool) -> Self {
        Self { secure }
    }

    /// Whether people come by https.
    #[must_use]
    pub fn are_secure(&self) -> bool {
        self.secure
    }

    /// The access token a request carries.
    #[must_use]
    pub fn access<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        self.read(Kind::Access, headers)
    }

    /// The refresh token a request carries.
    #[must_use]
    pub fn refresh<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        self.read(Kind::Refresh, headers)
    }

    /// `Set-Cookie` values that keep both tokens.
    #[must_use]
    pub fn keep(&self, access: &str, refresh: &str) -> [HeaderValue; 2] {
        [
            self.write(Kind::Access, access, limits::ACCESS_TOKEN_LIFETIME),
            self.write(Kind::Refresh, refresh, REFRESH_KEPT_FOR),
        ]
    }

    /// `Set-Cookie` values that forget both tokens.
    #[must_use]
    pub fn forget(&self) -> [HeaderValue; 2] {
        [Kind::Access, Kind::Refresh].map(|kind| self.write(kind, "", Duration::ZERO))
    }

    /// Whether a response already decides about the cookies.
    #[must_use]
    pub fn are_set_in(&self, headers: &HeaderMap) -> bool {
        let name = self.name(Kind::Refresh);
        headers
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')))
    }

    fn name(self, kind: Kind) -> &'static str {
        match (kind, self.secure) {
            (Kind::Access, false) => "tidings_access",
            (Kind::Access, true) => "__Host-tidings_access",
            (Kind::Refresh, false) => "tidings_refresh",
            (Kind::Refresh, true) => "__Host-tidings_refresh",
        }
    }

    fn read(self, kind: Kind, headers: &HeaderMap) -> Option<&str> {
        let name = self.name(kind);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
            .filter(|value| !value.is_empty())
    }

    fn write(self, kind: Kind, value: &str, kept_for: Duration) -> HeaderValue {
        let seconds = i64::try_from(kept_for.as_secs()).unwrap_or(i64::MAX);
        let text = Cookie::build((self.name(kind), value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure)
            .build()
            .to_string();
        // Tokens are base64url and dots, so the text is always a header value.
        HeaderValue::try_from(format!("{text}; Max-Age={seconds}"))
            .unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back() {
        let cookies = Cookies::new(false);
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("theme=dark; tidings_access=a.b.c; tidings_refresh=r"),
        );
        assert_eq!(cookies.access(&headers), Some("a.b.c"));
        assert_eq!(cookies.refresh(&headers), Some("r"));
    }

    #[test]
    fn behind_https_the_cookies_are_bound_to_the_host() {
        let [access, refresh] = Cookies::new(true).keep("a.b.c", "r");
        for value in [access, refresh] {
            let text = value.to_str().expect("text").to_owned();
            assert!(text.starts_with("__Host-tidings_"), "{text}");
            for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
                assert!(text.contains(part), "{part} in {text}");
            }
            assert!(!text.contains("Domain"), "{text}");
        }
    }

    #[test]
    fn a_response_that_forgets_the_cookies_is_seen_to_decide_about_them() {
        let cookies = Cookies::new(false);
        let mut headers = HeaderMap::new();
        assert!(!cookies.are_set_in(&headers));
        for value in cookies.forget() {
            headers.append(header::SET_COOKIE, value);
        }
        assert!(cookies.are_set_in(&headers));
    }
}
