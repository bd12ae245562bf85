//! Connections on this node, and delivery to them.
//!
//! Knows nothing of threads, storage or other nodes: the tail says which people an event is for. Never waits: a
//! connection that can't keep up is cut off by its [`Queue`].
//!
//! One lock covers who is connected, what has been delivered and the filling of queues. So a new connection knows
//! exactly from which offset on events reach its queue, and a beat never overtakes an event.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tidings_protocol::{AccountRole, CloseCode, ConnectionId, SessionId, UserId, limits};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::queue::{Encoded, Item, Queue};

/// The connections, by person.
#[derive(Debug, Default)]
pub struct Hub {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    seats: BTreeMap<UserId, Vec<Seat>>,
    delivered: u64,
    closing: bool,
}

/// One connection.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Whose.
    pub user: UserId,
    /// The session it is signed in with.
    pub session: SessionId,
    /// Its identity.
    pub connection: ConnectionId,
    /// What the person was last seen to be; `None` until that has been looked at.
    pub role: Option<AccountRole>,
    /// Where what is for it goes.
    pub queue: Arc<Queue>,
}

impl Hub {
    /// Begins delivery to a connection and says the offset after which events reach its queue.
    ///
    /// # Errors
    /// The code to close with, if the person has too many connections or the server is stopping.
    pub fn join(&self, seat: Seat) -> Result<u64, CloseCode> {
        let mut state = self.lock();
        if state.closing {
            return Err(CloseCode::Restarting);
        }
        let delivered = state.delivered;
        let seats = state.seats.entry(seat.user).or_default();
        if seats.len() >= limits::CONNECTIONS_PER_USER {
            return Err(CloseCode::TooManyConnections);
        }
        seats.push(seat);
        Ok(delivered)
    }

    /// Ends delivery to a connection.
    pub fn leave(&self, user: UserId, connection: ConnectionId) {
        let mut state = self.lock();
        if let Some(seats) = state.seats.get_mut(&user) {
            seats.retain(|seat| seat.connection != connection);
            if seats.is_empty() {
                state.seats.remove(&user);
            }
        }
    }

    /// Says where the log stands before anything is delivered.
    pub fn begin_at(&self, offset: u64) {
        self.lock().delivered = offset;
    }

    /// Delivers the event at `offset`, the next one. `encode` is asked only if somebody receives it.
    pub fn deliver<E>(&self, offset: u64, recipients: &[UserId], encode: impl FnOnce() -> Result<Encoded, E>)
    where
        E: std::fmt::Display,
    {
        let mut state = self.lock();
        state.delivered = offset;
        let mut seats = state.of(recipients).peekable();
        if seats.peek().is_none() {
            return;
        }
        match encode() {
            Ok(encoded) => {
                let event = Arc::new(encoded);
                for seat in seats {
                    seat.queue.push(Item::Event(event.clone()));
                }
            }
            Err(error) => {
                // A hole would go unnoticed; a closed connection resumes.
                tracing::error!(offset, %error, "an event could not be encoded");
                for seat in seats {
                    seat.queue.close(CloseCode::Internal);
                }
            }
        }
    }

    /// Delivers an encoded signal to whoever of `recipients` is connected.
    pub fn signal(&self, recipients: &[UserId], text: &Utf8Bytes) {
        for seat in self.lock().of(recipients) {
            seat.queue.push(Item::Signal(text.clone()));
        }
    }

    /// Whether any of `recipients` is connected here.
    #[must_use]
    pub fn has_any(&self, recipients: &[UserId]) -> bool {
        self.lock().of(recipients).next().is_some()
    }

    /// How many connections a person has here.
    #[must_use]
    pub fn connections(&self, user: UserId) -> usize {
        self.lock().of(&[user]).count()
    }

    /// Puts a beat with what has been delivered into a connection's queue.
    pub fn beat(&self, user: UserId, connection: ConnectionId) {
        let state = self.lock();
        for seat in state.of(&[user]).filter(|seat| seat.connection == connection) {
            seat.queue.push(Item::Beat(state.delivered));
        }
    }

    /// Closes all connections of a session that has ended.
    pub fn end_session(&self, user: UserId, session: SessionId) {
        for seat in self.lock().of(&[user]).filter(|seat| seat.session == session) {
            seat.queue.close(CloseCode::SignedOut);
        }
    }

    /// Closes all connections of a person whose account can't be used any more.
    pub fn end_user(&self, user: UserId) {
        for seat in self.lock().of(&[user]) {
            seat.queue.close(CloseCode::SignedOut);
        }
    }

    /// Notes what the person of a connection is.
    ///
    /// # Errors
    /// [`CloseCode::Resync`] if they were something else before.
    pub fn stands(&self, user: UserId, connection: ConnectionId, role: AccountRole) -> Result<(), CloseCode> {
        let mut state = self.lock();
        let mut seats = state.seats.get_mut(&user).into_iter().flatten();
        let Some(seat) = seats.find(|seat| seat.connection == connection) else {
            return Ok(());
        };
        match seat.role.replace(role) {
            Some(before) if before != role => Err(CloseCode::Resync),
            Some(_) | None => Ok(()),
        }
    }

    /// Closes the connections of a person that were made in another role: what came over them is what that role may
    /// see. One that has not been looked at yet may be one of these.
    pub fn end_other_roles(&self, user: UserId, role: AccountRole) {
        for seat in self.lock().of(&[user]).filter(|seat| seat.role != Some(role)) {
            seat.queue.close(CloseCode::Resync);
        }
    }

    /// Closes all connections because the server stops, and lets no new ones in.
    pub fn stop(&self) {
        let mut state = self.lock();
        state.closing = true;
        for seat in state.seats.values().flatten() {
            seat.queue.close(CloseCode::Restarting);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change leaves the state whole, so it can be used even after a panic elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn of<'a>(&'a self, users: &'a [UserId]) -> impl Iterator<Item = &'a Seat> {
        users.iter().filter_map(|user| self.seats.get(user)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use uuid::Uuid;

    use super::*;

    const ANA: UserId = UserId(Uuid::from_u128(1));
    const BEN: UserId = UserId(Uuid::from_u128(2));

    fn seat(user: UserId, number: u128) -> Seat {
        Seat {
            user,
            session: SessionId(Uuid::from_u128(100 + number)),
            connection: ConnectionId(Uuid::from_u128(number)),
            role: None,
            queue: Arc::default(),
        }
    }

    fn encoded(offset: u64) -> Result<Encoded, Infallible> {
        Ok(Encoded {
            offset,
            text: Utf8Bytes::from_static("{}"),
            message: None,
        })
    }

    #[tokio::test]
    async fn an_event_reaches_all_connections_of_its_recipients_and_nobody_else() {
        let hub = Hub::default();
        let seats = [seat(ANA, 1), seat(ANA, 2), seat(BEN, 3)];
        for seat in &seats {
            hub.join(seat.clone()).expect("there is room");
        }
        hub.deliver(1, &[ANA], || encoded(1));
        for seat in &seats {
            hub.beat(seat.user, seat.connection);
        }
        for seat in &seats[..2] {
            assert!(matches!(seat.queue.next().await, Ok(Item::Event(event)) if event.offset == 1));
            assert!(matches!(seat.queue.next().await, Ok(Item::Beat(1))));
        }
        assert!(matches!(seats[2].queue.next().await, Ok(Item::Beat(1))));
    }

    #[test]
    fn a_new_connection_learns_from_where_on_it_is_delivered_to() {
        let hub = Hub::default();
        hub.begin_at(7);
        assert_eq!(hub.join(seat(ANA, 1)), Ok(7));
        hub.deliver(8, &[BEN], || encoded(8));
        assert_eq!(hub.join(seat(ANA, 2)), Ok(8));
    }

    #[test]
    fn a_person_may_hold_so_many_connections_and_no_more() {
        let hub = Hub::default();
        for number in 0..limits::CONNECTIONS_PER_USER {
            assert!(hub.join(seat(ANA, number as u128)).is_ok());
        }
        assert_eq!(hub.join(seat(ANA, 1000)), Err(CloseCode::TooManyConnections));
        assert!(hub.join(seat(BEN, 1001)).is_ok());
        hub.leave(ANA, ConnectionId(Uuid::from_u128(0)));
        assert!(hub.join(seat(ANA, 1000)).is_ok());
    }

    #[tokio::test]
    async fn the_end_of_a_session_closes_its_connections_only() {
        let hub = Hub::default();
        let (ended, other) = (seat(ANA, 1), seat(ANA, 2));
        for seat in [&ended, &other] {
            hub.join(seat.clone()).expect("there is room");
        }
        hub.end_session(ANA, ended.session);
        assert_eq!(ended.queue.closed().await, CloseCode::SignedOut);
        hub.beat(ANA, other.connection);
        assert!(matches!(other.queue.next().await, Ok(Item::Beat(0))));
    }

    #[tokio::test]
    async fn a_changed_role_closes_what_was_opened_in_another_one() {
        let hub = Hub::default();
        let (same, unknown, other) = (seat(ANA, 1), seat(ANA, 2), seat(ANA, 3));
        for seat in [&same, &unknown, &other] {
            hub.join(seat.clone()).expect("there is room");
        }
        assert_eq!(hub.stands(ANA, same.connection, AccountRole::Admin), Ok(()));
        assert_eq!(hub.stands(ANA, other.connection, AccountRole::Staff), Ok(()));
        hub.end_other_roles(ANA, AccountRole::Admin);
        for seat in [&unknown, &other] {
            assert_eq!(seat.queue.closed().await, CloseCode::Resync);
        }
        hub.beat(ANA, same.connection);
        assert!(matches!(same.queue.next().await, Ok(Item::Beat(0))));
        assert_eq!(hub.stands(ANA, same.connection, AccountRole::Admin), Ok(()));
        assert_eq!(
            hub.stands(ANA, same.connection, AccountRole::Owner),
            Err(CloseCode::Resync)
        );
    }

    #[tokio::test]
    async fn a_stopping_server_closes_all_and_lets_nobody_in() {
        let hub = Hub::default();
        let here = seat(ANA, 1);
        hub.join(here.clone()).expect("there is room");
        hub.stop();
        assert_eq!(here.queue.closed().await, CloseCode::Restarting);
        assert_eq!(hub.join(seat(ANA, 2)), Err(CloseCode::Restarting));
    }
}
