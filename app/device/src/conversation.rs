//! One thread with everything this device knows of it.

use tidings_protocol::{
    Member, Message, Page, Seq, Thread, ThreadView, Timestamp, User, UserId, command::Anchor, limits,
};

use crate::{
    excerpt::{Excerpt, Missing, Part},
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
    /// Messages far from the newest, while there are any that were shown.
    excerpt: Option<Excerpt>,
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
            excerpt: None,
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
        let in_excerpt = self
            .excerpt
            .as_mut()
            .is_some_and(|excerpt| excerpt.history.change(message));
        self.history.change(message) || in_excerpt || is_last
    }

    /// Takes an own message from the answer to sending it, which may come before the events it follows.
    pub(crate) fn land(&mut self, message: &Message, me: UserId) {
        self.history.land(message);
        if message.seq == self.last_seq.next() {
            self.receive(message, me);
        }
    }

    /// Takes a page that came with the snapshot.
    pub(crate) fn boot(&mut self, page: &Page, me: UserId) {
        if !self.merge(page, me) {
            self.excerpt = excerpt_of(page);
        }
        self.join(me);
    }

    /// Takes the page that was asked for. False if it is of no use.
    pub(crate) fn take(&mut self, page: &Page, asked: Option<Missing>, me: UserId) -> bool {
        let taken = match asked.map(|asked| asked.part) {
            Some(Part::Around(seq)) => self.take_around(page, seq, me),
            Some(Part::Excerpt) => self.take_excerpt(page),
            Some(Part::Newest) | None => self.merge(page, me),
        };
        self.join(me);
        taken
    }

    /// Takes a page of the newest run.
    fn merge(&mut self, page: &Page, me: UserId) -> bool {
        let first = self.history.first();
        let merged = self.history.merge(page);
        self.unread.recount(&self.history, me, self.last_seq);
        if first.is_some() && self.history.first() < first && self.wants_older && !self.shows_excerpt() {
            self.wants_older = false;
            self.window.older(&self.history);
        }
        merged
    }

    /// Takes the page around a message, unless the person wants something else by now.
    fn take_around(&mut self, page: &Page, seq: Seq, me: UserId) -> bool {
        if self.wanted != Some(seq) {
            return true;
        }
        let (Some(first), Some(last)) = (page.messages.first(), page.messages.last()) else {
            return false;
        };
        // A place where nothing is: the nearest message.
        let seq = seq.clamp(first.seq, last.seq);
        let is_newest = last.seq >= self.last_seq.max(page.last_seq);
        if self.history.touches(first.seq, last.seq) || is_newest {
            if !self.merge(page, me) {
                return false;
            }
        } else {
            match excerpt_of(page) {
                Some(excerpt) => self.excerpt = Some(excerpt),
                None => return false,
            }
        }
        self.show(seq);
        true
    }

    /// Takes a page of the excerpt. One whose excerpt is gone has joined the newest run.
    fn take_excerpt(&mut self, page: &Page) -> bool {
        let (Some(first), Some(last)) = (page.messages.first(), page.messages.last()) else {
            return false;
        };
        let Some(excerpt) = self.excerpt.as_mut() else {
            return true;
        };
        if !excerpt.history.touches(first.seq, last.seq) {
            return true;
        }
        let before = (excerpt.history.first(), excerpt.history.end());
        let merged = excerpt.history.merge(page);
        if excerpt.history.first() < before.0 && std::mem::take(&mut self.wants_older) {
            excerpt.window.older(&excerpt.history);
        }
        if excerpt.history.end() > before.1 && std::mem::take(&mut self.wants_newer) {
            excerpt.window = excerpt.window.up_to(before.1);
            excerpt.window.newer(&excerpt.history);
        }
        merged
    }

    /// Makes the excerpt part of the newest run once nothing is missing between them, or once it is the newest.
    fn join(&mut self, me: UserId) {
        let Some(excerpt) = self.excerpt.take() else {
            return;
        };
        let joins = excerpt.history.end() >= self.last_seq
            || excerpt
                .history
                .first()
                .is_some_and(|first| self.history.touches(first, excerpt.history.end()));
        if !joins {
            self.excerpt = Some(excerpt);
            return;
        }
        self.history
            .merge(&excerpt.history.as_page(self.thread.id, self.last_seq));
        self.unread.recount(&self.history, me, self.last_seq);
        if excerpt.shown {
            self.window = excerpt.window.within(&excerpt.history, &self.history);
            if std::mem::take(&mut self.wants_newer) {
                self.window.newer(&self.history);
            }
        }
    }

    /// What is on screen: the window, and the run of messages that it is over.
    pub(crate) fn shown(&self) -> (&Window, &History) {
        match &self.excerpt {
            Some(excerpt) if excerpt.shown => (&excerpt.window, &excerpt.history),
            Some(_) | None => (&self.window, &self.history),
        }
    }

    /// Whether what is on screen does not reach to the newest message.
    pub(crate) fn shows_excerpt(&self) -> bool {
        self.excerpt.as_ref().is_some_and(|excerpt| excerpt.shown)
    }

    /// Shows a message: at once if it is loaded, else when its page has come.
    pub(crate) fn show(&mut self, seq: Seq) {
        self.gave_up = false;
        self.wants_older = false;
        self.wants_newer = false;
        let seq = if self.is_caught_up() && seq > self.history.end() {
            self.history.end()
        } else {
            seq.max(Seq::ZERO.next())
        };
        if self.history.has(seq) {
            self.hide_excerpt();
            self.window.around(&self.history, seq);
        } else if let Some(excerpt) = self.excerpt.as_mut().filter(|excerpt| excerpt.history.has(seq)) {
            excerpt.shown = true;
            excerpt.window.around(&excerpt.history, seq);
        } else {
            self.wanted = (self.last_seq > Seq::ZERO).then_some(seq);
            return;
        }
        self.wanted = None;
        self.focus = Some(seq);
        self.focused = self.focused.wrapping_add(1);
    }

    /// Shows the newest rows.
    pub(crate) fn show_latest(&mut self) {
        self.leave_message();
        self.window.latest(&self.history, None);
    }

    fn leave_message(&mut self) {
        self.hide_excerpt();
        self.focus = None;
        self.wanted = None;
        self.wants_newer = false;
    }

    fn hide_excerpt(&mut self) {
        if let Some(excerpt) = &mut self.excerpt {
            excerpt.shown = false;
        }
    }

    /// The person opened the thread: shows the newest rows, and fixes the divider.
    pub(crate) fn open(&mut self) {
        self.gave_up = false;
        self.leave_message();
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
        let (is_there, has_older) = match self.excerpt.as_mut().filter(|excerpt| excerpt.shown) {
            Some(excerpt) => (
                excerpt.window.older(&excerpt.history),
                excerpt.history.has_older(),
            ),
            None => (self.window.older(&self.history), self.history.has_older()),
        };
        if !is_there && has_older {
            self.wants_older = asked;
        }
    }

    /// The rows after the shown ones are wanted. Those after an excerpt are asked of the server, if it can be `asked`;
    /// the newest run has them already.
    pub(crate) fn show_newer(&mut self, asked: bool) {
        match self.excerpt.as_mut().filter(|excerpt| excerpt.shown) {
            Some(excerpt) => self.wants_newer = !excerpt.window.newer(&excerpt.history) && asked,
            None => {
                self.window.newer(&self.history);
            }
        }
    }

    /// Whether what is loaded ends at the newest message.
    pub(crate) fn is_caught_up(&self) -> bool {
        self.history.is_known() && self.history.end() >= self.last_seq
    }

    /// The page that is missing, if any.
    pub(crate) fn missing(&self) -> Option<Missing> {
        if let Some(seq) = self.wanted {
            return Some(Missing::around(seq));
        }
        if let Some(excerpt) = self.excerpt.as_ref().filter(|excerpt| excerpt.shown)
            && let Some(first) = excerpt.history.first()
        {
            if self.wants_older {
                return Some(Missing::excerpt(Anchor::Before { seq: first }));
            }
            if self.wants_newer {
                let seq = excerpt.history.end();
                return Some(Missing::excerpt(Anchor::After { seq }));
            }
        }
        if !self.history.is_known() {
            return Some(Missing::newest(Anchor::Latest));
        }
        let end = self.history.end();
        if end < self.last_seq {
            let far = self.last_seq.0 - end.0 > CATCH_UP_MAX;
            return Some(Missing::newest(if far {
                Anchor::Latest
            } else {
                Anchor::After { seq: end }
            }));
        }
        if self.wants_older
            && let Some(seq) = self.history.first()
        {
            return Some(Missing::newest(Anchor::Before { seq }));
        }
        None
    }

    /// Whether a page is on its way.
    pub(crate) fn is_fetching(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether the person waits for a page.
    pub(crate) fn is_waited_for(&self) -> bool {
        self.wants_older || self.wants_newer || self.wanted.is_some()
    }

    /// Whether a page may be asked for now.
    pub(crate) fn may_fetch(&self, now: Timestamp) -> bool {
        !self.is_fetching() && !self.gave_up && self.fetch_from.is_none_or(|from| from <= now)
    }

    /// The connection is gone, and with it any page on its way.
    pub(crate) fn lost(&mut self) {
        self.asked = None;
        self.wants_older = false;
        self.wants_newer = false;
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

/// A page as an excerpt; `None` if it is empty or has a hole.
fn excerpt_of(page: &Page) -> Option<Excerpt> {
    let mut excerpt = Excerpt::default();
    let merged = excerpt.history.merge(page) && excerpt.history.first().is_some();
    merged.then_some(excerpt)
}
