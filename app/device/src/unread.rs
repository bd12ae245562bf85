//! One thread's read mark and unread count.
//!
//! Unread is the number of messages of others after the read mark. The log's number is absolute and replaces ours;
//! between two of those it is counted, exactly where the messages are loaded. Sending never moves the mark.

use std::time::Duration;

use tidings_protocol::{Seq, Timestamp, UserId};

use crate::history::History;

/// A thread's mark is sent at most this often, so that reading along stays far below the rate limit.
const TELL_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Unread {
    count: u32,
    /// The mark as the log has it.
    confirmed: Seq,
    /// The mark as the person has it: never below `confirmed`.
    read: Seq,
    /// The highest mark told to the server on this connection.
    told: Seq,
    telling: bool,
    tell_from: Timestamp,
}

impl Unread {
    pub(crate) fn new(read: Seq, count: u32) -> Self {
        Self {
            count,
            confirmed: read,
            read,
            told: Seq::ZERO,
            telling: false,
            tell_from: Timestamp::default(),
        }
    }

    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    pub(crate) fn read(&self) -> Seq {
        self.read
    }

    /// A snapshot says how it stands; what the person has read beyond it stays read.
    pub(crate) fn replace(&mut self, read: Seq, count: u32, history: &History, me: UserId, last: Seq) {
        let ours = self.read;
        self.confirmed = read;
        self.read = read;
        self.count = count;
        self.see(ours.min(last), history, me, last);
    }

    /// The person has read up to `seq`. True if that is news.
    pub(crate) fn see(&mut self, seq: Seq, history: &History, me: UserId, last: Seq) -> bool {
        if seq <= self.read {
            return false;
        }
        let gone = history.by_others(me, self.read, seq.min(last));
        self.count = self.count.saturating_sub(gone);
        self.read = seq;
        self.recount(history, me, last);
        true
    }

    /// The log says that the mark stands at `seq`, with `count` left at that point of the log.
    ///
    /// A mark that isn't above the confirmed one is an echo of what a snapshot already told, and its count is older
    /// than ours.
    pub(crate) fn confirm(&mut self, seq: Seq, count: u32, history: &History, me: UserId, last: Seq) {
        if seq <= self.confirmed {
            return;
        }
        self.confirmed = seq;
        if seq >= self.read {
            self.read = seq;
            self.count = count;
        }
        self.recount(history, me, last);
    }

    /// A message of somebody else was added after all known ones.
    pub(crate) fn add(&mut self, seq: Seq, history: &History, me: UserId) {
        if seq > self.read {
            self.count = self.count.saturating_add(1);
        }
        self.recount(history, me, seq);
    }

    /// Counts exactly, where everything after the mark is loaded.
    pub(crate) fn recount(&mut self, history: &History, me: UserId, last: Seq) {
        if history.covers(self.read, last) {
            self.count = history.by_others(me, self.read, last);
        }
    }

    /// The mark that the server should hear of now, if any.
    pub(crate) fn tell(&mut self, now: Timestamp) -> Option<Seq> {
        if !self.has_untold() || self.telling || self.tell_from > now {
            return None;
        }
        self.telling = true;
        self.told = self.read;
        self.tell_from = now + TELL_EVERY;
        Some(self.read)
    }

    /// When [`Self::tell`] may have something that it hasn't now.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        (self.has_untold() && !self.telling).then_some(self.tell_from)
    }

    /// The server answered the mark.
    pub(crate) fn answered(&mut self) {
        self.telling = false;
    }

    /// The server could not take the mark now.
    pub(crate) fn postponed(&mut self, until: Timestamp) {
        self.telling = false;
        self.told = Seq::ZERO;
        self.tell_from = until;
    }

    /// The connection is gone, and with it any mark on its way.
    pub(crate) fn lost(&mut self) {
        self.telling = false;
        self.told = Seq::ZERO;
        self.tell_from = Timestamp::default();
    }

    fn has_untold(&self) -> bool {
        self.read > self.confirmed.max(self.told)
    }
}
