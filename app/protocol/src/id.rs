//! Identities: one newtype per kind of thing, so that a thread can never be passed where a user is meant.
//!
//! All are UUIDs (RFC 9562). The server and devices mint version 7, which sorts by time and keeps database
//! indexes dense; nothing relies on that order, since [`crate::Seq`] orders messages.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self(Uuid::parse_str(text)?))
            }
        }
    )*};
}

id! {
    /// An account in the organisation.
    UserId;
    /// A conversation.
    ThreadId;
    /// A stored message. Its place in the thread is its [`crate::Seq`], not its id.
    MessageId;
    /// The id a device gives a message before the server knows it. Unique for ever per sender: sending the same
    /// one again returns the first result, on any transport and on any day.
    LocalId;
    /// A person or case that the organisation serves.
    ClientId;
    /// A sign-in on one device; revocable. Access tokens name it.
    SessionId;
    /// One open socket on a server.
    ConnectionId;
    /// An invitation to join.
    InviteId;
    /// A browser that notifications are pushed to.
    PushId;
    /// A file that belongs, or shall belong, to a message. Minted by the device that uploads it, so that a retry can't make
    /// two.
    AttachmentId;
    /// Identity of one history of the log. It changes when a database is restored from a backup, so that a device
    /// that is ahead of the restored log starts afresh instead of skipping what is written next.
    Epoch;
}
