//! Everything known: people, clients, threads.
//!
//! [`Store::replace`] takes a snapshot, [`Store::apply`] an event. What must hold: applying an event twice changes
//! nothing, and an event that a snapshot already contains changes nothing in the end, so the overlap between the two
//! is harmless. Only deletions must not overlap: they lower a count whose messages need not be loaded, and that a snapshot
//! which was read in one transaction has as of its position. Who sends what, and when, is not decided here.

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::{
    Client, ClientId, Event, LocalId, Member, Message, Seq, SessionId, SmartReplySettings, Snapshot, Thread,
    ThreadId, ThreadKind, ThreadSettings, ThreadView, Timestamp, User, UserId, notify::Verdict,
};

use crate::{conversation::Conversation, io::Change, turn::Turn};

#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) me: User,
    pub(crate) session: SessionId,
    pub(crate) smart_replies: SmartReplySettings,
    pub(crate) users: BTreeMap<UserId, User>,
    pub(crate) clients: BTreeMap<ClientId, Client>,
    pub(crate) threads: BTreeMap<ThreadId, Conversation>,
    /// Threads that were this person's while this device knew of them, and of which nothing is left to them.
    pub(crate) gone: BTreeSet<ThreadId>,
}

/// What an event means beyond what the store keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// Nothing.
    None,
    /// A message of somebody else, new here.
    Received {
        thread: ThreadId,
        from: UserId,
        /// The message, if it notifies.
        notifies: Option<Box<Message>>,
    },
    /// Somebody is no longer a member.
    Left { thread: ThreadId, user: UserId },
    /// An own message, from this device or another of the same person.
    Confirmed { local_id: LocalId, seq: Seq },
    /// A message is another one than it was.
    Changed {
        message: Box<Message>,
        /// Whether it notifies by what it is now, and did not by what it was.
        notifies: bool,
    },
    /// This device's session has ended.
    SessionEnded,
}

impl Store {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let me = &snapshot.me;
        Self {
            me: snapshot.me.clone(),
            session: snapshot.session,
            smart_replies: snapshot.smart_replies.clone(),
            users: snapshot
                .users
                .iter()
                .map(|user| (user.id, user.clone()))
                .collect(),
            clients: snapshot
                .clients
                .iter()
                .map(|client| (client.id, client.clone()))
                .collect(),
            threads: snapshot
                .threads
                .iter()
                .map(|view| (view.thread.id, Conversation::new(view.clone(), me)))
                .collect(),
            gone: BTreeSet::new(),
        }
    }

    /// Starts afresh from a snapshot. `same_epoch`: what is loaded of the threads is still true.
    pub(crate) fn replace(&mut self, turn: &mut Turn, snapshot: Snapshot, same_epoch: bool) {
        let me = snapshot.me.id;
        let mut before = std::mem::take(&mut self.threads);
        for id in before.keys() {
            turn.changed(Change::Timeline(*id));
            turn.changed(Change::Unread(*id));
        }
        for view in snapshot.threads {
            let id = view.thread.id;
            turn.changed(Change::Timeline(id));
            turn.changed(Change::Unread(id));
            // Whoever left and came back since may see other messages than those that are loaded.
            let joined = |thread: &Thread| thread.member(me).map(|member| member.joined);
            let kept = before.remove(&id).filter(|kept| {
                same_epoch && kept.last_seq <= view.last_seq && joined(&kept.thread) == joined(&view.thread)
            });
            let conversation = match kept {
                Some(mut kept) => {
                    kept.replace(view, me);
                    kept
                }
                None => Conversation::new(view, &snapshot.me),
            };
            self.threads.insert(id, conversation);
        }
        self.gone.extend(before.into_keys());
        self.gone.retain(|thread| !self.threads.contains_key(thread));
        self.me = snapshot.me;
        self.session = snapshot.session;
        self.smart_replies = snapshot.smart_replies;
        self.users = snapshot.users.into_iter().map(|user| (user.id, user)).collect();
        self.clients = snapshot
            .clients
            .into_iter()
            .map(|client| (client.id, client))
            .collect();
        turn.changed(Change::Threads);
        turn.changed(Change::Records);
        turn.changed(Change::SmartReplies);
    }

    /// Applies what happened. An event of a kind, thread or member unknown here is skipped.
    pub(crate) fn apply(&mut self, turn: &mut Turn, event: Event) -> News {
        match event {
            Event::MessageSent { message } => self.message_sent(turn, &message),
            Event::MessageChanged { message } => {
                let me = self.me.id;
                let mut notifies = false;
                if let Some(known) = self.threads.get_mut(&message.thread) {
                    let before = known.counts();
                    let verdict = known.verdict(&message, me, turn.now);
                    if known.change(&message, me) {
                        turn.changed(Change::Timeline(message.thread));
                        turn.changed(Change::Threads);
                    }
                    if known.counts() != before {
                        turn.changed(Change::Unread(message.thread));
                    }
                    notifies = verdict == Verdict::NoMention
                        && known.verdict(&message, me, turn.now) == Verdict::Mention;
                }
                News::Changed {
                    message: Box::new(message),
                    notifies,
                }
            }
            Event::MessageHidden { thread, seq } => {
                if let Some(known) = self.threads.get_mut(&thread) {
                    known.hide(seq);
                    turn.changed(Change::Timeline(thread));
                    turn.changed(Change::Threads);
                }
                News::None
            }
            Event::MessagesRead { thread, user, seq } => {
                self.mark(turn, thread, user, seq, seq);
                News::None
            }
            Event::MessagesDelivered { thread, user, seq } => {
                self.mark(turn, thread, user, Seq::ZERO, seq);
                News::None
            }
            Event::UnreadChanged { mark } => {
                let me = self.me.id;
                if let Some(known) = self.threads.get_mut(&mark.thread) {
                    let before = known.counts();
                    known.mark(mark, None, me);
                    if known.counts() != before {
                        turn.changed(Change::Unread(mark.thread));
                    }
                }
                News::None
            }
            Event::MarkedUnread { mark, mentions } => {
                let me = self.me.id;
                if let Some(known) = self.threads.get_mut(&mark.thread) {
                    known.mark(mark, Some(mentions), me);
                    turn.changed(Change::Unread(mark.thread));
                }
                News::None
            }
            Event::ThreadSettingsChanged { mark } => {
                let known = self.threads.get_mut(&mark.thread);
                if known.is_some_and(|known| known.settings.confirm(&mark)) {
                    turn.changed(Change::Threads);
                }
                News::None
            }
            Event::ThreadOpened {
                thread,
                users,
                client,
            } => {
                self.thread_opened(turn, thread, users, client);
                News::None
            }
            Event::MembersAdded {
                thread,
                members,
                users,
            } => {
                self.members_added(turn, thread, members, users);
                News::None
            }
            Event::MemberRemoved { thread, user } => self.member_removed(turn, thread, user),
            Event::MemberRoleChanged { thread, user, role } => {
                let known = self.group(thread);
                if let Some(member) = known.and_then(|known| known.member_mut(user)) {
                    member.role = role;
                    turn.changed(Change::Threads);
                }
                News::None
            }
            Event::ThreadRenamed { thread, title } => {
                if let Some(known) = self.group(thread) {
                    known.thread.title = Some(title);
                    turn.changed(Change::Threads);
                }
                News::None
            }
            Event::ClientChanged { client } => {
                self.clients.insert(client.id, client);
                turn.changed(Change::Records);
                turn.changed(Change::Threads);
                News::None
            }
            Event::UserChanged { user } => {
                if user.id == self.me.id {
                    self.me = user.clone();
                }
                self.users.insert(user.id, user);
                turn.changed(Change::Records);
                turn.changed(Change::Threads);
                News::None
            }
            Event::SmartRepliesChanged { settings } => {
                self.smart_replies = settings;
                turn.changed(Change::SmartReplies);
                News::None
            }
            Event::SessionEnded { session } if session == self.session => News::SessionEnded,
            Event::SessionEnded { .. } | Event::Unknown => News::None,
        }
    }

    fn message_sent(&mut self, turn: &mut Turn, message: &Message) -> News {
        let me = self.me.id;
        let mut is_new = false;
        let mut notifies = false;
        if let Some(known) = self.threads.get_mut(&message.thread) {
            let before = known.counts();
            is_new = known.receive(message, me);
            if is_new {
                turn.changed(Change::Timeline(message.thread));
                turn.changed(Change::Threads);
                notifies = known.verdict(message, me, turn.now).notifies();
            }
            if known.counts() != before {
                turn.changed(Change::Unread(message.thread));
            }
        }
        if message.sender == me {
            News::Confirmed {
                local_id: message.local_id,
                seq: message.seq,
            }
        } else if is_new {
            News::Received {
                thread: message.thread,
                from: message.sender,
                notifies: notifies.then(|| Box::new(message.clone())),
            }
        } else {
            News::None
        }
    }

    /// Moves a member's marks, never back.
    fn mark(&mut self, turn: &mut Turn, thread: ThreadId, user: UserId, read: Seq, delivered: Seq) {
        let Some(member) = self
            .threads
            .get_mut(&thread)
            .and_then(|known| known.member_mut(user))
        else {
            return;
        };
        let before = (member.read_seq, member.delivered_seq);
        member.read_seq = member.read_seq.max(read);
        member.delivered_seq = member.delivered_seq.max(delivered);
        if before != (member.read_seq, member.delivered_seq) && user != self.me.id {
            turn.changed(Change::Timeline(thread));
            turn.changed(Change::Threads);
        }
    }

    /// Records that are known are newer than those of an event that is applied again.
    fn thread_opened(&mut self, turn: &mut Turn, thread: Thread, users: Vec<User>, client: Option<Client>) {
        // A record that is known may be an old one: changes are told to those who share a thread only.
        self.users.extend(users.into_iter().map(|user| (user.id, user)));
        self.clients
            .extend(client.into_iter().map(|client| (client.id, client)));
        let id = thread.id;
        if self
            .threads
            .get(&id)
            .is_none_or(|known| known.is_left(self.me.id))
        {
            let view = ThreadView {
                last_seq: thread.before_joining(self.me.id),
                thread,
                last_message: None,
                unread: 0,
                mentions: Vec::new(),
                rewound: None,
                settings: ThreadSettings::default(),
                settings_revision: 0,
            };
            self.threads.insert(id, Conversation::new(view, &self.me));
        }
        self.gone.remove(&id);
        turn.changed(Change::Records);
        turn.changed(Change::Threads);
        turn.changed(Change::Timeline(id));
        turn.changed(Change::Unread(id));
    }

    /// A thread whose name and members can change.
    fn group(&mut self, thread: ThreadId) -> Option<&mut Conversation> {
        let known = self.threads.get_mut(&thread);
        known.filter(|known| known.thread.kind == ThreadKind::Group)
    }

    fn members_added(&mut self, turn: &mut Turn, thread: ThreadId, members: Vec<Member>, users: Vec<User>) {
        let me = self.me.id;
        let Some(known) = self.group(thread).filter(|known| !known.is_left(me)) else {
            return;
        };
        for member in members {
            if known.thread.member(member.user).is_none() {
                known.thread.members.push(member);
            }
        }
        self.users.extend(users.into_iter().map(|user| (user.id, user)));
        turn.changed(Change::Records);
        turn.changed(Change::Threads);
        turn.changed(Change::Timeline(thread));
    }

    fn member_removed(&mut self, turn: &mut Turn, thread: ThreadId, user: UserId) -> News {
        let me = self.me.id;
        let Some(known) = self.group(thread) else {
            return News::None;
        };
        if user != me {
            known.thread.members.retain(|member| member.user != user);
        } else if known.thread.history.is_kept() {
            known.leave();
        } else {
            self.threads.remove(&thread);
            self.gone.insert(thread);
        }
        turn.changed(Change::Threads);
        turn.changed(Change::Timeline(thread));
        turn.changed(Change::Unread(thread));
        News::Left { thread, user }
    }

    /// Whether a mute has ended in `(before, now]`.
    pub(crate) fn was_unmuted(&self, before: Timestamp, now: Timestamp) -> bool {
        let mut threads = self.threads.values();
        threads.any(|known| known.settings.was_unmuted(before, now))
    }

    /// The place of an own message that the server is known to have.
    pub(crate) fn stored_as(&self, thread: ThreadId, local_id: LocalId) -> Option<Seq> {
        let me = self.me.id;
        let known = self.threads.get(&thread)?;
        let is_it = |message: &&Message| message.sender == me && message.local_id == local_id;
        known
            .history
            .all()
            .find(is_it)
            .or(known.last_message.as_ref().filter(is_it))
            .map(|message| message.seq)
    }

    /// A message, as far as it is loaded.
    pub(crate) fn message(&self, thread: ThreadId, seq: Seq) -> Option<&Message> {
        self.threads.get(&thread)?.message(seq)
    }

    /// Whether some message of others has reached this device without the server knowing.
    pub(crate) fn has_undelivered(&self) -> bool {
        self.threads.values().any(|known| {
            let Some(me) = known.thread.member(self.me.id) else {
                return false;
            };
            let by_others = known
                .last_message
                .as_ref()
                .is_some_and(|message| message.sender != self.me.id);
            by_others && me.delivered_seq < known.last_seq
        })
    }
}
