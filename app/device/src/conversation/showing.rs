//! Which rows of a thread are on screen.

use tidings_protocol::Seq;

use super::Conversation;
use crate::{
    history::History,
    timeline::{Divider, Window},
};

impl Conversation {
    /// The person opened the thread: shows the newest rows, and fixes the divider.
    pub(crate) fn open(&mut self) {
        self.gave_up = false;
        self.quotes.forget();
        self.leave_message();
        self.unread.release();
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

    /// The person left the thread.
    pub(crate) fn close(&mut self) {
        self.divider = None;
        self.unread.release();
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
}
