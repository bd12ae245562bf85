//! Who is here, for everyone who asks on this node, and the task that lets time pass for it.
//!
//! In memory only: after a restart all are offline until their devices return. Changes go over the bus to the people
//! who share a thread; "last seen" goes to the service now and then.

mod roster;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tidings_protocol::{ConnectionId, Presences, SessionId, Signal, UserId, presence::UserPresence};
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    bus::{Bus, Cast},
    clock::Clock,
    config::Timings,
    fail_point::{Mutation, mutated},
    service::{Audience, Service, WhoIsHere},
};

pub use roster::Departure;
use roster::Roster;

/// The presence of everyone on this node. Shared.
pub struct PresenceBoard {
    roster: Mutex<Roster>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    last_seen_every: Duration,
    /// Rung when a grace begins or somebody leaves, so that the task looks again.
    changed: Notify,
}

impl PresenceBoard {
    /// A board on which nobody is here.
    #[must_use]
    pub fn new(bus: Arc<dyn Bus>, clock: Arc<dyn Clock>, timings: &Timings) -> Self {
        let grace = if mutated(Mutation::NoGrace) {
            Duration::ZERO
        } else {
            timings.offline_grace
        };
        Self {
            roster: Mutex::new(Roster::new(grace)),
            bus,
            clock,
            last_seen_every: timings.last_seen_every,
            changed: Notify::new(),
        }
    }

    /// A connection began.
    pub fn arrive(&self, user: UserId, session: SessionId, connection: ConnectionId, idle_for: Duration) {
        let now = self.clock.now();
        let change = self.lock().arrive(now, user, session, connection, idle_for);
        self.announce(change);
    }

    /// A device said how long ago its last input was.
    pub fn stir(&self, user: UserId, connection: ConnectionId, idle_for: Duration) {
        let change = self.lock().stir(self.clock.now(), user, connection, idle_for);
        self.announce(change);
    }

    /// A connection ended.
    pub fn leave(&self, user: UserId, connection: ConnectionId, how: Departure) {
        let change = self.lock().leave(self.clock.now(), user, connection, how);
        self.announce(change);
        self.changed.notify_one();
    }

    /// A session ended.
    pub fn end_session(&self, user: UserId, session: SessionId) {
        let change = self.lock().end_session(user, session);
        self.announce(change);
    }

    /// Everyone of `users` who is not offline.
    #[must_use]
    pub fn here(&self, users: &[UserId]) -> Vec<UserPresence> {
        self.lock().here(users)
    }

    /// Lets time pass, and has "last seen" written down, until `stop`; then writes it down a last time.
    pub async fn run(&self, service: Service, stop: CancellationToken) {
        let mut next_note = Instant::now() + self.last_seen_every;
        loop {
            let next_change = self.lock().next_change();
            let grace_over = async {
                match next_change {
                    Some(at) => tokio::time::sleep(at.since(self.clock.now())).await,
                    None => std::future::pending().await,
                }
            };
            let stopping = tokio::select! {
                biased;
                () = stop.cancelled() => true,
                () = tokio::time::sleep_until(next_note) => {
                    next_note = Instant::now() + self.last_seen_every;
                    false
                }
                () = self.changed.notified() => false,
                () = grace_over => false,
            };
            let now = self.clock.now();
            let changes = self.lock().advance(now);
            for change in changes {
                self.announce(Some(change));
            }
            let seen = self.lock().take_seen(now);
            for (user, at) in seen {
                if let Err(error) = service.note_seen(user, at).await {
                    tracing::warn!(%error, "“last seen” could not be stored");
                }
            }
            if stopping {
                return;
            }
        }
    }

    fn announce(&self, change: Option<UserPresence>) {
        if let Some(change) = change {
            self.bus.cast(Cast {
                audience: Audience::Contacts(change.user),
                signal: Signal::Presence {
                    presences: Presences {
                        complete: false,
                        users: vec![change],
                    },
                },
            });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Roster> {
        // A roster that a panic left half-changed is a hint gone wrong, which the next change of that person mends.
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WhoIsHere for PresenceBoard {
    fn presence(&self, user: UserId) -> UserPresence {
        self.lock().presence(user)
    }
}
