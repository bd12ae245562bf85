//! Threads and their members.

use serde::{Deserialize, Serialize};

use crate::{
    id::{ClientId, ThreadId, UserId},
    message::{Message, Seq},
    time::Timestamp,
};

/// A conversation and its members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Its identity.
    pub id: ThreadId,
    /// Between two people, or a group.
    pub kind: ThreadKind,
    /// The client it belongs to; `None` is internal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// Everyone in it, in the order in which they joined.
    pub members: Vec<Member>,
    /// When it was opened.
    pub created_at: Timestamp,
}

impl Thread {
    /// The member that is `user`, if they are one.
    #[must_use]
    pub fn member(&self, user: UserId) -> Option<&Member> {
        self.members.iter().find(|member| member.user == user)
    }
}

/// What kind of conversation a thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreadKind {
    /// Between two people. There is one for each pair and client (or none).
    Direct,
    /// Among several people.
    Group,
}

/// A user in a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// What they may do to the thread.
    pub role: MemberRole,
    /// The last message they have read.
    pub read_seq: Seq,
    /// The last message that has reached one of their devices. Never below `read_seq`.
    pub delivered_seq: Seq,
}

/// What a member may do to the thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// Writes and reads.
    Member,
    /// Also changes the thread and its members.
    Owner,
}

/// A thread as one of its members sees it in a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadView {
    /// The thread.
    pub thread: Thread,
    /// `seq` of its newest message; zero when nothing has been said.
    pub last_seq: Seq,
    /// Its newest message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Message>,
    /// How many messages of others come after the viewer's read mark. Always present, zero included: a device
    /// must be able to clear a badge from a snapshot alone.
    pub unread: u32,
    /// Messages after the viewer's read mark that mention them, in order: the newest
    /// [`crate::limits::MENTIONS_LISTED`]. Places and not a number, so that an edit of any of them, loaded or not, adds or
    /// takes away the right one however often it is applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Seq>,
}
