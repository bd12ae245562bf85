//! How long the server waits for things. The values that devices rely on come from the protocol; tests shorten them.

use std::time::Duration;

use tidings_protocol::limits;

use crate::fail_point::{Mutation, mutated};

/// Less than a device waits for its dial ([`limits::CONNECT_TIMEOUT`]), so that the server's word is the one it hears.
const HELLO_WITHIN: Duration = Duration::from_secs(5);

/// Replies that come later than this are written without them.
const MODEL_WITHIN: Duration = Duration::from_secs(2);

/// Long enough that a language model that is down is asked seldom, short enough that nobody notices when it is back.
const MODEL_PAUSE: Duration = Duration::from_secs(30);

/// Durations the server works with.
#[derive(Clone, Debug)]
pub struct Timings {
    /// A request's headers must be complete in this time; with it, how long an HTTP connection may be idle.
    pub headers_within: Duration,
    /// A request's body must be complete in this time.
    pub body_within: Duration,
    /// A new connection must have said hello in this time.
    pub hello_within: Duration,
    /// Between two beats, and between two pings.
    pub beat_every: Duration,
    /// Silence after which a connection is taken for dead.
    pub dead_after: Duration,
    /// A waiting poll is answered after this long.
    pub poll_wait: Duration,
    /// A poll that brings frames waits so long for what the server says to them: an answer that is already on its way back
    /// saves the one that the next poll that waits would need.
    pub poll_said_within: Duration,
    /// A connection by long-poll that nobody asks on for this long is lost.
    pub poll_abandoned_after: Duration,
    /// How long the goodbye of a closed socket is waited for. Shorter than [`Self::drain_within`], and longer than a
    /// slow network needs: a peer that is reset before it has read our close frame never learns why it was closed.
    pub close_within: Duration,
    /// The log is read this often even if nobody rings.
    pub tail_every: Duration,
    /// From the last connection's loss to "offline".
    pub offline_grace: Duration,
    /// How often "last seen" of the people who are here is written down.
    pub last_seen_every: Duration,
    /// How often the log is pruned.
    pub prune_every: Duration,
    /// A message notifies those who have not read it in this time.
    pub push_after: Duration,
    /// How often it is looked whether there is anything to push.
    pub push_every: Duration,
    /// A push service must have answered in this time.
    pub push_within: Duration,
    /// The language model must have answered in this time.
    pub model_within: Duration,
    /// How long a language model that fails is left alone.
    pub model_pause: Duration,
    /// How often it is looked whether a page that a message links to is to be looked at.
    pub preview_every: Duration,
    /// All of a page must be here in this time, redirects included.
    pub preview_within: Duration,
    /// How often files that nobody needs are deleted.
    pub clear_files_every: Duration,
    /// How long a stopping server waits for its connections.
    pub drain_within: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            headers_within: Duration::from_secs(10),
            body_within: Duration::from_secs(30),
            hello_within: HELLO_WITHIN,
            beat_every: limits::BEAT_EVERY,
            dead_after: if mutated(Mutation::SilentPeersKept) {
                Duration::from_secs(24 * 3600)
            } else {
                limits::DEAD_AFTER
            },
            poll_wait: limits::POLL_WAIT,
            poll_said_within: Duration::from_millis(50),
            poll_abandoned_after: limits::POLL_ABANDONED_AFTER,
            close_within: Duration::from_secs(5),
            tail_every: Duration::from_secs(1),
            offline_grace: limits::OFFLINE_GRACE,
            last_seen_every: limits::LAST_SEEN_GRANULARITY,
            prune_every: Duration::from_secs(3600),
            push_after: limits::PUSH_AFTER,
            push_every: Duration::from_secs(1),
            push_within: Duration::from_secs(10),
            model_within: MODEL_WITHIN,
            model_pause: MODEL_PAUSE,
            preview_every: Duration::from_millis(500),
            preview_within: Duration::from_secs(3),
            clear_files_every: Duration::from_secs(30),
            drain_within: Duration::from_secs(8),
        }
    }
}
