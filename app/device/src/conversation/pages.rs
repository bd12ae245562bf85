//! The messages of a thread that are loaded, and the pages that are missing.

use tidings_protocol::{Message, Page, Seq, Timestamp, UserId, command::Anchor, limits};

use super::Conversation;
use crate::excerpt::{Excerpt, Missing, Part};

/// Missing pages are fetched one after the other up to so many messages; beyond it the newest page replaces what is
/// loaded.
const CATCH_UP_MAX: i64 = 4 * limits::PAGE_MESSAGES as i64;

impl Conversation {
    /// Takes a page that came with the snapshot.
    pub(crate) fn boot(&mut self, page: &Page, me: UserId) {
        if !self.merge(page, me) {
            self.excerpt = self.excerpt_of(page);
        }
        self.join(me);
    }

    /// Takes the page that was asked for. False if it is of no use.
    pub(crate) fn take(&mut self, page: &Page, asked: Option<Missing>, me: UserId) -> bool {
        let taken = match asked.map(|asked| asked.part) {
            Some(Part::Around(seq)) => self.take_around(page, seq, me),
            Some(Part::Excerpt) => self.take_excerpt(page),
            Some(Part::Quoted(seq)) => {
                self.quotes.take(page, seq);
                true
            }
            Some(Part::Newest) | None => self.merge(page, me),
        };
        self.join(me);
        self.cover();
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
            match self.excerpt_of(page) {
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
        self.history.doubt_up_to(excerpt.history.doubted());
        self.unread.recount(&self.history, me, self.last_seq);
        if excerpt.shown {
            self.window = excerpt.window.within(&excerpt.history, &self.history);
            if std::mem::take(&mut self.wants_newer) {
                self.window.newer(&self.history);
            }
        }
    }

    /// A page as an excerpt; `None` if it is empty or has a hole.
    pub(super) fn excerpt_of(&self, page: &Page) -> Option<Excerpt> {
        let mut excerpt = Excerpt::after(self.history.before());
        let merged = excerpt.history.merge(page) && excerpt.history.first().is_some();
        merged.then_some(excerpt)
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
            if let Some(seq) = excerpt.history.doubted() {
                return Some(Missing::excerpt(Anchor::Before { seq: seq.next() }));
            }
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
        if let Some(seq) = self.history.doubted() {
            return Some(Missing::newest(Anchor::Before { seq: seq.next() }));
        }
        if self.wants_older
            && let Some(seq) = self.history.first()
        {
            return Some(Missing::newest(Anchor::Before { seq }));
        }
        self.quotes.next().map(Missing::quoted)
    }

    /// Whether something is loaded that no event has told of yet.
    pub(crate) fn is_ahead(&self) -> bool {
        self.history.is_known() && self.history.end() > self.last_seq
    }

    /// Whether another message is loaded in the place of this one.
    pub(crate) fn is_otherwise(&self, message: &Message) -> bool {
        let loaded = self.quoted(message.seq).flatten();
        loaded.is_some_and(|loaded| loaded.id != message.id)
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

    /// The page that was asked for can't be had. Where it was for one message, the thread itself is not given up.
    pub(crate) fn refused(&mut self, asked: Option<Missing>) {
        match asked.map(|asked| asked.part) {
            Some(Part::Around(_)) => self.wanted = None,
            Some(Part::Quoted(seq)) => self.quotes.give_up(seq),
            Some(Part::Newest | Part::Excerpt) | None => self.gave_up = true,
        }
    }

    /// A message is quoted on screen.
    pub(crate) fn want_quote(&mut self, seq: Seq) {
        if self.quoted(seq).is_none() {
            self.quotes.want(seq);
        }
    }

    /// The message at `seq`, wherever it is loaded; `None` inside when there is none to be had, `None` when that is not
    /// known.
    pub(crate) fn quoted(&self, seq: Seq) -> Option<Option<&Message>> {
        let before = Seq(seq.0.saturating_sub(1));
        let excerpt = self.excerpt.iter().map(|excerpt| &excerpt.history);
        let loaded = std::iter::once(&self.history)
            .chain(excerpt)
            .find_map(|history| history.between(before, seq).next());
        let landed = || self.history.landed().iter().find(|message| message.seq == seq);
        match loaded.or_else(landed) {
            Some(message) => Some(Some(message)),
            None => self.quotes.get(seq),
        }
    }
}
