//! Settings as they are given, before they are checked: flags and environment over the file.

use std::{fmt, path::PathBuf};

use clap::{Parser, builder::BoolishValueParser};
use serde::Deserialize;

use super::SettingError;
use crate::fail_point::VERSION;

/// A self-hosted messenger for people who work together.
///
/// Each setting is taken from its flag, else from its environment variable, else from the file (TOML, named as here
/// with underscores: `public_url = "https://chat.example.org"`), else it has its default.
#[derive(Default, Parser, Deserialize)]
#[command(name = "tidings-server", version = VERSION, disable_help_subcommand = true)]
#[serde(default, deny_unknown_fields)]
pub struct Given {
    /// File with settings, in TOML
    #[arg(long, env = "TIDINGS_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:3000]
    #[arg(long, env = "TIDINGS_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,

    /// Where people reach the server; with https, cookies are Secure [default: http://localhost:PORT]
    #[arg(long, env = "TIDINGS_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    /// Origins whose pages may change state and open sockets, comma-separated [default: that of the public URL]
    #[arg(long, env = "TIDINGS_ALLOWED_ORIGINS", value_name = "ORIGINS")]
    pub allowed_origins: Option<String>,

    /// Folder for the SQLite database and the generated signing key [default: data]
    #[arg(long, env = "TIDINGS_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<String>,

    /// sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME [default: tidings.db in the data folder]
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<String>,

    /// Where the files that people send are kept: s3://BUCKET/FOLDER, reached as the AWS_… variables say
    /// [default: the folder "files" in the data folder]
    #[arg(long, env = "TIDINGS_FILES_URL", value_name = "URL")]
    pub files_url: Option<String>,

    /// What signs access tokens, 32 bytes or more [default: a key made at the first start, in the data folder]
    ///
    /// Prefer the variable or the file: other users of the machine can see flags.
    #[arg(
        long,
        env = "TIDINGS_JWT_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub jwt_secret: Option<String>,

    /// Who may make an account: invite-only or open [default: invite-only]
    #[arg(long, env = "TIDINGS_REGISTRATION", value_name = "MODE")]
    pub registration: Option<String>,

    /// Look at the first page that a message links to, and show its title and description below the message: the server
    /// asks sites for pages by itself then
    #[arg(
        long,
        env = "TIDINGS_LINK_PREVIEWS",
        value_name = "YES",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new()
    )]
    pub link_previews: Option<bool>,

    /// Let the server connect to its own machine, and without TLS, where people name an address for it to ask, such as a
    /// push service: for tests and development
    #[arg(
        long,
        env = "TIDINGS_OUTBOUND_LOOPBACK",
        value_name = "YES",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new()
    )]
    pub outbound_loopback: Option<bool>,

    /// A language model that people may have asked for replies: base of an API that speaks as OpenAI's does, such as
    /// `https://api.example.com/v1` or `http://127.0.0.1:11434/v1` [default: none]
    #[arg(long, env = "TIDINGS_MODEL_URL", hide_env_values = true, value_name = "URL")]
    pub model_url: Option<String>,

    /// What the language model is called there
    #[arg(long, env = "TIDINGS_MODEL_NAME", value_name = "NAME")]
    pub model_name: Option<String>,

    /// What the language model's endpoint knows this server by, if it wants to
    ///
    /// Prefer the variable or the file: other users of the machine can see flags.
    #[arg(
        long,
        env = "TIDINGS_MODEL_KEY",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub model_key: Option<String>,

    /// Commands that one person may sustain, per minute [default: 120]
    #[arg(long, env = "TIDINGS_COMMANDS_PER_MINUTE", value_name = "NUMBER")]
    pub commands_per_minute: Option<String>,

    /// Addresses of proxies whose X-Forwarded-For is believed, comma-separated [default: none]
    #[arg(long, env = "TIDINGS_TRUSTED_PROXIES", value_name = "ADDRESSES")]
    pub trusted_proxies: Option<String>,

    /// What is logged: error, warn, info, debug, trace, or directives such as info,tidings_server=debug
    /// [default: info]
    #[arg(long, env = "TIDINGS_LOG", value_name = "FILTER")]
    pub log: Option<String>,

    /// Fill an empty database with ten people, four clients and some weeks of threads to look at
    #[arg(
        long,
        env = "TIDINGS_DEMO",
        value_name = "YES",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = BoolishValueParser::new()
    )]
    pub demo: Option<bool>,
}

impl Given {
    /// These settings, with the gaps filled from the file they name.
    pub(super) fn over_file(self) -> Result<Self, SettingError> {
        let Some(path) = self.config.clone() else {
            return Ok(self);
        };
        let file: Self = config::Config::builder()
            .add_source(config::File::from(path.as_path()).format(config::FileFormat::Toml))
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|error| SettingError::File {
                path,
                reason: format!("{error}."),
            })?;
        Ok(Self {
            config: self.config,
            listen: self.listen.or(file.listen),
            public_url: self.public_url.or(file.public_url),
            allowed_origins: self.allowed_origins.or(file.allowed_origins),
            data_dir: self.data_dir.or(file.data_dir),
            database_url: self.database_url.or(file.database_url),
            files_url: self.files_url.or(file.files_url),
            jwt_secret: self.jwt_secret.or(file.jwt_secret),
            registration: self.registration.or(file.registration),
            link_previews: self.link_previews.or(file.link_previews),
            outbound_loopback: self.outbound_loopback.or(file.outbound_loopback),
            model_url: self.model_url.or(file.model_url),
            model_name: self.model_name.or(file.model_name),
            model_key: self.model_key.or(file.model_key),
            commands_per_minute: self.commands_per_minute.or(file.commands_per_minute),
            trusted_proxies: self.trusted_proxies.or(file.trusted_proxies),
            log: self.log.or(file.log),
            demo: self.demo.or(file.demo),
        })
    }
}

impl fmt::Debug for Given {
    /// Values may be secrets, and none has been checked yet.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Given(…)")
    }
}
