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

/// What is on its way to whom.
#[derive(Debug, Default)]
pub struct Deliveries(Mutex<HashMap<UserId, Waiting>>);

impl Deliveries {
    /// A message of somebody else, whose event stands at `offset`, was written to a device of `user`.
    pub fn sent(&self, user: UserId, offset: u64, thread: ThreadId, seq: Seq) {
        let mut people = self.lock();
        let waiting = people.entry(user).or_default();
        waiting.insert((offset, thread), seq);
        while waiting.len() > KEPT {
            waiting.pop_first();
        }
    }

    /// A snapshot is on its way to a device of the person it is for.
    pub fn sent_snapshot(&self, snapshot: &Snapshot) {
        let user = snapshot.me.id;
        for view in &snapshot.threads {
            let delivered = view.thread.member(user).map(|member| member.delivered_seq);
            if delivered < Some(view.last_seq) {
                self.sent(user, snapshot.position.offset, view.thread.id, view.last_seq);
            }
        }
    }

    /// A device of `user` has applied everything up to `offset`: the newest message of each thread that has thereby
    /// been delivered.
    pub fn take(&self, user: UserId, offset: u64) -> Vec<(ThreadId, Seq)> {
        let mut newest: BTreeMap<ThreadId, Seq> = BTreeMap::new();
        let mut people = self.lock();
        let Some(waiting) = people.get_mut(&user) else {
            return Vec::new();
        };
        while let Some(first) = waiting.first_entry() {
            if first.key().0 > offset {
                break;
            }
            let ((_, thread), seq) = first.remove_entry();
            let mark = newest.entry(thread).or_insert(seq);
            *mark = seq.max(*mark);
        }
        if waiting.is_empty() {
            people.remove(&user);
        }
        newest.into_iter().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Waiting>> {
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

    #[test]
    fn what_lies_at_or_before_the_position_is_delivered_once_by_its_newest() {
        let deliveries = Deliveries::default();
        deliveries.sent(ANA, 4, ONE, Seq(1));
        deliveries.sent(ANA, 6, ONE, Seq(2));
        deliveries.sent(ANA, 7, OTHER, Seq(9));
        deliveries.sent(ANA, 9, ONE, Seq(3));
        assert_eq!(deliveries.take(ANA, 3), []);
        assert_eq!(deliveries.take(ANA, 7), [(ONE, Seq(2)), (OTHER, Seq(9))]);
        assert_eq!(deliveries.take(ANA, 7), []);
        assert_eq!(deliveries.take(ANA, 100), [(ONE, Seq(3))]);
    }

    #[test]
    fn a_device_that_never_acknowledges_costs_bounded_memory() {
        let deliveries = Deliveries::default();
        let last = 2 * KEPT as u64;
        for offset in 1..=last {
            deliveries.sent(ANA, offset, ONE, Seq(offset.cast_signed()));
        }
        assert_eq!(deliveries.lock()[&ANA].len(), KEPT);
        assert_eq!(deliveries.take(ANA, last), [(ONE, Seq(last.cast_signed()))]);
    }
}
