//! Notifications by Web Push: which browsers are pushed to, what they are told, and why they were or were not.

use serde::{Deserialize, Serialize};

use crate::{
    id::{PushId, ThreadId},
    message::Seq,
    time::Timestamp,
};

/// All about a person's notifications, for their own eyes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushOverview {
    /// The server's public key, which a browser wants when it subscribes (RFC 8292): base64url without padding.
    pub key: String,
    /// Whether notifications say only that there is a message, neither from whom nor what.
    pub hide_content: bool,
    /// The browsers that are pushed to, oldest first.
    pub subscriptions: Vec<PushSubscription>,
    /// What was decided about the last messages to this person, newest first; at most
    /// [`crate::limits::PUSH_DECISIONS_KEPT`].
    pub decisions: Vec<PushDecision>,
}

/// A browser that is pushed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushSubscription {
    /// Its identity.
    pub id: PushId,
    /// What it is called, such as "Firefox on Linux".
    pub name: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// Since when.
    pub created_at: Timestamp,
    /// When its push service last took something for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_success: Option<Timestamp>,
    /// What last went wrong, if nothing has gone right since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<PushError>,
}

/// A push that did not get through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushError {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub problem: PushProblem,
    /// When it is tried again at the earliest; `None` if what was to be sent has been given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
}

/// Why a push did not get through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushProblem {
    /// The push service did not answer in time.
    TimedOut,
    /// There is no way to the push service, or it is inside the server's own network.
    Unreachable,
    /// The push service wants less to be sent for a while.
    Slowed,
    /// The push service failed.
    Failing,
    /// The push service does not accept what the server sends.
    Refused,
    /// Something from a newer server.
    #[serde(other)]
    Unknown,
}

/// What was decided about a message for one person. It has nothing of what the message says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushDecision {
    /// Where the message is.
    pub thread: ThreadId,
    /// Which it is.
    pub seq: Seq,
    /// When it was decided.
    pub at: Timestamp,
    /// What, and why.
    pub outcome: PushOutcome,
}

/// Whether a message notifies a person, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushOutcome {
    /// It does, and is on its way to their browsers.
    Queued,
    /// It did: the push service of a browser took it.
    Sent,
    /// No push service took it: one refused for good.
    Refused,
    /// There was no browser to take it any more, or it was no longer theirs to see.
    Gone,
    /// No push service took it in time.
    Late,
    /// They had read it on some device.
    Read,
    /// It was deleted before anybody was notified.
    Deleted,
    /// It was written long ago: the server had been away.
    Old,
    /// They have muted the thread for a while.
    Muted,
    /// They want no notifications of the thread.
    Nothing,
    /// They want to hear of mentions only, and it mentions them not.
    NoMention,
    /// Something from a newer server.
    #[serde(other)]
    Unknown,
}

/// What a push says to a browser's service worker, once decrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PushPayload {
    /// Show this.
    Message {
        /// Where the message is: one notification is shown for each thread.
        thread: ThreadId,
        /// Which it is.
        seq: Seq,
        /// Whom it is from, and in which group.
        title: String,
        /// What it says, cut to [`crate::limits::PUSH_TEXT_MAX_CHARS`].
        text: String,
        /// How many messages wait, for the badge: not those of muted threads.
        unread: u32,
    },
    /// Take away what is shown of a thread up to a message: it was read elsewhere, or deleted.
    Withdraw {
        /// Where.
        thread: ThreadId,
        /// Up to which message.
        seq: Seq,
        /// Unread messages of all threads, for the badge.
        unread: u32,
    },
    /// Show that pushes arrive.
    Test {
        /// A title.
        title: String,
        /// A sentence.
        text: String,
    },
}
