//! One person's device, without a screen: a pure state machine.
//!
//! A [`Device`] owns everything a person's device knows (link, outbox, threads, timelines, presence, typing,
//! unread) and decides everything that happens to it. It does no I/O, reads no clock and draws no randomness of its
//! own: time enters as `now`, randomness as a seed. The same code runs as WASM in the browser and natively in the
//! server's tests.

pub mod io;
pub mod view;

use tidings_protocol::{
    Client, ClientId, Position, ThreadId, Timestamp, User, UserId, presence::UserPresence,
};

pub use io::{Banner, Change, Effect, Input, Progress, Question, Unsent};
pub use view::{Boot, LastMessage, Row, ThreadRow, Timeline};

/// One person's device.
#[derive(Debug)]
pub struct Device {
    boot: Boot,
}

impl Device {
    /// A device that knows what `boot` says and has no connection yet.
    ///
    /// `seed` feeds local ids and reconnect delays; it must differ between devices.
    #[must_use]
    pub fn new(_seed: u64, boot: Boot) -> Self {
        Self { boot }
    }

    /// The one door: something happened at `now`; the answer is what to do about it, in order.
    pub fn handle(&mut self, _now: Timestamp, _input: Input) -> Vec<Effect> {
        Vec::new()
    }

    /// The person whose device this is.
    #[must_use]
    pub fn me(&self) -> &User {
        &self.boot.snapshot.me
    }

    /// Where the device stands in the log.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        None
    }

    /// Whether events flow: connected, and everything missed has been applied.
    #[must_use]
    pub fn is_live(&self) -> bool {
        false
    }

    /// What the connection banner shows at `now`.
    #[must_use]
    pub fn banner(&self, _now: Timestamp) -> Banner {
        Banner::Hidden
    }

    /// Threads, newest activity first.
    #[must_use]
    pub fn threads(&self) -> Vec<ThreadRow> {
        Vec::new()
    }

    /// One thread; `None` if this person is not a member of such a thread.
    #[must_use]
    pub fn thread(&self, _thread: ThreadId) -> Option<ThreadRow> {
        None
    }

    /// The rows of a thread that are to be on screen.
    #[must_use]
    pub fn timeline(&self, _thread: ThreadId) -> Timeline {
        Timeline::default()
    }

    /// Who is typing in a thread at `now`, in the order in which they began; never oneself.
    #[must_use]
    pub fn typists(&self, _thread: ThreadId, _now: Timestamp) -> Vec<User> {
        Vec::new()
    }

    /// Whether a person is here. Everyone is offline while the link has been down for long enough to show the banner.
    #[must_use]
    pub fn presence(&self, user: UserId) -> UserPresence {
        UserPresence {
            user,
            presence: tidings_protocol::Presence::Offline,
            last_seen: None,
        }
    }

    /// Messages of others after the read mark of a thread.
    #[must_use]
    pub fn unread(&self, _thread: ThreadId) -> u32 {
        0
    }

    /// The same, over all threads.
    #[must_use]
    pub fn total_unread(&self) -> u32 {
        0
    }

    /// A person's record, if known here.
    #[must_use]
    pub fn user(&self, _user: UserId) -> Option<&User> {
        None
    }

    /// A client's record, if known here.
    #[must_use]
    pub fn client(&self, _client: ClientId) -> Option<&Client> {
        None
    }

    /// Unsent messages, in the order of writing.
    #[must_use]
    pub fn unsent(&self) -> Vec<Unsent> {
        Vec::new()
    }

    /// Whether unsent messages survive a reload; false once storage has refused one.
    #[must_use]
    pub fn keeps_unsent(&self) -> bool {
        true
    }
}
