//! The language model that may be asked for replies: an endpoint that whoever runs the server chose.

use std::fmt;

use http::HeaderValue;
use tidings_protocol::text;
use url::{Host, Url};

use crate::outbound::address::is_loopback;

/// Where completions are asked for, below the address that is given.
const COMPLETIONS: &str = "chat/completions";

/// Longest name of a model, in characters.
const NAME_MAX_CHARS: usize = 200;

/// A language model, and how it is reached. `Debug` shows its host and its name only.
#[derive(Clone, PartialEq, Eq)]
pub struct ModelSettings {
    completions: Url,
    name: String,
    authorization: Option<HeaderValue>,
}

/// A setting of the model that is not acceptable, and why. A key is never repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unacceptable {
    /// Which, as its flag is called.
    pub name: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl ModelSettings {
    /// Checks the settings of a model; `None` when there are none. Any host is accepted, those of this machine and of its
    /// network too: nobody but whoever runs the server gives it.
    ///
    /// # Errors
    /// `Unacceptable`, when one is bad or stands alone.
    pub fn new(
        url: Option<&str>,
        name: Option<&str>,
        key: Option<&str>,
    ) -> Result<Option<Self>, Unacceptable> {
        let wrong = |name, reason: &str| Unacceptable {
            name,
            reason: reason.to_owned(),
        };
        let (url, name) = match (url, name, key) {
            (Some(url), Some(name), _) => (url, name),
            (Some(_), None, _) => return Err(wrong("model-name", "is needed together with model-url.")),
            (None, Some(_), _) => return Err(wrong("model-url", "is needed together with model-name.")),
            (None, None, Some(_)) => {
                return Err(wrong("model-url", "is needed together with model-key."));
            }
            (None, None, None) => return Ok(None),
        };
        // An address can hold a password, so it is not repeated.
        let completions = completions(url).ok_or_else(|| {
            wrong(
                "model-url",
                "is not a URL such as https://api.example.com/v1 (http or https, no user, no query).",
            )
        })?;
        let name = text::line("The name", name, NAME_MAX_CHARS)
            .map_err(|error| wrong("model-name", &format!("can't be used. {error}.")))?;
        let authorization = key.map(authorization).transpose().map_err(|()| {
            wrong(
                "model-key",
                "is empty or has a character that can't be sent in a header.",
            )
        })?;
        Ok(Some(Self {
            completions,
            name,
            authorization,
        }))
    }

    /// Where completions are asked for.
    #[must_use]
    pub fn completions(&self) -> &Url {
        &self.completions
    }

    /// What the model is called there.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the endpoint knows this server by.
    #[must_use]
    pub fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    /// The host, and the port unless it is the usual one, and that it goes there in the clear if it does: what people are
    /// told of where their messages go, and what they agree to.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.completions.host_str().unwrap_or_default();
        let host = match self.completions.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        // What does not leave this machine needs no encryption.
        let is_here = match self.completions.host() {
            Some(Host::Ipv4(address)) => is_loopback(address.into()),
            Some(Host::Ipv6(address)) => is_loopback(address.into()),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if is_here || self.completions.scheme() == "https" {
            host
        } else {
            format!("{host} (not encrypted)")
        }
    }
}

impl fmt::Debug for ModelSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelSettings")
            .field("host", &self.host())
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

fn completions(base: &str) -> Option<Url> {
    let mut url = Url::parse(base.trim()).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !is_web || !is_bare {
        return None;
    }
    let path = format!("{}/{COMPLETIONS}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Some(url)
}

fn authorization(key: &str) -> Result<HeaderValue, ()> {
    let key = key.trim();
    if key.is_empty() {
        return Err(());
    }
    let mut value = HeaderValue::try_from(format!("Bearer {key}")).map_err(|_| ())?;
    // Kept out of every `Debug` on the way.
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk-canary-41aa";

    fn model(url: &str) -> Option<ModelSettings> {
        ModelSettings::new(Some(url), Some("small"), Some(KEY))
            .ok()
            .flatten()
    }

    #[test]
    fn completions_are_below_the_address_wherever_it_is() {
        for (url, completions, host) in [
            (
                "https://api.example.com/v1",
                "https://api.example.com/v1/chat/completions",
                "api.example.com",
            ),
            (
                "http://127.0.0.1:11434/v1/",
                "http://127.0.0.1:11434/v1/chat/completions",
                "127.0.0.1:11434",
            ),
            ("http://[::1]:80", "http://[::1]/chat/completions", "[::1]"),
            (
                "HTTPS://Models.Lan:8443//",
                "https://models.lan:8443/chat/completions",
                "models.lan:8443",
            ),
            (
                "http://models.lan/v1",
                "http://models.lan/v1/chat/completions",
                "models.lan (not encrypted)",
            ),
        ] {
            let model = model(url).expect(url);
            assert_eq!(model.completions().as_str(), completions);
            assert_eq!(model.host(), host);
        }
    }

    #[test]
    fn what_is_no_such_address_is_refused() {
        for url in [
            "",
            "api.example.com/v1",
            "ftp://api.example.com",
            "file:///etc/passwd",
            "https://ana@api.example.com/v1",
            "https://:secret@api.example.com/v1",
            "https://api.example.com/v1?key=secret",
            "https://api.example.com/v1#x",
        ] {
            assert_eq!(model(url), None, "{url}");
        }
    }

    #[test]
    fn one_without_the_other_is_refused_by_the_name_of_what_is_missing() {
        let url = Some("https://api.example.com/v1");
        let missing = |url, name, key| ModelSettings::new(url, name, key).err().map(|wrong| wrong.name);
        assert_eq!(missing(url, None, None), Some("model-name"));
        assert_eq!(missing(None, Some("small"), None), Some("model-url"));
        assert_eq!(missing(None, None, Some(KEY)), Some("model-url"));
        assert_eq!(missing(url, Some(" "), None), Some("model-name"));
        assert_eq!(ModelSettings::new(None, None, None), Ok(None));
        assert!(ModelSettings::new(url, Some("small"), None).is_ok_and(|model| model.is_some()));
    }

    #[test]
    fn a_key_is_never_printed_nor_repeated() {
        let url = Some("https://api.example.com/v1");
        for bad in ["", "  ", "sk-canary-41aa\r\nx: y", "sk-canary-41aa\0"] {
            let wrong = ModelSettings::new(url, Some("small"), Some(bad)).expect_err("no header");
            assert_eq!(wrong.name, "model-key");
            assert!(!wrong.reason.contains("canary"), "{}", wrong.reason);
        }
        let model = model("https://api.example.com/v1").expect("it is good");
        let printed = format!("{model:?}{:?}", model.authorization());
        assert!(
            printed.contains("api.example.com") && !printed.contains("canary"),
            "{printed}"
        );
    }
}
