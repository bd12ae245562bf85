//! Envelopes on the socket, their encoding, and why a socket is closed.
//!
//! A connection's life: the device sends [`DeviceFrame::Hello`]; the server answers [`ServerFrame::Welcome`] (with a
//! snapshot, unless it can resume), then the events the device missed, then a [`ServerFrame::Beat`], which means
//! "you have everything". From there both sides send as things happen.

use serde::{Deserialize, Serialize};

use crate::{
    command::Command,
    error::{ApiError, ErrorCode},
    event::{Event, Signal},
    id::{ConnectionId, SessionId, ThreadId, UserId},
    reply::Reply,
    snapshot::{Position, Snapshot},
};

/// From a device to the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DeviceFrame {
    /// The first frame, and only the first.
    Hello {
        /// [`crate::VERSION`] of the device.
        version: u16,
        /// Where it stands; `None` asks for a snapshot.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        position: Option<Position>,
        /// How far it had got, where that is beyond `position`: it asks again for what it has not acknowledged. A server
        /// that can't vouch for this answers with a snapshot.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reached: Option<Position>,
        /// How long ago the last input was, in milliseconds. The server never assumes that a new connection means
        /// that somebody is at it.
        idle_for_ms: u64,
    },
    /// A command; answered by [`ServerFrame::Reply`] or [`ServerFrame::Refused`] with the same `id`.
    Call {
        /// Chosen by the device, unique on this connection.
        id: u64,
        /// What is asked.
        command: Command,
    },
    /// Everything up to `position` has been applied: messages up to there count as delivered.
    Acknowledge {
        /// Where the device stands.
        position: Position,
    },
    /// The person is typing in a thread.
    #[serde(rename = "typing:start")]
    TypingStarted {
        /// Where.
        thread: ThreadId,
    },
    /// The person stopped typing.
    #[serde(rename = "typing:stop")]
    TypingStopped {
        /// Where.
        thread: ThreadId,
    },
    /// The person became idle, or is back.
    Activity {
        /// How long ago the last input was, in milliseconds.
        idle_for_ms: u64,
    },
    /// Asks for a beat at once: is this connection alive?
    Probe,
}

/// From the server to a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The answer to the hello.
    Welcome {
        /// [`crate::VERSION`] of the server.
        version: u16,
        /// This connection, for support and logs.
        connection: ConnectionId,
        /// Who is signed in.
        user: UserId,
        /// The session it is signed in with.
        session: SessionId,
        /// Present when the device must start afresh; absent when it resumes from its position.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        snapshot: Option<Box<Snapshot>>,
    },
    /// Something happened.
    Event {
        /// Where the device stands once it has applied this.
        position: Position,
        /// What.
        event: Event,
    },
    /// Something is happening.
    Signal {
        /// What.
        signal: Signal,
    },
    /// A command succeeded.
    Reply {
        /// Of the call.
        id: u64,
        /// Its answer.
        reply: Reply,
    },
    /// A command was refused; it changed nothing.
    Refused {
        /// Of the call.
        id: u64,
        /// Why.
        error: ApiError,
    },
    /// A frame was not understood, or was out of place; it changed nothing.
    Error {
        /// What was wrong with it.
        error: ApiError,
    },
    /// Sent after the events of a resume, then each [`crate::limits::BEAT_EVERY`], and on a probe. It follows the
    /// same queue as events, so it proves that they flow: everything up to `head` that the device may see has been
    /// sent before it.
    Beat {
        /// The newest position the server had delivered.
        head: Position,
        /// Events sent on this connection so far: a device that counted differently must reconnect.
        sent: u64,
    },
    /// A frame from a newer server: skipped.
    #[serde(other)]
    Unknown,
}

/// A frame as JSON text.
///
/// # Errors
/// Never for the types of this crate; the signature says so by giving the error of the encoder.
pub fn encode<T: Serialize>(frame: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(frame)
}

/// A frame from JSON text.
///
/// ```
/// use tidings_protocol::{DeviceFrame, frame};
/// let text = r#"{"type":"probe"}"#;
/// assert_eq!(frame::decode::<DeviceFrame>(text).unwrap(), DeviceFrame::Probe);
/// assert!(frame::decode::<DeviceFrame>("{}").is_err());
/// ```
///
/// # Errors
/// [`ErrorCode::BadRequest`] with a sentence that says where it is wrong, and never repeats the text.
pub fn decode<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ApiError> {
    serde_json::from_str(text).map_err(|error| {
        let kind = match error.classify() {
            serde_json::error::Category::Data => {
                "is not a frame this server knows, or a value in it is not acceptable"
            }
            serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof
            | serde_json::error::Category::Io => "is not JSON",
        };
        ApiError::new(
            ErrorCode::BadRequest,
            format!("The frame {kind} (column {}).", error.column()),
        )
    })
}

/// Why a server closes a socket: tells the device whether to come back.
///
/// Ranges keep unknown codes meaningful: 4000–4099 and 4400–4499 mean "don't return as you are".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// The session ended or the token is not valid: sign in again, don't return.
    SignedOut = 4001,
    /// Too slow to take what is sent, or sent too much too fast: return after a delay; nothing is lost.
    TooSlow = 4008,
    /// What the device has is not to be relied on: its position can't be served any more, or the person's role is another
    /// one now. Return at once, without a position.
    Resync = 4009,
    /// More connections than one person may hold: don't return by itself.
    TooManyConnections = 4029,
    /// The device speaks an older protocol: reload the page.
    Outdated = 4426,
    /// The server restarts: return after a random delay (RFC 6455 registry, "Service Restart").
    Restarting = 1012,
    /// A frame was larger than [`crate::limits::FRAME_MAX_BYTES`] (RFC 6455, 7.4.1).
    TooBig = 1009,
    /// Not a text frame (RFC 6455, 7.4.1).
    Unsupported = 1003,
    /// The first frame was not a hello, or came too late; or too many frames were not understood, or only asked whether
    /// anybody is there; or a message came in more than [`crate::limits::MESSAGE_MAX_PARTS`] parts (RFC 6455, 7.4.1).
    Policy = 1008,
    /// The server failed (RFC 6455, 7.4.1).
    Internal = 1011,
}

impl CloseCode {
    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> u16 {
        self as u16
    }

    /// The code for a number, if it is one of ours.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        [
            Self::SignedOut,
            Self::TooSlow,
            Self::Resync,
            Self::TooManyConnections,
            Self::Outdated,
            Self::Restarting,
            Self::TooBig,
            Self::Unsupported,
            Self::Policy,
            Self::Internal,
        ]
        .into_iter()
        .find(|code| code.number() == number)
    }
}
