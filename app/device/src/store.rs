//! Everything known: people, clients, threads.
//!
//! [`Store::replace`] takes a snapshot, [`Store::apply`] an event. What must hold: applying an event twice changes
//! nothing, and an event that a snapshot already contains changes nothing in the end, so the overlap between the two
//! is harmless. Who sends what, and when, is not decided here.

use std::collections::BTreeMap;

use tidings_protocol::{
    Client, ClientId, Event, LocalId, Message, Seq, SessionId, Snapshot, Thread, ThreadId, ThreadView, User,
    UserId,
};

use crate::{conversation::Conversation, io::Change, turn::Turn};

#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) me: User,
    pub(crate) session: SessionId,
    pub(crate) users: BTreeMap<UserId, User>,
    pub(crate) clients: BTreeMap<ClientId, Client>,
    pub(crate) threads: BTreeMap<ThreadId, Conversation>,
}

/// What an event means beyond what the store keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// Nothing.
    None,
    /// A message of somebody else, new here.
    Received { thread: ThreadId, from: UserId },
    /// An own message, from this device or another of the same person.
    Confirmed(LocalId),
    /// This device's session has ended.
    SessionEnded,
}

impl Store {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let me = &snapshot.me;
        Self {
            me: snapshot.me.clone(),
            session: snapshot.session,
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
            let kept = before
                .remove(&id)
                .filter(|kept| same_epoch && kept.last_seq <= view.last_seq);
            let conversation = match kept {
                Some(mut kept) => {
                    kept.replace(view, me);
                    kept
                }
                None => Conversation::new(view, &snapshot.me),
            };
            self.threads.insert(id, conversation);
        }
        self.me = snapshot.me;
        self.session = snapshot.session;
        self.users = snapshot.users.into_iter().map(|user| (user.id, user)).collect();
        self.clients = snapshot
            .clients
            .into_iter()
            .map(|client| (client.id, client))
            .collect();
        turn.changed(Change::Threads);
        turn.changed(Change::Records);
    }

    /// Applies what happened. An event of a kind, thread or member unknown here is skipped.
    pub(crate) fn apply(&mut self, turn: &mut Turn, event: Event) -> News {
        match event {
            Event::MessageSent { message } => self.message_sent(turn, &message),
            Event::MessageChanged { message } => {
                let me = self.me.id;
                if let Some(known) = self.threads.get_mut(&message.thread) {
                    let before = known.counts();
                    if known.change(&message, me) {
                        turn.changed(Change::Timeline(message.thread));
                        turn.changed(Change::Threads);
                    }
                    if known.counts() != before {
                        turn.changed(Change::Unread(message.thread));
                    }
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
                    known
                        .unread
                        .confirm(mark.seq, mark.unread, &known.history, me, known.last_seq);
                    if known.counts() != before {
                        turn.changed(Change::Unread(mark.thread));
                    }
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
            Event::SessionEnded { session } if session == self.session => News::SessionEnded,
            Event::SessionEnded { .. } | Event::Unknown => News::None,
        }
    }

    fn message_sent(&mut self, turn: &mut Turn, message: &Message) -> News {
        let me = self.me.id;
        let mut is_new = false;
        if let Some(known) = self.threads.get_mut(&message.thread) {
            let before = known.counts();
            is_new = known.receive(message, me);
            if is_new {
                turn.changed(Change::Timeline(message.thread));
                turn.changed(Change::Threads);
            }
            if known.counts() != before {
                turn.changed(Change::Unread(message.thread));
            }
        }
        if message.sender == me {
            News::Confirmed(message.local_id)
        } else if is_new {
            News::Received {
                thread: message.thread,
                from: message.sender,
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
        let (id, me) = (thread.id, &self.me);
        self.threads.entry(id).or_insert_with(|| {
            let view = ThreadView {
                thread,
                last_seq: Seq::ZERO,
                last_message: None,
                unread: 0,
                mentions: Vec::new(),
            };
            Conversation::new(view, me)
        });
        turn.changed(Change::Records);
        turn.changed(Change::Threads);
        turn.changed(Change::Timeline(id));
    }

    /// Whether the server is known to have an own message.
    pub(crate) fn has_stored(&self, thread: ThreadId, local_id: LocalId) -> bool {
        let me = self.me.id;
        self.threads.get(&thread).is_some_and(|known| {
            known.history.contains(me, local_id)
                || known
                    .last_message
                    .as_ref()
                    .is_some_and(|message| message.sender == me && message.local_id == local_id)
        })
    }

    /// Whether some message of others has reached this device without the server knowing.
    pub(crate) fn has_undelivered(&self) -> bool {
        self.threads.values().any(|known| {
            let delivered = known
                .thread
                .member(self.me.id)
                .map_or(Seq::ZERO, |member| member.delivered_seq);
            let by_others = known
                .last_message
                .as_ref()
                .is_some_and(|message| message.sender != self.me.id);
            by_others && delivered < known.last_seq
        })
    }
}
