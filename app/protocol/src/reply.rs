//! Answers to commands.

use serde::{Deserialize, Serialize};

use crate::{
    client::Client,
    error::{ApiError, ErrorCode},
    id::{InviteId, ThreadId, UserId},
    message::{Body, Message, Seq},
    presence::Presence,
    push::{PushOverview, PushSubscription},
    search::Place,
    settings::ThreadSettings,
    suggestion::{SmartReplySettings, Suggestion},
    thread::{ThreadView, is_zero},
    time::Timestamp,
    user::{AccountRole, User},
};

/// The answer to a command that succeeded, as it travels: `{"type": "message", "value": {…}}`.
///
/// Which variant answers which command is said by [`crate::Request::Reply`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Reply {
    /// The command asked for no data.
    Done,
    /// The message as stored.
    Message(Message),
    /// Where the read mark now stands.
    ReadMark(ReadMark),
    /// A piece of history.
    Page(Page),
    /// A thread.
    Thread(Box<ThreadView>),
    /// People that matched.
    People(Vec<Found>),
    /// An account.
    User(User),
    /// Accounts.
    Users(Vec<User>),
    /// A client record.
    Client(Client),
    /// Client records.
    Clients(Vec<Client>),
    /// An invite.
    Invite(Invite),
    /// Invites.
    Invites(Vec<Invite>),
    /// Deletions of what others said.
    Deletions(Vec<Deletion>),
    /// Earlier texts of a message.
    Versions(Vec<Version>),
    /// How far a message has got with whom.
    Receipts(Vec<Receipt>),
    /// A browser that is pushed to.
    PushSubscription(PushSubscription),
    /// All about a person's notifications.
    PushOverview(PushOverview),
    /// Replies that may be wanted.
    Suggestions(Vec<Suggestion>),
    /// What smart replies the caller has.
    SmartReplies(SmartReplySettings),
    /// How a person has a thread.
    ThreadSettings(SettingsMark),
    /// Messages that were found.
    Hits(Hits),
    /// A place in a thread.
    Seq(Seq),
}

/// Where a person's read mark stands in a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadMark {
    /// The thread.
    pub thread: ThreadId,
    /// The last message read.
    pub seq: Seq,
    /// How many messages of others come after it: an absolute number, so that badges can't drift.
    pub unread: u32,
    /// How often it was taken back. A mark under a higher count is newer, wherever it stands; under the same count marks
    /// only move forward.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rewinds: u32,
}

/// How a person has a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsMark {
    /// The thread.
    pub thread: ThreadId,
    /// How it is.
    pub settings: ThreadSettings,
    /// How often that has changed. Of two states, the higher one is the newer.
    pub revision: u32,
}

/// Consecutive messages of one thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The thread.
    pub thread: ThreadId,
    /// In order of `seq`, without gaps.
    pub messages: Vec<Message>,
    /// `seq` of the newest message that the reader may see, when the page was read: tells whether there is more after it.
    /// There is more before it unless it begins at [`crate::Thread::first_seq`].
    pub last_seq: Seq,
}

/// What a message said for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The text.
    pub body: Body,
    /// Since when it said that.
    pub at: Timestamp,
}

/// Messages that a search found, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hits {
    /// The messages.
    pub hits: Vec<Hit>,
    /// Where to go on; `None` if there is nothing older to look through. A search that has much to look through stops
    /// after a moment with what it has, which may be nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Place>,
    /// Why nothing can be found, as a sentence to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A message that a search found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Where it was said.
    pub thread: ThreadId,
    /// Its place in the thread.
    pub seq: Seq,
    /// Who said it.
    pub sender: UserId,
    /// When the server stored it.
    pub sent_at: Timestamp,
    /// The part of its text around what was searched for, on one line.
    pub snippet: Vec<Span>,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The piece.
    pub text: String,
    /// Whether it is what was searched for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hit: bool,
}

/// How far a message has got with one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Who.
    pub user: UserId,
    /// When it first reached a device of theirs; `None` while it has not, and where nobody noted when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// When they read it; `None` while they have not, and where nobody noted when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
}

/// A message that was deleted by somebody else than who sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// Where it was.
    pub thread: ThreadId,
    /// Its place.
    pub seq: Seq,
    /// Who sent it.
    pub sender: User,
    /// When.
    pub sent_at: Timestamp,
    /// Who deleted it.
    pub deleted_by: User,
    /// When.
    pub deleted_at: Timestamp,
}

/// A person found by a search, with their presence at that moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Who.
    pub user: User,
    /// Whether they are here.
    pub presence: Presence,
}

/// An invitation to join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// Its identity.
    pub id: InviteId,
    /// The role of whoever joins by it.
    pub role: AccountRole,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// Where to join. Only in the answer to [`crate::command::CreateInvite`]: the server keeps a hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

macro_rules! replies {
    ($($variant:ident($type:ty);)*) => {$(
        impl From<$type> for Reply {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        }

        impl TryFrom<Reply> for $type {
            type Error = ApiError;
            fn try_from(reply: Reply) -> Result<Self, ApiError> {
                match reply {
                    Reply::$variant(value) => Ok(value),
                    _ => Err(mismatch()),
                }
            }
        }
    )*};
}

replies! {
    Message(Message);
    ReadMark(ReadMark);
    Page(Page);
    People(Vec<Found>);
    User(User);
    Users(Vec<User>);
    Client(Client);
    Clients(Vec<Client>);
    Invite(Invite);
    Invites(Vec<Invite>);
    Deletions(Vec<Deletion>);
    Versions(Vec<Version>);
    Receipts(Vec<Receipt>);
    PushSubscription(PushSubscription);
    PushOverview(PushOverview);
    Suggestions(Vec<Suggestion>);
    SmartReplies(SmartReplySettings);
    ThreadSettings(SettingsMark);
    Hits(Hits);
    Seq(Seq);
}

impl From<ThreadView> for Reply {
    fn from(thread: ThreadView) -> Self {
        Self::Thread(Box::new(thread))
    }
}

impl TryFrom<Reply> for ThreadView {
    type Error = ApiError;
    fn try_from(reply: Reply) -> Result<Self, ApiError> {
        match reply {
            Reply::Thread(thread) => Ok(*thread),
            _ => Err(mismatch()),
        }
    }
}

impl From<()> for Reply {
    fn from((): ()) -> Self {
        Self::Done
    }
}

impl TryFrom<Reply> for () {
    type Error = ApiError;
    fn try_from(reply: Reply) -> Result<Self, ApiError> {
        match reply {
            Reply::Done => Ok(()),
            _ => Err(mismatch()),
        }
    }
}

/// A peer answered a command with another command's answer: a bug there, not something to guess about here.
fn mismatch() -> ApiError {
    ApiError::new(ErrorCode::Internal, "The answer does not fit the question.")
}
