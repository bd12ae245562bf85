//! Who is in which thread: loaded once, then advanced by the log's own rows.
//!
//! At each place of the log it is exact for what was opened while this node runs, so a new member gets nothing from
//! before the row that made them one. What was open at the start counts as open from the beginning.

use std::collections::{BTreeSet, HashMap};

use tidings_protocol::{ClientId, Event, ThreadId, UserId};

use crate::{
    fail_point::{Mutation, mutated},
    service::{Audience, LogRow, Memberships},
};

/// The index.
#[derive(Debug, Default)]
pub struct Members {
    threads: HashMap<ThreadId, Entry>,
    by_user: HashMap<UserId, Vec<ThreadId>>,
    by_client: HashMap<ClientId, Vec<ThreadId>>,
}

#[derive(Debug)]
struct Entry {
    members: Vec<UserId>,
    /// Offset of the row that opened the thread; zero for those of the start.
    since: u64,
}

impl Members {
    /// The index as it stood when it was loaded.
    #[must_use]
    pub fn new(loaded: Memberships) -> Self {
        let mut index = Self::default();
        for (thread, client, members) in loaded.threads {
            index.open(thread, client, members, 0);
        }
        index
    }

    /// Takes in a row of the log. Rows come in order; one that was taken in already changes nothing.
    pub fn advance(&mut self, row: &LogRow) {
        if let Event::ThreadOpened { thread, .. } = &row.event {
            let members = thread.members.iter().map(|member| member.user).collect();
            self.open(thread.id, thread.client, members, row.offset);
        }
    }

    fn open(&mut self, thread: ThreadId, client: Option<ClientId>, members: Vec<UserId>, since: u64) {
        if self.threads.contains_key(&thread) {
            return;
        }
        for user in &members {
            self.by_user.entry(*user).or_default().push(thread);
        }
        if let Some(client) = client {
            self.by_client.entry(client).or_default().push(thread);
        }
        self.threads.insert(thread, Entry { members, since });
    }

    /// Everyone who may receive what stands at `offset` of the log with this audience. Each is named once.
    #[must_use]
    pub fn recipients(&self, audience: Audience, offset: u64) -> Vec<UserId> {
        match audience {
            Audience::User(user) => vec![user],
            Audience::Thread(_) if mutated(Mutation::NoMembershipCheckAtDelivery) => {
                self.by_user.keys().copied().collect()
            }
            Audience::Thread(thread) => self.members(thread, offset).to_vec(),
            Audience::Contacts(user) => self.gather(self.threads_of(user), offset, user),
            Audience::Client { client, by } => {
                let threads = self.by_client.get(&client).map_or(&[][..], Vec::as_slice);
                self.gather(threads, offset, by)
            }
        }
    }

    /// Whether `user` may receive what stands at `offset` of the log with this audience.
    #[must_use]
    pub fn may_receive(&self, user: UserId, audience: Audience, offset: u64) -> bool {
        match audience {
            Audience::User(other) => user == other,
            Audience::Thread(thread) => self.members(thread, offset).contains(&user),
            Audience::Contacts(other) => {
                user == other
                    || self
                        .threads_of(user)
                        .iter()
                        .any(|thread| self.members(*thread, offset).contains(&other))
            }
            Audience::Client { client, by } => {
                user == by
                    || self.by_client.get(&client).is_some_and(|threads| {
                        threads.iter().any(|t| self.members(*t, offset).contains(&user))
                    })
            }
        }
    }

    /// Whether `user` is a member of `thread` now.
    #[must_use]
    pub fn is_member(&self, user: UserId, thread: ThreadId) -> bool {
        self.members(thread, u64::MAX).contains(&user)
    }

    fn members(&self, thread: ThreadId, offset: u64) -> &[UserId] {
        self.threads
            .get(&thread)
            .filter(|entry| entry.since <= offset)
            .map_or(&[], |entry| entry.members.as_slice())
    }

    fn threads_of(&self, user: UserId) -> &[ThreadId] {
        self.by_user.get(&user).map_or(&[], Vec::as_slice)
    }

    fn gather(&self, threads: &[ThreadId], offset: u64, also: UserId) -> Vec<UserId> {
        let mut users: BTreeSet<UserId> = threads
            .iter()
            .flat_map(|thread| self.members(*thread, offset))
            .copied()
            .collect();
        users.insert(also);
        users.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{Member, MemberRole, Seq, Thread, ThreadKind, Timestamp};
    use uuid::Uuid;

    use super::*;

    const ANA: UserId = UserId(Uuid::from_u128(1));
    const BEN: UserId = UserId(Uuid::from_u128(2));
    const CHIDI: UserId = UserId(Uuid::from_u128(3));
    const OLD: ThreadId = ThreadId(Uuid::from_u128(10));
    const NEW: ThreadId = ThreadId(Uuid::from_u128(11));
    const CLIENT: ClientId = ClientId(Uuid::from_u128(20));

    fn opened(offset: u64, thread: ThreadId, members: &[UserId]) -> LogRow {
        let members = members
            .iter()
            .map(|user| Member {
                user: *user,
                role: MemberRole::Member,
                read_seq: Seq::ZERO,
                delivered_seq: Seq::ZERO,
            })
            .collect();
        LogRow {
            offset,
            audience: Audience::Thread(thread),
            event: Event::ThreadOpened {
                thread: Thread {
                    id: thread,
                    kind: ThreadKind::Direct,
                    client: Some(CLIENT),
                    members,
                    created_at: Timestamp(0),
                },
                users: Vec::new(),
                client: None,
            },
        }
    }

    fn index() -> Members {
        let mut index = Members::new(Memberships {
            offset: 5,
            threads: vec![(OLD, None, vec![ANA, BEN])],
        });
        index.advance(&opened(8, NEW, &[ANA, CHIDI]));
        index
    }

    #[test]
    fn a_thread_reaches_its_members_from_the_row_that_opened_it() {
        let index = index();
        assert_eq!(index.recipients(Audience::Thread(OLD), 6), [ANA, BEN]);
        assert_eq!(index.recipients(Audience::Thread(NEW), 7), []);
        assert_eq!(index.recipients(Audience::Thread(NEW), 8), [ANA, CHIDI]);
    }

    #[test]
    fn contacts_are_those_who_share_a_thread_at_that_place_and_the_person() {
        let index = index();
        assert_eq!(index.recipients(Audience::Contacts(ANA), 7), [ANA, BEN]);
        assert_eq!(index.recipients(Audience::Contacts(ANA), 8), [ANA, BEN, CHIDI]);
        assert_eq!(index.recipients(Audience::Contacts(BEN), 8), [ANA, BEN]);
    }

    #[test]
    fn a_client_reaches_the_members_of_its_threads_and_whoever_changed_it() {
        let index = index();
        let audience = Audience::Client {
            client: CLIENT,
            by: BEN,
        };
        assert_eq!(index.recipients(audience, 8), [ANA, BEN, CHIDI]);
        assert_eq!(index.recipients(audience, 7), [BEN]);
    }

    #[test]
    fn asking_for_one_person_agrees_with_asking_for_all() {
        let index = index();
        let audiences = [
            Audience::User(ANA),
            Audience::Thread(OLD),
            Audience::Thread(NEW),
            Audience::Contacts(ANA),
            Audience::Contacts(CHIDI),
            Audience::Client {
                client: CLIENT,
                by: BEN,
            },
        ];
        for audience in audiences {
            for offset in [0, 7, 8, 9] {
                let all = index.recipients(audience, offset);
                for user in [ANA, BEN, CHIDI] {
                    assert_eq!(
                        index.may_receive(user, audience, offset),
                        all.contains(&user),
                        "{audience:?} at {offset} for {user}"
                    );
                }
            }
        }
    }
}
