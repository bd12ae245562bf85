//! Which requests for sockets have reached this node, and whether they still asked for one.
//!
//! A browser does not learn why a socket could not be opened. Together with what it has seen, this tells whether the
//! request was changed, answered or swallowed on its way. In memory, and only the newest of each session.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tidings_protocol::{SessionId, Timestamp, poll::Handshake};

use crate::clock::Clock;

/// A handshake older than this says nothing about the network that a person is on now.
const KEPT_FOR: Duration = Duration::from_secs(3600);

/// Sessions beyond which old handshakes are thrown away.
const TIDY_ABOVE: usize = 10_000;

/// The newest handshake of each session.
pub struct Handshakes {
    seen: Mutex<HashMap<SessionId, Seen>>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone, Copy)]
struct Seen {
    at: Timestamp,
    upgrade: bool,
}

impl Handshakes {
    /// None so far.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            seen: Mutex::default(),
            clock,
        }
    }

    /// A request for a socket has come; `upgrade`: it asks for an upgrade.
    pub fn note(&self, session: SessionId, upgrade: bool) {
        let at = self.clock.now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() > TIDY_ABOVE {
            seen.retain(|_, seen| at.since(seen.at) < KEPT_FOR);
        }
        seen.insert(session, Seen { at, upgrade });
    }

    /// The newest one of a session.
    #[must_use]
    pub fn newest(&self, session: SessionId) -> Option<Handshake> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = seen.get(&session)?;
        let ago = self.clock.now().since(newest.at);
        (ago < KEPT_FOR).then(|| Handshake {
            ago_ms: u64::try_from(ago.as_millis()).unwrap_or(u64::MAX),
            upgrade: newest.upgrade,
        })
    }
}
