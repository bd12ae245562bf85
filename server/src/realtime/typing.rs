//! Passes typing on, at most so often; stores nothing.
//!
//! The receiver's expiry is the truth (`limits::TYPING_LIFETIME`), a stop only makes it quicker. A message from the
//! typist clears the indicator on the receiving device, so nothing is sent for that.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tidings_protocol::{ConnectionId, Signal, ThreadId, Timestamp, UserId, limits};

use crate::{
    bus::{Bus, Cast},
    clock::Clock,
    service::Audience,
};

/// At most one start per person and thread is passed on in this time. Well under `limits::TYPING_REPEAT`, so a device
/// that keeps to it loses none.
const START_AT_MOST_EVERY: Duration = Duration::from_secs(1);

/// Passes on what connections say about typing. Membership is checked by the caller.
pub struct Typing {
    typists: Mutex<Typists>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
}

impl Typing {
    /// Nobody types.
    #[must_use]
    pub fn new(bus: Arc<dyn Bus>, clock: Arc<dyn Clock>) -> Self {
        Self {
            typists: Mutex::default(),
            bus,
            clock,
        }
    }

    /// Somebody types on a connection.
    pub fn start(&self, user: UserId, connection: ConnectionId, thread: ThreadId) {
        let now = self.clock.now();
        if self.with(|typists| typists.start(now, user, connection, thread)) {
            self.cast(thread, Signal::TypingStarted { thread, user });
        }
    }

    /// Somebody stopped typing on a connection.
    pub fn stop(&self, user: UserId, connection: ConnectionId, thread: ThreadId) {
        let now = self.clock.now();
        if self.with(|typists| typists.stop(now, user, connection, thread)) {
            self.cast(thread, Signal::TypingStopped { thread, user });
        }
    }

    /// A connection ended, and with it the typing on it.
    pub fn leave(&self, user: UserId, connection: ConnectionId) {
        let now = self.clock.now();
        for thread in self.with(|typists| typists.leave(now, user, connection)) {
            self.cast(thread, Signal::TypingStopped { thread, user });
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Typists) -> T) -> T {
        act(&mut self.typists.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn cast(&self, thread: ThreadId, signal: Signal) {
        self.bus.cast(Cast {
            audience: Audience::Thread(thread),
            signal,
        });
    }
}

/// Who types where, as a pure state machine: answers say whether to pass something on.
#[derive(Debug, Default)]
struct Typists(BTreeMap<(UserId, ThreadId), Typist>);

#[derive(Debug)]
struct Typist {
    passed_on: Timestamp,
    /// When each connection last said so.
    connections: BTreeMap<ConnectionId, Timestamp>,
}

impl Typists {
    fn start(&mut self, now: Timestamp, user: UserId, connection: ConnectionId, thread: ThreadId) -> bool {
        let mut is_new = false;
        let typist = self.0.entry((user, thread)).or_insert_with(|| {
            is_new = true;
            Typist {
                passed_on: now,
                connections: BTreeMap::new(),
            }
        });
        typist.connections.insert(connection, now);
        let pass_on = is_new || now.since(typist.passed_on) >= START_AT_MOST_EVERY;
        if pass_on {
            typist.passed_on = now;
        }
        pass_on
    }

    fn stop(&mut self, now: Timestamp, user: UserId, connection: ConnectionId, thread: ThreadId) -> bool {
        let Some(typist) = self.0.get_mut(&(user, thread)) else {
            return false;
        };
        let was_typing = typist.connections.remove(&connection).is_some();
        // Another device of the same person may type on; one that has been silent for long no longer counts.
        typist
            .connections
            .retain(|_, said| now.since(*said) < limits::TYPING_LIFETIME);
        let nobody_left = typist.connections.is_empty();
        if nobody_left {
            self.0.remove(&(user, thread));
        }
        was_typing && nobody_left
    }

    fn leave(&mut self, now: Timestamp, user: UserId, connection: ConnectionId) -> Vec<ThreadId> {
        let threads: Vec<ThreadId> = self
            .0
            .iter()
            .filter(|((typist, _), entry)| *typist == user && entry.connections.contains_key(&connection))
            .map(|((_, thread), _)| *thread)
            .collect();
        threads
            .into_iter()
            .filter(|thread| self.stop(now, user, connection, *thread))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const START: Timestamp = Timestamp(0);
    const ANA: UserId = UserId(Uuid::from_u128(1));
    const THREAD: ThreadId = ThreadId(Uuid::from_u128(2));
    const OTHER: ThreadId = ThreadId(Uuid::from_u128(3));
    const LAPTOP: ConnectionId = ConnectionId(Uuid::from_u128(4));
    const PHONE: ConnectionId = ConnectionId(Uuid::from_u128(5));

    #[test]
    fn starts_are_passed_on_at_most_once_a_second_for_each_thread() {
        let mut typists = Typists::default();
        assert!(typists.start(START, ANA, LAPTOP, THREAD));
        assert!(!typists.start(START + Duration::from_millis(999), ANA, LAPTOP, THREAD));
        assert!(typists.start(START + Duration::from_millis(999), ANA, LAPTOP, OTHER));
        assert!(typists.start(START + START_AT_MOST_EVERY, ANA, LAPTOP, THREAD));
    }

    #[test]
    fn a_stop_is_passed_on_once_and_only_by_the_last_device() {
        let mut typists = Typists::default();
        typists.start(START, ANA, LAPTOP, THREAD);
        typists.start(START, ANA, PHONE, THREAD);
        assert!(!typists.stop(START, ANA, LAPTOP, THREAD));
        assert!(typists.stop(START, ANA, PHONE, THREAD));
        assert!(!typists.stop(START, ANA, PHONE, THREAD));
    }

    #[test]
    fn a_device_that_fell_silent_does_not_hold_back_a_stop() {
        let mut typists = Typists::default();
        typists.start(START, ANA, PHONE, THREAD);
        let later = START + limits::TYPING_LIFETIME;
        typists.start(later, ANA, LAPTOP, THREAD);
        assert!(typists.stop(later, ANA, LAPTOP, THREAD));
    }

    #[test]
    fn a_lost_connection_stops_all_typing_on_it() {
        let mut typists = Typists::default();
        typists.start(START, ANA, LAPTOP, THREAD);
        typists.start(START, ANA, LAPTOP, OTHER);
        let mut stopped = typists.leave(START, ANA, LAPTOP);
        stopped.sort();
        assert_eq!(stopped, [THREAD, OTHER]);
        assert!(
            typists.start(START, ANA, PHONE, THREAD),
            "a new start is passed on at once"
        );
    }
}
