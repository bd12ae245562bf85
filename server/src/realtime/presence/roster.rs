//! Who is here, as a pure state machine: time comes in, changes come out.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use tidings_protocol::{
    ConnectionId, Presence, SessionId, Timestamp, UserId, limits, presence::UserPresence,
};

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// It was lost, closed by the device or cut off: perhaps a reload. The grace begins.
    Lost,
    /// Its session ended: the person is gone at once.
    SignedOut,
}

/// Everyone's presence on this node.
#[derive(Debug)]
pub struct Roster {
    grace: Duration,
    people: BTreeMap<UserId, Person>,
    /// When each running grace ends.
    fading: BTreeSet<(Timestamp, UserId)>,
}

#[derive(Debug, Default)]
struct Person {
    connections: HashMap<ConnectionId, Here>,
    fading: Option<Fading>,
    last_input: Option<Timestamp>,
    noted: Option<Timestamp>,
    /// What others were told last.
    told: Presence,
}

#[derive(Debug)]
struct Here {
    session: SessionId,
    presence: Presence,
}

#[derive(Debug)]
struct Fading {
    until: Timestamp,
    session: SessionId,
}

impl Roster {
    /// An empty roster. `grace` lies between the loss of the last connection and "offline".
    #[must_use]
    pub fn new(grace: Duration) -> Self {
        Self {
            grace,
            people: BTreeMap::new(),
            fading: BTreeSet::new(),
        }
    }

    /// A connection began; `idle_for` says how long ago the last input on that device was.
    pub fn arrive(
        &mut self,
        now: Timestamp,
        user: UserId,
        session: SessionId,
        connection: ConnectionId,
        idle_for: Duration,
    ) -> Option<UserPresence> {
        self.end_grace(user);
        let person = self.people.entry(user).or_default();
        person.connections.insert(
            connection,
            Here {
                session,
                presence: presence_after(idle_for),
            },
        );
        person.input_at(now - idle_for);
        person.change(user)
    }

    /// A device said how long ago its last input was: it became idle, or is back.
    pub fn stir(
        &mut self,
        now: Timestamp,
        user: UserId,
        connection: ConnectionId,
        idle_for: Duration,
    ) -> Option<UserPresence> {
        let person = self.people.get_mut(&user)?;
        person.connections.get_mut(&connection)?.presence = presence_after(idle_for);
        person.input_at(now - idle_for);
        person.change(user)
    }

    /// A connection ended.
    pub fn leave(
        &mut self,
        now: Timestamp,
        user: UserId,
        connection: ConnectionId,
        how: Departure,
    ) -> Option<UserPresence> {
        let person = self.people.get_mut(&user)?;
        let here = person.connections.remove(&connection)?;
        if here.presence == Presence::Online {
            person.input_at(now);
        }
        if how == Departure::Lost && person.connections.is_empty() {
            let until = now + self.grace;
            person.fading = Some(Fading {
                until,
                session: here.session,
            });
            self.fading.insert((until, user));
        }
        person.change(user)
    }

    /// A session ended. A grace that runs for it ends too: the page of whoever signs out may have closed its socket
    /// before the end of the session was known here.
    pub fn end_session(&mut self, user: UserId, session: SessionId) -> Option<UserPresence> {
        let fading = self.people.get(&user)?.fading.as_ref()?;
        if fading.session != session {
            return None;
        }
        self.end_grace(user);
        self.people.get_mut(&user)?.change(user)
    }

    /// Time has passed: those whose grace is over are gone.
    pub fn advance(&mut self, now: Timestamp) -> Vec<UserPresence> {
        let mut changes = Vec::new();
        while let Some(&(until, user)) = self.fading.first() {
            if until > now {
                break;
            }
            self.end_grace(user);
            changes.extend(self.people.get_mut(&user).and_then(|person| person.change(user)));
        }
        changes
    }

    /// When [`Self::advance`] has something to do next.
    #[must_use]
    pub fn next_change(&self) -> Option<Timestamp> {
        self.fading.first().map(|(until, _)| *until)
    }

    /// One person's presence.
    #[must_use]
    pub fn presence(&self, user: UserId) -> UserPresence {
        self.people.get(&user).map_or(
            UserPresence {
                user,
                presence: Presence::Offline,
                last_seen: None,
            },
            |person| person.shown(user),
        )
    }

    /// Everyone of `users` who is not offline.
    #[must_use]
    pub fn here(&self, users: &[UserId]) -> Vec<UserPresence> {
        users
            .iter()
            .map(|user| self.presence(*user))
            .filter(|shown| shown.presence != Presence::Offline)
            .collect()
    }

    /// Newest inputs that are to be written down: at most one a minute for each person.
    pub fn take_seen(&mut self, now: Timestamp) -> Vec<(UserId, Timestamp)> {
        let mut seen = Vec::new();
        for (user, person) in &mut self.people {
            if person.presence() == Presence::Online && !person.connections.is_empty() {
                person.input_at(now);
            }
            let minute = person.last_input.map(to_minute);
            if let Some(minute) = minute
                && person.noted < Some(minute)
            {
                person.noted = Some(minute);
                seen.push((*user, minute));
            }
        }
        seen
    }

    fn end_grace(&mut self, user: UserId) {
        if let Some(fading) = self.people.get_mut(&user).and_then(|person| person.fading.take()) {
            self.fading.remove(&(fading.until, user));
        }
    }
}

impl Person {
    fn presence(&self) -> Presence {
        let most = self.connections.values().map(|here| here.presence).max();
        match most {
            Some(presence) => presence,
            None if self.fading.is_some() => self.told,
            None => Presence::Offline,
        }
    }

    fn input_at(&mut self, at: Timestamp) {
        self.last_input = self.last_input.max(Some(at));
    }

    /// What others are to be told, if it differs from what they were told.
    fn change(&mut self, user: UserId) -> Option<UserPresence> {
        let presence = self.presence();
        if presence == self.told {
            return None;
        }
        self.told = presence;
        Some(self.shown(user))
    }

    fn shown(&self, user: UserId) -> UserPresence {
        UserPresence {
            user,
            presence: self.told,
            last_seen: self.last_input.map(to_minute),
        }
    }
}

fn presence_after(idle_for: Duration) -> Presence {
    if idle_for < limits::IDLE_AFTER {
        Presence::Online
    } else {
        Presence::Idle
    }
}

/// "Last seen" is shown and stored by the minute.
fn to_minute(at: Timestamp) -> Timestamp {
    let minute = i64::try_from(limits::LAST_SEEN_GRANULARITY.as_millis()).unwrap_or(i64::MAX);
    Timestamp(at.0 - at.0.rem_euclid(minute))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const GRACE: Duration = Duration::from_secs(15);
    const MINUTE: Duration = Duration::from_secs(60);
    const AWAY: Duration = limits::IDLE_AFTER;
    const START: Timestamp = Timestamp(1_700_000_040_000);
    const ANA: UserId = UserId(Uuid::from_u128(1));
    const LAPTOP: ConnectionId = ConnectionId(Uuid::from_u128(2));
    const PHONE: ConnectionId = ConnectionId(Uuid::from_u128(3));
    const HERE: SessionId = SessionId(Uuid::from_u128(4));
    const ELSEWHERE: SessionId = SessionId(Uuid::from_u128(5));

    fn told(change: Option<UserPresence>) -> Option<Presence> {
        change.map(|shown| shown.presence)
    }

    fn with_laptop() -> Roster {
        let mut roster = Roster::new(GRACE);
        let change = roster.arrive(START, ANA, HERE, LAPTOP, Duration::ZERO);
        assert_eq!(told(change), Some(Presence::Online));
        roster
    }

    #[test]
    fn a_reload_within_the_grace_is_not_noticed() {
        let mut roster = with_laptop();
        assert_eq!(roster.leave(START, ANA, LAPTOP, Departure::Lost), None);
        assert_eq!(roster.presence(ANA).presence, Presence::Online);
        assert_eq!(
            roster.arrive(START + GRACE, ANA, HERE, PHONE, Duration::ZERO),
            None
        );
        assert_eq!(roster.advance(START + GRACE), []);
        assert_eq!(roster.next_change(), None);
    }

    #[test]
    fn who_does_not_return_is_offline_after_the_grace() {
        let mut roster = with_laptop();
        assert_eq!(roster.leave(START, ANA, LAPTOP, Departure::Lost), None);
        assert_eq!(roster.next_change(), Some(START + GRACE));
        assert_eq!(roster.advance(START + GRACE - Duration::from_millis(1)), []);
        let gone = roster.advance(START + GRACE);
        assert_eq!(gone.len(), 1);
        assert_eq!(gone[0].presence, Presence::Offline);
        assert_eq!(gone[0].last_seen, Some(to_minute(START)));
        assert_eq!(roster.here(&[ANA]), []);
    }

    #[test]
    fn signing_out_is_seen_at_once_unless_another_device_remains() {
        let mut roster = with_laptop();
        assert_eq!(roster.arrive(START, ANA, ELSEWHERE, PHONE, Duration::ZERO), None);
        assert_eq!(roster.leave(START, ANA, LAPTOP, Departure::SignedOut), None);
        let change = roster.leave(START, ANA, PHONE, Departure::SignedOut);
        assert_eq!(told(change), Some(Presence::Offline));
    }

    #[test]
    fn a_page_that_closed_its_socket_while_signing_out_is_gone_at_once() {
        let mut roster = with_laptop();
        assert_eq!(roster.leave(START, ANA, LAPTOP, Departure::Lost), None);
        assert_eq!(roster.end_session(ANA, ELSEWHERE), None);
        assert_eq!(told(roster.end_session(ANA, HERE)), Some(Presence::Offline));
        assert_eq!(roster.advance(START + GRACE), []);
    }

    #[test]
    fn the_most_present_device_counts() {
        let mut roster = with_laptop();
        assert_eq!(roster.arrive(START, ANA, HERE, PHONE, AWAY), None);
        assert_eq!(told(roster.stir(START, ANA, LAPTOP, AWAY)), Some(Presence::Idle));
        let back = roster.stir(START + MINUTE, ANA, PHONE, Duration::ZERO);
        assert_eq!(told(back), Some(Presence::Online));
    }

    #[test]
    fn a_new_connection_does_not_mean_that_somebody_is_at_it() {
        let mut roster = Roster::new(GRACE);
        let change = roster.arrive(START, ANA, HERE, LAPTOP, AWAY);
        assert_eq!(told(change), Some(Presence::Idle));
        assert_eq!(roster.presence(ANA).last_seen, Some(to_minute(START - AWAY)));
    }

    #[test]
    fn last_seen_is_noted_once_a_minute_while_somebody_is_here() {
        let mut roster = with_laptop();
        assert_eq!(roster.take_seen(START), [(ANA, to_minute(START))]);
        assert_eq!(roster.take_seen(START), []);
        assert_eq!(
            roster.take_seen(START + MINUTE),
            [(ANA, to_minute(START + MINUTE))]
        );
        roster.stir(START + MINUTE, ANA, LAPTOP, AWAY);
        assert_eq!(roster.take_seen(START + MINUTE * 9), []);
    }
}
