//! The log: every change, in commit order.

use tidings_protocol::{ClientId, Event, ThreadId, UserId};

/// Who may receive an event or a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The members of a thread.
    Thread(ThreadId),
    /// One person.
    User(UserId),
    /// A person and everyone who shares a thread with them.
    Contacts(UserId),
    /// The members of a client's threads, and whoever changed its record.
    Client {
        /// The client.
        client: ClientId,
        /// Who changed it.
        by: UserId,
    },
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    /// Its place: 1, 2, 3, … without gaps.
    pub offset: u64,
    /// Who may receive it.
    pub audience: Audience,
    /// What happened.
    pub event: Event,
}

/// Who is in which thread at one moment of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memberships {
    /// The offset after which events change this.
    pub offset: u64,
    /// Each thread, its client, and its members.
    pub threads: Vec<(ThreadId, Option<ClientId>, Vec<UserId>)>,
}
