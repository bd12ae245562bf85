//! One thread with everything this device knows of it.

use tidings_protocol::{
    Member, Message, Page, Seq, Thread, ThreadView, Timestamp, User, UserId, command::Anchor, limits,
};

use crate::{
    history::{History, renew},
    mentions::Mentions,
    timeline::{Divider, Window},
    unread::Unread,
};

/// Missing pages are fetched one after the other up to so many messages; beyond it the newest page replaces what is
/// loaded.
const CATCH_UP_MAX: i64 = 4 * limits::PAGE_MESSAGES as i64;

#[derive(Debug)]
pub(crate) struct Conversation {
    pub(crate) thread: Thread,
    pub(crate) last_seq: Seq,
    pub(crate) last_message: Option<Message>,
    pub(crate) history: History,
    pub(crate) unread: Unread,
    pub(crate) mentions: Mentions,
    pub(crate) window: Window,
    pub(crate) divider: Option<Divider>,
    /// The person wants rows before the loaded ones.
    pub(crate) wants_older: bool,
    /// A page is on its way.
    pub(crate) fetching: bool,
    /// No page is asked for before this time: the last try failed.
    pub(crate) fetch_from: Option<Timestamp>,
    /// The server refused a page for good; asking again needs a new connection or a person.
    pub(crate) gave_up: bool,
}

impl Conversation {
    pub(crate) fn new(view: ThreadView, me: &User) -> Self {
        let read = view
            .thread
            .member(me.id)
            .map_or(Seq::ZERO, |member| member.read_seq);
        let mut history = if view.last_seq == Seq::ZERO {
            History::empty()
        } else {
            History::default()
        };
        if view.last_seq == Seq::ZERO.next()
            && let Some(message) = &view.last_message
        {
            history = History::empty();
            history.append(message);
        }
        Self {
            mentions: Mentions::new(me, view.thread.kind, view.mentions),
            thread: view.thread,
            last_seq: view.last_seq,
            last_message: view.last_message,
            history,
            unread: Unread::new(read, view.unread),
            window: Window::default(),
            divider: None,
            wants_older: false,
            fetching: false,
            fetch_from: None,
            gave_up: false,
        }
    }

    /// A snapshot says how the thread stands; loaded messages of the same epoch stay.
    pub(crate) fn replace(&mut self, view: ThreadView, me: UserId) {
        let read = view.thread.member(me).map_or(Seq::ZERO, |member| member.read_seq);
        self.thread = view.thread;
        self.mentions.replace(view.mentions);
        if view.last_seq >= self.last_seq {
            self.last_seq = view.last_seq;
            self.last_message = view.last_message;
        }
        if let Some(message) = &self.last_message {
            self.history.append(message);
        }
        let last = self.last_seq;
        self.unread.replace(read, view.unread, &self.history, me, last);
    }

    /// Takes a message from the log. True if it is news.
    pub(crate) fn receive(&mut self, message: &Message, me: UserId) -> bool {
        let appended = self.history.append(message);
        if message.seq <= self.last_seq {
            return appended;
        }
        self.last_seq = message.seq;
        self.last_message = Some(message.clone());
        if message.sender == me || !message.counts() {
            self.unread.recount(&self.history, me, message.seq);
        } else {
            self.unread.add(message.seq, &self.history, me);
            self.mentions.note(message, self.unread.read());
        }
        true
    }

    /// Takes the newer state of a message. True if it is known here and was not known to be like that.
    pub(crate) fn change(&mut self, message: &Message, me: UserId) -> bool {
        if message.sender != me {
            self.mentions.note(message, self.unread.read());
        }
        let is_last = renew(self.last_message.as_mut(), message);
        self.history.change(message) || is_last
    }

    /// Takes an own message from the answer to sending it, which may come before the events it follows.
    pub(crate) fn land(&mut self, message: &Message, me: UserId) {
        self.history.land(message);
        if message.seq == self.last_seq.next() {
            self.receive(message, me);
        }
    }

    /// Takes a page. False if it is of no use.
    pub(crate) fn merge(&mut self, page: &Page, me: UserId) -> bool {
        let first = self.history.first();
        let merged = self.history.merge(page);
        self.unread.recount(&self.history, me, self.last_seq);
        if first.is_some() && self.history.first() < first && self.wants_older {
            self.wants_older = false;
            self.window.older(&self.history);
        }
        merged
    }

    /// The person opened the thread: shows the newest rows, and fixes the divider.
    pub(crate) fn open(&mut self) {
        self.gave_up = false;
        let read = self.unread.read();
        self.divider = (self.unread.count() > 0).then_some(Divider {
            after: read,
            until: self.last_seq,
        });
        self.window = Window::default();
        if self.history.is_known() {
            self.window
                .latest(&self.history, self.divider.map(|divider| divider.after));
        }
    }

    /// The rows before the shown ones are wanted; they are asked of the server only if it can be `asked` now.
    pub(crate) fn show_older(&mut self, asked: bool) {
        if !self.window.older(&self.history) && self.history.has_older() {
            self.wants_older = asked;
        }
    }

    /// Whether what is loaded ends at the newest message.
    pub(crate) fn is_caught_up(&self) -> bool {
        self.history.is_known() && self.history.end() >= self.last_seq
    }

    /// The page that is missing, if any.
    pub(crate) fn missing(&self) -> Option<Anchor> {
        if !self.history.is_known() {
            return Some(Anchor::Latest);
        }
        let end = self.history.end();
        if end < self.last_seq {
            let far = self.last_seq.0 - end.0 > CATCH_UP_MAX;
            return Some(if far {
                Anchor::Latest
            } else {
                Anchor::After { seq: end }
            });
        }
        if self.wants_older
            && let Some(seq) = self.history.first()
        {
            return Some(Anchor::Before { seq });
        }
        None
    }

    /// Whether a page may be asked for now.
    pub(crate) fn may_fetch(&self, now: Timestamp) -> bool {
        !self.fetching && !self.gave_up && self.fetch_from.is_none_or(|from| from <= now)
    }

    /// The connection is gone, and with it any page on its way.
    pub(crate) fn lost(&mut self) {
        self.fetching = false;
        self.wants_older = false;
        self.fetch_from = None;
        self.gave_up = false;
        self.unread.lost();
    }

    /// Unread messages that mention this person.
    pub(crate) fn mentioned(&self) -> u32 {
        u32::try_from(self.mentions.after(self.unread.read()).count()).unwrap_or(u32::MAX)
    }

    /// What the badges say: unread messages, and those among them that mention this person.
    pub(crate) fn counts(&self) -> (u32, u32) {
        (self.unread.count(), self.mentioned())
    }

    pub(crate) fn member_mut(&mut self, user: UserId) -> Option<&mut Member> {
        self.thread.members.iter_mut().find(|member| member.user == user)
    }

    /// When something was last said, or when the thread was opened.
    pub(crate) fn active_at(&self) -> Timestamp {
        self.last_message
            .as_ref()
            .map_or(self.thread.created_at, |message| message.sent_at)
    }
}
