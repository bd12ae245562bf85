//! A case: one kind of fault, what must hold all the same, and the defences without which it must not.

use std::{fmt, path::PathBuf, time::Duration};

use futures_util::future::BoxFuture;
use tidings_device::Transport;

use crate::report::Report;

/// A case.
#[derive(Clone, Copy)]
pub struct Case {
    /// What it is called by.
    pub name: &'static str,
    /// What it proves.
    pub proves: &'static str,
    /// Defences without which it must be red, as the server's `TIDINGS_MUTATION` names them.
    pub mutations: &'static [&'static str],
    /// Whether it takes seconds, so that it can be run with every change.
    pub quick: bool,
    /// Whether the server must be built to fail.
    pub needs_fail_points: bool,
    /// Plays it.
    pub play: fn(Setup) -> BoxFuture<'static, anyhow::Result<Report>>,
}

/// A transport, as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Over {
    /// WebSockets.
    Socket,
    /// Long-poll.
    LongPoll,
}

impl Over {
    /// What gets through when nothing else does.
    #[must_use]
    pub fn passing(self) -> &'static [Transport] {
        match self {
            Self::Socket => &[Transport::Socket],
            Self::LongPoll => &[Transport::LongPoll],
        }
    }
}

/// What a case is played with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The server's program.
    pub server: PathBuf,
    /// Decides all that is random.
    pub seed: u64,
    /// Times that the fault is repeated; `None` leaves it to the case, as below.
    pub rounds: Option<usize>,
    /// Messages in all.
    pub messages: Option<usize>,
    /// People.
    pub people: Option<usize>,
    /// Devices of each.
    pub devices: Option<usize>,
    /// The only transport that gets through; `None`: both do.
    pub over: Option<Over>,
    /// The defence that is taken away.
    pub mutation: Option<&'static str>,
}

impl Setup {
    /// How long nothing wrong is believed. A mutated server may never heal, which need not be waited for so long.
    #[must_use]
    pub fn patience(&self) -> Duration {
        Duration::from_secs(if self.mutation.is_some() { 20 } else { 90 })
    }

    /// Rounds, and messages in each.
    #[must_use]
    pub fn rounds_of(&self, rounds: usize, each: usize) -> (usize, usize) {
        let rounds = self.rounds.unwrap_or(rounds).max(1);
        let each = self.messages.map_or(each, |all| all.div_ceil(rounds));
        (rounds, each)
    }
}

/// Why a case can't be played here. Not a failure, and not a success.
#[derive(Debug)]
pub struct NotRun(pub String);

impl fmt::Display for NotRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotRun {}

/// An error that says that a case can't be played here.
pub fn not_run(why: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(NotRun(why.into()))
}
