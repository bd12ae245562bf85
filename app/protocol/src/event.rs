//! What happened ([`Event`]) and what is happening ([`Signal`]).

use serde::{Deserialize, Serialize};

use crate::{
    client::Client,
    id::{SessionId, ThreadId, UserId},
    message::{Message, Seq},
    presence::Presences,
    reply::{ReadMark, SettingsMark},
    suggestion::SmartReplySettings,
    thread::{Member, MemberRole, Thread, Title},
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
    /// One hid a message from oneself, on whichever device. Goes to that person's devices only.
    #[serde(rename = "message:hide")]
    MessageHidden {
        /// Where.
        thread: ThreadId,
        /// Which message.
        seq: Seq,
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
    /// One marked messages as unread: one's own read mark was taken back, on whichever device. Goes to that person's
    /// devices only.
    #[serde(rename = "unread:back")]
    MarkedUnread {
        /// Where it stands and what is left.
        mark: ReadMark,
        /// As [`crate::ThreadView::mentions`], which can't be told from what was unread before.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<Seq>,
    },
    /// One has a thread otherwise: pinned, archived, or notifying differently. Goes to that person's devices only.
    #[serde(rename = "thread:settings")]
    ThreadSettingsChanged {
        /// How it is now.
        mark: SettingsMark,
    },
    /// A thread was opened, or one has been brought into it. Goes to its members, or to whoever was brought in, with the
    /// records they need to show it. Nothing of it is known that was said before one's own [`Member::joined`].
    #[serde(rename = "thread:new")]
    ThreadOpened {
        /// The thread.
        thread: Thread,
        /// Accounts of its members, and of those who were members before.
        users: Vec<User>,
        /// Its client.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client: Option<Client>,
    },
    /// People were brought into a group. Goes to its members.
    #[serde(rename = "member:add")]
    MembersAdded {
        /// Where.
        thread: ThreadId,
        /// Whom.
        members: Vec<Member>,
        /// Their accounts.
        users: Vec<User>,
    },
    /// Somebody left a group or was removed from it. Goes to those who remain, and to the one who is gone: for them
    /// nothing follows, and what they had is to be forgotten unless [`crate::thread::History::is_kept`].
    #[serde(rename = "member:remove")]
    MemberRemoved {
        /// Where.
        thread: ThreadId,
        /// Whom.
        user: UserId,
    },
    /// A member may do more or less from now on. Goes to the group's members.
    #[serde(rename = "member:role")]
    MemberRoleChanged {
        /// Where.
        thread: ThreadId,
        /// Who.
        user: UserId,
        /// What they are now.
        role: MemberRole,
    },
    /// A group has another name. Goes to its members.
    #[serde(rename = "thread:rename")]
    ThreadRenamed {
        /// Where.
        thread: ThreadId,
        /// The new name.
        title: Title,
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
    /// A person chose anew whether replies are suggested to them. Goes to that person's devices only.
    #[serde(rename = "smart-replies:change")]
    SmartRepliesChanged {
        /// What they have now.
        settings: SmartReplySettings,
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
