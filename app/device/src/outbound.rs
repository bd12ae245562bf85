//! What goes out while the link is live, most important first: messages, what becomes of them, read marks, pages.

use std::time::Duration;

use tidings_protocol::{
    Command, ThreadId, Timestamp,
    command::{LoadMessages, MarkRead, MarkUnread, SetThreadSettings},
    limits,
};

use crate::{Device, calls::Purpose, conversation::Conversation, io::Change, turn::Turn, unread::Word};

/// Threads whose newest messages are loaded without being opened, so that switching to them works without a
/// connection.
const PREFETCH_THREADS: usize = 10;
/// Prefetched pages are at least this far apart: they come out of the same allowance of commands as sending.
const PREFETCH_EVERY: Duration = Duration::from_millis(500);

impl Device {
    /// Sends what may be sent now.
    pub(crate) fn flow(&mut self, turn: &mut Turn) {
        if !self.link.is_live() {
            return;
        }
        while let Some(message) = self.outbox.next(turn.now) {
            let purpose = Purpose::Send(message.local_id);
            self.calls.call(turn, purpose, message);
        }
        while self.outbox.has_loaded()
            && let Some((id, command)) = self.amendments.next(turn.now)
        {
            self.calls.call(turn, Purpose::Amend(id), command);
        }
        self.tell_read_marks(turn);
        self.tell_settings(turn);
        self.activity.tell(turn);
        self.delivery.tell(turn, self.link.position());
        self.hands.tick(turn);
        self.fetch_wanted(turn);
        self.prefetch(turn);
    }

    /// When [`Self::flow`] may have something to send that it hasn't now.
    pub(crate) fn flow_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        if !self.link.is_live() {
            return None;
        }
        let threads = self.store.threads.values();
        let later = threads.flat_map(|known| {
            let own = [known.unread.deadline(), known.settings.deadline()];
            own.into_iter().flatten().chain(known.fetch_from)
        });
        [
            self.outbox.deadline(now),
            self.amendments.deadline(now),
            self.activity.deadline(),
            self.delivery.deadline(),
            self.hands.deadline(),
            self.next_prefetch(now).map(|_| self.prefetch_from),
        ]
        .into_iter()
        .flatten()
        .chain(later)
        .filter(|at| *at > now)
        .min()
    }

    fn tell_read_marks(&mut self, turn: &mut Turn) {
        for (thread, known) in &mut self.store.threads {
            let Some(word) = known.unread.tell(turn.now) else {
                continue;
            };
            let (thread, rewinds) = (*thread, Some(known.unread.rewinds()));
            let command: Command = match word {
                Word::Read(seq) => MarkRead { thread, seq, rewinds }.into(),
                Word::Unread(seq) => MarkUnread { thread, seq, rewinds }.into(),
            };
            self.calls.call(turn, Purpose::Mark(thread), command);
        }
    }

    fn tell_settings(&mut self, turn: &mut Turn) {
        for (thread, known) in &mut self.store.threads {
            if let Some(settings) = known.settings.tell(turn.now) {
                let thread = *thread;
                let set = SetThreadSettings { thread, settings };
                self.calls.call(turn, Purpose::Settings(thread), set);
            }
        }
    }

    /// Asks for what the person is waiting for: the open thread, and threads with a confirmed message of theirs that
    /// has no place yet.
    fn fetch_wanted(&mut self, turn: &mut Turn) {
        let wanted: Vec<ThreadId> = self
            .store
            .threads
            .iter()
            .filter(|(thread, known)| {
                Some(**thread) == self.open || known.is_waited_for() || !known.history.landed().is_empty()
            })
            .map(|(thread, _)| *thread)
            .collect();
        for thread in wanted {
            self.fetch(turn, thread);
        }
    }

    /// Loads one of the threads that are likely to be opened next, when nothing else is going on.
    fn prefetch(&mut self, turn: &mut Turn) {
        if self.prefetch_from > turn.now {
            return;
        }
        if let Some(thread) = self.next_prefetch(turn.now) {
            self.prefetch_from = turn.now + PREFETCH_EVERY;
            self.fetch(turn, thread);
        }
    }

    fn next_prefetch(&self, now: Timestamp) -> Option<ThreadId> {
        let threads = &self.store.threads;
        if self.outbox.is_busy(now) || threads.values().any(Conversation::is_fetching) {
            return None;
        }
        let mut recent: Vec<_> = threads.iter().collect();
        recent.sort_by_key(|(_, known)| std::cmp::Reverse(known.active_at()));
        recent
            .into_iter()
            .take(PREFETCH_THREADS)
            .find(|(_, known)| known.may_fetch(now) && !known.is_caught_up())
            .map(|(thread, _)| *thread)
    }

    fn fetch(&mut self, turn: &mut Turn, thread: ThreadId) {
        let Some(known) = self.store.threads.get_mut(&thread) else {
            return;
        };
        if !known.may_fetch(turn.now) {
            return;
        }
        let Some(missing) = known.missing() else { return };
        let from = missing.from;
        known.asked = Some(missing);
        known.fetch_from = None;
        turn.changed(Change::Timeline(thread));
        let page = LoadMessages {
            thread,
            from,
            limit: limits::PAGE_MESSAGES,
        };
        self.calls.call(turn, Purpose::Fetch(thread), page);
    }
}
