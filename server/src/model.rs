//! The language model that whoever runs the server named, asked for replies to a conversation.
//!
//! Where it is asked is a setting, never anything that people write, so it may be on the server's own machine or network;
//! what people name goes through [`crate::outbound`] instead. No redirect is followed and no proxy of the environment is
//! asked: what is said goes where people were told. An endpoint that does not answer costs nobody more than
//! [`crate::config::Timings::model_within`] once in a while: it is left alone for a time, few requests are under way at
//! once, and none waits for its turn. Neither texts nor the key are logged.

mod answer;
mod pause;
mod prompt;

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, StatusCode, header};
use thiserror::Error;
use tokio::sync::Semaphore;

pub use answer::replies;
use pause::Pauses;
pub use prompt::{LINES_MAX, Prompt};

use crate::{clock::Clock, config::ModelSettings};

/// Requests under way at once. One that hangs holds its place until it is given up.
const AT_ONCE: usize = 8;

/// Longest answer that is read, in bytes: three short replies and what is around them are far below.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

/// A language model that is asked. Clones share their places and pauses.
#[derive(Clone)]
pub struct Model(Arc<Inner>);

struct Inner {
    settings: ModelSettings,
    host: String,
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    within: Duration,
    places: Semaphore,
    pauses: Pauses,
}

/// Why there are no replies. Says nothing of what was asked or answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
enum Failed {
    #[error("it failed a moment ago and is left alone")]
    Paused,
    #[error("too many requests are under way")]
    Busy,
    #[error("no answer came in time")]
    TimedOut,
    #[error("it could not be reached")]
    Unreachable,
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("its answer is too long")]
    TooLong,
    #[error("its answer is no completion")]
    NoCompletion,
    #[error("what it wrote are no replies")]
    NoReplies,
}

impl Failed {
    /// What is left alone after it.
    fn pauses(self) -> Pausing {
        match self {
            Self::Unreachable => Pausing::Everything,
            Self::Status(status) if status.is_server_error() || is_of_the_account(status) => {
                Pausing::Everything
            }
            // What is said in a conversation can make a model write without end, or an endpoint refuse to answer.
            Self::TimedOut | Self::Status(_) | Self::TooLong | Self::NoCompletion => Pausing::Thread,
            Self::NoReplies => Pausing::Nothing,
            Self::Paused | Self::Busy => Pausing::Untold,
        }
    }
}

/// What is left alone for a while.
enum Pausing {
    Everything,
    /// What is said in one thread may be the reason.
    Thread,
    Nothing,
    /// Nothing either, and nobody needs to know.
    Untold,
}

/// Whether an endpoint that answers so would answer anything like that: who asks, where, and how often.
fn is_of_the_account(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::PAYMENT_REQUIRED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::TOO_MANY_REQUESTS
    ) || status.is_redirection()
}

impl Model {
    /// A model that is given up after `within`, and left alone for `pause` when it fails.
    ///
    /// # Errors
    /// When the certificates that the system trusts can't be read.
    pub fn new(
        settings: ModelSettings,
        clock: Arc<dyn Clock>,
        within: Duration,
        pause: Duration,
    ) -> Result<Self, reqwest::Error> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(authorization) = settings.authorization() {
            headers.insert(header::AUTHORIZATION, authorization.clone());
        }
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .timeout(within)
            .pool_max_idle_per_host(AT_ONCE)
            .user_agent(concat!("Tidings/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .build()?;
        Ok(Self(Arc::new(Inner {
            host: settings.host(),
            settings,
            client,
            clock,
            within,
            places: Semaphore::new(AT_ONCE),
            pauses: Pauses::new(pause),
        })))
    }

    /// The host that it is asked at: what people are told, and what they agree to.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.0.host
    }

    /// Replies to a conversation, at most [`tidings_protocol::limits::SUGGESTIONS_MAX`]. None when it fails, whatever the
    /// reason: nobody waits for suggestions.
    pub async fn replies_to(&self, prompt: &Prompt) -> Vec<String> {
        let inner = &*self.0;
        let failed = match inner.ask(prompt).await {
            Ok(replies) => return replies,
            Err(failed) => failed,
        };
        let now = inner.clock.now();
        let is_news = match failed.pauses() {
            Pausing::Everything => inner.pauses.begin(now),
            Pausing::Thread => inner.pauses.begin_in(prompt.thread(), now),
            Pausing::Nothing => true,
            Pausing::Untold => false,
        };
        if is_news {
            tracing::warn!(model.host = inner.host, %failed, "the language model gave no replies");
        }
        Vec::new()
    }
}

impl Inner {
    async fn ask(&self, prompt: &Prompt) -> Result<Vec<String>, Failed> {
        if self.pauses.last(prompt.thread(), self.clock.now()) {
            return Err(Failed::Paused);
        }
        // Whoever waited here would get old suggestions late.
        let _place = self.places.try_acquire().map_err(|_| Failed::Busy)?;
        // The client's own time does not count what the system's resolver takes.
        let answered = tokio::time::timeout(self.within, self.completion(prompt)).await;
        let text = answered.map_err(|_| Failed::TimedOut)??;
        let written = answer::written(&text).ok_or(Failed::NoCompletion)?;
        answer::replies(&written).ok_or(Failed::NoReplies)
    }

    /// What it answers, as it comes.
    async fn completion(&self, prompt: &Prompt) -> Result<Vec<u8>, Failed> {
        let mut response = self
            .client
            .post(self.settings.completions().clone())
            .body(prompt.request(self.settings.name()))
            .send()
            .await
            .map_err(|error| Failed::from(&error))?;
        if !response.status().is_success() {
            return Err(Failed::Status(response.status()));
        }
        let mut bytes = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| Failed::from(&error))? {
            if bytes.len() + part.len() > ANSWER_MAX_BYTES {
                return Err(Failed::TooLong);
            }
            bytes.extend_from_slice(&part);
        }
        Ok(bytes)
    }
}

impl From<&reqwest::Error> for Failed {
    /// Errors of the client name addresses, so none is passed on.
    fn from(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::TimedOut
        } else {
            Self::Unreachable
        }
    }
}
