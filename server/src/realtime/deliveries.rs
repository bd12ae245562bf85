//! Messages that were sent to a person's devices and have not been acknowledged by any of them.
//!
//! Kept by person and not by connection: a device that lost its connection before it acknowledged says in its next
//! hello where it stands, and a page rendered with a snapshot does so in its first. In memory: after a restart, a
//! message that was not acknowledged before counts as delivered with the next one of its thread.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tidings_protocol::{Seq, Snapshot, ThreadId, UserId};

/// Most messages remembered for one person. Beyond it the oldest are forgotten; a later one of the same thread covers
/// them.
const KEPT: usize = 1024;

/// Messages on their way to one person, by place in the log. A snapshot has one place for all of its threads.
type Waiting = BTreeMap<(u64, ThreadId), Seq>;

/// One person's.
#[derive(Debug, Default)]
struct Person {
    waiting: Waiting,
    /// The farthest that any of their devices has acknowledged.
    acknowledged: u64,
}

/// What is on its way to whom.
#[derive(Debug, Default)]
pub struct Deliveries(Mutex<HashMap<UserId, Person>>);

impl Deliveries {
    /// A message of somebody else, whose event stands at `offset`, was written to a device of `user`.
    pub fn sent(&self, user: UserId, offset: u64, thread: ThreadId, seq: Seq) {
        let mut people = self.lock();
        let waiting = &mut people.entry(user).or_default().waiting;
        waiting.insert((offset, thread), seq);
        while waiting.len() > KEPT {
            waiting.pop_first();
        }
    }

    /// A snapshot is on its way to a device of the person it is for.
    pub fn sent_snapshot(&self, snapshot: &Snapshot) {
        let user = snapshot.me.id;
        for view in &snapshot.threads {
            // In a group that they are no longer a member of, nothing counts as delivered to them.
            let delivered = view.thread.member(user).map(|member| member.delivered_seq);
            if delivered.is_some_and(|delivered| delivered < view.last_seq) {
                self.sent(user, snapshot.position.offset, view.thread.id, view.last_seq);
            }
        }
    }

    /// A device of `user` has applied everything up to `offset`.
    pub fn acknowledged(&self, user: UserId, offset: u64) {
        if let Some(person) = self.lock().get_mut(&user) {
            person.acknowledged = person.acknowledged.max(offset);
        }
    }

    /// Up to where a device of `user` has acknowledged, and the newest message of each thread that has thereby been
    /// delivered. They are remembered until [`Self::settle`], so that a mark that can't be stored is not lost.
    pub fn reached(&self, user: UserId) -> (u64, Vec<(ThreadId, Seq)>) {
        let mut newest: BTreeMap<ThreadId, Seq> = BTreeMap::new();
        let people = self.lock();
        let Some(person) = people.get(&user) else {
            return (0, Vec::new());
        };
        for (&(at, thread), &seq) in &person.waiting {
            if at > person.acknowledged {
                break;
            }
            let mark = newest.entry(thread).or_insert(seq);
            *mark = seq.max(*mark);
        }
        (person.acknowledged, newest.into_iter().collect())
    }

    /// What had reached `user` up to `offset` is stored as delivered.
    pub fn settle(&self, user: UserId, offset: u64) {
        let mut people = self.lock();
        if let Some(person) = people.get_mut(&user) {
            person.waiting.retain(|(at, _), _| *at > offset);
            if person.waiting.is_empty() {
                people.remove(&user);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Person>> {
        // Each entry stands for itself, so a panic between two leaves nothing half-done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ANA: UserId = UserId(Uuid::from_u128(1));
    const ONE: ThreadId = ThreadId(Uuid::from_u128(2));
    const OTHER: ThreadId = ThreadId(Uuid::from_u128(3));

    fn reached(deliveries: &Deliveries, offset: u64) -> Vec<(ThreadId, Seq)> {
        deliveries.acknowledged(ANA, offset);
        deliveries.reached(ANA).1
    }

    #[test]
    fn what_lies_at_or_before_the_position_is_delivered_once_by_its_newest() {
        let deliveries = Deliveries::default();
        deliveries.sent(ANA, 4, ONE, Seq(1));
        deliveries.sent(ANA, 6, ONE, Seq(2));
        deliveries.sent(ANA, 7, OTHER, Seq(9));
        deliveries.sent(ANA, 9, ONE, Seq(3));
        assert_eq!(reached(&deliveries, 3), []);
        assert_eq!(reached(&deliveries, 7), [(ONE, Seq(2)), (OTHER, Seq(9))]);
        deliveries.settle(ANA, 7);
        assert_eq!(reached(&deliveries, 7), []);
        assert_eq!(reached(&deliveries, 100), [(ONE, Seq(3))]);
    }

    #[test]
    fn what_could_not_be_stored_as_delivered_is_still_asked_for() {
        let deliveries = Deliveries::default();
        deliveries.sent(ANA, 4, ONE, Seq(1));
        assert_eq!(reached(&deliveries, 5), [(ONE, Seq(1))]);
        assert_eq!(deliveries.reached(ANA), (5, vec![(ONE, Seq(1))]));
        deliveries.settle(ANA, 5);
        assert_eq!(deliveries.reached(ANA), (0, Vec::new()));
    }

    #[test]
    fn a_device_that_never_acknowledges_costs_bounded_memory() {
        let deliveries = Deliveries::default();
        let last = 2 * KEPT as u64;
        for offset in 1..=last {
            deliveries.sent(ANA, offset, ONE, Seq(offset.cast_signed()));
        }
        assert_eq!(deliveries.lock()[&ANA].waiting.len(), KEPT);
        assert_eq!(reached(&deliveries, last), [(ONE, Seq(last.cast_signed()))]);
    }
}
