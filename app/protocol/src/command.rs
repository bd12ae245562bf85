//! What a person may ask. One struct per operation; [`Request`] ties each to its answer.
//!
//! Adding one: a struct here, its arm in [`Command`], its [`Request`] impl, a golden file in `tests/wire`, and the
//! compiler asks for the rest on the server. Every command may be sent twice: the second time changes nothing and
//! gives the same answer.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    client::Client,
    emoji::Emoji,
    id::{ClientId, InviteId, LocalId, ThreadId, UserId},
    message::{Body, Message, Seq},
    reply::{Found, Invite, Page, ReadMark, Reply, Version},
    thread::ThreadView,
    user::{AccountRole, DisplayName, Password, User},
};

/// An operation and the type of its answer, so that the pairing is a fact and not a convention.
pub trait Request: Into<Command> {
    /// What a success answers.
    type Reply: Into<Reply> + TryFrom<Reply>;
}

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident -> $reply:ty;)*) => {
        /// Everything a person may ask, as it travels: `{"type": "send_message", …}`.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "type", rename_all = "snake_case")]
        pub enum Command {
            $(
                #[doc = concat!("See [`", stringify!($name), "`].")]
                $name($name),
            )*
        }

        impl Command {
            /// Names of all commands in declaration order, as they stand in `type` (for tests that must cover each).
            pub const VARIANTS: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The variant's name, for logs and for tests; never the content.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($name),)*
                }
            }
        }

        $(
            impl From<$name> for Command {
                fn from(request: $name) -> Self {
                    Self::$name(request)
                }
            }

            impl Request for $name {
                type Reply = $reply;
            }
        )*
    };
}

commands! {
    SendMessage -> Message;
    EditMessage -> Message;
    DeleteMessage -> Message;
    LoadVersions -> Vec<Version>;
    MarkRead -> ReadMark;
    React -> Message;
    LoadMessages -> Page;
    OpenThread -> ThreadView;
    SearchPeople -> Vec<Found>;
    SearchClients -> Vec<Client>;
    AddClient -> Client;
    EditClient -> Client;
    ArchiveClient -> Client;
    Rename -> User;
    ChangePassword -> ();
    SignOutEverywhere -> ();
    ListUsers -> Vec<User>;
    SetActive -> User;
    SetRole -> User;
    CreateInvite -> Invite;
    ListInvites -> Vec<Invite>;
    RevokeInvite -> ();
}

/// Say something in a thread. Sending the same `local_id` again returns the first result; with another thread or
/// body it is a `conflict`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendMessage {
    /// Where.
    pub thread: ThreadId,
    /// The device's id for it.
    pub local_id: LocalId,
    /// What.
    pub body: Body,
    /// The message of the same thread that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
}

/// Put another text in the place of one's own, within [`crate::limits::EDIT_WINDOW`] of sending it by the server's clock:
/// later it is a `conflict`, and `gone` once the message was deleted. The text that is there already changes nothing,
/// however late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditMessage {
    /// Where.
    pub thread: ThreadId,
    /// Which message.
    pub seq: Seq,
    /// What it says from now on.
    pub body: Body,
}

/// Delete a message for everybody: only its place is left. One's own at any time; those of others are for owners of the
/// thread, and for admins who are members of it. Answered with what is left, also when it was deleted before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteMessage {
    /// Where.
    pub thread: ThreadId,
    /// Which message.
    pub seq: Seq,
}

/// What a message said before it was edited, oldest first; nothing once it was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadVersions {
    /// Where.
    pub thread: ThreadId,
    /// Which message.
    pub seq: Seq,
}

/// Say that everything up to and including `seq` has been read. A mark never moves back, and never past the newest
/// message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkRead {
    /// Where.
    pub thread: ThreadId,
    /// The last message read.
    pub seq: Seq,
}

/// React to a message with an emoji, or no longer. Says what shall be, so asking twice is the same as asking once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct React {
    /// Where.
    pub thread: ThreadId,
    /// To which message.
    pub seq: Seq,
    /// With what. At most [`crate::limits::REACTION_KINDS_MAX`] kinds are on one message.
    pub emoji: Emoji,
    /// True to react, false to take it back.
    pub on: bool,
}

/// A page of a thread's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadMessages {
    /// Where.
    pub thread: ThreadId,
    /// Which part.
    pub from: Anchor,
    /// At most so many; the server gives no more than [`crate::limits::PAGE_MESSAGES`].
    pub limit: u32,
}

/// Which part of a thread a page is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum Anchor {
    /// The newest messages.
    Latest,
    /// The messages just before `seq`.
    Before {
        /// Exclusive.
        seq: Seq,
    },
    /// The messages just after `seq`.
    After {
        /// Exclusive.
        seq: Seq,
    },
    /// The message at `seq`, with about as many before it as after it; near either end of the thread one side is
    /// shorter.
    Around {
        /// The one in the middle.
        seq: Seq,
    },
}

/// The direct thread with `with` that belongs to `client` (or to none); opened if there is none yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenThread {
    /// The other person.
    pub with: UserId,
    /// The client it is about; `None` is internal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
}

/// Active people whose name or username contains `text`; everyone, in order of name, if it is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchPeople {
    /// Part of a name.
    pub text: String,
}

/// Clients whose name or reference contains `text`; all, in order of name, if it is empty; the one with that id, if it
/// is an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchClients {
    /// Part of a name or reference, or a whole id.
    pub text: String,
    /// Whether archived clients are wanted too.
    #[serde(default)]
    pub archived: bool,
}

/// Make a client record. The device mints the id, so that a retry can't make two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddClient {
    /// Its identity.
    pub client: ClientId,
    /// Its fields.
    #[serde(flatten)]
    pub fields: ClientFields,
}

/// Replace the fields of a client record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditClient {
    /// Which.
    pub client: ClientId,
    /// Its new fields.
    #[serde(flatten)]
    pub fields: ClientFields,
}

/// What staff may write into a client record, before it is checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientFields {
    /// See [`Client::name`].
    pub name: String,
    /// See [`Client::reference`]; empty text means none.
    #[serde(default)]
    pub reference: String,
    /// See [`Client::note`]; empty text means none.
    #[serde(default)]
    pub note: String,
}

/// Put a client away, or bring it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveClient {
    /// Which.
    pub client: ClientId,
    /// True to archive.
    pub archived: bool,
}

/// Change the name others see beside one's messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rename {
    /// The new name.
    pub display_name: DisplayName,
}

/// Change one's password. All of one's other sessions end.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePassword {
    /// The password until now, to prove that it is really the person. Any text: an old password may predate a rule.
    pub current: String,
    /// The password from now on.
    pub new: Password,
}

impl fmt::Debug for ChangePassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangePassword(…)")
    }
}

/// End all of one's sessions, this one included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOutEverywhere {}

/// Every account, deactivated ones included. Admins only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListUsers {}

/// Deactivate an account (all its sessions end) or bring it back. Admins for staff, owners for anyone but themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetActive {
    /// Whom.
    pub user: UserId,
    /// False to deactivate.
    pub active: bool,
}

/// Change what an account may do. Owners only, and not to themselves: there is always an owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetRole {
    /// Whose.
    pub user: UserId,
    /// The new role.
    pub role: AccountRole,
}

/// Make an invite link: one use, expires. Admins invite staff; owners also invite admins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateInvite {
    /// The role of whoever joins by it.
    pub role: AccountRole,
}

/// The invites that can still be used. Admins only. Their links are not among the answer: a link is shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListInvites {}

/// Make an invite unusable. Admins only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeInvite {
    /// Which.
    pub invite: InviteId,
}
