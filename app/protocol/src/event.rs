//! What happened ([`Event`]) and what is happening ([`Signal`]).

use serde::{Deserialize, Serialize};

use crate::{
    client::Client,
    id::{SessionId, ThreadId, UserId},
    message::{Message, Seq},
    presence::Presences,
    reply::ReadMark,
    thread::Thread,
    user::User,
};

/// Something that happened: durable, and in one order for everybody who may see it.
///
/// Each is a row of the log, written in the transaction that made it true. Applying one twice changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Event {
    /// A message was stored. Goes to the thread's members, the sender's other devices included.
    #[serde(rename = "message:new")]
    MessageSent {
        /// The message.
        message: Message,
    },
    /// A message is no longer what it was: edited, deleted, or reacted to. Goes to the thread's members.
    #[serde(rename = "message:change")]
    MessageChanged {
        /// The message now.
        message: Message,
    },
    /// A member has read up to `seq`. Goes to the thread's members.
    #[serde(rename = "message:read")]
    MessagesRead {
        /// Where.
        thread: ThreadId,
        /// Who.
        user: UserId,
        /// Their read mark.
        seq: Seq,
    },
    /// Messages up to `seq` have reached a device of a member. Goes to the thread's members.
    #[serde(rename = "message:delivered")]
    MessagesDelivered {
        /// Where.
        thread: ThreadId,
        /// Who.
        user: UserId,
        /// Their delivery mark.
        seq: Seq,
    },
    /// One's own read mark moved, on whichever device. Goes to that person's devices only.
    #[serde(rename = "unread:update")]
    UnreadChanged {
        /// Where it stands and what is left.
        mark: ReadMark,
    },
    /// A thread was opened. Goes to its members, with the records they need to show it.
    #[serde(rename = "thread:new")]
    ThreadOpened {
        /// The thread.
        thread: Thread,
        /// Its members' accounts.
        users: Vec<User>,
        /// Its client.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client: Option<Client>,
    },
    /// A client record was edited, archived or brought back. Goes to members of the client's threads and to
    /// whoever did it.
    #[serde(rename = "client:change")]
    ClientChanged {
        /// The record now.
        client: Client,
    },
    /// An account changed its name or role, or was deactivated. Goes to that person and to those who share a thread
    /// with them.
    #[serde(rename = "user:change")]
    UserChanged {
        /// The account now.
        user: User,
    },
    /// A session ended. Goes to that person's devices; the one that used it is cut off.
    #[serde(rename = "session:end")]
    SessionEnded {
        /// The session.
        session: SessionId,
    },
    /// An event from a newer server: skipped, its position still counts.
    #[serde(other)]
    Unknown,
}

/// Something that is happening. Not stored, not ordered against events, may be lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Signal {
    /// A member is typing. Forgotten after [`crate::limits::TYPING_LIFETIME`] unless repeated.
    #[serde(rename = "typing:start")]
    TypingStarted {
        /// Where.
        thread: ThreadId,
        /// Who.
        user: UserId,
    },
    /// A member stopped typing.
    #[serde(rename = "typing:stop")]
    TypingStopped {
        /// Where.
        thread: ThreadId,
        /// Who.
        user: UserId,
    },
    /// Who is here.
    #[serde(rename = "users:online")]
    Presence {
        /// The people concerned.
        presences: Presences,
    },
    /// A signal from a newer server: skipped.
    #[serde(other)]
    Unknown,
}
