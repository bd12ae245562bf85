//! How long the server waits for things. The values that devices rely on come from the protocol; tests shorten them.

use std::time::Duration;

use tidings_protocol::limits;

use crate::fail_point::{Mutation, mutated};

/// Less than a device waits for its dial ([`limits::CONNECT_TIMEOUT`]), so that the server's word is the one it hears.
const HELLO_WITHIN: Duration = Duration::from_secs(5);

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
    /// A connection by long-poll that nobody asks on for this long is lost.
    pub poll_abandoned_after: Duration,
    /// How long the goodbye of a closed socket is waited for.
    pub close_within: Duration,
    /// The log is read this often even if nobody rings.
    pub tail_every: Duration,
    /// From the last connection's loss to "offline".
    pub offline_grace: Duration,
    /// How often "last seen" of the people who are here is written down.
    pub last_seen_every: Duration,
    /// How often the log is pruned.
    pub prune_every: Duration,
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
            poll_abandoned_after: limits::POLL_ABANDONED_AFTER,
            close_within: Duration::from_secs(1),
            tail_every: Duration::from_secs(1),
            offline_grace: limits::OFFLINE_GRACE,
            last_seen_every: limits::LAST_SEEN_GRANULARITY,
            prune_every: Duration::from_secs(3600),
            drain_within: Duration::from_secs(8),
        }
    }
}
