//! The contract between a device and a server: every type that crosses a process boundary.
//!
//! Plain data with serde, no I/O, no async, no user interface. Both ends build against this one crate, so a
//! command, its reply, an event or a limit cannot mean two things. What a device does with these types is in
//! `tidings-device`; what a server does with them is in `tidings-server`.
//!
//! Three kinds of thing travel:
//!
//! - a [`Command`] is what a person asks; it is answered by exactly one [`Reply`] or [`ApiError`];
//! - an [`Event`] is what happened: durable, ordered by [`Position`], replayed after a lost connection;
//! - a [`Signal`] is what is happening (typing, presence): fleeting, and the first thing dropped under pressure.

pub mod attachment;
pub mod client;
pub mod command;
pub mod emoji;
pub mod error;
pub mod event;
pub mod frame;
pub mod id;
pub mod limits;
pub mod markup;
pub mod mention;
pub mod message;
pub mod notify;
pub mod poll;
pub mod presence;
pub mod preview;
pub mod push;
pub mod reply;
pub mod rights;
pub mod search;
pub mod settings;
pub mod snapshot;
pub mod suggestion;
pub mod text;
pub mod thread;
pub mod time;
pub mod user;
pub mod voice;

pub use attachment::{Attachment, AttachmentKind, FileName, NewUpload, Peaks};
pub use client::Client;
pub use command::{Command, Request};
pub use emoji::Emoji;
pub use error::{ApiError, ErrorCode};
pub use event::{Event, Signal};
pub use frame::{CloseCode, DeviceFrame, ServerFrame};
pub use id::{
    AttachmentId, ClientId, ConnectionId, Epoch, InviteId, LocalId, MessageId, PushId, SessionId, ThreadId,
    UserId,
};
pub use message::{Body, Content, Message, Notice, Reaction, Seq};
pub use poll::{PollAnswer, PollRequest};
pub use presence::{Presence, Presences};
pub use preview::LinkPreview;
pub use push::{
    PushDecision, PushError, PushOutcome, PushOverview, PushPayload, PushProblem, PushSubscription,
};
pub use reply::{Page, Reply};
pub use settings::{NotifyLevel, ThreadSettings};
pub use snapshot::{Position, Snapshot};
pub use suggestion::{SmartReplies, SmartReplySettings, Suggestion, SuggestionSource};
pub use text::TextError;
pub use thread::{History, Member, MemberRole, Rewound, Thread, ThreadKind, ThreadView, Title};
pub use time::Timestamp;
pub use user::{AccountRole, DisplayName, Password, User, Username};

/// Version of the protocol spoken by this build, sent in both hellos.
///
/// It rises when a frame changes in a way that an older peer would misread. Added fields and added event types
/// do not raise it: an older device skips what it does not know.
pub const VERSION: u16 = 1;

/// Name of the WebSocket subprotocol (RFC 6455, section 1.9) under which these frames travel as JSON text.
pub const SUBPROTOCOL: &str = "tidings.v1";
