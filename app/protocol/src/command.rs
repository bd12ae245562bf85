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
    id::{AttachmentId, ClientId, InviteId, LocalId, PushId, ThreadId, UserId},
    message::{Body, Message, Seq},
    push::{PushOverview, PushSubscription},
    reply::{Deletion, Found, Hits, Invite, Page, ReadMark, Receipt, Reply, SettingsMark, Version},
    search::{Place, Query},
    settings::ThreadSettings,
    suggestion::{SmartReplies, SmartReplySettings, Suggestion},
    thread::{History, MemberRole, ThreadView, Title},
    time::Timestamp,
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
    HideMessage -> ();
    LoadReceipts -> Vec<Receipt>;
    MarkRead -> ReadMark;
    MarkUnread -> ReadMark;
    SetThreadSettings -> SettingsMark;
    React -> Message;
    RemovePreview -> Message;
    LoadMessages -> Page;
    SearchMessages -> Hits;
    LocateDate -> Seq;
    OpenThread -> ThreadView;
    CreateGroup -> ThreadView;
    AddMembers -> ThreadView;
    RemoveMember -> ThreadView;
    SetMemberRole -> ThreadView;
    RenameGroup -> ThreadView;
    LeaveGroup -> ();
    SearchPeople -> Vec<Found>;
    SearchClients -> Vec<Client>;
    AddClient -> Client;
    EditClient -> Client;
    ArchiveClient -> Client;
    SuggestReplies -> Vec<Suggestion>;
    SetSmartReplies -> SmartReplySettings;
    Rename -> User;
    ChangePassword -> ();
    SignOutEverywhere -> ();
    ListUsers -> Vec<User>;
    SetActive -> User;
    SetRole -> User;
    CreateInvite -> Invite;
    ListInvites -> Vec<Invite>;
    RevokeInvite -> ();
    ListDeletions -> Vec<Deletion>;
    SubscribePush -> PushSubscription;
    UnsubscribePush -> ();
    TestPush -> ();
    HidePushContent -> ();
    LoadPush -> PushOverview;
}

/// Say something in a thread: a text, files, or both. Sending the same `local_id` again returns the first result; with
/// another thread or other content it is a `conflict`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendMessage {
    /// Where.
    pub thread: ThreadId,
    /// The device's id for it.
    pub local_id: LocalId,
    /// What. Only a message with files may be without a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// Files that the caller has uploaded and no message has yet, in the order in which they are shown: at most
    /// [`crate::limits::ATTACHMENTS_MAX`]. With `files_of`, new ids for the copies instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentId>,
    /// The message of the same thread that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    /// Whether it repeats what was said elsewhere, which is shown with it. It is a message of its own: what becomes of
    /// the first one is not followed, and who said that is not told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forwarded: bool,
    /// A message whose files are sent once more: `attachments` has a new id for each of them, in their order. The caller
    /// must see that message as a member of its thread. The copies are files of their own: what becomes of the first ones
    /// is not followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files_of: Option<Origin>,
}

/// A message that something is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Where.
    pub thread: ThreadId,
    /// Which message.
    pub seq: Seq,
}

impl SendMessage {
    /// What it says; empty for files without a text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.body.as_ref().map_or("", Body::as_str)
    }
}

/// Put another text in the place of one's own, or of what one wrote with files, within [`crate::limits::EDIT_WINDOW`] of
/// sending it by the server's clock: later it is a `conflict`, and `gone` once the message was deleted. The text that is
/// there already changes nothing, however late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditMessage {
    /// Where.
    pub thread: ThreadId,
    /// Which message.
    pub seq: Seq,
    /// What it says from now on.
    pub body: Body,
}

/// Delete a message for everybody: only its place is left. One's own at any time; those of others are for owners and
/// admins of the group, and for admins of the organisation who are members of the thread. Answered with what is left, also when it was deleted before.
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

/// Take a message out of one's own sight, on all of one's devices; everybody else keeps it. It stays in its place as
/// [`crate::Content::Hidden`] and can't be brought back. Only what was seen can be hidden, so this also reads the thread up to
/// it, and what is hidden never counts as unread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HideMessage {
    /// Where.
    pub thread: ThreadId,
    /// Which message.
    pub seq: Seq,
}

/// When a message has reached the members other than its sender, and when they read it, in the order in which they joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadReceipts {
    /// Where.
    pub thread: ThreadId,
    /// Which message.
    pub seq: Seq,
}

/// Say that everything up to and including `seq` has been read. It never moves a mark back, and never past the newest
/// message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkRead {
    /// Where.
    pub thread: ThreadId,
    /// The last message read.
    pub seq: Seq,
    /// How often the mark had been taken back when this was read, see [`ReadMark::rewinds`]. If it has been taken back
    /// since, one's own mark stays: what was on its way from another device must not undo what the person did last. The
    /// others see as read what was read all the same. Absent, the mark moves whatever happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewinds: Option<u32>,
}

/// Take one's own read mark back, to just before the message at `seq`: it and what follows is unread again, for
/// oneself on all devices. Others go on seeing as read what they saw as read. A mark that is there or before it stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkUnread {
    /// Where.
    pub thread: ThreadId,
    /// The first message to be unread; it must exist.
    pub seq: Seq,
    /// How often the mark had been taken back as far as is known. With another count nothing changes, so that asking
    /// again after a lost answer doesn't undo what was read since. Absent, the mark moves whatever happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewinds: Option<u32>,
}

/// Have a thread otherwise: pinned, archived, or notifying differently. For oneself only, on all devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetThreadSettings {
    /// Which.
    pub thread: ThreadId,
    /// How it shall be.
    pub settings: ThreadSettings,
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

/// Show no preview of the page that one's own message links to, to nobody. None comes again for the same link. Answered
/// with the message, also when there was none to remove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovePreview {
    /// Where.
    pub thread: ThreadId,
    /// Which message.
    pub seq: Seq,
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

/// Replies that the caller may want to give to a message: at most [`crate::limits::SUGGESTIONS_MAX`], the likeliest
/// first. None when they are off, when the message is their own or holds no text, and when nothing fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestReplies {
    /// Where.
    pub thread: ThreadId,
    /// To which message.
    pub seq: Seq,
}

/// Say whether replies are to be suggested, on all of the caller's devices. [`SmartReplies::Model`] is refused where the
/// organisation named none, or another one than `model`: nobody agrees to what they were not shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetSmartReplies {
    /// What they choose.
    pub choice: SmartReplies,
    /// With [`SmartReplies::Model`], the host that they were told their messages are sent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// Messages that fit `query`, among those that the caller may see, newest first. What asks for nothing, or for somebody
/// whom nobody knows, finds nothing and is told why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchMessages {
    /// What is searched for.
    pub query: Query,
    /// Go on from where an earlier answer stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Place>,
    /// At most so many; the server gives no more than [`crate::limits::SEARCH_HITS`].
    pub limit: u32,
}

/// The first message of a thread that was sent at a time or later; the newest if there is none so late, and 0 if nothing
/// was said yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocateDate {
    /// Where.
    pub thread: ThreadId,
    /// The time.
    pub at: Timestamp,
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

/// Make a group. Whoever makes it owns it. The device mints the id, so that a retry can't make two; the same id for
/// another group is a `conflict`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateGroup {
    /// Its identity.
    pub thread: ThreadId,
    /// Its name.
    pub title: Title,
    /// The other members: active people, one at least, and no more than make
    /// [`crate::limits::THREAD_MEMBERS_MAX`] with the caller.
    pub members: Vec<UserId>,
    /// The client it is about; `None` is internal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// Who may read what of it. It can't be changed later: members rely on it.
    #[serde(default)]
    pub history: History,
}

/// Bring people into a group. For its admins and owners. Whoever is a member already is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddMembers {
    /// Which group.
    pub thread: ThreadId,
    /// Whom: active people.
    pub users: Vec<UserId>,
}

/// Take somebody else out of a group. Admins remove members; owners remove anyone. Whoever is no member is gone already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveMember {
    /// Which group.
    pub thread: ThreadId,
    /// Whom.
    pub user: UserId,
}

/// Say what another member may do in a group. For its owners.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetMemberRole {
    /// Which group.
    pub thread: ThreadId,
    /// Whose.
    pub user: UserId,
    /// The new role.
    pub role: MemberRole,
}

/// Give a group another name. For its admins and owners.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameGroup {
    /// Which group.
    pub thread: ThreadId,
    /// The new name.
    pub title: Title,
}

/// Leave a group. When its only owner leaves, the one who has been there longest among the highest of those who remain
/// becomes its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaveGroup {
    /// Which group.
    pub thread: ThreadId,
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

/// Which messages were deleted by somebody else than who sent them, the newest deletions first, at most
/// [`crate::limits::DELETIONS_LISTED`]. Admins only. Nothing of what was said is among the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListDeletions {}

/// Notify this browser from now on when none of one's devices has read a message. One subscription belongs to one
/// session: a further one takes the place of the first, and it ends with the session. The values are what the browser's
/// `PushSubscription.toJSON()` gives.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscribePush {
    /// Where its push service takes pushes for it (RFC 8030). Whoever knows it can reach the browser, so it is not shown
    /// again.
    pub endpoint: String,
    /// The browser's public key (RFC 8291): base64url.
    pub p256dh: String,
    /// The secret that it shares with the server (RFC 8291): base64url.
    pub auth: String,
    /// What to call it, such as "Firefox on Linux"; at most [`crate::limits::NAME_MAX_CHARS`] characters. Empty keeps
    /// what it is called.
    pub name: String,
}

impl fmt::Debug for SubscribePush {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubscribePush(…)")
    }
}

/// Notify one of one's browsers no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsubscribePush {
    /// Which.
    pub subscription: PushId,
}

/// Push something to one of one's browsers, to see whether it arrives. How it went is among what [`LoadPush`] tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestPush {
    /// Which.
    pub subscription: PushId,
}

/// Let one's notifications say only that there is a message, or whom it is from and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HidePushContent {
    /// True to hide.
    pub hidden: bool,
}

/// All about one's notifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadPush {}
