//! The least that any device must do with a snapshot and the events after it.

use std::collections::BTreeSet;

use tidings_protocol::{
    Client, Content, Event, Message, Rewound, Seq, SessionId, SmartReplySettings, Snapshot, Thread, ThreadId,
    ThreadSettings, ThreadView, User, UserId, Username, mention::Mentions,
};
use tidings_server::{realtime::members::Members, service::LogRow};

/// A person and all that they may know.
type Comparable = (User, Vec<User>, Vec<Client>, Vec<ThreadView>, SmartReplySettings);

/// What one device has seen.
pub struct Seen {
    user: UserId,
    session: SessionId,
    /// `None` once its session has ended.
    snapshot: Option<Snapshot>,
    /// What is known to be deleted, and so is counted no more.
    deleted: BTreeSet<(ThreadId, Seq)>,
}

impl Seen {
    pub fn new(snapshot: Snapshot) -> Self {
        Self {
            user: snapshot.me.id,
            session: snapshot.session,
            snapshot: Some(snapshot),
            deleted: BTreeSet::new(),
        }
    }

    pub fn signed_out(user: UserId, session: SessionId) -> Self {
        Self {
            user,
            session,
            snapshot: None,
            deleted: BTreeSet::new(),
        }
    }

    /// Applies a row if this device may see it; and applies it twice, since that must change nothing.
    pub fn apply(&mut self, row: &LogRow, members: &Members) {
        if !members.may_receive(self.user, row) {
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
            for _ in 0..2 {
                apply(snapshot, self.user, &row.event);
                discount(snapshot, &mut self.deleted, self.user, &row.event);
            }
        }
    }

    /// The part of it that doesn't depend on when it was read, in a fixed order. Records of those with whom no thread is
    /// shared any more, and of clients of threads that are no longer one's own, are as they were when that ended.
    pub fn comparable(self) -> Option<Comparable> {
        let Snapshot {
            me,
            mut users,
            mut clients,
            mut threads,
            smart_replies,
            ..
        } = self.snapshot?;
        let mine: Vec<_> = threads
            .iter()
            .filter(|view| view.thread.member(me.id).is_some())
            .collect();
        users
            .retain(|user| user.id == me.id || mine.iter().any(|view| view.thread.member(user.id).is_some()));
        clients.retain(|client| mine.iter().any(|view| view.thread.client == Some(client.id)));
        users.sort_by_key(|user| user.id);
        clients.sort_by_key(|client| client.id);
        threads.sort_by_key(|view| view.thread.id);
        Some((me, users, clients, threads, smart_replies))
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
                let is_hidden = last.content == Content::Hidden;
                *last = message.clone();
                if is_hidden {
                    last.hide();
                }
            }
        }
        Event::MessageHidden { thread, seq } => {
            let last = &mut view(snapshot, *thread).last_message;
            if let Some(last) = last
                && last.seq == *seq
            {
                last.hide();
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
        Event::SmartRepliesChanged { settings } => snapshot.smart_replies = settings.clone(),
        Event::UnreadChanged { mark } => {
            let view = view(snapshot, mark.thread);
            view.unread = mark.unread;
            view.mentions.retain(|seq| *seq > mark.seq);
            if let Some(rewound) = &mut view.rewound {
                rewound.seq = mark.seq;
            }
        }
        Event::MarkedUnread { mark, mentions } => {
            let view = view(snapshot, mark.thread);
            view.unread = mark.unread;
            view.mentions.clone_from(mentions);
            view.rewound = Some(Rewound {
                seq: mark.seq,
                rewinds: mark.rewinds,
            });
        }
        Event::ThreadSettingsChanged { mark } => {
            let view = view(snapshot, mark.thread);
            view.settings = mark.settings;
            view.settings_revision = mark.revision;
        }
        Event::ThreadOpened {
            thread,
            users,
            client,
        } => {
            // What is known and was left is begun anew.
            snapshot
                .threads
                .retain(|view| view.thread.id != thread.id || view.thread.member(me).is_some());
            if snapshot.threads.iter().all(|view| view.thread.id != thread.id) {
                snapshot.threads.push(ThreadView {
                    thread: thread.clone(),
                    last_seq: thread.before_joining(me),
                    last_message: None,
                    unread: 0,
                    mentions: Vec::new(),
                    rewound: None,
                    settings: ThreadSettings::default(),
                    settings_revision: 0,
                });
            }
            learn(snapshot, users);
            if let Some(client) = client {
                match snapshot.clients.iter_mut().find(|known| known.id == client.id) {
                    Some(known) => *known = client.clone(),
                    None => snapshot.clients.push(client.clone()),
                }
            }
        }
        Event::MembersAdded {
            thread,
            members,
            users,
        } => {
            let thread = &mut view(snapshot, *thread).thread;
            for member in members {
                if thread.member(member.user).is_none() {
                    thread.members.push(member.clone());
                }
            }
            learn(snapshot, users);
        }
        Event::MemberRemoved { thread, user } if *user != me => {
            let thread = &mut view(snapshot, *thread).thread;
            thread.members.retain(|member| member.user != *user);
        }
        Event::MemberRemoved { thread, .. } => {
            let is_forgotten =
                |view: &ThreadView| view.thread.id == *thread && !view.thread.history.is_kept();
            snapshot.threads.retain(|view| !is_forgotten(view));
            for view in snapshot
                .threads
                .iter_mut()
                .filter(|view| view.thread.id == *thread)
            {
                view.thread.members.clear();
                view.unread = 0;
                view.mentions.clear();
                view.rewound = None;
                view.settings = tidings_protocol::ThreadSettings::default();
                view.settings_revision = 0;
            }
        }
        Event::MemberRoleChanged { thread, user, role } => {
            for member in members(&mut view(snapshot, *thread).thread, *user) {
                member.role = *role;
            }
        }
        Event::ThreadRenamed { thread, title } => {
            view(snapshot, *thread).thread.title = Some(title.clone());
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

/// What was deleted counts as unread no more, once; a number that the log tells is from when it was written.
fn discount(snapshot: &mut Snapshot, deleted: &mut BTreeSet<(ThreadId, Seq)>, me: UserId, event: &Event) {
    match event {
        Event::MessageSent { message } if message.content == Content::Deleted => {
            deleted.insert((message.thread, message.seq));
        }
        Event::MessageChanged { message } if message.content == Content::Deleted => {
            let view = view(snapshot, message.thread);
            let is_unread = message.sender != me && message.seq > view.read_seq(me);
            if deleted.insert((message.thread, message.seq)) && is_unread {
                view.unread = view.unread.saturating_sub(1);
            }
        }
        Event::UnreadChanged { mark } | Event::MarkedUnread { mark, .. } => {
            deleted.retain(|(thread, _)| *thread != mark.thread);
        }
        _ => {}
    }
}

fn learn(snapshot: &mut Snapshot, users: &[User]) {
    for user in users {
        match snapshot.users.iter_mut().find(|known| known.id == user.id) {
            Some(known) => *known = user.clone(),
            None => snapshot.users.push(user.clone()),
        }
    }
}

/// A message mentions somebody as its text stands now, if they have not read it.
fn note_mentions(view: &mut ThreadView, me: UserId, username: &Username, message: &Message) {
    let read = view.read_seq(me);
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
