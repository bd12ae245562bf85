//! What goes into a device and what comes out of it.
//!
//! [`Input`] is what happened to us; [`Effect`] is what we want done. Whoever drives a [`crate::Device`] (the
//! browser, a test user, a load tool) turns the world into inputs and performs effects, and decides nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tidings_protocol::{
    ApiError, Attachment, AttachmentId, Body, Command, Content, DeviceFrame, Emoji, LocalId, Message,
    NotifyLevel, Reply, Seq, ServerFrame, ThreadId, ThreadSettings, Timestamp, UserId, command::Origin,
};

use crate::transport::{Detour, Transport};

/// Something that happened to the device.
#[derive(Clone, Debug)]
pub enum Input {
    /// Begin: dial for the first time.
    Start,
    /// The time asked for by [`Effect::WakeAt`] has come. Early or repeated wakes are harmless.
    Wake,
    /// What a device remembered of the network by an [`Effect::Remember`], read before [`Input::Start`].
    Remembered(Detour),
    /// A transport that was dialled is open.
    Opened(Transport),
    /// A frame came.
    Frame(Box<ServerFrame>),
    /// A transport is gone or could not be opened. `code` is the close code, if the server gave one.
    Closed {
        /// Which.
        over: Transport,
        /// See [`tidings_protocol::CloseCode`].
        code: Option<u16>,
    },
    /// The network is back, says the system: try at once.
    NetworkUp,
    /// The network is gone, says the system: don't trust an open socket without asking.
    NetworkDown,
    /// The page is shown again, or woke from sleep: try at once, and don't trust an open socket without asking.
    Shown,
    /// The page is hidden.
    Hidden,
    /// The person pressed "Try now".
    TryNow,
    /// Unsent messages kept from before, read from the device's storage: once at start, and again whenever those of
    /// another program on the same storage have become this device's to send. Nothing is sent before the first.
    OutboxLoaded(Vec<Unsent>),
    /// Amendments kept from before, from the same storage: to be given before the [`Self::OutboxLoaded`] that goes with
    /// it.
    AmendmentsLoaded(Vec<Amendment>),
    /// The storage has (or has not) kept the message of an [`Effect::Save`], or an [`Effect::SaveAmendment`].
    Saved {
        /// Which.
        local_id: LocalId,
        /// False when storage is full, blocked or absent: the message is sent all the same, and the page says that
        /// unsent messages won't survive a reload.
        kept: bool,
    },
    /// Send a message.
    Send {
        /// Where.
        thread: ThreadId,
        /// What.
        body: Body,
        /// The message of the same thread that it answers.
        reply_to: Option<Seq>,
        /// Whether it repeats what was said elsewhere.
        forwarded: bool,
    },
    /// Send files. The message goes once the server has all of them, and messages that are written after it don't wait
    /// for that.
    SendFiles {
        /// Where.
        thread: ThreadId,
        /// What is written with them.
        caption: Option<Body>,
        /// The files, as this device knows them: shown until the server says what it made of them. One or more.
        attachments: Vec<Attachment>,
        /// Those that the server doesn't have yet.
        uploads: Vec<AttachmentId>,
        /// The message of the same thread that it answers.
        reply_to: Option<Seq>,
    },
    /// Send the files of another message once more, as forwarded.
    ForwardFiles {
        /// Where.
        thread: ThreadId,
        /// What is written with them.
        caption: Option<Body>,
        /// The message that has them.
        files_of: Origin,
        /// All its files, in their order.
        attachments: Vec<Attachment>,
    },
    /// The server has a file, and this is what it made of it.
    Uploaded(Attachment),
    /// A file was refused, or is no longer here: the message that waits for it has failed.
    UploadRefused {
        /// Which.
        attachment: AttachmentId,
        /// Why.
        error: ApiError,
    },
    /// Send a failed message again, under the same local id.
    Retry(LocalId),
    /// Throw an unsent message or a refused amendment away.
    Discard(LocalId),
    /// Edit, delete or react to a message. It is shown like that at once.
    Amend {
        /// Where.
        thread: ThreadId,
        /// Which message.
        message: Which,
        /// What shall become of it.
        act: Act,
    },
    /// The text in the composer changed by the person's hand. `empty`: nothing is left in it.
    Typed {
        /// Where.
        thread: ThreadId,
        /// Whether the text is empty now.
        empty: bool,
    },
    /// The composer lost focus, or the thread was left.
    StoppedTyping {
        /// Where.
        thread: ThreadId,
    },
    /// The person opened a thread: its messages are wanted. Fixes the unread divider.
    ThreadOpened(ThreadId),
    /// The person left the open thread.
    ThreadClosed,
    /// Rows before the shown ones are wanted; they are taken from what is loaded, else asked of the server.
    LoadOlder(ThreadId),
    /// Rows after the shown ones are wanted, when the window is not at the newest.
    LoadNewer(ThreadId),
    /// Show the message at `seq` with what is around it, however far it is from what is loaded; it becomes
    /// [`crate::Timeline::focus`]. Rows stay as they are until it is there. Older and newer rows are paged from there, and
    /// [`Self::JumpToLatest`] returns. A place where nothing is shows the one nearest to it.
    ShowMessage {
        /// Where.
        thread: ThreadId,
        /// Which.
        seq: Seq,
    },
    /// A message is quoted on screen of which [`crate::Device::quoted`] knows nothing: it is looked up, and nothing moves.
    QuoteShown {
        /// Where.
        thread: ThreadId,
        /// Which.
        seq: Seq,
    },
    /// Show the newest rows again.
    JumpToLatest(ThreadId),
    /// The row of `seq` was in view long enough to count as read.
    Seen {
        /// Where.
        thread: ThreadId,
        /// The last row seen.
        seq: Seq,
    },
    /// The person says that they have read a thread up to `seq`, without having looked at it.
    MarkRead {
        /// Where.
        thread: ThreadId,
        /// The last message that counts as read; beyond the newest, all of them.
        seq: Seq,
    },
    /// The person marks a message and what follows it as unread: it stays so until they come to the thread anew.
    MarkUnread {
        /// Where.
        thread: ThreadId,
        /// The first one to be unread.
        seq: Seq,
    },
    /// The person wants a thread otherwise.
    ChangeSettings {
        /// Which.
        thread: ThreadId,
        /// What about it.
        change: SettingsChange,
    },
    /// Somebody looks at how the connection does: measure a round trip.
    Measure,
    /// The person touched a key, the mouse or the screen.
    Active,
    /// Ask the server something that needs no state here (search, records, accounts).
    Ask {
        /// Given back in [`Effect::Answered`].
        question: Question,
        /// What.
        command: Box<Command>,
    },
}

/// One thing that a person changes about how they have a thread. Told as such, so that what another device changes at
/// the same time is not undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsChange {
    /// See [`ThreadSettings::pinned`].
    Pin(bool),
    /// See [`ThreadSettings::archived`].
    Archive(bool),
    /// See [`ThreadSettings::level`].
    Level(NotifyLevel),
    /// See [`ThreadSettings::muted_until`].
    Mute(Option<Timestamp>),
}

impl SettingsChange {
    /// The settings with this changed.
    #[must_use]
    pub fn of(self, mut settings: ThreadSettings) -> ThreadSettings {
        match self {
            Self::Pin(pinned) => settings.pinned = pinned,
            Self::Archive(archived) => settings.archived = archived,
            Self::Level(level) => settings.level = level,
            Self::Mute(until) => settings.muted_until = until,
        }
        settings
    }
}

/// Ties an [`Input::Ask`] to its [`Effect::Answered`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question(pub u64);

/// Something the device wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Open a transport to the server; report [`Input::Opened`] or [`Input::Closed`]. Another one may be open or opening
    /// beside it.
    Dial(Transport),
    /// Close a transport or stop opening it. No [`Input::Closed`] is expected for it, and one that comes is ignored.
    HangUp(Transport),
    /// Remember this about the network across reloads, instead of what was remembered; `None`: nothing.
    Remember(Option<Detour>),
    /// Send a frame, over the transport that opened last.
    Transmit(DeviceFrame),
    /// Report [`Input::Wake`] at this time. Replaces an earlier wish.
    WakeAt(Timestamp),
    /// Keep an unsent message; report [`Input::Saved`]. The message is transmitted only after that report.
    Save(Unsent),
    /// Keep an amendment, instead of what was kept under its id. It is not waited for.
    SaveAmendment(Amendment),
    /// Forget a kept message or amendment: it is confirmed or discarded.
    Forget(LocalId),
    /// Bring a file of an unsent message to the server; report [`Input::Uploaded`] or [`Input::UploadRefused`]. One that
    /// is on its way already is not begun anew, and a lost connection is no refusal: it is tried until it is there.
    Upload(AttachmentId),
    /// A message notifies the person, see [`tidings_protocol::notify`]. Whether they are looking anyway is for the driver
    /// to say. Comes only while the link is live, and for what came while it was not, once for each thread.
    Notify(Box<Message>),
    /// Something a view shows has changed.
    Changed(Change),
    /// The answer to an [`Input::Ask`]. Exactly one comes for each.
    Answered {
        /// Which.
        question: Question,
        /// The answer; [`tidings_protocol::ErrorCode::Unavailable`] when there is no connection or it was lost.
        result: Box<Result<Reply, ApiError>>,
    },
    /// The session has ended: show the sign-in page.
    SignedOut,
    /// The server no longer speaks our protocol: tell the person to reload. Drafts and outbox are kept.
    Outdated,
}

/// What a view should redraw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// The link: banner, transport, round trip.
    Link,
    /// The set or order of threads, their last messages, clients or members.
    Threads,
    /// The messages of a thread, their states or its divider.
    Timeline(ThreadId),
    /// Who is typing in a thread.
    Typing(ThreadId),
    /// Whether a person is here.
    Presence(UserId),
    /// A thread's unread count, and so the total.
    Unread(ThreadId),
    /// People's or clients' records.
    Records,
    /// Whether replies are suggested.
    SmartReplies,
    /// Whether unsent messages can be kept on this device.
    Storage,
}

/// A message that the server has not confirmed, as the device's storage keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsent {
    /// The id it will always be sent under.
    pub local_id: LocalId,
    /// Where.
    pub thread: ThreadId,
    /// What. Only a message with files may be without a text.
    #[serde(default)]
    pub body: Option<Body>,
    /// The files it brings, as this device knows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Those that the server doesn't have yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uploads: Vec<AttachmentId>,
    /// The message of the same thread that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    /// Whether it repeats what was said elsewhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forwarded: bool,
    /// The message that `attachments` are the files of, when they are sent once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files_of: Option<Origin>,
    /// What the copies of them will be, in their order: until then the first ones are shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<AttachmentId>,
    /// When it was written, by the device's clock: keeps the order of writing.
    pub written_at: Timestamp,
    /// Why the server refused it; `None` while it is still to be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<ApiError>,
}

impl Unsent {
    /// What the message will hold.
    #[must_use]
    pub fn content(&self) -> Content {
        Content::new(self.body.clone(), self.attachments.clone()).unwrap_or(Content::Unknown)
    }
}

/// Which message of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// The one at this place.
    Stored(Seq),
    /// One of this device that the server has not confirmed.
    Unsent(LocalId),
}

/// What a person makes of a message that was said. It says what shall be, so doing it twice is doing it once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// See [`tidings_protocol::command::EditMessage`].
    Edit {
        /// What it says from now on.
        body: Body,
    },
    /// See [`tidings_protocol::command::DeleteMessage`].
    Delete,
    /// See [`tidings_protocol::command::HideMessage`].
    Hide,
    /// See [`tidings_protocol::command::React`].
    React {
        /// With what.
        emoji: Emoji,
        /// False to take it back.
        on: bool,
    },
    /// See [`tidings_protocol::command::RemovePreview`].
    RemovePreview,
}

/// An act that the server has not confirmed, as the device's storage keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// Its key in storage.
    pub id: LocalId,
    /// Where.
    pub thread: ThreadId,
    /// To which message.
    pub message: Which,
    /// What.
    #[serde(flatten)]
    pub act: Act,
    /// When, by the device's clock: keeps the order.
    pub made_at: Timestamp,
    /// Why the server refused it; `None` while it is still to be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<ApiError>,
}

/// How far one's own message has got, as its row shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Written here, and not yet kept by the device's storage: closing the page now would lose it.
    Saving,
    /// Written here, not confirmed.
    Pending,
    /// Stored by the server.
    Sent,
    /// On a device of every other member.
    Delivered,
    /// Read by every other member.
    Read,
    /// Refused, with the reason; it waits for Retry or Discard.
    Failed(ApiError),
}

/// What the connection banner shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Banner {
    /// Nothing: connected, or not yet disconnected long enough to mention.
    Hidden,
    /// No connection. `next_try` counts down; `None` while a try is under way.
    Reconnecting {
        /// Time until the next try.
        next_try: Option<Duration>,
    },
    /// Connected again after having said otherwise.
    BackOnline,
}
