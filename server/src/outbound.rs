//! Requests to addresses that people name, such as where their browsers are pushed to.
//!
//! Whoever names an address must not reach by it what only this machine can: a [`Destination`] is checked when it is
//! made, its name is resolved here, addresses that are not of the public internet are left out, and the connection goes
//! to one of those that were checked, so that a name can't change between the look and the step. No redirect is
//! followed by itself and no proxy of the environment is asked, since both would choose another destination: whoever wants
//! to go where an answer leads makes a destination of it, which is checked as the first one was.

pub mod address;

use std::{error::Error as _, io, net::SocketAddr, sync::Arc, time::Duration};

use http::{HeaderMap, Method};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;
use url::{Host, Url};

/// How long a connection may take to be there.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Longest address that is looked at, in bytes.
const MAX_BYTES: usize = 2048;

/// An address that may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination(Url);

/// Why an address is not asked. The sentences are fit to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// It can't be read, or is not `https`, or names a user.
    #[error("The address must be one that begins with https://.")]
    NotPublic,
    /// It is not of the public internet.
    #[error("The address is inside the server's own network.")]
    Internal,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Failed {
    /// The address may not be asked.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Nothing came in time.
    #[error("no answer came in time")]
    TimedOut,
    /// There was no connection, or it broke.
    #[error("it could not be reached")]
    Unreachable,
}

/// Asks destinations. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Outbound {
    client: reqwest::Client,
    within: Duration,
}

/// Resolves names, and keeps only what may be connected to.
struct Checked {
    loopback: bool,
}

impl Destination {
    /// Checks an address as far as it can be without resolving it. With `loopback`, this machine may be named too, and
    /// without TLS: for tests and development.
    ///
    /// # Errors
    /// [`Refused`], a sentence.
    pub fn new(text: &str, loopback: bool) -> Result<Self, Refused> {
        if text.len() > MAX_BYTES {
            return Err(Refused::NotPublic);
        }
        let url = Url::parse(text).map_err(|_| Refused::NotPublic)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::NotPublic);
        }
        let address = match url.host() {
            None => return Err(Refused::NotPublic),
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) => None,
        };
        let is_here = match address {
            Some(address) => address::is_loopback(address),
            None => url.domain() == Some("localhost"),
        };
        if address.is_some_and(|address| !may_connect(address, loopback)) || (is_here && !loopback) {
            return Err(Refused::Internal);
        }
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_here => Ok(Self(url)),
            _ => Err(Refused::NotPublic),
        }
    }

    /// Where a redirect from here leads, checked as [`Self::new`] does.
    ///
    /// # Errors
    /// [`Refused`], a sentence.
    pub fn leading_to(&self, location: &str, loopback: bool) -> Result<Self, Refused> {
        if location.len() > MAX_BYTES {
            return Err(Refused::NotPublic);
        }
        let url = self.0.join(location).map_err(|_| Refused::NotPublic)?;
        Self::new(url.as_str(), loopback)
    }

    /// Scheme, host and port, as browsers write an origin.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl Outbound {
    /// Something that asks, and gives up after `within`. `loopback` as for [`Destination::new`].
    ///
    /// # Errors
    /// When the certificates that the system trusts can't be read.
    pub fn new(within: Duration, loopback: bool) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .dns_resolver(Arc::new(Checked { loopback }))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT_WITHIN)
            .timeout(within)
            .pool_max_idle_per_host(2)
            .user_agent(concat!("Tidings/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, within })
    }

    /// Asks. What the answer says is not read yet.
    ///
    /// # Errors
    /// [`Failed`], when there is no answer.
    pub async fn ask(
        &self,
        method: Method,
        destination: &Destination,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<reqwest::Response, Failed> {
        let asked = self
            .client
            .request(method, destination.0.clone())
            .headers(headers)
            .body(body)
            .send();
        // The client's own time does not count what the system's resolver takes.
        match tokio::time::timeout(self.within, asked).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(Failed::from(&error)),
            Err(_) => Err(Failed::TimedOut),
        }
    }
}

impl From<&reqwest::Error> for Failed {
    fn from(error: &reqwest::Error) -> Self {
        let mut cause = error.source();
        while let Some(inner) = cause {
            if let Some(refused) = inner.downcast_ref::<Refused>() {
                return Self::Refused(*refused);
            }
            cause = inner.source();
        }
        if error.is_timeout() {
            Self::TimedOut
        } else {
            Self::Unreachable
        }
    }
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback = self.loopback;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            permitted(found, loopback)
        })
    }
}

fn permitted(
    found: impl Iterator<Item = SocketAddr>,
    loopback: bool,
) -> Result<Addrs, Box<dyn std::error::Error + Send + Sync>> {
    let found: Vec<_> = found.collect();
    if found.is_empty() {
        return Err(Box::new(io::Error::from(io::ErrorKind::NotFound)));
    }
    let permitted: Vec<_> = found
        .into_iter()
        .filter(|one| may_connect(one.ip(), loopback))
        .collect();
    if permitted.is_empty() {
        return Err(Box::new(Refused::Internal));
    }
    Ok(Box::new(permitted.into_iter()))
}

fn may_connect(address: std::net::IpAddr, loopback: bool) -> bool {
    address::is_public(address) || (loopback && address::is_loopback(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<String, Refused> {
        Destination::new(text, false).map(|destination| destination.origin())
    }

    #[test]
    fn only_https_to_public_names_is_a_destination() {
        assert_eq!(
            check("https://push.example.net/a?b"),
            Ok("https://push.example.net".to_owned())
        );
        assert_eq!(
            check("https://push.example.net:8443/a"),
            Ok("https://push.example.net:8443".to_owned())
        );
        for text in [
            "",
            "push",
            "http://push.example.net/",
            "ftp://push.example.net/",
            "file:///etc/passwd",
            "https://ana@push.example.net/",
            "https://:secret@push.example.net/",
            "javascript:alert(1)",
            &format!("https://push.example.net/{}", "a".repeat(MAX_BYTES)),
        ] {
            assert_eq!(check(text), Err(Refused::NotPublic), "{text}");
        }
    }

    #[test]
    fn however_an_internal_address_is_written_it_is_refused() {
        for host in [
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "2130706433",
            "017700000001",
            "0.0.0.0",
            "10.0.0.7",
            "169.254.169.254",
            "[::1]",
            "[::]",
            "[::ffff:10.0.0.7]",
            "[::ffff:7f00:1]",
            "[64:ff9b::a00:7]",
            "[fe80::1]",
            "[fd00::1]",
            "[2002:7f00:1::]",
            "localhost",
            "LOCALHOST",
            "①②⑦.0.0.1",
        ] {
            assert_eq!(
                check(&format!("https://{host}/x")),
                Err(Refused::Internal),
                "{host}"
            );
        }
    }

    #[test]
    fn this_machine_is_a_destination_only_where_that_is_wanted() {
        for text in [
            "http://127.0.0.1:9/x",
            "http://localhost:9/x",
            "http://[::1]:9/x",
            "https://127.0.0.1/x",
        ] {
            assert!(Destination::new(text, true).is_ok(), "{text}");
        }
        for text in ["http://10.0.0.7/x", "https://192.168.0.1/x"] {
            assert_eq!(Destination::new(text, true), Err(Refused::Internal), "{text}");
        }
        assert_eq!(
            Destination::new("http://push.example.net/", true),
            Err(Refused::NotPublic)
        );
    }

    #[test]
    fn where_a_redirect_leads_is_checked_as_well() {
        let from = Destination::new("https://www.example.org/a/b?c", false).unwrap();
        let to = |location: &str| from.leading_to(location, false).map(|to| to.0.to_string());
        assert_eq!(to("d"), Ok("https://www.example.org/a/d".to_owned()));
        assert_eq!(to("//example.net"), Ok("https://example.net/".to_owned()));
        for location in [
            "http://www.example.org/",
            "file:///etc/passwd",
            "https://ana@example.net/",
            "//ana:secret@example.net/",
        ] {
            assert_eq!(to(location), Err(Refused::NotPublic), "{location}");
        }
        for location in [
            "https://127.0.0.1/",
            "//169.254.169.254/latest",
            "//[::1]/",
            "https://localhost/",
        ] {
            assert_eq!(to(location), Err(Refused::Internal), "{location}");
        }
    }

    #[test]
    fn of_what_a_name_resolves_to_only_the_public_is_used() {
        let [inside, outside] =
            ["10.0.0.7:0", "198.41.0.4:0"].map(|text| text.parse::<SocketAddr>().unwrap());
        let used = permitted([inside, outside].into_iter(), false).unwrap();
        assert_eq!(used.collect::<Vec<_>>(), [outside]);
        let refused = permitted([inside].into_iter(), false).err().unwrap();
        assert_eq!(refused.downcast_ref::<Refused>(), Some(&Refused::Internal));
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_refused_when_it_is_resolved() {
        let refused = Checked { loopback: false }
            .resolve("localhost".parse().unwrap())
            .await;
        assert!(refused.err().unwrap().downcast_ref::<Refused>().is_some());
        assert!(
            Checked { loopback: true }
                .resolve("localhost".parse().unwrap())
                .await
                .is_ok()
        );
    }
}
