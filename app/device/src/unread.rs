//! One thread's read mark and unread count.
//!
//! Unread is the number of messages of others after the read mark. The log's number is absolute and replaces ours;
//! between two of those it is counted, exactly where the messages are loaded. Sending never moves the mark.
//!
//! A mark moves forward, unless the person takes it back, which is counted: a mark under a higher count is newer
//! wherever it stands. Until the log has told that it was taken back, nothing of what is read after that is told.

use std::{collections::BTreeSet, time::Duration};

use tidings_protocol::{Seq, Timestamp, UserId, reply::ReadMark};

use crate::history::History;

/// A thread's mark is sent at most this often, so that reading along stays far below the rate limit.
const TELL_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Unread {
    count: u32,
    /// Messages known to be deleted that the count is without. An event that is applied again, or that comes after the
    /// log had its message as deleted from the start, must not lower it twice.
    deleted: BTreeSet<Seq>,
    /// How often the mark was taken back, as the log has it.
    rewinds: u32,
    /// The mark as the log has it.
    confirmed: Seq,
    /// The mark as the person has it: never below `confirmed`, unless they are taking it back.
    read: Seq,
    /// The first message to be unread, while the log has not told that the mark was taken back to before it.
    back_to: Option<Back>,
    /// What the person has marked as unread stays that while they go on looking at it.
    held: bool,
    /// The highest mark told to the server on this connection.
    told: Seq,
    telling: bool,
    tell_from: Timestamp,
}

/// A mark that is to be taken back.
#[derive(Clone, Copy, Debug)]
struct Back {
    seq: Seq,
    /// Whether the server was told on this connection.
    told: bool,
}

/// What the server should hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// Everything up to here has been read.
    Read(Seq),
    /// Everything from here on is unread again.
    Unread(Seq),
}

impl Unread {
    pub(crate) fn new(read: Seq, count: u32, rewinds: u32) -> Self {
        Self {
            count,
            deleted: BTreeSet::new(),
            rewinds,
            confirmed: read,
            read,
            back_to: None,
            held: false,
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

    pub(crate) fn rewinds(&self) -> u32 {
        self.rewinds
    }

    /// A snapshot says how it stands; what the person has read or marked as unread beyond it stays so, unless they took
    /// the mark back elsewhere.
    pub(crate) fn replace(&mut self, mark: ReadMark, history: &History, me: UserId, last: Seq) {
        let ours = self.read.min(last);
        self.confirmed = mark.seq;
        self.read = mark.seq;
        self.count = mark.unread;
        if mark.rewinds != self.rewinds {
            self.held |= mark.rewinds > self.rewinds;
            self.rewinds = mark.rewinds;
            self.back_to = None;
        } else if self.back_to.is_some() && ours < mark.seq {
            self.go_back(ours, history, me, last);
        } else {
            self.advance(ours, history, me, last);
        }
    }

    /// The person has read up to `seq`. True if that is news.
    pub(crate) fn see(&mut self, seq: Seq, history: &History, me: UserId, last: Seq) -> bool {
        !self.held && self.advance(seq, history, me, last)
    }

    fn advance(&mut self, seq: Seq, history: &History, me: UserId, last: Seq) -> bool {
        if seq <= self.read {
            return false;
        }
        let gone = history.by_others(me, self.read, seq.min(last));
        self.count = self.count.saturating_sub(gone);
        self.read = seq;
        self.recount(history, me, last);
        true
    }

    /// The person marks the message at `seq` and what follows as unread. False if it is.
    pub(crate) fn rewind(&mut self, seq: Seq, history: &History, me: UserId, last: Seq) -> bool {
        if seq <= Seq::ZERO || seq > self.read {
            return false;
        }
        self.go_back(Seq(seq.0 - 1), history, me, last);
        self.back_to = Some(Back { seq, told: false });
        self.held = true;
        self.tell_from = Timestamp::default();
        true
    }

    fn go_back(&mut self, read: Seq, history: &History, me: UserId, last: Seq) {
        let more = history.by_others(me, read, self.read);
        self.count = self.count.saturating_add(more);
        self.read = read;
        self.recount(history, me, last);
    }

    /// The person comes to the thread anew, leaves it, or writes in it: what they see from now on is read again.
    pub(crate) fn release(&mut self) {
        self.held = false;
    }

    /// The log says where the mark stands, with the count left at that point of the log. True if it was taken back, and
    /// that is news.
    ///
    /// A mark that isn't above the confirmed one is an echo of what a snapshot already told, and its count is older
    /// than ours.
    pub(crate) fn confirm(&mut self, mark: ReadMark, history: &History, me: UserId, last: Seq) -> bool {
        if (mark.rewinds, mark.seq) <= (self.rewinds, self.confirmed) {
            return false;
        }
        let is_back = mark.rewinds > self.rewinds;
        if is_back {
            let is_ours = mark.rewinds == self.rewinds.saturating_add(1)
                && self.back_to.is_some_and(|back| back.seq == mark.seq.next());
            self.rewinds = mark.rewinds;
            self.told = Seq::ZERO;
            self.back_to = None;
            if !is_ours {
                self.held = true;
                self.read = mark.seq;
            }
        }
        self.confirmed = mark.seq;
        if self.back_to.is_none() && mark.seq >= self.read {
            self.read = mark.seq;
            self.count = mark.unread;
            // That number is from when it was written, and what was deleted after that is told after it.
            self.deleted.clear();
        }
        self.recount(history, me, last);
        is_back
    }

    /// A message of somebody else was added after all known ones.
    pub(crate) fn add(&mut self, seq: Seq, history: &History, me: UserId) {
        if seq > self.read {
            self.count = self.count.saturating_add(1);
        }
        self.recount(history, me, seq);
    }

    /// A message came as one that was deleted: it was never counted, and what tells of its deletion lowers nothing.
    pub(crate) fn came_deleted(&mut self, seq: Seq) {
        self.deleted.insert(seq);
    }

    /// A message of somebody else was deleted, which counted until then if it was unread.
    pub(crate) fn delete(&mut self, seq: Seq, history: &History, me: UserId, last: Seq) {
        if self.deleted.insert(seq) && seq > self.read && seq <= last {
            self.count = self.count.saturating_sub(1);
        }
        self.recount(history, me, last);
    }

    /// Whether a message after the mark is known to be deleted, loaded or not, since the log last told the mark.
    pub(crate) fn is_deleted(&self, seq: Seq) -> bool {
        self.deleted.contains(&seq)
    }

    /// Counts exactly, where everything after the mark is loaded.
    pub(crate) fn recount(&mut self, history: &History, me: UserId, last: Seq) {
        if history.covers(self.read, last) {
            self.count = history.by_others(me, self.read, last);
        }
    }

    /// What the server should hear of now, if anything.
    pub(crate) fn tell(&mut self, now: Timestamp) -> Option<Word> {
        if !self.has_untold() || self.telling || self.tell_from > now {
            return None;
        }
        self.telling = true;
        self.tell_from = now + TELL_EVERY;
        Some(match &mut self.back_to {
            Some(back) => {
                back.told = true;
                Word::Unread(back.seq)
            }
            None => {
                self.told = self.read;
                Word::Read(self.read)
            }
        })
    }

    /// When [`Self::tell`] may have something that it hasn't now.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        (self.has_untold() && !self.telling).then_some(self.tell_from)
    }

    /// The server answered where the mark stands. One that was taken back is told by the log too, in its place among
    /// the messages; one that was not, since it stood there before, is not.
    pub(crate) fn answered(&mut self, mark: ReadMark) {
        self.telling = false;
        if mark.rewinds <= self.rewinds {
            self.back_to = self.back_to.filter(|back| !back.told);
        }
    }

    /// The server won't hear of it.
    pub(crate) fn refused(&mut self, history: &History, me: UserId, last: Seq) {
        self.telling = false;
        if self.back_to.is_some_and(|back| back.told) {
            self.back_to = None;
            self.advance(self.confirmed, history, me, last);
        }
    }

    /// The server could not take the mark now.
    pub(crate) fn postponed(&mut self, until: Timestamp) {
        self.lost();
        self.tell_from = until;
    }

    /// The connection is gone, and with it any mark on its way.
    pub(crate) fn lost(&mut self) {
        self.telling = false;
        self.told = Seq::ZERO;
        self.tell_from = Timestamp::default();
        if let Some(back) = &mut self.back_to {
            back.told = false;
        }
    }

    fn has_untold(&self) -> bool {
        match self.back_to {
            Some(back) => !back.told,
            None => self.read > self.confirmed.max(self.told),
        }
    }
}
