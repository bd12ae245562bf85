//! The same frames over plain requests, for networks that let no socket through.
//!
//! A connection by long-poll is two numbered sequences of frames, one each way: 1, 2, 3, … Each side says how many
//! frames of the other it has taken, and sends again what the other has not. So a request may be repeated until it is
//! answered: nothing is lost when an answer is, and nothing counts twice.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    error::ApiError,
    frame::{self, DeviceFrame, ServerFrame},
    id::ConnectionId,
};

/// Where the requests go, by `POST`.
pub const PATH: &str = "/api/v1/poll";

/// From a device to the server. `F` is how a frame is held: a server takes them as text, since one that it does not
/// understand spoils neither the others nor the connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollRequest<F = DeviceFrame> {
    /// The connection; `None` opens one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
    /// How many frames of the server the device has taken. The server forgets them.
    #[serde(default)]
    pub heard: u64,
    /// How many frames the device sent before `frames`. Those that the server has taken already are skipped.
    #[serde(default)]
    pub before: u64,
    /// What the device says.
    #[serde(default = "Vec::new")]
    pub frames: Vec<F>,
    /// Whether to answer only when there are frames for the device, or after [`crate::limits::POLL_WAIT`]. The answer to a
    /// request that brings frames and does not wait may bring what the server says to them, as may the next that waits.
    #[serde(default)]
    pub wait: bool,
    /// The device leaves: the connection ends.
    #[serde(default)]
    pub leave: bool,
}

/// The answer to a [`PollRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollAnswer<F = ServerFrame> {
    /// The connection, to be named from now on.
    pub connection: ConnectionId,
    /// How many frames of the device the server has taken. The device sends the others again.
    pub heard: u64,
    /// How many frames the server sent before `frames`. Those that the device has taken already are skipped.
    pub before: u64,
    /// What the server says: everything that the device has not said to have heard.
    #[serde(default = "Vec::new")]
    pub frames: Vec<F>,
    /// The connection has ended after `frames`: a [`crate::CloseCode`], as on a socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<u16>,
}

impl PollAnswer {
    /// An answer from JSON text. A frame in it that can't be read becomes [`ServerFrame::Unknown`]: it keeps its number
    /// and spoils no other, and the next beat shows that it is missing, as on a socket.
    ///
    /// # Errors
    /// As for [`frame::decode`], when it is no answer.
    pub fn decode(text: &str) -> Result<Self, ApiError> {
        let answer: PollAnswer<&RawValue> = frame::decode(text)?;
        let frames = answer
            .frames
            .into_iter()
            .map(|text| frame::decode(text.get()).unwrap_or(ServerFrame::Unknown));
        Ok(Self {
            connection: answer.connection,
            heard: answer.heard,
            before: answer.before,
            frames: frames.collect(),
            closed: answer.closed,
        })
    }
}

/// What a server knows of how this session reaches it: tells where on the way sockets get lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The newest request for a socket that came from this session; `None` if none came within an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handshake: Option<Handshake>,
}

/// A request for a socket, as it reached the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshake {
    /// How long ago, in milliseconds.
    pub ago_ms: u64,
    /// Whether it still asked for an upgrade (RFC 9110, 7.8). Proxies that don't know WebSockets take that away.
    pub upgrade: bool,
}
