//! Every setting of the server: where it comes from, its default, and what is refused.
//!
//! A setting is taken from its flag, else from its environment variable, else from the file named by `--config`,
//! else it has its default. Flags, variables and file go through the same checks, and the first value that is not
//! acceptable stops the start with a sentence that names the setting.

mod given;
mod jwt_secret;
mod model;
mod origin;
mod timings;

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use thiserror::Error;
use tidings_protocol::limits;
use tracing_subscriber::EnvFilter;

use crate::{doorstep::STRANGERS_PER_NETWORK, service::Registration};

pub use given::Given;
pub use jwt_secret::JwtSecret;
pub use model::ModelSettings;
pub use origin::{Origin, PublicUrl};
pub use timings::Timings;

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 3000);
const DEFAULT_DATA_DIR: &str = "data";
const DEFAULT_LOG: &str = "info";
const DATABASE_FILE: &str = "tidings.db";

/// All settings, checked.
#[derive(Clone)]
pub struct Settings {
    /// Address and port to listen on. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where people reach the server; `None` is `http://localhost:<port>`.
    pub public_url: Option<PublicUrl>,
    /// Origins whose pages may change state and open sockets; `None` means those of the public URL.
    pub allowed_origins: Option<Vec<Origin>>,
    /// Folder for everything the server keeps: the SQLite database and the generated signing key.
    pub data_dir: PathBuf,
    /// Where the data is: `sqlite://path` or `postgres://…`.
    pub database_url: String,
    /// Where the files that people send are kept; `None` is a folder in the data folder.
    pub files_url: Option<String>,
    /// Most bytes of a file; not settable from outside, since pages know it too, and lowered by tests.
    pub file_max_bytes: u64,
    /// What signs access tokens; `None` uses the key kept in the data folder.
    pub jwt_secret: Option<JwtSecret>,
    /// Whether the server looks at pages that messages link to, and shows what they say of themselves.
    pub link_previews: bool,
    /// Whether the server connects to itself too, and without TLS, when people name such an address: for tests and
    /// development.
    pub outbound_loopback: bool,
    /// The language model that people may have asked for replies; `None`: there is none to choose.
    pub model: Option<ModelSettings>,
    /// Who may make an account.
    pub registration: Registration,
    /// Commands that one person may sustain, per minute.
    pub commands_per_minute: NonZeroU32,
    /// Commands in a row before the rate limit bites.
    pub command_burst: NonZeroU32,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Connections of unknown people that one network may have looked at at once; not settable from outside, lowered by
    /// tests.
    pub strangers_per_network: usize,
    /// What is logged, as `tracing` filter directives.
    pub log: String,
    /// Whether to fill an empty database with demo data.
    pub demo: bool,
    /// How long things take; not settable from outside, shortened by tests.
    pub timings: Timings,
}

/// A setting that stops the start.
#[derive(Debug, Error)]
pub enum SettingError {
    /// The value is not acceptable.
    #[error("{name}: {reason}")]
    Refused {
        /// The setting, as its flag is called.
        name: &'static str,
        /// What is wrong with it and what would be right.
        reason: String,
    },
    /// The settings file can't be read or has something in it that is no setting.
    #[error("config: {path} can't be used: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl Settings {
    /// Settings from flags, environment and file, in this order.
    ///
    /// # Errors
    /// [`SettingError`] naming the first setting that is not acceptable.
    pub fn new(given: Given) -> Result<Self, SettingError> {
        let given = given.over_file()?;
        let listen = match &given.listen {
            Some(text) => parse(
                "listen",
                text,
                "is not an address and port such as 127.0.0.1:3000",
            )?,
            None => DEFAULT_LISTEN,
        };
        let data_dir = PathBuf::from(given.data_dir.as_deref().unwrap_or(DEFAULT_DATA_DIR));
        let log = given.log.unwrap_or_else(|| DEFAULT_LOG.to_owned());
        EnvFilter::try_new(&log).map_err(|error| refuse("log", format!("“{log}” is no filter: {error}.")))?;
        Ok(Self {
            listen,
            public_url: given.public_url.as_deref().map(public_url).transpose()?,
            allowed_origins: given.allowed_origins.as_deref().map(origins).transpose()?,
            database_url: database_url(given.database_url, &data_dir)?,
            data_dir,
            files_url: given.files_url,
            file_max_bytes: limits::FILE_MAX_BYTES,
            jwt_secret: given
                .jwt_secret
                .map(|secret| JwtSecret::new(secret.into_bytes()))
                .transpose()
                .map_err(|reason| refuse("jwt-secret", reason.to_owned()))?,
            registration: given
                .registration
                .as_deref()
                .map_or(Ok(Registration::InviteOnly), registration)?,
            link_previews: given.link_previews.unwrap_or(false),
            outbound_loopback: given.outbound_loopback.unwrap_or(false),
            model: ModelSettings::new(
                given.model_url.as_deref(),
                given.model_name.as_deref(),
                given.model_key.as_deref(),
            )
            .map_err(|wrong| refuse(wrong.name, wrong.reason))?,
            commands_per_minute: match &given.commands_per_minute {
                Some(text) => parse("commands-per-minute", text, "is not a whole number above zero")?,
                None => NonZeroU32::new(limits::COMMANDS_PER_MINUTE).unwrap_or(NonZeroU32::MIN),
            },
            command_burst: NonZeroU32::new(limits::COMMAND_BURST).unwrap_or(NonZeroU32::MIN),
            trusted_proxies: list(given.trusted_proxies.as_deref().unwrap_or_default())
                .map(|text| parse("trusted-proxies", text, "is not an IP address"))
                .collect::<Result<_, _>>()?,
            strangers_per_network: STRANGERS_PER_NETWORK,
            log,
            demo: given.demo.unwrap_or(false),
            timings: Timings::default(),
        })
    }

    /// Where people reach the server, given the port it really listens on.
    #[must_use]
    pub fn public_url(&self, port: u16) -> PublicUrl {
        self.public_url
            .clone()
            .unwrap_or_else(|| PublicUrl::local("localhost", port))
    }

    /// The origins whose pages may change state and open sockets, given the port the server really listens on.
    #[must_use]
    pub fn allowed_origins(&self, port: u16) -> Vec<Origin> {
        match (&self.allowed_origins, &self.public_url) {
            (Some(origins), _) => origins.clone(),
            (None, Some(url)) => vec![url.origin()],
            (None, None) => ["localhost", "127.0.0.1"]
                .map(|host| PublicUrl::local(host, port).origin())
                .to_vec(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("listen", &self.listen)
            .field("public_url", &self.public_url)
            .field("allowed_origins", &self.allowed_origins)
            .field("data_dir", &self.data_dir)
            .field("database_url", &without_password(&self.database_url))
            .field("files_url", &self.files_url)
            .field("jwt_secret", &self.jwt_secret)
            .field("registration", &self.registration)
            .field("link_previews", &self.link_previews)
            .field("outbound_loopback", &self.outbound_loopback)
            .field("model", &self.model)
            .field("commands_per_minute", &self.commands_per_minute)
            .field("trusted_proxies", &self.trusted_proxies)
            .field("log", &self.log)
            .field("demo", &self.demo)
            .finish_non_exhaustive()
    }
}

fn refuse(name: &'static str, reason: impl Into<String>) -> SettingError {
    SettingError::Refused {
        name,
        reason: reason.into(),
    }
}

fn parse<T: std::str::FromStr>(name: &'static str, text: &str, wrong: &str) -> Result<T, SettingError> {
    text.trim()
        .parse()
        .map_err(|_| refuse(name, format!("“{text}” {wrong}.")))
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

fn public_url(text: &str) -> Result<PublicUrl, SettingError> {
    PublicUrl::new(text).ok_or_else(|| {
        refuse(
            "public-url",
            format!("“{text}” is not a URL such as https://chat.example.org (no path, no query)."),
        )
    })
}

fn origins(text: &str) -> Result<Vec<Origin>, SettingError> {
    let origins: Vec<_> = list(text)
        .map(|part| {
            Origin::new(part).ok_or_else(|| {
                refuse(
                    "allowed-origins",
                    format!("“{part}” is not an origin such as https://chat.example.org."),
                )
            })
        })
        .collect::<Result<_, _>>()?;
    if origins.is_empty() {
        return Err(refuse("allowed-origins", "names no origin."));
    }
    Ok(origins)
}

fn database_url(given: Option<String>, data_dir: &Path) -> Result<String, SettingError> {
    let Some(url) = given else {
        return Ok(format!("sqlite://{}", data_dir.join(DATABASE_FILE).display()));
    };
    let known = ["sqlite:", "postgres://", "postgresql://"];
    if known.iter().any(|scheme| url.starts_with(scheme)) {
        Ok(url)
    } else {
        // The value may hold a password, so it is not repeated.
        Err(refuse(
            "database-url",
            "begins neither with sqlite:// nor with postgres://.",
        ))
    }
}

fn registration(text: &str) -> Result<Registration, SettingError> {
    match text {
        "invite-only" => Ok(Registration::InviteOnly),
        "open" => Ok(Registration::Open),
        _ => Err(refuse(
            "registration",
            format!("“{text}” is neither invite-only nor open."),
        )),
    }
}

fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}://…{}", &url[..scheme], &url[at..]),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(given: Given) -> String {
        Settings::new(given).expect_err("the value is bad").to_string()
    }

    #[test]
    fn each_bad_value_is_refused_by_the_name_of_its_setting() {
        type Set = fn(&mut Given, String);
        let cases: [(&str, Set, &str); 11] = [
            ("listen", |given, bad| given.listen = Some(bad), "nonsense"),
            ("public-url", |given, bad| given.public_url = Some(bad), "ftp://x"),
            (
                "allowed-origins",
                |given, bad| given.allowed_origins = Some(bad),
                "https://a/b",
            ),
            (
                "database-url",
                |given, bad| given.database_url = Some(bad),
                "mysql://x",
            ),
            ("jwt-secret", |given, bad| given.jwt_secret = Some(bad), "short"),
            (
                "registration",
                |given, bad| given.registration = Some(bad),
                "sometimes",
            ),
            (
                "commands-per-minute",
                |given, bad| given.commands_per_minute = Some(bad),
                "0",
            ),
            (
                "trusted-proxies",
                |given, bad| given.trusted_proxies = Some(bad),
                "localhost",
            ),
            // One without the other is refused by the name of what is missing.
            (
                "model-name",
                |given, bad| given.model_url = Some(bad),
                "https://a/v1",
            ),
            ("model-url", |given, bad| given.model_name = Some(bad), "small"),
            ("model-url", |given, bad| given.model_key = Some(bad), "sk-1"),
        ];
        for (name, set, bad) in cases {
            let mut given = Given::default();
            set(&mut given, bad.to_owned());
            let sentence = refused(given);
            assert!(sentence.starts_with(&format!("{name}: ")), "{sentence}");
        }
    }

    #[test]
    fn without_a_public_url_both_local_names_of_the_real_port_are_allowed() {
        let settings = Settings::new(Given::default()).expect("defaults are good");
        let origins = settings.allowed_origins(4321);
        assert_eq!(
            origins.iter().map(Origin::as_str).collect::<Vec<_>>(),
            ["http://localhost:4321", "http://127.0.0.1:4321"]
        );
    }

    #[test]
    fn nobody_elses_server_is_asked_unless_that_is_wanted() {
        let settings = Settings::new(Given::default()).expect("defaults are good");
        assert!(!settings.link_previews && !settings.outbound_loopback);
    }

    #[test]
    fn a_public_url_allows_its_own_origin_only() {
        let settings = Settings::new(Given {
            public_url: Some("https://Chat.example.org:443/".to_owned()),
            ..Given::default()
        })
        .expect("a good URL");
        assert_eq!(
            settings.allowed_origins(3000),
            [Origin::new("https://chat.example.org").expect("an origin")]
        );
    }

    #[test]
    fn secrets_do_not_show_when_settings_are_printed() {
        let settings = Settings::new(Given {
            database_url: Some("postgres://tidings:hunter22@db/tidings".to_owned()),
            jwt_secret: Some("k9Qd0-Zb7Vf3-Wm1Xs8-Pt5Lr2-Hc6Jn4".to_owned()),
            model_url: Some("https://api.example.com/v1".to_owned()),
            model_name: Some("small".to_owned()),
            model_key: Some("sk-Vn3Tq".to_owned()),
            ..Given::default()
        })
        .expect("good settings");
        let printed = format!("{settings:?}");
        assert!(!printed.contains("hunter22"), "{printed}");
        assert!(!printed.contains("k9Qd0"), "{printed}");
        assert!(!printed.contains("sk-Vn3Tq"), "{printed}");
    }

    #[test]
    fn a_flag_wins_over_the_file() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(
            file.path(),
            "listen = \"0.0.0.0:9000\"\nregistration = \"open\"\ncommands_per_minute = 7\nlink_previews = true\n",
        )
        .expect("it is written");
        let settings = Settings::new(Given {
            config: Some(file.path().to_owned()),
            listen: Some("127.0.0.1:1".to_owned()),
            ..Given::default()
        })
        .expect("good settings");
        assert_eq!(settings.listen.port(), 1);
        assert_eq!(settings.commands_per_minute.get(), 7);
        assert!(matches!(settings.registration, Registration::Open));
        assert!(settings.link_previews);
    }

    #[test]
    fn an_unknown_setting_in_the_file_is_refused_by_name() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "listne = \"0.0.0.0:9000\"\n").expect("it is written");
        let sentence = refused(Given {
            config: Some(file.path().to_owned()),
            ..Given::default()
        });
        assert!(sentence.contains("listne"), "{sentence}");
    }
}
