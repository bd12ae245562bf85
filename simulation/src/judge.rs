//! What the devices were told, held against what is true in the end.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use sqlx::SqlitePool;
use tidings_device::Row;
use tidings_protocol::{
    Event, LocalId, Message, Reply, Seq, ServerFrame, SessionId, Signal, Snapshot, ThreadId, Timestamp,
    UserId,
};
use uuid::Uuid;

/// After the end of a session, nothing reaches its connections later than this.
const REVOKED_WITHIN: Duration = Duration::from_secs(2);

/// What kind of promise was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Something acknowledged, shown or kept is not stored.
    Lost,
    /// Something is stored twice.
    Doubled,
    /// Out of order, or with a hole.
    Misordered,
    /// Something is stored that nobody wrote.
    Ghost,
    /// Somebody was told what is not theirs to know.
    Leak,
    /// Something does not come to an end.
    Stuck,
    /// A device shows something else than is true.
    Diverged,
    /// Presence or typing is wrong.
    Hint,
}

/// A promise that was broken.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which kind.
    pub fault: Fault,
    /// How.
    pub how: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.fault, self.how)
    }
}

/// All that devices were told, and what was found to be wrong with it.
#[derive(Debug, Default)]
pub(crate) struct History {
    findings: Vec<Finding>,
    acknowledged: Vec<Message>,
    /// By place, and how often each had changed.
    seen: BTreeMap<(ThreadId, Seq, u32), Message>,
    threads: BTreeSet<(UserId, ThreadId)>,
    users: BTreeSet<(UserId, UserId)>,
    sessions: BTreeMap<SessionId, Last>,
    sent: BTreeSet<LocalId>,
    /// Local ids that a storage has said to keep.
    pub(crate) promised: BTreeSet<LocalId>,
    /// Refused once and sent again by hand: out of the order of writing.
    pub(crate) sent_by_hand: BTreeSet<LocalId>,
    /// Events lost without a trace, by wire.
    pub(crate) lost_silently: BTreeMap<usize, u64>,
}

/// The last that reached a connection of a session.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    offset: u64,
    at: Timestamp,
}

impl History {
    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    pub(crate) fn find(&mut self, fault: Fault, how: String) {
        /// The first ones say what is wrong.
        const ENOUGH: usize = 20;
        if self.findings.len() < ENOUGH {
            self.findings.push(Finding { fault, how });
        }
    }

    pub(crate) fn stuck(&mut self, how: String) {
        self.find(Fault::Stuck, how);
    }

    pub(crate) fn misordered(&mut self, how: String) {
        self.find(Fault::Misordered, how);
    }

    /// Whether a message is sent under this id for the first time.
    pub(crate) fn first_sending(&mut self, local_id: LocalId) -> bool {
        self.sent.insert(local_id)
    }

    /// A device of `user` was told this, by bytes that left the server at `sent`.
    pub(crate) fn take(&mut self, user: UserId, session: SessionId, frame: &ServerFrame, sent: Timestamp) {
        match frame {
            ServerFrame::Event { position, event } => {
                let last = self.sessions.entry(session).or_default();
                last.offset = last.offset.max(position.offset);
                last.at = last.at.max(sent);
                self.take_event(user, event);
            }
            ServerFrame::Signal { signal } => {
                let last = self.sessions.entry(session).or_default();
                last.at = last.at.max(sent);
                self.take_signal(user, signal);
            }
            ServerFrame::Reply { reply, .. } => match reply {
                Reply::Message(message) => {
                    self.acknowledged.push(message.clone());
                    self.saw(user, message);
                }
                Reply::Page(page) => page.messages.iter().for_each(|message| self.saw(user, message)),
                _ => {}
            },
            ServerFrame::Welcome {
                snapshot: Some(snapshot),
                ..
            } => self.take_snapshot(user, snapshot),
            ServerFrame::Welcome { snapshot: None, .. }
            | ServerFrame::Refused { .. }
            | ServerFrame::Error { .. }
            | ServerFrame::Beat { .. }
            | ServerFrame::Unknown => {}
        }
    }

    pub(crate) fn take_snapshot(&mut self, user: UserId, snapshot: &Snapshot) {
        for view in &snapshot.threads {
            self.threads.insert((user, view.thread.id));
            if let Some(message) = &view.last_message {
                self.saw(user, message);
            }
        }
        self.users
            .extend(snapshot.users.iter().map(|other| (user, other.id)));
    }

    fn take_event(&mut self, user: UserId, event: &Event) {
        match event {
            Event::MessageSent { message } | Event::MessageChanged { message } => self.saw(user, message),
            Event::MessagesRead {
                thread, user: other, ..
            }
            | Event::MessagesDelivered {
                thread, user: other, ..
            } => {
                self.threads.insert((user, *thread));
                self.users.insert((user, *other));
            }
            Event::MessageHidden { thread, .. } => {
                self.threads.insert((user, *thread));
            }
            Event::UnreadChanged { mark } | Event::MarkedUnread { mark, .. } => {
                self.threads.insert((user, mark.thread));
            }
            Event::ThreadSettingsChanged { mark } => {
                self.threads.insert((user, mark.thread));
            }
            Event::ThreadOpened { thread, users, .. } => {
                self.threads.insert((user, thread.id));
                self.users.extend(users.iter().map(|other| (user, other.id)));
            }
            Event::MembersAdded { thread, users, .. } => {
                self.threads.insert((user, *thread));
                self.users.extend(users.iter().map(|other| (user, other.id)));
            }
            Event::MemberRemoved { thread, .. }
            | Event::MemberRoleChanged { thread, .. }
            | Event::ThreadRenamed { thread, .. } => {
                self.threads.insert((user, *thread));
            }
            Event::UserChanged { user: other } => {
                self.users.insert((user, other.id));
            }
            Event::ClientChanged { .. } | Event::SmartRepliesChanged { .. } | Event::SessionEnded { .. } => {}
            Event::Unknown => self.find(Fault::Diverged, "an event is not known".to_owned()),
        }
    }

    fn take_signal(&mut self, user: UserId, signal: &Signal) {
        match signal {
            Signal::TypingStarted { thread, user: other } | Signal::TypingStopped { thread, user: other } => {
                self.threads.insert((user, *thread));
                self.users.insert((user, *other));
            }
            Signal::Presence { presences } => {
                let others = presences.users.iter().map(|other| (user, other.user));
                self.users.extend(others);
            }
            Signal::Unknown => self.find(Fault::Diverged, "a signal is not known".to_owned()),
        }
    }

    fn saw(&mut self, user: UserId, message: &Message) {
        self.threads.insert((user, message.thread));
        let place = (message.thread, message.seq, message.revision);
        let first = self.seen.entry(place).or_insert_with(|| message.clone());
        if first != message {
            let how = format!(
                "place {} was “{}” and is “{}”",
                message.seq.0,
                first.content.text(),
                message.content.text()
            );
            self.misordered(how);
        }
    }

    /// Holds what devices were told against the truth. `is_prompt`: nothing kept the server from its work.
    pub(crate) fn compare(&mut self, truth: &Truth, is_prompt: bool) {
        let (acknowledged, seen) = (self.acknowledged.clone(), self.seen.clone());
        for message in acknowledged.iter().chain(seen.values()) {
            let stored = truth.messages.get(&(message.thread, message.seq));
            let is_same = stored.is_some_and(|stored| {
                stored.id == message.id.0
                    && stored.sender == message.sender
                    && stored.local_id == message.local_id
                    && match stored.revision.cmp(&message.revision) {
                        Ordering::Less => false,
                        Ordering::Equal => stored.text == message.content.text(),
                        Ordering::Greater => true,
                    }
            });
            if !is_same {
                let how = format!("“{}” at {} is not stored", message.content.text(), message.seq.0);
                self.find(Fault::Lost, how);
            }
        }
        for (user, thread) in std::mem::take(&mut self.threads) {
            if !truth.is_member(user, thread) {
                self.find(Fault::Leak, "somebody heard of a thread of others".to_owned());
            }
        }
        for (user, other) in std::mem::take(&mut self.users) {
            if !truth.share(user, other) {
                self.find(Fault::Leak, "somebody heard of a stranger".to_owned());
            }
        }
        for (session, offset, at) in &truth.ended {
            let last = self.sessions.get(session).copied().unwrap_or_default();
            if last.offset > *offset {
                let how = format!("event {} reached a session that ended at {offset}", last.offset);
                self.find(Fault::Leak, how);
            }
            if is_prompt && last.at > *at + REVOKED_WITHIN {
                let late = last.at.since(*at);
                self.find(
                    Fault::Leak,
                    format!("something left for a session {late:?} after its end"),
                );
            }
        }
        let wrongs = truth.holes();
        wrongs.into_iter().for_each(|how| self.misordered(how));
    }
}

/// What is stored.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    pub(crate) messages: BTreeMap<(ThreadId, Seq), Stored>,
    members: BTreeMap<ThreadId, BTreeSet<UserId>>,
    /// Sessions that ended: where in the log, and when.
    ended: Vec<(SessionId, u64, Timestamp)>,
}

/// A stored message.
#[derive(Debug)]
pub(crate) struct Stored {
    id: Uuid,
    pub(crate) sender: UserId,
    pub(crate) local_id: LocalId,
    pub(crate) text: String,
    pub(crate) revision: u32,
}

impl Truth {
    /// Reads it past all of the server's code.
    pub(crate) async fn read(pool: &SqlitePool) -> Result<Self, sqlx::Error> {
        let mut truth = Self::default();
        let messages: Vec<(Uuid, i64, Uuid, Uuid, Uuid, String, u32)> =
            sqlx::query_as("SELECT thread_id, seq, id, sender_id, local_id, body, revision FROM messages")
                .fetch_all(pool)
                .await?;
        for (thread, seq, id, sender, local_id, text, revision) in messages {
            let stored = Stored {
                id,
                sender: UserId(sender),
                local_id: LocalId(local_id),
                text,
                revision,
            };
            truth.messages.insert((ThreadId(thread), Seq(seq)), stored);
        }
        let members: Vec<(Uuid, Uuid)> = sqlx::query_as("SELECT thread_id, user_id FROM members")
            .fetch_all(pool)
            .await?;
        for (thread, user) in members {
            truth
                .members
                .entry(ThreadId(thread))
                .or_default()
                .insert(UserId(user));
        }
        let ended: Vec<(i64, i64, Uuid)> = sqlx::query_as(
            "SELECT position, at, event ->> 'session' FROM log WHERE event ->> 'type' = 'session:end'",
        )
        .fetch_all(pool)
        .await
        .map(|rows: Vec<(i64, i64, String)>| {
            rows.into_iter()
                .filter_map(|(position, at, session)| Some((position, at, session.parse().ok()?)))
                .collect()
        })?;
        truth.ended = ended
            .into_iter()
            .map(|(position, at, session)| {
                let offset = u64::try_from(position).unwrap_or(0);
                (SessionId(session), offset, Timestamp(at))
            })
            .collect();
        Ok(truth)
    }

    fn is_member(&self, user: UserId, thread: ThreadId) -> bool {
        self.members
            .get(&thread)
            .is_some_and(|members| members.contains(&user))
    }

    fn share(&self, user: UserId, other: UserId) -> bool {
        user == other
            || self
                .members
                .values()
                .any(|members| members.contains(&user) && members.contains(&other))
    }

    /// Places that are missing between others.
    fn holes(&self) -> Vec<String> {
        let mut next: BTreeMap<ThreadId, Seq> = BTreeMap::new();
        let mut holes = Vec::new();
        for (thread, seq) in self.messages.keys() {
            let expected = next.get(thread).copied().unwrap_or(Seq(1));
            if *seq != expected {
                holes.push(format!("place {} of a thread is empty", expected.0));
            }
            next.insert(*thread, seq.next());
        }
        holes
    }

    /// The messages of a thread in order.
    pub(crate) fn of(&self, thread: ThreadId) -> impl Iterator<Item = (Seq, &Stored)> {
        self.messages
            .range((thread, Seq::ZERO)..=(thread, Seq(i64::MAX)))
            .map(|((_, seq), stored)| (*seq, stored))
    }
}

/// What must not be on screen: two rows with one key, rows out of order, and a hole before something that others said.
pub(crate) fn wrongs_on_screen(rows: &[Row]) -> Vec<String> {
    let mut wrongs = Vec::new();
    let keys: BTreeSet<_> = rows.iter().map(|row| row.key).collect();
    if keys.len() != rows.len() {
        wrongs.push("two rows with one key".to_owned());
    }
    let places: Vec<Seq> = rows.iter().filter_map(|row| row.seq).collect();
    if !places.is_sorted_by(|one, next| one < next) {
        wrongs.push(format!("rows out of order: {places:?}"));
    }
    // One's own confirmed messages may stand ahead of those before them.
    let by_others = rows.iter().filter(|row| !row.mine).filter_map(|row| row.seq);
    if let (Some(reached), Some(first)) = (by_others.max(), places.first()) {
        let shown = places.iter().filter(|seq| **seq <= reached).count();
        if i64::try_from(shown) != Ok(reached.0 - first.0 + 1) {
            wrongs.push(format!("a hole: {places:?}"));
        }
    }
    wrongs
}

#[cfg(test)]
mod tests {
    use tidings_protocol::{Body, Epoch, MessageId, Position};

    use super::*;

    const ANA: UserId = UserId(Uuid::from_u128(1));
    const BEN: UserId = UserId(Uuid::from_u128(2));
    const THREAD: ThreadId = ThreadId(Uuid::from_u128(3));
    const SESSION: SessionId = SessionId(Uuid::from_u128(4));

    fn message(seq: i64) -> Message {
        Message {
            id: MessageId(Uuid::from_u128(10)),
            thread: THREAD,
            seq: Seq(seq),
            sender: ANA,
            local_id: LocalId(Uuid::from_u128(11)),
            content: Body::new("hello").expect("a text").into(),
            reply_to: None,
            forwarded: false,
            sent_at: Timestamp(0),
            edited_at: None,
            reactions: Vec::new(),
            preview: None,
            revision: 0,
        }
    }

    /// Ana and Ben share a thread in which `message` is stored; the session has ended at 5, ten seconds in.
    fn truth(message: &Message) -> Truth {
        let stored = Stored {
            id: message.id.0,
            sender: message.sender,
            local_id: message.local_id,
            text: message.content.text().to_owned(),
            revision: message.revision,
        };
        Truth {
            messages: [((message.thread, message.seq), stored)].into(),
            members: [(THREAD, [ANA, BEN].into())].into(),
            ended: vec![(SESSION, 5, Timestamp(10_000))],
        }
    }

    fn told(offset: u64, message: Message) -> ServerFrame {
        let epoch = Epoch(Uuid::nil());
        ServerFrame::Event {
            position: Position { epoch, offset },
            event: Event::MessageSent { message },
        }
    }

    fn findings(user: UserId, frame: &ServerFrame, at: Timestamp, truth: &Truth) -> Vec<Fault> {
        let mut history = History::default();
        history.take(user, SESSION, frame, at);
        history.compare(truth, true);
        history
            .into_findings()
            .iter()
            .map(|finding| finding.fault)
            .collect()
    }

    #[test]
    fn what_is_stored_and_ones_own_to_know_is_in_order() {
        let message = message(1);
        let told = told(5, message.clone());
        assert_eq!(findings(BEN, &told, Timestamp(12_000), &truth(&message)), []);
    }

    #[test]
    fn an_event_after_the_end_of_a_session_is_a_leak() {
        let message = message(1);
        let told = told(6, message.clone());
        assert_eq!(
            findings(BEN, &told, Timestamp(0), &truth(&message)),
            [Fault::Leak]
        );
    }

    #[test]
    fn anything_long_after_the_end_of_a_session_is_a_leak() {
        let message = message(1);
        let told = told(5, message.clone());
        assert_eq!(
            findings(BEN, &told, Timestamp(12_001), &truth(&message)),
            [Fault::Leak]
        );
    }

    #[test]
    fn a_thread_of_others_is_a_leak() {
        let message = message(1);
        let stranger = UserId(Uuid::from_u128(9));
        let told = told(1, message.clone());
        assert_eq!(
            findings(stranger, &told, Timestamp(0), &truth(&message)),
            [Fault::Leak]
        );
    }

    #[test]
    fn what_was_told_and_is_not_stored_is_lost() {
        let stored = message(1);
        let mut other = stored.clone();
        other.content = Body::new("hallo").expect("a text").into();
        let told = told(1, other);
        assert_eq!(findings(BEN, &told, Timestamp(0), &truth(&stored)), [Fault::Lost]);
    }

    #[test]
    fn a_place_that_is_left_out_is_a_hole() {
        let message = message(2);
        let told = told(1, message.clone());
        assert_eq!(
            findings(BEN, &told, Timestamp(0), &truth(&message)),
            [Fault::Misordered]
        );
    }
}
