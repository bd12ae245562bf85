//! Origins (RFC 6454) and the public URL, which is one.

use std::fmt;

use http::Uri;

/// Scheme, host and port, in the form in which browsers send them: lower case, without the scheme's own port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// The origin `text` names; `None` if it is not http or https, or has a path, a query or a user.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let scheme = uri.scheme_str()?;
        let own_port = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let authority = uri.authority()?;
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        if !bare || authority.as_str().contains('@') || authority.host().is_empty() {
            return None;
        }
        let host = authority.host().to_ascii_lowercase();
        Some(Self(match authority.port_u16() {
            Some(port) if port != own_port => format!("{scheme}://{host}:{port}"),
            _ => format!("{scheme}://{host}"),
        }))
    }

    /// As a browser writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same origin for WebSockets.
    #[must_use]
    pub fn websocket(&self) -> String {
        self.0.replacen("http", "ws", 1)
    }
}

/// Where people reach the server: an origin, without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Origin);

impl PublicUrl {
    /// The URL `text` names; `None` under the same conditions as [`Origin::new`].
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        Origin::new(text).map(Self)
    }

    /// The URL of a server on this machine.
    #[must_use]
    pub fn local(host: &str, port: u16) -> Self {
        Self(Origin(match port {
            80 => format!("http://{host}"),
            port => format!("http://{host}:{port}"),
        }))
    }

    /// Its origin.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.0.clone()
    }

    /// Whether people come by https: cookies are then `Secure`, and browsers are told to stay with it.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.0.starts_with("https:")
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_send_it() {
        for (text, origin) in [
            ("https://Chat.Example.org", "https://chat.example.org"),
            ("https://chat.example.org:443", "https://chat.example.org"),
            ("http://localhost:3000/", "http://localhost:3000"),
        ] {
            assert_eq!(Origin::new(text).expect("an origin").as_str(), origin);
        }
    }

    #[test]
    fn what_is_more_or_less_than_an_origin_is_refused() {
        for text in [
            "chat.example.org",
            "ftp://chat.example.org",
            "https://chat.example.org/path",
            "https://chat.example.org/?q",
            "https://user@chat.example.org",
            "null",
            "*",
            "",
        ] {
            assert_eq!(Origin::new(text), None, "{text}");
        }
    }
}
