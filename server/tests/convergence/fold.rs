//! The least that any device must do with a snapshot and the events after it.

use tidings_protocol::{
    Client, Event, Message, Seq, SessionId, Snapshot, Thread, ThreadId, ThreadView, User, UserId, Username,
    mention::Mentions,
};
use tidings_server::service::{Audience, LogRow, Memberships};

/// A person and all that they may know.
type Comparable = (User, Vec<User>, Vec<Client>, Vec<ThreadView>);

/// What one device has seen.
pub struct Seen {
    user: UserId,
    session: SessionId,
    /// `None` once its session has ended.
    snapshot: Option<Snapshot>,
}

impl Seen {
    pub fn new(snapshot: Snapshot) -> Self {
        Self {
            user: snapshot.me.id,
            session: snapshot.session,
            snapshot: Some(snapshot),
        }
    }

    pub fn signed_out(user: UserId, session: SessionId) -> Self {
        Self {
            user,
            session,
            snapshot: None,
        }
    }

    /// Applies a row if this device may see it; and applies it twice, since that must change nothing.
    pub fn apply(&mut self, row: &LogRow, memberships: &Memberships) {
        if !may_see(row.audience, self.user, memberships) {
            return;
        }
        if row.event
            == (Event::SessionEnded {
                session: self.session,
            })
        {
            self.snapshot = None;
        }
        if let Some(snapshot) = &mut self.snapshot {
            apply(snapshot, self.user, &row.event);
            apply(snapshot, self.user, &row.event);
        }
    }

    /// The part of it that doesn't depend on when it was read, in a fixed order.
    pub fn comparable(self) -> Option<Comparable> {
        let Snapshot {
            me,
            mut users,
            mut clients,
            mut threads,
            ..
        } = self.snapshot?;
        users.sort_by_key(|user| user.id);
        clients.sort_by_key(|client| client.id);
        threads.sort_by_key(|view| view.thread.id);
        Some((me, users, clients, threads))
    }
}

fn may_see(audience: Audience, user: UserId, memberships: &Memberships) -> bool {
    let mut threads = memberships.threads.iter();
    match audience {
        Audience::Thread(thread) => threads.any(|(id, _, users)| *id == thread && users.contains(&user)),
        Audience::User(id) => id == user,
        Audience::Contacts(id) => {
            id == user || threads.any(|(_, _, users)| users.contains(&id) && users.contains(&user))
        }
        Audience::Client { client, by } => {
            by == user || threads.any(|(_, of, users)| *of == Some(client) && users.contains(&user))
        }
    }
}

fn apply(snapshot: &mut Snapshot, me: UserId, event: &Event) {
    match event {
        Event::MessageSent { message } => {
            let username = snapshot.me.username.clone();
            let view = view(snapshot, message.thread);
            note_mentions(view, me, &username, message);
            if message.seq > view.last_seq {
                view.last_seq = message.seq;
                view.last_message = Some(message.clone());
                view.unread += u32::from(message.sender != me && message.counts());
            }
        }
        Event::MessageChanged { message } => {
            let username = snapshot.me.username.clone();
            let view = view(snapshot, message.thread);
            note_mentions(view, me, &username, message);
            let last = &mut view.last_message;
            if let Some(last) = last
                && last.seq == message.seq
                && last.revision < message.revision
            {
                *last = message.clone();
            }
        }
        Event::MessagesRead { thread, user, seq } => {
            for member in members(&mut view(snapshot, *thread).thread, *user) {
                member.read_seq = member.read_seq.max(*seq);
                // The protocol: a delivery mark is never below the read mark.
                member.delivered_seq = member.delivered_seq.max(*seq);
            }
        }
        Event::MessagesDelivered { thread, user, seq } => {
            for member in members(&mut view(snapshot, *thread).thread, *user) {
                member.delivered_seq = member.delivered_seq.max(*seq);
            }
        }
        Event::UnreadChanged { mark } => {
            let view = view(snapshot, mark.thread);
            view.unread = mark.unread;
            view.mentions.retain(|seq| *seq > mark.seq);
        }
        Event::ThreadOpened {
            thread,
            users,
            client,
        } => {
            if snapshot.threads.iter().all(|view| view.thread.id != thread.id) {
                snapshot.threads.push(ThreadView {
                    thread: thread.clone(),
                    last_seq: tidings_protocol::Seq::ZERO,
                    last_message: None,
                    unread: 0,
                    mentions: Vec::new(),
                });
            }
            for user in users {
                match snapshot.users.iter_mut().find(|known| known.id == user.id) {
                    Some(known) => *known = user.clone(),
                    None => snapshot.users.push(user.clone()),
                }
            }
            if let Some(client) = client {
                match snapshot.clients.iter_mut().find(|known| known.id == client.id) {
                    Some(known) => *known = client.clone(),
                    None => snapshot.clients.push(client.clone()),
                }
            }
        }
        Event::ClientChanged { client } => {
            // Whoever changed it hears of it without having a thread about it.
            for known in snapshot.clients.iter_mut().filter(|known| known.id == client.id) {
                *known = client.clone();
            }
        }
        Event::UserChanged { user } => {
            let users = snapshot.users.iter_mut().chain([&mut snapshot.me]);
            for known in users.filter(|known| known.id == user.id) {
                *known = user.clone();
            }
        }
        Event::SessionEnded { .. } => {}
        Event::Unknown => panic!("this server knows its own events"),
    }
}

/// A message mentions somebody as its text stands now, if they have not read it.
fn note_mentions(view: &mut ThreadView, me: UserId, username: &Username, message: &Message) {
    let read = view.thread.member(me).map_or(Seq::ZERO, |member| member.read_seq);
    view.mentions.retain(|seq| *seq != message.seq);
    let mentions = Mentions::in_content(&message.content).address(username, view.thread.kind);
    if mentions && message.sender != me && message.seq > read {
        view.mentions.push(message.seq);
        view.mentions.sort_unstable();
    }
}

fn view(snapshot: &mut Snapshot, thread: ThreadId) -> &mut ThreadView {
    let mut views = snapshot.threads.iter_mut();
    views
        .find(|view| view.thread.id == thread)
        .expect("an event of a thread that the device knows")
}

fn members(thread: &mut Thread, user: UserId) -> impl Iterator<Item = &mut tidings_protocol::Member> {
    thread
        .members
        .iter_mut()
        .filter(move |member| member.user == user)
}
