//! One thread with everything this device knows of it.

mod pages;
mod showing;

use std::collections::BTreeSet;

use tidings_protocol::{
    Content, Member, Message, Seq, Thread, ThreadSettings, ThreadView, Timestamp, User, UserId,
    notify::{self, Verdict},
    reply::ReadMark,
};

use crate::{
    excerpt::{Excerpt, Missing},
    history::{History, renew},
    mentions::Mentions,
    quotes::Quotes,
    settings::Settings,
    timeline::{Divider, Window},
    unread::Unread,
};

#[derive(Debug)]
pub(crate) struct Conversation {
    pub(crate) thread: Thread,
    pub(crate) last_seq: Seq,
    pub(crate) last_message: Option<Message>,
    pub(crate) history: History,
    /// Messages that were hidden since the start: a page that was read before may still hold them.
    hidden: BTreeSet<Seq>,
    pub(crate) unread: Unread,
    pub(crate) mentions: Mentions,
    pub(crate) settings: Settings,
    pub(crate) window: Window,
    pub(crate) divider: Option<Divider>,
    /// Messages far from the newest, while there are any that were shown.
    excerpt: Option<Excerpt>,
    quotes: Quotes,
    /// The message that the person asked to see.
    pub(crate) focus: Option<Seq>,
    /// How often one was brought into focus.
    pub(crate) focused: u32,
    /// The message that the person asked to see and that is not loaded.
    pub(crate) wanted: Option<Seq>,
    /// The person wants rows before the loaded ones.
    wants_older: bool,
    /// The person wants rows after those of the excerpt.
    wants_newer: bool,
    /// The page that is on its way.
    pub(crate) asked: Option<Missing>,
    /// No page is asked for before this time: the last try failed.
    pub(crate) fetch_from: Option<Timestamp>,
    /// The server refused a page for good; asking again needs a new connection or a person.
    pub(crate) gave_up: bool,
}

impl Conversation {
    pub(crate) fn new(view: ThreadView, me: &User) -> Self {
        let mark = own_mark(&view, me.id);
        let before = view.thread.first_seq(me.id).previous();
        let mut history = if view.last_seq <= before {
            History::empty(before)
        } else {
            History::after(before)
        };
        if view.last_seq == before.next()
            && let Some(message) = &view.last_message
        {
            history = History::empty(before);
            history.append(message);
        }
        Self {
            mentions: Mentions::new(me, view.thread.kind, view.mentions),
            thread: view.thread,
            last_seq: view.last_seq,
            last_message: view.last_message,
            history,
            hidden: BTreeSet::new(),
            unread: Unread::new(mark.seq, mark.unread, mark.rewinds),
            settings: Settings::new(view.settings, view.settings_revision),
            window: Window::default(),
            divider: None,
            excerpt: None,
            quotes: Quotes::default(),
            focus: None,
            focused: 0,
            wanted: None,
            wants_older: false,
            wants_newer: false,
            asked: None,
            fetch_from: None,
            gave_up: false,
        }
    }

    /// A snapshot says how the thread stands. Loaded messages of the same epoch stay on screen until they have been loaded
    /// again: what became of them meanwhile is not in a snapshot.
    pub(crate) fn replace(&mut self, view: ThreadView, me: UserId) {
        let mark = own_mark(&view, me);
        self.settings.replace(view.settings, view.settings_revision);
        self.thread = view.thread;
        self.history.doubt();
        if let Some(excerpt) = &mut self.excerpt {
            excerpt.history.doubt();
        }
        self.mentions.replace(view.mentions);
        self.quotes.forget();
        if view.last_seq >= self.last_seq {
            self.last_seq = view.last_seq;
            self.last_message = view.last_message;
        }
        if let Some(message) = &self.last_message {
            self.history.append(message);
        }
        let last = self.last_seq;
        self.unread.replace(mark, &self.history, me, last);
    }

    /// Takes a message from the log. True if it is news.
    pub(crate) fn receive(&mut self, message: &Message, me: UserId) -> bool {
        let appended = self.history.append(message);
        if message.seq <= self.last_seq {
            return appended;
        }
        self.last_seq = message.seq;
        self.last_message = Some(message.clone());
        if message.content == Content::Deleted {
            self.unread.came_deleted(message.seq);
        }
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
        let was_hidden = self.hidden.contains(&message.seq)
            || self
                .message(message.seq)
                .is_some_and(|known| known.content == Content::Hidden);
        let is_last = renew(self.last_message.as_mut(), message);
        let in_excerpt = self
            .excerpt
            .as_mut()
            .is_some_and(|excerpt| excerpt.history.change(message));
        let is_quoted = self.quotes.change(message);
        let is_loaded = self.history.change(message);
        if message.content == Content::Deleted && message.sender != me && !was_hidden {
            self.unread.delete(message.seq, &self.history, me, self.last_seq);
        }
        is_loaded || in_excerpt || is_last || is_quoted
    }

    /// A message, as far as it is loaded.
    pub(crate) fn message(&self, seq: Seq) -> Option<&Message> {
        let in_excerpt = || self.excerpt.as_ref()?.history.at(seq);
        self.history
            .at(seq)
            .or_else(in_excerpt)
            .or(self.last_message.as_ref().filter(|message| message.seq == seq))
    }

    /// The person has hidden a message from themselves.
    pub(crate) fn hide(&mut self, seq: Seq) {
        self.hidden.insert(seq);
        self.cover();
    }

    /// Leaves only their places of messages that were hidden.
    fn cover(&mut self) {
        let Some(first) = self.hidden.first() else { return };
        let is_hidden = |message: &&mut Message| message.seq >= *first && self.hidden.contains(&message.seq);
        let in_excerpt = self
            .excerpt
            .iter_mut()
            .flat_map(|excerpt| excerpt.history.all_mut());
        self.history
            .all_mut()
            .chain(in_excerpt)
            .chain(&mut self.last_message)
            .filter(is_hidden)
            .for_each(Message::hide);
    }

    /// Takes an own message from the answer to sending it, which may come before the events it follows.
    pub(crate) fn land(&mut self, message: &Message, me: UserId) {
        self.history.land(message);
        if message.seq == self.last_seq.next() {
            self.receive(message, me);
        }
    }

    /// The person marks a message and what follows as unread. The divider shows from where.
    pub(crate) fn mark_unread(&mut self, seq: Seq, me: UserId) {
        let seq = seq.min(self.last_seq);
        let before = self.unread.read();
        if !self.unread.rewind(seq, &self.history, me, self.last_seq) {
            return;
        }
        let read = self.unread.read();
        for message in self.history.between(read, before) {
            if message.sender != me {
                self.mentions.note(message, read);
            }
        }
        self.divider = Some(Divider {
            after: read,
            until: self.last_seq,
        });
    }

    /// The newest message of others that is known here, if it counts as read.
    pub(crate) fn newest_read_of_others(&self, me: UserId) -> Option<Seq> {
        let loaded = self.history.newest_of_others(me);
        let last = self
            .last_message
            .as_ref()
            .filter(|last| last.sender != me && last.counts());
        let newest = loaded.max(last.map(|last| last.seq))?;
        (newest <= self.unread.read()).then_some(newest)
    }

    /// Whether a message notifies this person at `now`. It has passed by [`Self::receive`].
    pub(crate) fn verdict(&self, message: &Message, me: UserId, now: Timestamp) -> Verdict {
        let mentioned = self.mentions.has(message.seq);
        notify::verdict(message, me, mentioned, &self.settings.current(), now)
    }

    /// The log says that the mark was moved, and if it was taken back, which `mentions` are unread again.
    pub(crate) fn mark(&mut self, mark: ReadMark, mentions: Option<Vec<Seq>>, me: UserId) {
        let is_back = self.unread.confirm(mark, &self.history, me, self.last_seq);
        if let Some(mentions) = mentions.filter(|_| is_back) {
            self.mentions.replace(mentions);
        }
    }

    /// The connection is gone, and with it any page on its way.
    pub(crate) fn lost(&mut self) {
        self.asked = None;
        self.wants_older = false;
        self.wants_newer = false;
        self.fetch_from = None;
        self.gave_up = false;
        self.unread.lost();
        self.settings.lost();
    }

    /// Unread messages that mention this person.
    pub(crate) fn mentioned(&self) -> u32 {
        u32::try_from(self.mentions.after(self.unread.read()).count()).unwrap_or(u32::MAX)
    }

    /// What the badges say: unread messages, and those among them that mention this person.
    pub(crate) fn counts(&self) -> (u32, u32) {
        (self.unread.count(), self.mentioned())
    }

    /// Whether this person was a member of the thread, and is no longer.
    pub(crate) fn is_left(&self, me: UserId) -> bool {
        self.thread.member(me).is_none()
    }

    /// This person is no longer a member: what was said until now stays, and nothing of it is unread. How they had the
    /// thread is forgotten, as it is by the server.
    pub(crate) fn leave(&mut self) {
        self.thread.members.clear();
        self.unread = Unread::new(self.last_seq, 0, 0);
        self.settings = Settings::new(ThreadSettings::default(), 0);
        self.mentions.replace(Vec::new());
        self.divider = None;
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

/// The viewer's own read mark as a snapshot has it. Of a thread that is no longer one's own nothing is unread.
fn own_mark(view: &ThreadView, viewer: UserId) -> ReadMark {
    let is_member = view.thread.member(viewer).is_some();
    ReadMark {
        thread: view.thread.id,
        seq: if is_member {
            view.read_seq(viewer)
        } else {
            view.last_seq
        },
        unread: view.unread,
        rewinds: view.rewound.map_or(0, |rewound| rewound.rewinds),
    }
}
