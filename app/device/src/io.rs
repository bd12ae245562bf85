//! What goes into a device and what comes out of it.
//!
//! [`Input`] is what happened to us; [`Effect`] is what we want done. Whoever drives a [`crate::Device`] (the
//! browser, a test user, a load tool) turns the world into inputs and performs effects, and decides nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tidings_protocol::{
    ApiError, Body, Command, DeviceFrame, LocalId, Reply, Seq, ServerFrame, ThreadId, Timestamp, UserId,
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
    /// The storage has (or has not) kept the message of an [`Effect::Save`].
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
    },
    /// Send a failed message again, under the same local id.
    Retry(LocalId),
    /// Throw an unsent message away.
    Discard(LocalId),
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
    /// Show the newest rows again.
    JumpToLatest(ThreadId),
    /// The row of `seq` was in view long enough to count as read.
    Seen {
        /// Where.
        thread: ThreadId,
        /// The last row seen.
        seq: Seq,
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
    /// Forget a kept message: it is confirmed or discarded.
    Forget(LocalId),
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
    /// What.
    pub body: Body,
    /// The message of the same thread that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    /// When it was written, by the device's clock: keeps the order of writing.
    pub written_at: Timestamp,
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
