//! Who is in which thread, and was: loaded once, then advanced by the log's own rows.
//!
//! At each place of the log it is exact: nobody gets anything from before the row that made them a member, or from the
//! row that ended it on. Whoever was a member once gets what they missed until then only if they may keep it. How far
//! somebody sees back is told by the place of a message and not of its row, since old messages change too.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tidings_protocol::{ClientId, Event, History, Seq, Thread, ThreadId, UserId};

use crate::{
    fail_point::{Mutation, mutated},
    service::{Audience, LogRow, Membership, Memberships},
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
    history: History,
    /// In order of joining; somebody who came back has several.
    stays: Vec<Stay>,
}

/// From when to when somebody was a member.
#[derive(Debug)]
struct Stay {
    user: UserId,
    /// The notice of their joining; zero for those who were there from the start.
    joined: Seq,
    /// Offset of the row that began it; zero if that is no longer in the log.
    since: u64,
    /// Offset of the row that ended it.
    until: Option<u64>,
}

impl Members {
    /// The index as it stood when it was loaded.
    #[must_use]
    pub fn new(loaded: Memberships) -> Self {
        let mut index = Self::default();
        let changed = first_changes(&loaded.changes);
        for membership in loaded.threads {
            let Membership {
                thread,
                client,
                history,
                members,
            } = membership;
            let changed = changed.get(&thread);
            let is_changed = |user: &UserId| changed.is_some_and(|changed| changed.contains_key(user));
            let left = changed
                .into_iter()
                .flatten()
                .filter(|(_, change)| **change == Change::Left);
            // Members of before the log's first row: those whom it never mentions, and those whom it first sees leaving.
            let mut before: Vec<(UserId, Seq)> = left.map(|(user, _)| (*user, Seq::ZERO)).collect();
            before.extend(members.into_iter().filter(|(user, _)| !is_changed(user)));
            index.open(thread, client, history, before, 0);
        }
        for row in &loaded.changes {
            index.advance(row);
        }
        index
    }

    /// Takes in a row of the log. Rows come in order; one that was taken in already changes nothing.
    pub fn advance(&mut self, row: &LogRow) {
        let Audience::Thread(thread) = row.audience else {
            // Somebody is told of what the thread's own row says.
            return;
        };
        match &row.event {
            Event::ThreadOpened { thread: opened, .. } => {
                let members = opened.members.iter();
                let members = members.map(|member| (member.user, member.joined)).collect();
                self.open(thread, opened.client, opened.history, members, row.offset);
            }
            Event::MembersAdded { members, .. } => {
                for member in members {
                    self.join(thread, member.user, member.joined, row.offset);
                }
            }
            Event::MemberRemoved { user, .. } => {
                let stays = self.threads.get_mut(&thread).map(|entry| &mut entry.stays);
                let mut stays = stays.into_iter().flatten();
                if let Some(stay) = stays.find(|stay| stay.user == *user && stay.until.is_none()) {
                    stay.until = Some(row.offset);
                }
            }
            Event::MessageSent { .. }
            | Event::MessageChanged { .. }
            | Event::MessagesRead { .. }
            | Event::MessagesDelivered { .. }
            | Event::MessageHidden { .. }
            | Event::UnreadChanged { .. }
            | Event::MarkedUnread { .. }
            | Event::ThreadSettingsChanged { .. }
            | Event::SmartRepliesChanged { .. }
            | Event::MemberRoleChanged { .. }
            | Event::ThreadRenamed { .. }
            | Event::ClientChanged { .. }
            | Event::UserChanged { .. }
            | Event::SessionEnded { .. }
            | Event::Unknown => {}
        }
    }

    fn open(
        &mut self,
        thread: ThreadId,
        client: Option<ClientId>,
        history: History,
        members: Vec<(UserId, Seq)>,
        since: u64,
    ) {
        if !self.threads.contains_key(&thread)
            && let Some(client) = client
        {
            self.by_client.entry(client).or_default().push(thread);
        }
        let entry = self.threads.entry(thread).or_insert(Entry {
            history,
            stays: Vec::new(),
        });
        if entry.stays.is_empty() {
            for (user, joined) in members {
                self.join(thread, user, joined, since);
            }
        }
    }

    fn join(&mut self, thread: ThreadId, user: UserId, joined: Seq, since: u64) {
        let Some(entry) = self.threads.get_mut(&thread) else {
            return;
        };
        let mut stays = entry.stays.iter().filter(|stay| stay.user == user);
        if stays.any(|stay| stay.until.is_none() || stay.since == since) {
            return;
        }
        entry.stays.push(Stay {
            user,
            joined,
            since,
            until: None,
        });
        let threads = self.by_user.entry(user).or_default();
        if !threads.contains(&thread) {
            threads.push(thread);
        }
    }

    /// Everyone who may receive a row of the log.
    #[must_use]
    pub fn receivers(&self, row: &LogRow) -> Vec<UserId> {
        let mut receivers = self.recipients(row.audience, row.offset);
        if let Some((thread, seq)) = old_message(&row.event) {
            receivers.retain(|user| !self.is_before_joining(*user, thread, seq, row.offset));
        }
        receivers
    }

    /// Whether `user` may receive a row of the log.
    #[must_use]
    pub fn may_receive(&self, user: UserId, row: &LogRow) -> bool {
        self.is_recipient(user, row.audience, row.offset)
            && old_message(&row.event)
                .is_none_or(|(thread, seq)| !self.is_before_joining(user, thread, seq, row.offset))
    }

    /// Everyone who may receive what stands at `offset` of the log with this audience. Each is named once.
    #[must_use]
    pub fn recipients(&self, audience: Audience, offset: u64) -> Vec<UserId> {
        match audience {
            Audience::User(user) => vec![user],
            Audience::Thread(_) if mutated(Mutation::NoMembershipCheckAtDelivery) => {
                self.by_user.keys().copied().collect()
            }
            Audience::Thread(thread) => self.members(thread, offset).collect(),
            Audience::Contacts(user) => {
                let shared = self.threads_of(user).iter().copied();
                let shared = shared.filter(|thread| self.was_member(user, *thread, offset));
                self.gather(shared, offset, user)
            }
            Audience::Client { client, by } => {
                let threads = self.by_client.get(&client).map_or(&[][..], Vec::as_slice);
                self.gather(threads.iter().copied(), offset, by)
            }
        }
    }

    fn is_recipient(&self, user: UserId, audience: Audience, offset: u64) -> bool {
        match audience {
            Audience::User(other) => user == other,
            Audience::Thread(thread) => self.was_member(user, thread, offset),
            Audience::Contacts(other) => {
                user == other
                    || self.threads_of(user).iter().any(|thread| {
                        self.was_member(user, *thread, offset) && self.was_member(other, *thread, offset)
                    })
            }
            Audience::Client { client, by } => {
                user == by
                    || self
                        .by_client
                        .get(&client)
                        .is_some_and(|threads| threads.iter().any(|t| self.was_member(user, *t, offset)))
            }
        }
    }

    /// Whether `user` is a member of `thread` now.
    #[must_use]
    pub fn is_member(&self, user: UserId, thread: ThreadId) -> bool {
        self.was_member(user, thread, u64::MAX)
    }

    fn was_member(&self, user: UserId, thread: ThreadId, offset: u64) -> bool {
        self.members(thread, offset).any(|member| member == user)
    }

    /// Those who were members at `offset`, and are or may keep what was there.
    fn members(&self, thread: ThreadId, offset: u64) -> impl Iterator<Item = UserId> {
        let entry = self.threads.get(&thread).into_iter();
        entry.flat_map(move |entry| entry.at(offset).map(|stay| stay.user))
    }

    fn is_before_joining(&self, user: UserId, thread: ThreadId, seq: Seq, offset: u64) -> bool {
        self.threads.get(&thread).is_some_and(|entry| {
            let mut stays = entry.at(offset).filter(|stay| stay.user == user);
            stays.any(|stay| seq < entry.history.first_seq(stay.joined))
        })
    }

    fn threads_of(&self, user: UserId) -> &[ThreadId] {
        self.by_user.get(&user).map_or(&[], Vec::as_slice)
    }

    fn gather(&self, threads: impl Iterator<Item = ThreadId>, offset: u64, also: UserId) -> Vec<UserId> {
        let mut users: BTreeSet<UserId> = threads.flat_map(|thread| self.members(thread, offset)).collect();
        users.insert(also);
        users.into_iter().collect()
    }
}

impl Entry {
    fn at(&self, offset: u64) -> impl Iterator<Item = &Stay> {
        self.stays.iter().filter(move |stay| {
            let ended = |until| offset < until && self.history.is_kept();
            stay.since <= offset && stay.until.is_none_or(ended)
        })
    }
}

/// The message that an event tells of, if it may be one from long ago.
fn old_message(event: &Event) -> Option<(ThreadId, Seq)> {
    match event {
        Event::MessageChanged { message } => Some((message.thread, message.seq)),
        Event::MessageSent { .. }
        | Event::MessagesRead { .. }
        | Event::MessagesDelivered { .. }
        | Event::MessageHidden { .. }
        | Event::UnreadChanged { .. }
        | Event::MarkedUnread { .. }
        | Event::ThreadSettingsChanged { .. }
        | Event::SmartRepliesChanged { .. }
        | Event::ThreadOpened { .. }
        | Event::MembersAdded { .. }
        | Event::MemberRemoved { .. }
        | Event::MemberRoleChanged { .. }
        | Event::ThreadRenamed { .. }
        | Event::ClientChanged { .. }
        | Event::UserChanged { .. }
        | Event::SessionEnded { .. }
        | Event::Unknown => None,
    }
}

/// How somebody's membership of a thread changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Joined,
    Left,
}

/// The first change that rows tell of, for each person in each thread.
fn first_changes(rows: &[LogRow]) -> HashMap<ThreadId, BTreeMap<UserId, Change>> {
    let mut first: HashMap<ThreadId, BTreeMap<UserId, Change>> = HashMap::new();
    for row in rows {
        let Audience::Thread(thread) = row.audience else {
            continue;
        };
        let known = first.entry(thread).or_default();
        if let Event::ThreadOpened {
            thread: Thread { members, .. },
            ..
        }
        | Event::MembersAdded { members, .. } = &row.event
        {
            for member in members {
                known.entry(member.user).or_insert(Change::Joined);
            }
        } else if let Event::MemberRemoved { user, .. } = &row.event {
            known.entry(*user).or_insert(Change::Left);
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{Content, LocalId, Member, MemberRole, Message, MessageId, ThreadKind, Timestamp};
    use uuid::Uuid;

    use super::*;

    const ANA: UserId = UserId(Uuid::from_u128(1));
    const BEN: UserId = UserId(Uuid::from_u128(2));
    const CHIDI: UserId = UserId(Uuid::from_u128(3));
    const OLD: ThreadId = ThreadId(Uuid::from_u128(10));
    const NEW: ThreadId = ThreadId(Uuid::from_u128(11));
    const CLIENT: ClientId = ClientId(Uuid::from_u128(20));

    fn opened(offset: u64, thread: ThreadId, history: History, members: &[UserId]) -> LogRow {
        let members = members
            .iter()
            .map(|user| Member::new(*user, MemberRole::Member, Seq::ZERO))
            .collect();
        LogRow {
            offset,
            audience: Audience::Thread(thread),
            event: Event::ThreadOpened {
                thread: Thread {
                    id: thread,
                    kind: ThreadKind::Group,
                    title: None,
                    history,
                    client: Some(CLIENT),
                    members,
                    created_at: Timestamp(0),
                },
                users: Vec::new(),
                client: None,
            },
        }
    }

    fn membership(thread: ThreadId, history: History, members: &[UserId]) -> Membership {
        Membership {
            thread,
            client: None,
            history,
            members: members.iter().map(|user| (*user, Seq::ZERO)).collect(),
        }
    }

    fn row(offset: u64, event: Event) -> LogRow {
        LogRow {
            offset,
            audience: Audience::Thread(NEW),
            event,
        }
    }

    fn added(offset: u64, user: UserId, joined: Seq) -> LogRow {
        let event = Event::MembersAdded {
            thread: NEW,
            members: vec![Member::new(user, MemberRole::Member, joined)],
            users: Vec::new(),
        };
        row(offset, event)
    }

    fn removed(offset: u64, user: UserId) -> LogRow {
        row(offset, Event::MemberRemoved { thread: NEW, user })
    }

    fn changed(offset: u64, seq: Seq) -> LogRow {
        let message = Message {
            id: MessageId(Uuid::from_u128(30)),
            thread: NEW,
            seq,
            sender: ANA,
            local_id: LocalId(Uuid::from_u128(31)),
            content: Content::Deleted,
            reply_to: None,
            forwarded: false,
            sent_at: Timestamp(0),
            edited_at: None,
            reactions: Vec::new(),
            preview: None,
            revision: 1,
        };
        row(offset, Event::MessageChanged { message })
    }

    /// Ben joins at 10, is removed at 20 and brought back at 30.
    fn comings_and_goings(history: History) -> Vec<LogRow> {
        vec![
            opened(5, NEW, history, &[ANA, CHIDI]),
            added(10, BEN, Seq(4)),
            removed(20, BEN),
            added(30, BEN, Seq(9)),
        ]
    }

    fn advanced(rows: &[LogRow]) -> Members {
        let mut index = Members::default();
        for row in rows {
            index.advance(row);
        }
        index
    }

    fn gets(index: &Members, offset: u64) -> bool {
        index.recipients(Audience::Thread(NEW), offset).contains(&BEN)
    }

    #[test]
    fn a_removed_member_gets_nothing_from_the_row_on_that_says_so() {
        for history in [History::FromJoining, History::All] {
            let rows = comings_and_goings(history);
            let mut index = advanced(&rows[..2]);
            assert!(!gets(&index, 9) && gets(&index, 10) && gets(&index, 19));
            index.advance(&rows[2]);
            assert!(!gets(&index, 20) && !gets(&index, 25));
            assert!(!index.is_member(BEN, NEW));
            assert_eq!(index.recipients(Audience::Contacts(BEN), 25), [BEN]);
            assert_eq!(gets(&index, 19), history.is_kept(), "what was missed until then");
        }
    }

    #[test]
    fn whoever_comes_back_gets_nothing_of_the_time_between() {
        for history in [History::FromJoining, History::All] {
            let index = advanced(&comings_and_goings(history));
            assert!(!gets(&index, 20) && !gets(&index, 29) && gets(&index, 30));
            assert_eq!(gets(&index, 15), history.is_kept());
        }
    }

    #[test]
    fn a_change_of_an_old_message_reaches_only_those_who_may_see_it() {
        for history in [History::FromJoining, History::All] {
            let index = advanced(&comings_and_goings(history));
            let gets = |seq| index.receivers(&changed(40, seq)).contains(&BEN);
            assert_eq!(gets(Seq(8)), history == History::All);
            assert!(gets(Seq(9)));
            assert!(index.receivers(&changed(40, Seq(1))).contains(&ANA));
            assert_eq!(index.may_receive(BEN, &changed(40, Seq(8))), gets(Seq(8)));
        }
    }

    #[test]
    fn an_index_that_is_loaded_is_as_exact_as_the_log_goes_back() {
        let rows = comings_and_goings(History::All);
        for kept_from in 0..=rows.len() {
            let mut loaded = Members::new(Memberships {
                offset: 30,
                threads: vec![membership(NEW, History::All, &[ANA, CHIDI, BEN])],
                changes: rows[kept_from..].to_vec(),
            });
            let whole = advanced(&rows);
            let oldest = rows.get(kept_from).map_or(31, |row| row.offset);
            for offset in oldest..40 {
                for user in [ANA, BEN, CHIDI] {
                    let audience = Audience::Thread(NEW);
                    assert_eq!(
                        loaded.recipients(audience, offset).contains(&user),
                        whole.recipients(audience, offset).contains(&user),
                        "{user} at {offset}, with what came from {oldest} on"
                    );
                }
            }
            loaded.advance(&removed(41, BEN));
            assert!(!gets(&loaded, 41));
        }
    }

    fn index() -> Members {
        let mut index = Members::new(Memberships {
            offset: 5,
            threads: vec![membership(OLD, History::FromJoining, &[ANA, BEN])],
            changes: Vec::new(),
        });
        index.advance(&opened(8, NEW, History::FromJoining, &[ANA, CHIDI]));
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
                        index.is_recipient(user, audience, offset),
                        all.contains(&user),
                        "{audience:?} at {offset} for {user}"
                    );
                }
            }
        }
    }
}
