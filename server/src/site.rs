//! Everything that a request can reach.

use std::sync::Arc;

use axum::extract::FromRef;
use http::HeaderValue;
use leptos::config::LeptosOptions;
use tidings_protocol::{ApiError, Command, Reply};

use crate::{
    auth::{cookies::Cookies, token::Tokens},
    config::{Origin, Settings},
    error,
    files::Files,
    rate_limit::RateLimits,
    realtime::Live,
    service::{self, Caller, Service, SignedIn},
};

/// State of the router. Clones share everything.
#[derive(Clone, FromRef)]
pub struct Site {
    /// What the server does.
    pub service: Service,
    /// The live side: connections, presence, typing.
    pub live: Live,
    /// Makes and checks access tokens.
    pub tokens: Tokens,
    /// Reads and writes the browser's cookies.
    pub cookies: Cookies,
    /// Origins whose pages may act.
    pub origins: Arc<[Origin]>,
    /// How much may be asked.
    pub rate_limits: Arc<RateLimits>,
    /// Where files are.
    pub files: Files,
    /// How the server was started.
    pub settings: Arc<Settings>,
    /// Where pages find their script and style.
    pub leptos: LeptosOptions,
}

impl Site {
    /// Does what a person asks over HTTP, within their rate.
    ///
    /// # Errors
    /// A refusal, which changed nothing.
    pub async fn call(&self, caller: Caller, command: impl Into<Command>) -> Result<Reply, ApiError> {
        self.rate_limits.command(caller.user)?;
        self.service
            .actor(caller)
            .call(command.into())
            .await
            .map_err(|error| error::tell(&error))
    }

    /// `Set-Cookie` values for somebody who has just signed in or was renewed.
    ///
    /// # Errors
    /// When the access token can't be signed.
    pub fn cookies_for(&self, signed_in: &SignedIn) -> Result<[HeaderValue; 2], service::Error> {
        let access = self.access_token(signed_in)?;
        Ok(self.cookies.keep(&access, signed_in.refresh_token.reveal()))
    }

    /// An access token for somebody who has just signed in or was renewed.
    ///
    /// # Errors
    /// When it can't be signed.
    pub fn access_token(&self, signed_in: &SignedIn) -> Result<String, service::Error> {
        self.tokens
            .sign(signed_in.caller())
            .map_err(|error| service::Error::Internal(error.to_string()))
    }
}
